using RawSer.Recipes.Corpora;
using RawSer.Recipes.Sampling;

namespace RawSer.Recipes.Splits;

/// <summary>Puts whole groups of clips (speakers, sentences) into folds or parts.</summary>
public static class GroupAllocation
{
    /// <summary>
    /// scikit-learn's <c>GroupKFold</c>: groups by size, the largest first (of equal ones the later first), each to the lightest fold (of equal ones the
    /// first).
    /// </summary>
    /// <returns>Fold of each group.</returns>
    public static int[] FoldsBySize(ReadOnlySpan<int> sizes, int folds)
    {
        CheckFolds(folds, sizes.Length);
        int[] bySize = [.. Enumerable.Range(0, sizes.Length)];
        int[] keys = sizes.ToArray();
        bySize = [.. bySize.OrderByDescending(g => keys[g]).ThenByDescending(g => g)];
        int[] fold = new int[sizes.Length];
        int[] weight = new int[folds];
        foreach (int group in bySize)
        {
            int lightest = Array.IndexOf(weight, weight.Min());
            fold[group] = lightest;
            weight[lightest] += sizes[group];
        }

        return fold;
    }

    /// <summary>
    /// scikit-learn's <c>StratifiedGroupKFold</c> without shuffling: groups by the standard deviation of their class counts, the largest first (stable);
    /// each to the fold with which the mean over classes of the standard deviation over folds of (clips in the fold / clips of the class) is least. Of
    /// folds that are equal within 1e-5 relative the one with fewer clips wins.
    /// </summary>
    /// <param name="counts">Clips of each group (rows) in each class (columns).</param>
    /// <param name="folds">Number of folds.</param>
    /// <returns>Fold of each group.</returns>
    public static int[] StratifiedFolds(int[][] counts, int folds)
    {
        CheckFolds(folds, counts.Length);
        int classes = counts[0].Length;
        double[] classTotals = new double[classes];
        foreach (int[] group in counts)
        {
            for (int c = 0; c < classes; c++)
            {
                classTotals[c] += group[c];
            }
        }

        var held = new int[folds][];
        for (int f = 0; f < folds; f++)
        {
            held[f] = new int[classes];
        }

        int[] fold = new int[counts.Length];
        foreach (int group in Enumerable.Range(0, counts.Length).OrderByDescending(g => Deviation(counts[g].Select(v => (double)v))))
        {
            int best = -1;
            double least = double.PositiveInfinity;
            int fewest = int.MaxValue;
            for (int f = 0; f < folds; f++)
            {
                Add(held[f], counts[group], 1);
                double spread = Enumerable.Range(0, classes).Where(c => classTotals[c] > 0)
                    .Average(c => Deviation(held.Select(h => h[c] / classTotals[c])));
                int clips = held[f].Sum();
                Add(held[f], counts[group], -1);
                if (spread < least || (IsClose(spread, least) && clips < fewest))
                {
                    (best, least, fewest) = (f, spread, clips);
                }
            }

            fold[group] = best;
            Add(held[best], counts[group], 1);
        }

        return fold;
    }

    /// <summary>
    /// Parts of given shares (for example train 0.8, validation 0.1, test 0.1), stratified greedily: the largest group first, each to the part with which
    /// the sum over parts and strata of (clips in the part / clips of the stratum - share)^2 is least. Groups of equal size come in random order; no part
    /// stays empty while another has two groups.
    /// </summary>
    /// <param name="counts">Clips of each group (rows) in each stratum (columns).</param>
    /// <param name="shares">Share of each part; they add up to 1.</param>
    /// <param name="random">Orders groups of equal size.</param>
    /// <returns>Part of each group.</returns>
    /// <exception cref="CorpusException">Fewer groups than parts.</exception>
    public static int[] Parts(int[][] counts, ReadOnlySpan<double> shares, CounterRandom random)
    {
        if (counts.Length < shares.Length)
        {
            throw new CorpusException($"{counts.Length} groups cannot fill {shares.Length} parts: each part needs one of its own");
        }

        int strata = counts[0].Length;
        double[] totals = [.. Enumerable.Range(0, strata).Select(s => (double)counts.Sum(g => g[s]))];
        var held = new double[shares.Length][];
        int[] groupsHeld = new int[shares.Length];
        for (int p = 0; p < held.Length; p++)
        {
            held[p] = new double[strata];
        }

        int[] order = [.. Enumerable.Range(0, counts.Length)];
        random.Shuffle(order.AsSpan());
        order = [.. order.OrderByDescending(g => counts[g].Sum())];
        int[] part = new int[counts.Length];
        for (int i = 0; i < order.Length; i++)
        {
            int[] group = counts[order[i]];
            int emptyParts = groupsHeld.Count(n => n == 0);
            int best = -1;
            double least = double.PositiveInfinity;
            for (int p = 0; p < shares.Length; p++)
            {
                if (groupsHeld[p] > 0 && order.Length - i <= emptyParts)
                {
                    continue;
                }

                // Only this part changes, so the differences of the sums decide.
                double change = 0;
                for (int s = 0; s < strata; s++)
                {
                    if (group[s] > 0)
                    {
                        double before = (held[p][s] / totals[s]) - shares[p];
                        double after = ((held[p][s] + group[s]) / totals[s]) - shares[p];
                        change += (after * after) - (before * before);
                    }
                }

                if (change < least)
                {
                    (best, least) = (p, change);
                }
            }

            part[order[i]] = best;
            groupsHeld[best]++;
            for (int s = 0; s < strata; s++)
            {
                held[best][s] += group[s];
            }
        }

        return part;
    }

    // numpy.isclose with its defaults.
    private static bool IsClose(double a, double b) => Math.Abs(a - b) <= 1e-8 + (1e-5 * Math.Abs(b));

    private static void Add(int[] held, int[] group, int sign)
    {
        for (int c = 0; c < held.Length; c++)
        {
            held[c] += sign * group[c];
        }
    }

    private static double Deviation(IEnumerable<double> values)
    {
        double[] all = [.. values];
        double mean = all.Average();
        return Math.Sqrt(all.Sum(v => (v - mean) * (v - mean)) / all.Length);
    }

    private static void CheckFolds(int folds, int groups)
    {
        if (folds < 2 || folds > groups)
        {
            throw new CorpusException($"{folds} folds of {groups} groups: expected 2 to {groups}");
        }
    }
}
