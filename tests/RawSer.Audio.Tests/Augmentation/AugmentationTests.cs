using RawSer.Audio.Augmentation;

namespace RawSer.Audio.Tests.Augmentation;

public class AugmentationTests
{
    [Test]
    public void NoiseMeetsTheRatioExactly([Values(15, 22.5, 29, -3)] double snr)
    {
        float[] clip = [.. Signals.Voice(30000, 16000), .. new float[18000]];
        float[] noise = Signals.Noise(clip.Length, 5), noisy = new float[clip.Length];
        double gain = AdditiveNoise.Add(clip, noise, snr, noisy);
        double realised = 10 * Math.Log10(AdditiveNoise.Power(clip) / (gain * gain * AdditiveNoise.Power(noise)));
        float[] added = [.. noisy.Zip(clip).Select(p => p.First - p.Second)];
        Assert.Multiple(() =>
        {
            Assert.That(realised, Is.EqualTo(snr).Within(1e-9));
            Assert.That(10 * Math.Log10(AdditiveNoise.Power(clip) / AdditiveNoise.Power(added)), Is.EqualTo(snr).Within(1e-4));
        });
    }

    [Test]
    public void SilenceStaysSilent()
    {
        float[] noisy = new float[100];
        AdditiveNoise.Add(new float[100], 20, new Sequence(0.3), noisy);
        Assert.That(noisy, Is.All.Zero);
    }

    /// <summary>torchaudio: value = u1 * param, start = floor(u2 (size - value)), floor(value) columns.</summary>
    [TestCase(0.0, 0.5, 5, 0)]
    [TestCase(0.5, 0.5, 4, 1, Description = "value 1.5: one column from floor(0.5 * 8.5) on")]
    [TestCase(0.999, 0.999, 6, 2, Description = "value 2.997: two columns from floor(0.999 * 7.003) on")]
    public void MasksAreTorchaudios(double u1, double u2, int start, int count)
    {
        float[] features = [.. Enumerable.Repeat(1f, 2 * 10)];
        (int Start, int Count) drawn = SpecAugment.MaskTime(features, 10, 3, new Sequence(u1, u2), -7);
        Assert.Multiple(() =>
        {
            Assert.That(drawn, Is.EqualTo((start, count)));
            for (int i = 0; i < features.Length; i++)
            {
                bool masked = i % 10 >= start && i % 10 < start + count;
                Assert.That(features[i], Is.EqualTo(masked ? -7 : 1));
            }
        });
    }

    [Test]
    public void FrequencyMasksCoverWholeRows()
    {
        float[] features = [.. Enumerable.Repeat(1f, 6 * 3)];
        Assert.That(SpecAugment.MaskFrequency(features, 3, 4, new Sequence(0.6, 0.9)), Is.EqualTo((3, 2)));
        Assert.That(features, Is.EqualTo(Enumerable.Range(0, 18).Select(i => i is >= 9 and < 15 ? 0f : 1f)));
        Assert.That(() => SpecAugment.MaskFrequency(features, 3, 7, new Sequence(0)), Throws.ArgumentException.With.Message.Contains("6 rows"));
    }

    [Test]
    public void RandomNumbersDependOnSeedAndStreamAlone()
    {
        double[] first = Draw(new PhiloxNumbers(1, 2)), again = Draw(new PhiloxNumbers(1, 2));
        Assert.Multiple(() =>
        {
            Assert.That(again, Is.EqualTo(first));
            Assert.That(Draw(new PhiloxNumbers(1, 3)), Is.Not.EqualTo(first));
            Assert.That(Draw(new PhiloxNumbers(2, 2)), Is.Not.EqualTo(first));
        });

        static double[] Draw(PhiloxNumbers random) => [.. Enumerable.Range(0, 200).Select(i => i % 3 == 0 ? random.NextUniform() : random.NextNormal())];
    }

    [Test]
    public void RandomNumbersHaveTheirMoments()
    {
        const int Count = 200_000;
        var random = new PhiloxNumbers(5, 0);
        double[] uniform = [.. Enumerable.Range(0, Count).Select(_ => random.NextUniform())];
        double[] normal = [.. Enumerable.Range(0, Count).Select(_ => random.NextNormal())];
        Assert.Multiple(() =>
        {
            // Five standard errors.
            Assert.That(uniform.Average(), Is.EqualTo(0.5).Within(5 / Math.Sqrt(12.0 * Count)));
            Assert.That((uniform.Min() >= 0, uniform.Max() < 1), Is.EqualTo((true, true)));
            Assert.That(normal.Average(), Is.EqualTo(0).Within(5 / Math.Sqrt(Count)));
            Assert.That(normal.Average(x => x * x), Is.EqualTo(1).Within(5 * Math.Sqrt(2.0 / Count)));
            Assert.That(normal.Average(x => x * x * x * x), Is.EqualTo(3).Within(5 * Math.Sqrt(96.0 / Count)));
        });
    }

    private sealed class Sequence(params double[] values) : IRandomNumbers
    {
        private int _next;

        public double NextUniform() => values[_next++ % values.Length];

        public double NextNormal() => values[_next++ % values.Length];
    }
}
