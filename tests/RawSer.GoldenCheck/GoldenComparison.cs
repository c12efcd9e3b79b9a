using RawSer.Kernels;
using RawSer.Testing;

namespace RawSer.GoldenCheck;

/// <summary>
/// Result against expectation, with the exceptions that a case may grant in its attributes: <c>skip_edges</c> (elements ignored at both ends
/// of the last dimension), <c>bin_slack_fraction</c> (share of elements that may be one frequency bin off), <c>max_bad_fraction</c> (share of
/// elements that may be anything).
/// </summary>
internal static class GoldenComparison
{
    /// <summary>Null if accepted, else the rest of a line that begins with the output's name.</summary>
    public static string? Mismatch(GoldenCase golden, GoldenTensor got, GoldenTensor expected, Tolerance tolerance)
    {
        bool scalars = got.Shape.Rank == 0 && expected.Shape == [1];
        if (got.Shape != expected.Shape && !scalars)
        {
            return $": got shape {got.Shape}, expected {expected.Shape}";
        }

        int skip = golden.Attrs.Int("skip_edges", 0);
        int last = expected.Shape.Rank > 0 ? expected.Shape[-1] : 1;
        double bin = golden.Attrs.Has("bin_slack_fraction") ? BinWidth(golden.Attrs) : 0;
        int slack = (int)(golden.Attrs.Double("bin_slack_fraction", 0) * expected.Count);
        int free = (int)(golden.Attrs.Double("max_bad_fraction", 0) * expected.Count);
        int worst = -1;
        int bad = 0;
        double worstRatio = 0;
        for (int i = 0; i < expected.Count; i++)
        {
            int column = i % last;
            if (column < skip || column >= last - skip)
            {
                continue;
            }

            double ratio = tolerance.Ratio(got[i], expected[i]);
            if (ratio <= 1)
            {
                continue;
            }

            if (slack > 0 && Math.Abs(Math.Abs(got[i] - expected[i]) - bin) <= tolerance.At(expected[i]))
            {
                slack--;
                continue;
            }

            bad++;
            if (worst < 0 || ratio > worstRatio)
            {
                (worst, worstRatio) = (i, ratio);
            }
        }

        if (bad <= free)
        {
            return null;
        }

        string others = bad > 1 ? $"; {bad} of {expected.Count} elements differ" : "";
        return Closeness.Describe(worst, got[worst], expected[worst], tolerance, expected.Shape.AsSpan()) + others;
    }

    private static double BinWidth(GoldenAttributes attrs) => attrs.Double("sr") / attrs.Int("n_fft", 2048);
}
