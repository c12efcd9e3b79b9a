using RawSer.GoldenCheck;

namespace RawSer.Models.Tests.Goldens;

public sealed class VggGoldens
{
    [TestCaseSource(nameof(Names))]
    public void Passes_on_cpu(string name) => GoldenData.Check("vgg", name, "cpu");

    /// <summary>The small network alone: scalar loops over the others take minutes.</summary>
    [Test]
    public void Passes_on_reference() => GoldenData.Check("vgg", "vgg_tiny", "reference");

    private static IEnumerable<string> Names() => GoldenData.Names("vgg");
}
