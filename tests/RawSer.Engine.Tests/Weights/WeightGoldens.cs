using RawSer.GoldenCheck;

namespace RawSer.Engine.Tests.Weights;

public sealed class WeightGoldens
{
    [TestCaseSource(nameof(Names))]
    public void Passes(string name) => GoldenData.Check("weights", name, "cpu");

    private static IEnumerable<string> Names() => GoldenData.Names("weights");
}
