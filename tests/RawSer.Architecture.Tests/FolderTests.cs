namespace RawSer.Architecture.Tests;

public sealed class FolderTests
{
    private static IEnumerable<string> ShippedProjects() => Repository.ShippedProjects();

    [TestCaseSource(nameof(ShippedProjects))]
    public void No_cycle_between_the_folders_of_a_project(string project)
    {
        string root = Path.GetDirectoryName(project)!;
        string name = Path.GetFileNameWithoutExtension(project);
        IEnumerable<(string, string)> sources = Repository.Sources(root)
            .Select(path => (Path.GetRelativePath(root, path).Replace('\\', '/'), File.ReadAllText(path)));
        FolderGraph graph = FolderGraph.Of(sources, RuntimeAssemblies.Paths.Where(path => Path.GetFileNameWithoutExtension(path) != name), name);

        Assert.That(graph.Unresolved, Is.Empty);
        Assert.That(graph.FindCycle(), Is.Empty);
    }

    [Test]
    public void A_cycle_is_found_and_named()
    {
        FolderGraph graph = Graph(
            ("Tensors/Tensor.cs", "namespace N; class Tensor { Node? Maker; }"),
            ("Autograd/Node.cs", "namespace N; class Node { int Depth => Rules.Count; }"),
            ("Ops/Rules.cs", "namespace N; static class Rules { public static int Count => new List<Tensor>().Count; }"));

        Assert.That(graph.Edges, Is.EqualTo(new[] { "Autograd -> Ops", "Ops -> Tensors", "Tensors -> Autograd" }));
        Assert.That(graph.FindCycle(), Is.EqualTo(new[]
        {
            "Autograd -> Ops (Autograd/Node.cs:1 Rules)",
            "Ops -> Tensors (Ops/Rules.cs:1 Tensor)",
            "Tensors -> Autograd (Tensors/Tensor.cs:1 Node)",
        }));
    }

    [Test]
    public void A_cycle_through_members_of_a_partial_type_is_found()
    {
        FolderGraph graph = Graph(
            ("MatMul/MatMul.cs", "partial class Backend { void MatMul() => Sum(); }"),
            ("Reduction/Sum.cs", "partial class Backend { void Sum() => MatMul(); }"));

        Assert.That(graph.FindCycle(), Has.Count.EqualTo(2));
    }

    [Test]
    public void A_partial_type_over_several_folders_and_the_root_make_no_cycle()
    {
        FolderGraph graph = Graph(
            ("Backend.cs", "abstract partial class Backend { public int Rank; int All() => MatMul() + Sum(); }"),
            ("MatMul/MatMul.cs", "partial class Backend { int MatMul() => Rank + new Memory.View().Size; }"),
            ("Memory/View.cs", "namespace Memory; class View { public int Size; }"),
            ("Reduction/Sum.cs", "partial class Backend { int Sum() => MatMul(); }"));

        Assert.That(graph.Edges, Is.EqualTo(new[] { "MatMul -> Memory", "Reduction -> MatMul" }));
        Assert.That(graph.FindCycle(), Is.Empty);
    }

    [Test]
    public void Calls_through_the_contract_of_a_backend_make_no_edge_but_calls_of_its_private_parts_do()
    {
        FolderGraph graph = Graph(
            ("Backend.cs", "abstract partial class Backend { }"),
            ("Movement/Fill.cs", "partial class Backend { public abstract void Fill(); } partial class Cpu : Backend { public override void Fill() => Add(); void Stretch() { } }"),
            ("Elementwise/Add.cs", "partial class Backend { public virtual void Add() => Fill(); } partial class Cpu { public override void Add() => Fill(); void Row() => Stretch(); }"));

        Assert.That(graph.Edges, Is.EqualTo(new[] { "Elementwise -> Movement" }));
    }

    [Test]
    public void An_unknown_type_is_reported() =>
        Assert.That(Graph(("A/A.cs", "class A : Missing { }")).Unresolved, Has.Count.EqualTo(1));

    private static FolderGraph Graph(params (string, string)[] sources) => FolderGraph.Of(sources, RuntimeAssemblies.Paths, "Constructed");
}
