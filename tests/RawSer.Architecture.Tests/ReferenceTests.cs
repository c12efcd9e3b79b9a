using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace RawSer.Architecture.Tests;

public sealed class ReferenceTests
{
    private static readonly string BaseLibrary = Path.GetDirectoryName(typeof(object).Assembly.Location)!;

    private static IEnumerable<string> ShippedProjects() =>
        Repository.ShippedProjects().Where(path => !Layers.BuildTools.Contains(Path.GetFileNameWithoutExtension(path)));

    [Test]
    public void Every_layer_has_its_project() =>
        Assert.That(ShippedProjects().Select(path => Path.GetFileNameWithoutExtension(path)), Is.EquivalentTo(Layers.Order));

    [TestCaseSource(nameof(ShippedProjects))]
    public void Project_file_references_go_one_way(string project)
    {
        XDocument document = XDocument.Load(project);
        IEnumerable<string> projects = document.Descendants("ProjectReference")
            .Where(item => !IsBuildTool(item))
            .Select(item => Path.GetFileNameWithoutExtension(item.Attribute("Include")!.Value));
        IEnumerable<string> packages = document.Descendants("PackageReference").Select(item => item.Attribute("Include")!.Value);

        Assert.That(Layers.Violations(Path.GetFileNameWithoutExtension(project), projects.Concat(packages), _ => false), Is.Empty);
    }

    [TestCaseSource(nameof(ShippedProjects))]
    public void Build_tools_and_nothing_else_are_referenced_without_their_assembly(string project)
    {
        IEnumerable<string> tools = XDocument.Load(project).Descendants("ProjectReference")
            .Where(IsBuildTool)
            .Select(item => Path.GetFileNameWithoutExtension(item.Attribute("Include")!.Value));

        Assert.That(tools, Is.SubsetOf(Layers.BuildTools));
    }

    [TestCaseSource(typeof(Layers), nameof(Layers.Order))]
    public void Assembly_references_go_one_way(string assembly)
    {
        string[] references = ReferencesOf(Path.Combine(AppContext.BaseDirectory, assembly + ".dll"));

        Assert.That(references, Is.Not.Empty);
        Assert.That(Layers.Violations(assembly, references, IsBaseLibrary), Is.Empty);
    }

    [Test]
    public void A_reference_upwards_is_found() =>
        Assert.That(
            Layers.Violations("RawSer.Engine", ["System.Runtime", "RawSer.Kernels", "RawSer.Audio"], IsBaseLibrary),
            Is.EqualTo(new[] { "RawSer.Engine references RawSer.Audio, which stands above it" }));

    [Test]
    public void A_foreign_package_is_found() =>
        Assert.That(
            Layers.Violations("RawSer.Recipes", ["System.Runtime", "System.Numerics.Tensors", "Spectre.Console"], IsBaseLibrary),
            Is.EqualTo(new[] { "RawSer.Recipes references Spectre.Console; allowed packages: System.Numerics.Tensors" }));

    [Test]
    public void The_references_of_an_assembly_are_read() =>
        Assert.That(ReferencesOf(typeof(ReferenceTests).Assembly.Location), Does.Contain("nunit.framework"));

    private static bool IsBaseLibrary(string name) => File.Exists(Path.Combine(BaseLibrary, name + ".dll"));

    private static string[] ReferencesOf(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        MetadataReader metadata = file.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
    }

    private static bool IsBuildTool(XElement reference) => reference.Attribute("ReferenceOutputAssembly")?.Value == "false";
}
