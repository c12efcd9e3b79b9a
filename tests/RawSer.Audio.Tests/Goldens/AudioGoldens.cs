using RawSer.GoldenCheck;

namespace RawSer.Audio.Tests.Goldens;

public sealed class AudioGoldens
{
    [TestCaseSource(nameof(Names))]
    public void Passes(string name) => GoldenData.Check("audio", name, "cpu");

    private static IEnumerable<string> Names() => GoldenData.Names("audio");
}
