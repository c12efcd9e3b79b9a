using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace RawSer.Architecture.Tests;

/// <summary>
/// Which top-level folder of a project uses which, from the meaning of every name in its sources: a name in a file of folder A
/// that denotes something declared in folder B is the edge A -> B. Files in the project's root belong to no folder, and neither
/// does a partial type that is spread over several. Its members count where they are written, except the virtual ones: they are
/// its contract, and a call of <c>Backend.Fill</c> says nothing about where a backend implements it.
/// </summary>
internal sealed class FolderGraph
{
    private static readonly CSharpParseOptions Parsing = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Preview);

    private static readonly string ImplicitUsings = string.Concat(
        new[] { "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Threading", "System.Threading.Tasks" }
            .Select(name => $"global using {name};"));

    // folder -> folder -> one example of the use
    private readonly SortedDictionary<string, SortedDictionary<string, string>> _edges = new(StringComparer.Ordinal);

    private FolderGraph(Compilation compilation)
    {
        Unresolved = [.. compilation.GetDiagnostics().Where(IsUnresolvedType).Select(diagnostic => diagnostic.ToString())];
        foreach (SyntaxTree tree in compilation.SyntaxTrees.Where(tree => FolderOf(tree) is not null))
        {
            SemanticModel model = compilation.GetSemanticModel(tree);
            foreach (SimpleNameSyntax name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>())
            {
                if (model.GetSymbolInfo(name).Symbol is { } symbol && DeclaringFolder(symbol) is { } target && target != FolderOf(tree))
                {
                    AddEdge(FolderOf(tree)!, target, $"{tree.FilePath}:{name.GetLocation().GetLineSpan().StartLinePosition.Line + 1} {name}");
                }
            }
        }
    }

    /// <summary>Type names that could not be resolved: where there are some, edges may be missing.</summary>
    public IReadOnlyList<string> Unresolved { get; }

    /// <param name="sources">Path relative to the project, with forward slashes, and text.</param>
    /// <param name="references">Paths of the assemblies that the project compiles against.</param>
    /// <param name="name">Name of the assembly: what its dependencies' InternalsVisibleTo may speak of.</param>
    public static FolderGraph Of(IEnumerable<(string Path, string Text)> sources, IEnumerable<string> references, string name) =>
        new(CSharpCompilation.Create(
            name,
            sources.Append(("", ImplicitUsings)).Select(source => CSharpSyntaxTree.ParseText(source.Item2, Parsing, source.Item1)),
            references.Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable)));

    public IEnumerable<string> Edges => _edges.SelectMany(from => from.Value.Select(to => $"{from.Key} -> {to.Key}"));

    /// <summary>A cycle as lines "A -> B (where)", or nothing.</summary>
    public IReadOnlyList<string> FindCycle()
    {
        var finished = new HashSet<string>();
        var path = new List<string>();
        foreach (string folder in _edges.Keys)
        {
            if (Search(folder) is { } cycle)
            {
                return [.. cycle.Select((from, i) =>
                {
                    string to = cycle[(i + 1) % cycle.Count];
                    return $"{from} -> {to} ({_edges[from][to]})";
                })];
            }
        }

        return [];

        List<string>? Search(string folder)
        {
            int start = path.IndexOf(folder);
            if (start >= 0)
            {
                return path[start..];
            }

            if (!finished.Add(folder) || !_edges.TryGetValue(folder, out SortedDictionary<string, string>? targets))
            {
                return null;
            }

            path.Add(folder);
            List<string>? cycle = targets.Keys.Select(Search).FirstOrDefault(found => found is not null);
            path.RemoveAt(path.Count - 1);
            return cycle;
        }
    }

    private void AddEdge(string from, string to, string use)
    {
        if (!_edges.TryGetValue(from, out SortedDictionary<string, string>? targets))
        {
            _edges[from] = targets = new(StringComparer.Ordinal);
        }

        targets.TryAdd(to, use);
    }

    private static string? DeclaringFolder(ISymbol symbol)
    {
        bool isContract = (symbol.IsAbstract || symbol.IsVirtual || symbol.IsOverride) && symbol.ContainingType is { } type && Folders(type).Length > 1;
        string?[] folders = Folders(symbol);
        return symbol is INamespaceSymbol || isContract || folders.Length != 1 ? null : folders[0];
    }

    private static string?[] Folders(ISymbol symbol) =>
        [.. symbol.OriginalDefinition.DeclaringSyntaxReferences.Select(place => FolderOf(place.SyntaxTree)).Distinct()];

    private static string? FolderOf(SyntaxTree tree)
    {
        int slash = tree.FilePath.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? null : tree.FilePath[..slash];
    }

    // CS0234, CS0246: the type or namespace name does not exist.
    private static bool IsUnresolvedType(Diagnostic diagnostic) => diagnostic.Id is "CS0234" or "CS0246";
}
