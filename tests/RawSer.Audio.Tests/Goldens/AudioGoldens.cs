using RawSer.GoldenCheck;

namespace RawSer.Audio.Tests.Goldens;

/// <summary>Every case of the audio goldens; on a device the features, resampling and noise are its own.</summary>
[TestFixture("cpu")]
[TestFixture("emulator", Category = "OneInstructionSet")]
public sealed class AudioGoldens(string device)
{
    [TestCaseSource(nameof(Names))]
    public void Passes(string name) => GoldenData.Check("audio", name, device);

    private static IEnumerable<string> Names() => GoldenData.Names("audio");
}
