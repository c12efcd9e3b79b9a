using System.Diagnostics;
using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using RawSer.IlgpuReference;
using RawSer.Testing;

namespace RawSer.Gpu.Tests.Ilgpu;

/// <summary>What -p:GpuCompiler=ilgpu selects, compiled against assemblies with ILGPU's signatures: the sources and constants are those of the projects.</summary>
public sealed class IlgpuBuildTests
{
    private static readonly IReadOnlyList<CSharpCompilation> Ilgpu = ReferenceAssemblies.Compile(out LeftOut);
    private static readonly IReadOnlyList<string> LeftOut;
    private static readonly Lazy<CSharpCompilation> Gpu = new(() => Compile("kernels/RawSer.Gpu", []));

    [Test]
    public void The_kernels_and_their_host_side_compile_against_the_signatures_of_ILGPU()
    {
        CSharpCompilation gpu = Gpu.Value;
        CSharpCompilation kernels = Compile("kernels/RawSer.Kernels", [gpu.ToMetadataReference()]);

        Assert.That(gpu.SyntaxTrees.Concat(kernels.SyntaxTrees).Select(tree => tree.FilePath), Has.Some.EndsWith("IlgpuDevice.cs").And.Some.EndsWith("TileProduct.cs"));
        Assert.That(gpu.GetTypeByMetadataName("RawSer.Gpu.Dialect.Group"), Is.Null, "the dialect comes from ILGPU");
        Assert.That(Problems(gpu), Is.Empty);
        Assert.That(Problems(kernels), Is.Empty);
    }

    [TestCase("var view = new ArrayView<float>(0ul, 4);", "CS7036", TestName = "A view of an address")]
    [TestCase("Dialect.Address.Global(ref data[0]);", "CS0234", TestName = "An address as a number")]
    [TestCase("Unmanaged<ArrayView<float>>();", "CS8377", TestName = "A view as an unmanaged type")]
    [TestCase("Warp.Shuffle(1f);", "CS1501", TestName = "A signature that ILGPU has not")]
    public void What_ILGPU_has_not_does_not_compile(string statement, string error)
    {
        var kernel = CSharpSyntaxTree.ParseText(
            $"namespace RawSer.Gpu; static class K {{ static void Run(ArrayView<float> data) {{ {statement} }} static void Unmanaged<T>() where T : unmanaged {{ }} }}");

        Assert.That(Problems(Gpu.Value.AddSyntaxTrees(kernel)).Select(d => d.Id), Does.Contain(error));
    }

    /// <summary>Host members about the drivers' versions, compiled kernels and ILGPU's own compiler.</summary>
    [Test]
    public void Little_of_the_lists_is_left_out() => Assert.That(LeftOut, Has.Count.EqualTo(25));

    private static IEnumerable<Diagnostic> Problems(Compilation compilation) =>
        compilation.GetDiagnostics().Where(d => d.Severity >= DiagnosticSeverity.Warning && !d.IsSuppressed && d.Id is not ("CS1701" or "CS1702"));

    /// <summary>The sources, constants and global usings of a project, as MSBuild evaluates it with the switch.</summary>
    private static CSharpCompilation Compile(string project, IEnumerable<MetadataReference> references)
    {
        JsonElement evaluated = Evaluate(Path.Combine(RepositoryRoot.Path, project));
        JsonElement properties = evaluated.GetProperty("Properties"), items = evaluated.GetProperty("Items");
        var options = new CSharpParseOptions(
            LanguageVersion.Latest, DocumentationMode.None, preprocessorSymbols: properties.GetProperty("DefineConstants").GetString()!.Split(';', StringSplitOptions.RemoveEmptyEntries));
        string usings = string.Concat(items.GetProperty("Using").EnumerateArray().Select(item => $"global using {item.GetProperty("Identity").GetString()};\n"));
        IEnumerable<SyntaxTree> sources = items.GetProperty("Compile").EnumerateArray()
            .Select(item => item.GetProperty("FullPath").GetString()!)
            .Select(path => CSharpSyntaxTree.ParseText(File.ReadAllText(path), options, path))
            .Append(CSharpSyntaxTree.ParseText(usings, options));
        var compilation = CSharpCompilation.Create(
            Path.GetFileName(project), sources,
            [.. ReferenceAssemblies.Framework, .. Ilgpu.Select(assembly => assembly.ToMetadataReference()), .. Packages(), .. references],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
        CSharpGeneratorDriver.Create(Generators(), parseOptions: options).RunGeneratorsAndUpdateCompilation(compilation, out Compilation generated, out _);
        return (CSharpCompilation)generated;
    }

    private static JsonElement Evaluate(string project)
    {
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(host) { RedirectStandardOutput = true, WorkingDirectory = project };
        foreach (string argument in new[] { "msbuild", "-getItem:Compile,Using", "-getProperty:DefineConstants", "-p:GpuCompiler=ilgpu", "-p:Configuration=Release" })
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, output);
        return JsonDocument.Parse(output).RootElement;
    }

    /// <summary>System.Numerics.Tensors, which stands in no targeting pack.</summary>
    private static IEnumerable<MetadataReference> Packages() => [MetadataReference.CreateFromFile(typeof(System.Numerics.Tensors.TensorPrimitives).Assembly.Location)];

    /// <summary>Those of the framework, for the regular expressions.</summary>
    private static IEnumerable<ISourceGenerator> Generators() =>
        Directory.EnumerateFiles(ReferenceAssemblies.TargetingPack, "System.Text.RegularExpressions.Generator.dll", SearchOption.AllDirectories)
            .SelectMany(path => new AnalyzerFileReference(path, new Loader()).GetGenerators(LanguageNames.CSharp));

    private sealed class Loader : IAnalyzerAssemblyLoader
    {
        public void AddDependencyLocation(string fullPath)
        {
        }

        public System.Reflection.Assembly LoadFromPath(string fullPath) => System.Reflection.Assembly.LoadFrom(fullPath);
    }
}
