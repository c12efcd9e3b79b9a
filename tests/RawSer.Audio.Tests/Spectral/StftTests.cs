using RawSer.Kernels.Spectral;

namespace RawSer.Audio.Tests.Spectral;

/// <summary>The transform against its definition, for lengths of every kind.</summary>
public class StftTests
{
    private static readonly int[] Lengths =
    [
        .. Enumerable.Range(1, 40), 49, 62, 64, 74, 97, 121, 128, 160, 194, 256, 400, 401, 441, 510, 512, 961, 1024, 1031, 2048, 2062,
    ];

    [Test]
    public void AgreesWithTheDefinition(
        [ValueSource(nameof(Lengths))] int length, [Values] TransformPrecision precision)
    {
        const int Frames = 19;
        float[] clip = Noise(length + (Frames - 1) * 3, length);
        var plan = new StftPlan(new StftOptions(length) { HopLength = 3, Center = false, Precision = precision, Window = WindowShape.Hamming });
        double[] window = Window.Create(WindowShape.Hamming, length);
        float[] actual = new float[plan.Bins * Frames * 2];
        plan.Transform(clip, SpectrumKind.Complex, actual, new StftWorkspace());

        double tolerance = (precision == TransformPrecision.Single ? 4e-7 : 1e-7) * Math.Sqrt(length) * Math.Max(1, Math.Log2(length) / 4);
        foreach (int t in (int[])[0, 7, 15, 18])
        {
            for (int k = 0; k < plan.Bins; k++)
            {
                double re = 0, im = 0;
                for (int n = 0; n < length; n++)
                {
                    (double sin, double cos) = double.SinCosPi(-2.0 * ((long)k * n % length) / length);
                    re += window[n] * clip[t * 3 + n] * cos;
                    im += window[n] * clip[t * 3 + n] * sin;
                }

                int at = (k * Frames + t) * 2;
                Assert.That(actual[at], Is.EqualTo(re).Within(tolerance), $"real part of bin {k}, frame {t}");
                Assert.That(actual[at + 1], Is.EqualTo(im).Within(tolerance), $"imaginary part of bin {k}, frame {t}");
            }
        }
    }

    [Test]
    public void PowerAndMagnitudeAreThoseOfTheComplexSpectrum([Values(400, 401, 512)] int length)
    {
        float[] clip = Noise(3000, 1);
        var plan = new StftPlan(new StftOptions(length) { WindowLength = 300 });
        int values = plan.Bins * plan.FrameCount(clip.Length);
        float[] complex = new float[2 * values], power = new float[values], magnitude = new float[values];
        var workspace = new StftWorkspace();
        plan.Transform(clip, SpectrumKind.Complex, complex, workspace);
        plan.Transform(clip, SpectrumKind.Power, power, workspace);
        plan.Transform(clip, SpectrumKind.Magnitude, magnitude, workspace);
        for (int i = 0; i < values; i++)
        {
            double expected = (double)complex[2 * i] * complex[2 * i] + (double)complex[2 * i + 1] * complex[2 * i + 1];
            Assert.That(power[i], Is.EqualTo(expected).Within(1e-6 * expected + 1e-12));
            Assert.That(magnitude[i], Is.EqualTo(Math.Sqrt(expected)).Within(1e-6 * Math.Sqrt(expected) + 1e-7));
        }
    }

    [Test]
    public void ReuseOfAWorkspaceForAShorterClipLeavesNoTrace()
    {
        var plan = new StftPlan(new StftOptions(512) { Precision = TransformPrecision.Single });
        float[] longer = Noise(9000, 3), shorter = Noise(700, 4);
        var workspace = new StftWorkspace();
        float[] first = new float[plan.Bins * plan.FrameCount(shorter.Length)], second = new float[first.Length];
        plan.Transform(shorter, SpectrumKind.Power, first, workspace);
        plan.Transform(longer, SpectrumKind.Power, new float[plan.Bins * plan.FrameCount(longer.Length)], workspace);
        plan.Transform(shorter, SpectrumKind.Power, second, workspace);
        Assert.That(second, Is.EqualTo(first));
    }

    private static float[] Noise(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(2 * random.NextDouble() - 1))];
    }
}
