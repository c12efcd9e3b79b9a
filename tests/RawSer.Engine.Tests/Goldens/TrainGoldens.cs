using RawSer.GoldenCheck;

namespace RawSer.Engine.Tests.Goldens;

[TestFixture("cpu")]
[TestFixture("reference")]
[TestFixture("emulator", Category = "OneInstructionSet")]
public sealed class TrainGoldens(string device)
{
    [TestCaseSource(nameof(Names))]
    public void Passes(string name) => GoldenData.Check("train", name, device);

    private static IEnumerable<string> Names() => GoldenData.Names("train");
}
