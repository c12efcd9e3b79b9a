using RawSer.GoldenCheck;

namespace RawSer.Engine.Tests.Goldens;

[TestFixture("cpu")]
[TestFixture("reference")]
[TestFixture("emulator", Category = "OneInstructionSet")]
public sealed class OpsGoldens(string device)
{
    [TestCaseSource(nameof(Names))]
    public void Passes(string name) => GoldenData.Check("ops", name, device);

    private static IEnumerable<string> Names() => GoldenData.Names("ops");
}
