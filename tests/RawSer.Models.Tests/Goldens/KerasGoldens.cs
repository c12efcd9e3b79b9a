using RawSer.GoldenCheck;

namespace RawSer.Models.Tests.Goldens;

[TestFixture("cpu")]
[TestFixture("reference")]
public sealed class KerasGoldens(string device)
{
    [TestCaseSource(nameof(Names))]
    public void Passes(string name) => GoldenData.Check("keras", name, device);

    private static IEnumerable<string> Names() => GoldenData.RegisteredNames("keras");
}
