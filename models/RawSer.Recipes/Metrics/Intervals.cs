using RawSer.Recipes.Sampling;

namespace RawSer.Recipes.Metrics;

/// <summary>An interval that holds the true value with a confidence of 95%.</summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>The 97.5% point of the normal distribution.</summary>
    public const double Z = 1.959963984540054;

    /// <summary>Normal approximation of a share: p +- z sqrt(p (1 - p) / n), within [0, 1].</summary>
    public static Interval Normal(double hits, double n)
    {
        double p = hits / n, half = Z * Math.Sqrt(p * (1 - p) / n);
        return new Interval(Math.Max(0, p - half), Math.Min(1, p + half));
    }

    /// <summary>Wilson's score interval of a share (1927), which also holds for few clips and for shares near 0 and 1. No clips: [0, 1].</summary>
    public static Interval Wilson(double hits, double n)
    {
        if (n <= 0)
        {
            return new Interval(0, 1);
        }

        double p = hits / n, z2 = Z * Z;
        double centre = (p + (z2 / (2 * n))) / (1 + (z2 / n));
        double half = Z / (1 + (z2 / n)) * Math.Sqrt((p * (1 - p) / n) + (z2 / (4 * n * n)));
        return new Interval(hits == 0 ? 0 : Math.Max(0, centre - half), hits == n ? 1 : Math.Min(1, centre + half));
    }

    /// <summary>
    /// Percentile bootstrap: the statistic of many samples drawn with replacement. With groups (for example speakers) whole groups are drawn, because clips
    /// of one speaker are no independent observations.
    /// </summary>
    /// <param name="clips">Number of clips.</param>
    /// <param name="statistic">The statistic of some clips, given by number, with repetitions; NaN results are left out.</param>
    /// <param name="groups">Group of each clip; null draws single clips.</param>
    /// <param name="samples">Number of samples.</param>
    /// <param name="seed">Seed of the draws.</param>
    public static Interval Bootstrap(int clips, Func<IReadOnlyList<int>, double> statistic, IReadOnlyList<string>? groups = null, int samples = 1000, ulong seed = 0)
    {
        int[][] units = groups is null
            ? [.. Enumerable.Range(0, clips).Select(i => new[] { i })]
            : [.. Enumerable.Range(0, clips).GroupBy(i => groups[i]).Select(g => g.ToArray())];
        var random = new CounterRandom(seed, "bootstrap");
        var values = new List<double>(samples);
        var drawn = new List<int>(clips);
        for (int s = 0; s < samples; s++)
        {
            drawn.Clear();
            for (int u = 0; u < units.Length; u++)
            {
                drawn.AddRange(units[random.NextInt(units.Length)]);
            }

            double value = statistic(drawn);
            if (!double.IsNaN(value))
            {
                values.Add(value);
            }
        }

        if (values.Count == 0)
        {
            return new Interval(double.NaN, double.NaN);
        }

        double[] sorted = [.. values.Order()];
        return new Interval(Calibration.Quantile(sorted, 0.025), Calibration.Quantile(sorted, 0.975));
    }
}
