using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace RawSer.IlgpuReference;

/// <summary>
/// ILGPU.dll and ILGPU.Algorithms.dll as the compiler sees them, made from the lists of ILGPU's API. They have its signatures and throw
/// when they are run. Members whose signatures name types that the lists do not declare are left out.
/// </summary>
public static class ReferenceAssemblies
{
    private static readonly CSharpCompilationOptions Options = new(
        OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable, deterministic: true);

    /// <summary>The assemblies of the framework that projects are compiled against.</summary>
    public static IReadOnlyList<MetadataReference> Framework { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(TargetingPack, "ref"), "*.dll", SearchOption.AllDirectories).Select(path => MetadataReference.CreateFromFile(path))];

    /// <summary>The folder of the framework's reference assemblies and analysers.</summary>
    public static string TargetingPack => typeof(ReferenceAssemblies).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "TargetingPack").Value!;

    /// <summary>Both, ILGPU first.</summary>
    /// <param name="leftOut">What is in the lists and not in the assemblies: each member as it is declared, with the name that is missing.</param>
    /// <exception cref="InvalidOperationException">The lists do not make C#; the message holds the compiler's errors.</exception>
    public static IReadOnlyList<CSharpCompilation> Compile(out IReadOnlyList<string> leftOut)
    {
        ILookup<string, ListedType> types = SignatureList.Read(new[] { "ilgpu-1.5.3.txt", "ilgpu-1.5.3-host.txt", "ilgpu-1.5.3-assumed.txt" }.SelectMany(Lines));
        var missing = new List<string>();
        CSharpCompilation ilgpu = Compile("ILGPU", ReferenceSource.Write(types, type => !type.IsAlgorithm, type => !type.IsAlgorithm), Framework, missing);
        CSharpCompilation algorithms = Compile(
            "ILGPU.Algorithms", ReferenceSource.Write(types, type => type.IsAlgorithm, _ => true), Framework.Append(ilgpu.ToMetadataReference()), missing);
        leftOut = missing;
        return [ilgpu, algorithms];
    }

    private static IEnumerable<string> Lines(string resource)
    {
        using var reader = new StreamReader(typeof(ReferenceAssemblies).Assembly.GetManifestResourceStream(resource)!);
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    private static CSharpCompilation Compile(string name, IEnumerable<string> sources, IEnumerable<MetadataReference> references, List<string> missing)
    {
        var compilation = CSharpCompilation.Create(name, sources.Select(source => CSharpSyntaxTree.ParseText(source)), references, Options);
        while (WithoutUnknownNames(compilation, missing) is var remaining && remaining != compilation)
        {
            compilation = remaining; // a member that went may have been a name of another
        }

        compilation = compilation.AddSyntaxTrees(ExplicitImplementations(compilation).Select(source => CSharpSyntaxTree.ParseText(source)));
        Diagnostic[] errors = [.. compilation.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error)];
        return errors.Length == 0
            ? compilation
            : throw new InvalidOperationException(string.Join('\n', errors.Select(e => $"{name}: {e.GetMessage()}: {e.Location.SourceTree?.GetText().Lines[e.Location.GetLineSpan().StartLinePosition.Line]}")));
    }

    private static CSharpCompilation WithoutUnknownNames(CSharpCompilation compilation, List<string> missing)
    {
        IEnumerable<Diagnostic> unknown = compilation.GetDiagnostics().Where(d => d.Id is "CS0246" or "CS0234" or "CS0103");
        foreach (IGrouping<SyntaxTree, Diagnostic> inFile in unknown.GroupBy(d => d.Location.SourceTree!).ToArray())
        {
            SyntaxNode root = inFile.Key.GetRoot();
            var members = new HashSet<SyntaxNode>();
            foreach (SyntaxNode name in inFile.Select(d => root.FindNode(d.Location.SourceSpan)))
            {
                MemberDeclarationSyntax member = name.FirstAncestorOrSelf<MemberDeclarationSyntax>()!;
                if (member is not TypeDeclarationSyntax && members.Add(member))
                {
                    missing.Add($"{member.FirstAncestorOrSelf<TypeDeclarationSyntax>()!.Identifier} :: {Signature(member)} # {name}");
                }
            }

            if (members.Count > 0)
            {
                compilation = compilation.ReplaceSyntaxTree(
                    inFile.Key, CSharpSyntaxTree.Create((CSharpSyntaxNode)root.RemoveNodes(members, SyntaxRemoveOptions.KeepNoTrivia)!));
            }
        }

        return compilation;
    }

    private static string Signature(MemberDeclarationSyntax member) => member.ToString().Replace("et => throw null!;", "et;", StringComparison.Ordinal).Replace(" => throw null!;", "", StringComparison.Ordinal);

    /// <summary>The lists say which interfaces a type has, and leave explicit implementations out.</summary>
    private static IEnumerable<string> ExplicitImplementations(CSharpCompilation compilation)
    {
        foreach (TypeDeclarationSyntax declaration in compilation.SyntaxTrees.SelectMany(tree => tree.GetRoot().DescendantNodes()).OfType<TypeDeclarationSyntax>())
        {
            var type = (INamedTypeSymbol)compilation.GetSemanticModel(declaration.SyntaxTree).GetDeclaredSymbol(declaration)!;
            if (type.TypeKind is not (TypeKind.Class or TypeKind.Struct))
            {
                continue;
            }

            string members = string.Concat(type.AllInterfaces.Except(type.BaseType!.AllInterfaces, SymbolEqualityComparer.Default).Cast<INamedTypeSymbol>().SelectMany(i => i.GetMembers())
                .Where(member => member is IPropertySymbol or IMethodSymbol { MethodKind: MethodKind.Ordinary } && type.FindImplementationForInterfaceMember(member) is null)
                .Select(Implement));
            if (members.Length > 0)
            {
                string around = declaration.Parent is TypeDeclarationSyntax ? throw new InvalidOperationException($"{type} is nested") : type.ContainingNamespace.ToDisplayString();
                yield return $"namespace {around} {{ partial {declaration.Keyword} {declaration.Identifier}{declaration.TypeParameterList} {{ {members} }} }}";
            }
        }
    }

    private static string Implement(ISymbol member)
    {
        string of = member.ContainingType.ToDisplayString();
        return member switch
        {
            IPropertySymbol { IsIndexer: true } p => $"{(p.RefKind == RefKind.Ref ? "ref " : "")}{p.Type} {of}.this[{p.Parameters[0].Type} {p.Parameters[0].Name}] => throw null!; ",
            IPropertySymbol p => $"{p.Type} {of}.{p.Name} => throw null!; ",
            IMethodSymbol m => $"{m.ReturnType} {of}.{m.Name}({string.Join(", ", m.Parameters.Select(p => p.ToDisplayString()))}) => throw null!; ",
            _ => throw new InvalidOperationException($"{member}"),
        };
    }
}
