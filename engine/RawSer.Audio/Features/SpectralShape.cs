namespace RawSer.Audio.Features;

/// <summary>One number per frame that describes the shape of its spectrum, with librosa's conventions for silent frames.</summary>
public static class SpectralShape
{
    /// <summary>Mean frequency in Hz, weighted by magnitude; 0 in silence.</summary>
    public static float[] Centroid(Spectrogram magnitude) => PerFrame(magnitude, t => CentroidOf(magnitude, t));

    /// <summary>(sum of S |f - centroid|^p / sum of S)^(1/p) in Hz; 0 in silence.</summary>
    public static float[] Bandwidth(Spectrogram magnitude, double p = 2) => PerFrame(magnitude, t =>
    {
        double centroid = CentroidOf(magnitude, t), sum = 0, total = 0;
        for (int k = 0; k < magnitude.Bins; k++)
        {
            sum += magnitude[k, t] * Math.Pow(Math.Abs(magnitude.Frequency(k) - centroid), p);
            total += magnitude[k, t];
        }

        return total > 0 ? Math.Pow(sum / total, 1 / p) : 0;
    });

    /// <summary>Lowest bin frequency in Hz below which lies the given share of the sum of magnitudes; 0 in silence.</summary>
    /// <exception cref="ArgumentException">The share does not lie between 0 and 1.</exception>
    public static float[] Rolloff(Spectrogram magnitude, double share = 0.85)
    {
        if (!(share is > 0 and < 1))
        {
            throw new ArgumentException(FormattableString.Invariant($"roll_percent is {share}: it must lie between 0 and 1"), nameof(share));
        }

        return PerFrame(magnitude, t =>
        {
            // The running sums are float32, as numpy.cumsum of a float32 spectrogram is.
            float total = 0;
            for (int k = 0; k < magnitude.Bins; k++)
            {
                total += magnitude[k, t];
            }

            float threshold = (float)(share * total), sum = 0;
            for (int k = 0; k < magnitude.Bins; k++)
            {
                sum += magnitude[k, t];
                if (sum >= threshold)
                {
                    return magnitude.Frequency(k);
                }
            }

            return 0;
        });
    }

    /// <summary>Geometric over arithmetic mean of max(amin, S^power): 1 for noise and silence, near 0 for tones.</summary>
    /// <exception cref="ArgumentException">amin is not positive.</exception>
    public static float[] Flatness(Spectrogram magnitude, double amin = 1e-10, double power = 2)
    {
        if (!(amin > 0))
        {
            throw new ArgumentException(FormattableString.Invariant($"amin is {amin}: it must be positive"), nameof(amin));
        }

        return PerFrame(magnitude, t =>
        {
            double logs = 0, sum = 0;
            for (int k = 0; k < magnitude.Bins; k++)
            {
                double s = Math.Max(amin, Math.Pow(magnitude[k, t], power));
                logs += Math.Log(s);
                sum += s;
            }

            return Math.Exp(logs / magnitude.Bins) / (sum / magnitude.Bins);
        });
    }

    private static double CentroidOf(Spectrogram magnitude, int frame)
    {
        double sum = 0, total = 0;
        for (int k = 0; k < magnitude.Bins; k++)
        {
            sum += magnitude[k, frame] * magnitude.Frequency(k);
            total += magnitude[k, frame];
        }

        return total > 0 ? sum / total : 0;
    }

    private static float[] PerFrame(Spectrogram spectrogram, Func<int, double> value)
    {
        float[] result = new float[spectrogram.Frames];
        for (int t = 0; t < result.Length; t++)
        {
            result[t] = (float)value(t);
        }

        return result;
    }
}
