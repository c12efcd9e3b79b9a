using RawSer.GoldenCheck;

namespace RawSer.Gpu.Tests.Emulator;

/// <summary>The emulator against PTX of another compiler.</summary>
[TestFixture]
public sealed class PtxGoldens
{
    [TestCaseSource(nameof(Names))]
    public void Passes(string name) => GoldenData.Check("ptx", name, "cpu");

    private static IEnumerable<string> Names() => GoldenData.Names("ptx");
}
