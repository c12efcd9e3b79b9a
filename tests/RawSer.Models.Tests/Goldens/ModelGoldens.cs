using RawSer.GoldenCheck;

namespace RawSer.Models.Tests.Goldens;

public sealed class ModelGoldens
{
    [TestCaseSource(nameof(Names))]
    public void Passes_on_cpu(string name) => GoldenData.Check("models", name, "cpu");

    private static IEnumerable<string> Names() => GoldenData.Names("models");
}
