namespace RawSer.Audio.Features;

/// <summary>Energy per pitch class, with librosa's filter bank and tuning estimate.</summary>
public static class Chroma
{
    private const double A440Octave = 16;
    private const double SmallestNormal = 1.17549435e-38;

    /// <summary>
    /// The chromagram (classes, frames) of a power spectrogram; every frame is divided by its maximum, silent frames stay 0. Class 0 is C.
    /// </summary>
    /// <param name="power">Power spectrogram.</param>
    /// <param name="classes">Pitch classes of an octave.</param>
    /// <param name="tuning">Deviation from A440 in classes; estimated from the spectrogram when null.</param>
    /// <exception cref="ArgumentException">The number of classes is not positive.</exception>
    public static float[] Compute(Spectrogram power, int classes = 12, double? tuning = null)
    {
        double[] filters = Filters(power.SampleRate, power.FftSize, classes, tuning ?? EstimateTuning(power, classes));
        float[] chroma = new float[classes * power.Frames];
        double[] column = new double[classes];
        for (int t = 0; t < power.Frames; t++)
        {
            Array.Clear(column);
            for (int c = 0; c < classes; c++)
            {
                for (int k = 0; k < power.Bins; k++)
                {
                    column[c] += filters[c * power.Bins + k] * power[k, t];
                }
            }

            double top = column.Max();
            for (int c = 0; c < classes; c++)
            {
                chroma[c * power.Frames + t] = (float)(top >= SmallestNormal ? column[c] / top : column[c]);
            }
        }

        return chroma;
    }

    /// <summary>
    /// Gaussian bumps over the pitch classes, one column per bin, of unit length, weighted by a Gaussian of 2 octaves around octave 5:
    /// (classes, n_fft / 2 + 1).
    /// </summary>
    /// <exception cref="ArgumentException">The number of classes is not positive.</exception>
    public static double[] Filters(int sampleRate, int fftSize, int classes = 12, double tuning = 0)
    {
        if (classes <= 0)
        {
            throw new ArgumentException($"n_chroma is {classes}: it must be positive", nameof(classes));
        }

        const double CentreOctave = 5, OctaveWidth = 2;
        double[] position = new double[fftSize];
        for (int k = 1; k < fftSize; k++)
        {
            position[k] = classes * Octaves((double)k * sampleRate / fftSize, tuning, classes);
        }

        // There is no pitch of 0 Hz: it is put one and a half octaves below the first bin.
        position[0] = (fftSize > 1 ? position[1] : 0) - 1.5 * classes;
        int bins = fftSize / 2 + 1;
        double[] filters = new double[classes * bins];
        double half = Math.Round(classes / 2.0, MidpointRounding.ToEven);
        int shift = 3 * (classes / 12);
        double[] column = new double[classes];
        for (int k = 0; k < bins; k++)
        {
            double width = k + 1 < fftSize ? Math.Max(position[k + 1] - position[k], 1) : 1;
            double squares = 0;
            for (int c = 0; c < classes; c++)
            {
                double distance = Remainder(position[k] - c + half + 10 * classes, classes) - half;
                column[c] = Math.Exp(-0.5 * Math.Pow(2 * distance / width, 2));
                squares += column[c] * column[c];
            }

            double weight = Math.Exp(-0.5 * Math.Pow((position[k] / classes - CentreOctave) / OctaveWidth, 2)) / Math.Sqrt(squares);
            for (int c = 0; c < classes; c++)
            {
                // The bumps count from A; librosa turns them so that class 0 is C.
                filters[(c - shift + classes) % classes * bins + k] = column[c] * weight;
            }
        }

        return filters;
    }

    /// <summary>
    /// The deviation from A440 in classes, -0.5 to 0.5 in steps of 0.01: the most frequent one among the interpolated spectral peaks between
    /// 150 and 4000 Hz that are at least as strong as the median peak. 0 without peaks.
    /// </summary>
    public static double EstimateTuning(Spectrogram power, int classes = 12)
    {
        const double Resolution = 0.01;
        List<(double Hz, double Magnitude)> peaks = Peaks(power, 150, 4000);
        if (peaks.Count == 0)
        {
            return 0;
        }

        double threshold = Median([.. peaks.Select(p => p.Magnitude)]);
        int count = (int)Math.Ceiling(1 / Resolution);
        double[] edges = new double[count + 1];
        for (int i = 0; i <= count; i++)
        {
            edges[i] = i == count ? 0.5 : -0.5 + i * (1.0 / count);
        }

        int[] histogram = new int[count];
        foreach ((double hz, double magnitude) in peaks)
        {
            if (magnitude < threshold)
            {
                continue;
            }

            double residual = Remainder(classes * Octaves(hz, 0, classes), 1);
            residual = residual >= 0.5 ? residual - 1 : residual;
            int bin = Array.BinarySearch(edges, residual);
            histogram[Math.Clamp(bin >= 0 ? bin : ~bin - 1, 0, count - 1)]++;
        }

        return edges[Array.IndexOf(histogram, histogram.Max())];
    }

    /// <summary>
    /// Local maxima above a tenth of their frame's largest value, with parabolic interpolation: for a = x[+1] + x[-1] - 2 x[0] and
    /// b = (x[+1] - x[-1]) / 2 the peak lies -b / a bins away and is 1/2 (-b / a) gradient higher.
    /// </summary>
    private static List<(double Hz, double Magnitude)> Peaks(Spectrogram s, double fmin, double fmax)
    {
        fmax = Math.Min(fmax, s.SampleRate / 2.0);
        var peaks = new List<(double, double)>();
        for (int t = 0; t < s.Frames; t++)
        {
            double floor = 0;
            for (int k = 0; k < s.Bins; k++)
            {
                floor = Math.Max(floor, s[k, t]);
            }

            floor *= 0.1;
            for (int k = 1; k < s.Bins; k++)
            {
                double f = s.Frequency(k), x = s[k, t];
                double before = Gate(s[k - 1, t]), after = k + 1 < s.Bins ? Gate(s[k + 1, t]) : Gate(s[k, t]);
                if (f < fmin || f >= fmax || !(Gate(x) > before && Gate(x) >= after))
                {
                    continue;
                }

                double shift = 0, gradient = x - s[k - 1, t];
                if (k + 1 < s.Bins)
                {
                    double a = (double)s[k + 1, t] + s[k - 1, t] - 2 * x, b = ((double)s[k + 1, t] - s[k - 1, t]) / 2;
                    gradient = b;
                    shift = Math.Abs(b) >= Math.Abs(a) ? 0 : -b / a;
                }

                peaks.Add(((k + shift) * s.SampleRate / s.FftSize, x + 0.5 * gradient * shift));
            }

            double Gate(double value) => value > floor ? value : 0;
        }

        return peaks;
    }

    private static double Octaves(double hz, double tuning, int classes) => Math.Log2(hz / (440 * Math.Pow(2, tuning / classes) / A440Octave));

    private static double Remainder(double x, double y) => x - y * Math.Floor(x / y);

    private static double Median(double[] values)
    {
        Array.Sort(values);
        int half = values.Length / 2;
        return values.Length % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
    }
}
