using RawSer.Kernels.Spectral;

namespace RawSer.Kernels;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void MelFeatures(View waves, MelFeaturePlan plan, View features)
    {
        int filters = plan.Mel.Filters.Count, frames = features.Shape[2], rows = features.Shape[1];
        for (int clip = 0; clip < waves.Shape[0]; clip++)
        {
            double[] levels = MelLevels(waves, clip, plan, frames);
            for (int k = 0; k < rows; k++)
            {
                for (int t = 0; t < frames; t++)
                {
                    double value = plan.Cosine is null ? levels[(k * frames) + t] : 0;
                    for (int m = 0; plan.Cosine is { } cosine && m < filters; m++)
                    {
                        value += cosine.Weight(k, m) * levels[(m * frames) + t];
                    }

                    StoreFloat(features, (((long)clip * rows) + k) * frames + t, value);
                }
            }
        }
    }

    private static double[] MelLevels(View waves, int clip, MelFeaturePlan plan, int frames)
    {
        int bins = plan.Mel.Stft.Bins, filters = plan.Mel.Filters.Count;
        float[] weights = plan.Mel.Filters.ToDense();
        double[] levels = new double[filters * frames], spectrum = new double[bins];
        for (int t = 0; t < frames; t++)
        {
            for (int k = 0; k < bins; k++)
            {
                spectrum[k] = Math.Pow(Magnitude(waves, clip, plan.Mel.Stft, t, k), plan.Mel.Power);
            }

            for (int m = 0; m < filters; m++)
            {
                for (int k = 0; k < bins; k++)
                {
                    levels[(m * frames) + t] += weights[(m * bins) + k] * spectrum[k];
                }
            }
        }

        MelLevelOptions options = plan.Levels;
        double reference = options.RelativeToMaximum ? levels.Max() : 1;
        levels = [.. levels.Select(power => 10 * Math.Log10(Math.Max(options.Amin, power) / Math.Max(options.Amin, reference)))];
        double floor = levels.Max() - (options.TopDb ?? double.PositiveInfinity);
        return [.. levels.Select(level => Math.Max(level, floor))];
    }

    /// <summary>|X[k, t]| by the sum that defines it.</summary>
    private static double Magnitude(View waves, int clip, StftPlan stft, int t, int k)
    {
        double re = 0, im = 0;
        int samples = waves.Shape[1];
        for (int n = 0; n < stft.FftSize; n++)
        {
            int at = n + (t * stft.HopLength) - stft.Pad;
            if ((uint)at >= (uint)samples)
            {
                if (stft.Options.PadMode == PadMode.Constant)
                {
                    continue;
                }

                at = SignalPadding.Index(at, samples, stft.Options.PadMode);
            }

            double x = stft.WindowValues[n] * LoadFloat(waves, ((long)clip * samples) + at);
            (double sin, double cos) = double.SinCosPi(-2.0 * ((long)k * n % stft.FftSize) / stft.FftSize);
            re += x * cos;
            im += x * sin;
        }

        return Math.Sqrt((re * re) + (im * im));
    }
}
