using RawSer.Audio.Resampling;

namespace RawSer.Audio.Tests.Resampling;

public class ResamplerTests
{
    [Test]
    public void EqualRatesCopy([ValueSource(typeof(Resampler), nameof(Resampler.Names))] string name)
    {
        float[] clip = Signals.Noise(100, 1);
        Assert.That(Resampler.Get(name, 16000, 16000).Run(clip), Is.EqualTo(clip));
    }

    /// <summary>A tone below both Nyquist frequencies comes out as the same tone, in phase.</summary>
    [TestCase(Resampler.KaiserBest, 44100, 16000, 3e-4)]
    [TestCase(Resampler.OldKaiserBest, 48000, 16000, 3e-3)]
    [TestCase(Resampler.SoxrHq, 24414, 16000, 1e-5)]
    [TestCase(Resampler.SoxrVhq, 11025, 48000, 1e-5)]
    [TestCase(Resampler.SoxrHq, 44101, 16000, 1e-5, Description = "too many phases for a table")]
    [TestCase(Resampler.TorchaudioKaiser, 22050, 16000, 1e-2)]
    public void TonesStayTones(string name, int from, int to, double tolerance)
    {
        float[] clip = [.. Enumerable.Range(0, from / 2).Select(n => (float)(0.5 * Math.Sin(2 * Math.PI * 1000 * n / from)))];
        float[] y = Resampler.Get(name, from, to).Run(clip);
        for (int n = y.Length / 4; n < 3 * y.Length / 4; n++)
        {
            Assert.That(y[n], Is.EqualTo(0.5 * Math.Sin(2 * Math.PI * 1000 * n / to)).Within(tolerance), $"sample {n}");
        }
    }

    [Test]
    public void ChannelsAreResampledApart()
    {
        float[] left = Signals.Noise(500, 1), right = Signals.Noise(500, 2);
        float[] both = [.. left.Zip(right).SelectMany(p => new[] { p.First, p.Second })];
        Waveform y = new Waveform(both, 2, 48000).Resample(16000);
        Resampler resampler = Resampler.Get(Resampler.SoxrHq, 48000, 16000);
        Assert.Multiple(() =>
        {
            Assert.That(y.Samples.Where((_, i) => i % 2 == 0), Is.EqualTo(resampler.Run(left)));
            Assert.That(y.Samples.Where((_, i) => i % 2 == 1), Is.EqualTo(resampler.Run(right)));
        });
    }

    [Test]
    public void RefusesWhatCannotBe()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => Resampler.Get("sinc_medium", 1, 2), Throws.ArgumentException.With.Message.Contains("soxr_hq"));
            Assert.That(() => Resampler.Get(Resampler.SoxrHq, -1, 2), Throws.ArgumentException.With.Message.Contains("positive"));
            Assert.That(() => Resampler.Get(Resampler.SoxrHq, 100, 1_000_000).OutputLength(10_000_000), Throws.ArgumentException.With.Message.Contains("too many"));
        });
    }
}
