using RawSer.Kernels.Spectral;

namespace RawSer.Audio.Features;

/// <summary>What a delta filter does at the first and last frames.</summary>
public enum DeltaEdge
{
    /// <summary>The polynomial through the first (last) <c>width</c> frames is used for all of them.</summary>
    Interpolate,

    /// <summary>The outermost frame is repeated.</summary>
    Nearest,

    /// <summary>Mirrored at the outermost frame, which is not repeated.</summary>
    Mirror,

    /// <summary>Zeros.</summary>
    Constant,

    /// <summary>Periodic.</summary>
    Wrap,
}

/// <summary>Time derivatives of features: rows are coefficients, columns frames.</summary>
public static class Deltas
{
    /// <summary>
    /// The derivative of the given order as librosa computes it: a Savitzky-Golay filter whose polynomial has the degree of the derivative.
    /// </summary>
    /// <param name="features">(rows, frames) row-major.</param>
    /// <param name="frames">Columns.</param>
    /// <param name="width">Frames of the filter: odd, at least 3.</param>
    /// <param name="order">Order of the derivative, below the width.</param>
    /// <param name="edge">Treatment of the first and last frames.</param>
    /// <exception cref="ArgumentException">
    /// The width is even, below 3 or, with <see cref="DeltaEdge.Interpolate"/>, more than there are frames; or the order is not from 1 to the width - 1.
    /// </exception>
    public static float[] SavitzkyGolay(ReadOnlySpan<float> features, int frames, int width = 9, int order = 1, DeltaEdge edge = DeltaEdge.Interpolate)
    {
        if (width < 3 || width % 2 == 0)
        {
            throw new ArgumentException($"width is {width}: an odd number of at least 3 frames is needed", nameof(width));
        }

        if (order <= 0 || order >= width)
        {
            throw new ArgumentException($"order is {order}: it must lie between 1 and width - 1 ({width - 1})", nameof(order));
        }

        if (edge == DeltaEdge.Interpolate && width > frames)
        {
            throw new ArgumentException($"width is {width}, but there are only {frames} frames: use a smaller width or another edge mode", nameof(width));
        }

        double[] kernel = LeadingCoefficientKernel(width / 2, order);
        PadMode? padding = edge switch
        {
            DeltaEdge.Nearest => PadMode.Edge,
            DeltaEdge.Mirror => PadMode.Reflect,
            DeltaEdge.Wrap => PadMode.Wrap,
            _ => null,
        };
        return Filter(features, frames, kernel, padding, repeatWholeWindows: edge == DeltaEdge.Interpolate);
    }

    /// <summary>torchaudio's compute_deltas: sum of n (c[t + n] - c[t - n]) over n to (width - 1) / 2, divided by 2 sum n^2; edges are repeated.</summary>
    /// <exception cref="ArgumentException">The width is below 3.</exception>
    public static float[] Regression(ReadOnlySpan<float> features, int frames, int width = 5)
    {
        if (width < 3)
        {
            throw new ArgumentException($"win_length is {width}: at least 3 frames are needed", nameof(width));
        }

        return Filter(features, frames, LeadingCoefficientKernel((width - 1) / 2, 1), PadMode.Edge, repeatWholeWindows: false);
    }

    /// <summary>
    /// Weights of the least-squares fit of a polynomial of degree n over -half..half that give n! times its leading coefficient, the n-th
    /// derivative: n! p(x) / sum of p^2 with the monic orthogonal polynomial p of degree n (Gram).
    /// </summary>
    private static double[] LeadingCoefficientKernel(int half, int degree)
    {
        int width = 2 * half + 1;
        double[] previous = new double[width], current = new double[width];
        Array.Fill(current, 1);
        double before = 1, norm = width, factorial = 1;
        for (int k = 0; k < degree; k++)
        {
            double[] next = new double[width];
            double sum = 0;
            for (int i = 0; i < width; i++)
            {
                next[i] = (i - half) * current[i] - (k > 0 ? norm / before * previous[i] : 0);
                sum += next[i] * next[i];
            }

            (previous, current, before, norm) = (current, next, norm, sum);
            factorial *= k + 1;
        }

        return [.. current.Select(p => factorial * p / norm)];
    }

    private static float[] Filter(ReadOnlySpan<float> features, int frames, double[] kernel, PadMode? padding, bool repeatWholeWindows)
    {
        if (frames <= 0 || features.Length % frames != 0)
        {
            throw new ArgumentException($"{features.Length} values are no rows of {frames} frames", nameof(frames));
        }

        int half = kernel.Length / 2;
        float[] result = new float[features.Length];
        for (int row = 0; row < features.Length; row += frames)
        {
            for (int t = 0; t < frames; t++)
            {
                int centre = repeatWholeWindows ? Math.Clamp(t, half, frames - 1 - half) : t;
                double sum = 0;
                for (int i = -half; i <= half; i++)
                {
                    int at = centre + i;
                    if ((uint)at >= (uint)frames)
                    {
                        if (padding is not { } mode)
                        {
                            continue;
                        }

                        at = SignalPadding.Index(at, frames, mode);
                    }

                    sum += kernel[i + half] * features[row + at];
                }

                result[row + t] = (float)sum;
            }
        }

        return result;
    }
}
