using System.Numerics.Tensors;

namespace RawSer.Audio.Features;

/// <summary>Over what the mean and deviation of features are taken.</summary>
public enum StandardizationScope
{
    /// <summary>Every (row, frame) cell has its own, over the clips (scikit-learn's StandardScaler on flattened features).</summary>
    Cell,

    /// <summary>Every row has its own, over clips and frames.</summary>
    Row,

    /// <summary>One for all values.</summary>
    Global,
}

/// <summary>Writes the features of a clip, (rows, frames) in row-major order.</summary>
/// <param name="clip">Its number.</param>
/// <param name="features">Where to.</param>
public delegate void ClipReader(int clip, Span<float> features);

/// <summary>
/// (x - mean) / deviation with statistics of the training set: population deviation, and 1 where a value never varies. The statistics are plain
/// arrays (<see cref="Means"/>, <see cref="Deviations"/>), to be stored with a model.
/// </summary>
public sealed class FeatureStandardizer
{
    /// <summary>Restores a standardiser from its arrays: rows * frames, rows or 1 values each.</summary>
    /// <exception cref="ArgumentException">The arrays have the wrong length, or a deviation is not positive.</exception>
    public FeatureStandardizer(StandardizationScope scope, int rows, int frames, float[] means, float[] deviations)
    {
        int count = CountOf(scope, rows, frames);
        if (means.Length != count || deviations.Length != count)
        {
            throw new ArgumentException($"{scope} statistics of {rows} x {frames} features have {count} values, not {means.Length} and {deviations.Length}");
        }

        if (!Array.TrueForAll(deviations, d => d > 0 && float.IsFinite(d)) || !Array.TrueForAll(means, float.IsFinite))
        {
            throw new ArgumentException("means must be finite and deviations positive");
        }

        (Scope, Rows, Frames, Means, Deviations) = (scope, rows, frames, means, deviations);
    }

    /// <summary>Over what the statistics were taken.</summary>
    public StandardizationScope Scope { get; }

    /// <summary>Rows of the features.</summary>
    public int Rows { get; }

    /// <summary>Columns of the features.</summary>
    public int Frames { get; }

    /// <summary>Means.</summary>
    public float[] Means { get; }

    /// <summary>Deviations, all positive.</summary>
    public float[] Deviations { get; }

    /// <summary>Statistics of clips of (rows, frames) features, in float64 and in the order of the clips, each of which is read twice.</summary>
    /// <exception cref="ArgumentException">There is no clip, it has no features, or a value is not finite.</exception>
    public static FeatureStandardizer Fit(StandardizationScope scope, int clips, ClipReader read, int rows, int frames)
    {
        int cells = checked(rows * frames);
        if (cells <= 0 || clips <= 0)
        {
            throw new ArgumentException($"{clips} clips of {rows} x {frames} features have no statistics", nameof(clips));
        }

        int groups = CountOf(scope, rows, frames), run = cells / groups;
        double[] means = new double[groups], squares = new double[groups];
        float[] features = new float[cells];
        for (int clip = 0; clip < clips; clip++)
        {
            read(clip, features);
            for (int g = 0; g < groups; g++)
            {
                double sum = 0;
                foreach (float x in features.AsSpan(g * run, run))
                {
                    sum += x;
                }

                means[g] += sum;
            }
        }

        double count = (double)clips * run;
        for (int g = 0; g < groups; g++)
        {
            means[g] /= count;
            if (!double.IsFinite(means[g]))
            {
                throw new ArgumentException($"a feature of row {g * run / frames} is NaN or infinite", nameof(read));
            }
        }

        for (int clip = 0; clip < clips; clip++)
        {
            read(clip, features);
            for (int g = 0; g < groups; g++)
            {
                double sum = 0;
                foreach (float x in features.AsSpan(g * run, run))
                {
                    sum += (x - means[g]) * (x - means[g]);
                }

                squares[g] += sum;
            }
        }

        float[] deviations = new float[groups];
        for (int g = 0; g < groups; g++)
        {
            double deviation = Math.Sqrt(squares[g] / count);
            // Rounding of the mean alone must not pass for variation (scikit-learn's rule with the precision of the input).
            deviations[g] = deviation > 1e-7 * Math.Abs(means[g]) && (float)deviation > 0 ? (float)deviation : 1;
        }

        return new FeatureStandardizer(scope, rows, frames, [.. means.Select(m => (float)m)], deviations);
    }

    /// <summary>Standardises clips of (rows, frames) features in place.</summary>
    /// <exception cref="ArgumentException">The length is no multiple of a clip.</exception>
    public void Apply(Span<float> features)
    {
        int cells = Rows * Frames, run = cells / Means.Length;
        if (features.Length % cells != 0)
        {
            throw new ArgumentException($"{features.Length} values are no clips of {Rows} x {Frames} features", nameof(features));
        }

        if (run == 1)
        {
            for (int start = 0; start < features.Length; start += cells)
            {
                Span<float> clip = features.Slice(start, cells);
                TensorPrimitives.Subtract(clip, Means, clip);
                TensorPrimitives.Divide(clip, Deviations, clip);
            }

            return;
        }

        for (int start = 0; start < features.Length; start += run)
        {
            int group = start / run % Means.Length;
            Span<float> part = features.Slice(start, run);
            TensorPrimitives.Subtract(part, Means[group], part);
            TensorPrimitives.Divide(part, Deviations[group], part);
        }
    }

    private static int CountOf(StandardizationScope scope, int rows, int frames) => scope switch
    {
        StandardizationScope.Cell => checked(rows * frames),
        StandardizationScope.Row => rows,
        StandardizationScope.Global => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(scope), scope, "unknown scope: use Cell, Row or Global"),
    };
}
