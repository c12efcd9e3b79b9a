namespace RawSer.Recipes.Metrics;

/// <summary>Clips whose confidence is in one interval.</summary>
/// <param name="Count">Number of clips.</param>
/// <param name="Accuracy">Share of them that are right; 0 when there is none.</param>
/// <param name="Confidence">Their mean confidence; 0 when there is none.</param>
public sealed record ReliabilityBin(int Count, double Accuracy, double Confidence);

/// <summary>Do probabilities mean what they say: of the clips that a network is 70% sure of, are 70% right?</summary>
/// <param name="ExpectedError">Expected calibration error (ECE): mean over clips of |accuracy - confidence| of their bin.</param>
/// <param name="MaximumError">Greatest |accuracy - confidence| of a bin (MCE).</param>
/// <param name="Bins">The bins: bin b of B holds confidences in (b/B, (b+1)/B].</param>
public sealed record Calibration(double ExpectedError, double MaximumError, IReadOnlyList<ReliabilityBin> Bins)
{
    /// <summary>Calibration of the most probable class (Guo et al. 2017).</summary>
    /// <param name="probabilities">The predictions.</param>
    /// <param name="bins">Number of bins of equal width.</param>
    public static Calibration Of(Probabilities probabilities, int bins = 15)
    {
        double[] confidence = probabilities.Confidence();
        int[] predicted = probabilities.Predicted();
        int[] count = new int[bins], hits = new int[bins];
        double[] sum = new double[bins];
        for (int i = 0; i < confidence.Length; i++)
        {
            int bin = Math.Clamp((int)Math.Ceiling(confidence[i] * bins) - 1, 0, bins - 1);
            count[bin]++;
            sum[bin] += confidence[i];
            hits[bin] += predicted[i] == probabilities.Truth[i] ? 1 : 0;
        }

        ReliabilityBin[] table = [.. Enumerable.Range(0, bins).Select(b =>
            count[b] == 0 ? new ReliabilityBin(0, 0, 0) : new ReliabilityBin(count[b], hits[b] / (double)count[b], sum[b] / count[b]))];
        return new Calibration(
            table.Sum(b => b.Count / (double)confidence.Length * Math.Abs(b.Accuracy - b.Confidence)),
            table.Max(b => Math.Abs(b.Accuracy - b.Confidence)),
            table);
    }

    /// <summary>
    /// scikit-learn's <c>calibration_curve</c> of one class: mean probability and share of true clips per bin, empty bins left out. Bins are of equal width,
    /// or hold equal numbers of clips.
    /// </summary>
    public static (double[] FractionOfPositives, double[] MeanPredicted) Curve(ReadOnlySpan<double> scores, ReadOnlySpan<bool> hits, int bins, bool quantiles)
    {
        double[] inner = new double[bins - 1];
        double[] sorted = scores.ToArray();
        Array.Sort(sorted);
        for (int b = 1; b < bins; b++)
        {
            inner[b - 1] = quantiles ? Quantile(sorted, b / (double)bins) : b / (double)bins;
        }

        int[] count = new int[bins], positive = new int[bins];
        double[] sum = new double[bins];
        for (int i = 0; i < scores.Length; i++)
        {
            double score = scores[i];
            int bin = inner.Count(edge => edge < score);
            count[bin]++;
            sum[bin] += score;
            positive[bin] += hits[i] ? 1 : 0;
        }

        int[] filled = [.. Enumerable.Range(0, bins).Where(b => count[b] > 0)];
        return ([.. filled.Select(b => positive[b] / (double)count[b])], [.. filled.Select(b => sum[b] / count[b])]);
    }

    // Linear interpolation between order statistics, numpy's default.
    internal static double Quantile(double[] sorted, double share)
    {
        double at = share * (sorted.Length - 1);
        int below = (int)Math.Floor(at);
        double above = sorted[Math.Min(below + 1, sorted.Length - 1)];
        return sorted[below] + ((above - sorted[below]) * (at - below));
    }
}
