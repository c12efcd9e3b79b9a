using RawSer.Recipes.Corpora;
using RawSer.Recipes.Sampling;

namespace RawSer.Recipes.Splits;

/// <summary>
/// scikit-learn's arithmetic of splits: how many clips of each class go where. Counts are exact integers, so that ties are ties and not rounding noise.
/// </summary>
public static class StratifiedAllocation
{
    /// <summary>
    /// Sizes of the two parts of <paramref name="n"/> clips, as <c>train_test_split</c> does it: a share below 1 of the test part is rounded up, of the
    /// train part down; what one side leaves open is the rest; both open means a quarter for the test.
    /// </summary>
    /// <param name="n">Number of clips.</param>
    /// <param name="test">Test part: a share in (0, 1), a count from 1, or null.</param>
    /// <param name="train">Train part, likewise.</param>
    /// <exception cref="CorpusException">A part would be empty, or both together exceed <paramref name="n"/>.</exception>
    public static (int Train, int Test) Sizes(int n, double? test, double? train = null)
    {
        if (test is null && train is null)
        {
            test = 0.25;
        }

        int? testCount = test is double t ? (int)(t < 1 ? Math.Ceiling(t * n) : t) : null;
        int? trainCount = train is double r ? (int)(r < 1 ? Math.Floor(r * n) : r) : null;
        int testSize = testCount ?? n - trainCount!.Value;
        int trainSize = trainCount ?? n - testCount!.Value;
        return testSize >= 1 && trainSize >= 1 && testSize + trainSize <= n
            ? (trainSize, testSize)
            : throw new CorpusException($"a split of {n} clips into {trainSize} and {testSize}: each part needs at least one clip, and no more than there are");
    }

    /// <summary>
    /// How many of <paramref name="draws"/> clips each class gives: <c>floor(count * draws / total)</c>, then one more for the classes with the largest
    /// remainders until the sum is right; which of equal remainders get one is drawn from <paramref name="random"/>.
    /// </summary>
    public static int[] Allocate(ReadOnlySpan<int> counts, int draws, CounterRandom random)
    {
        long total = 0;
        foreach (int count in counts)
        {
            total += count;
        }

        int[] given = new int[counts.Length];
        long[] remainder = new long[counts.Length];
        int missing = draws;
        for (int c = 0; c < counts.Length; c++)
        {
            given[c] = (int)((long)counts[c] * draws / total);
            remainder[c] = (long)counts[c] * draws % total;
            missing -= given[c];
        }

        int[] order = [.. Enumerable.Range(0, counts.Length)];
        random.Shuffle(order.AsSpan());
        foreach (int c in order.OrderByDescending(c => remainder[c]).Take(missing))
        {
            given[c]++;
        }

        return given;
    }

    /// <summary>Class counts of the two parts: train first, then test from what is left, as <c>StratifiedShuffleSplit</c> does it.</summary>
    public static (int[] Train, int[] Test) Counts(ReadOnlySpan<int> totals, double? test, double? train, CounterRandom random)
    {
        int n = 0;
        foreach (int total in totals)
        {
            n += total;
        }

        (int trainSize, int testSize) = Sizes(n, test, train);
        int[] trainCounts = Allocate(totals, trainSize, random);
        int[] left = new int[totals.Length];
        for (int c = 0; c < left.Length; c++)
        {
            left[c] = totals[c] - trainCounts[c];
        }

        return (trainCounts, Allocate(left, testSize, random));
    }

    /// <summary>Draws the test part: which positions of <paramref name="labels"/> are in the test and which in the train part, each in ascending order.</summary>
    public static (int[] Train, int[] Test) Draw(ReadOnlySpan<int> labels, int classes, double test, CounterRandom random)
    {
        int[] totals = new int[classes];
        foreach (int label in labels)
        {
            totals[label]++;
        }

        (int[] trainCounts, int[] testCounts) = Counts(totals, test, null, random);
        int[] order = [.. Enumerable.Range(0, labels.Length)];
        random.Shuffle(order.AsSpan());
        var trainPart = new List<int>();
        var testPart = new List<int>();
        foreach (int position in order)
        {
            int label = labels[position];
            if (testCounts[label] > 0)
            {
                testCounts[label]--;
                testPart.Add(position);
            }
            else if (trainCounts[label] > 0)
            {
                trainCounts[label]--;
                trainPart.Add(position);
            }
        }

        trainPart.Sort();
        testPart.Sort();
        return ([.. trainPart], [.. testPart]);
    }

    /// <summary>
    /// Fold of each position for stratified k-fold: the clips of every class are dealt to the folds in turn, in random order, and each class starts where
    /// the one before stopped, so that the folds differ by at most one clip in size.
    /// </summary>
    /// <exception cref="CorpusException">Fewer than 2 folds, or more folds than clips.</exception>
    public static int[] Folds(ReadOnlySpan<int> labels, int classes, int folds, CounterRandom random)
    {
        if (folds < 2 || folds > labels.Length)
        {
            throw new CorpusException($"{folds} folds of {labels.Length} clips: expected 2 to {labels.Length}");
        }

        int[] order = [.. Enumerable.Range(0, labels.Length)];
        random.Shuffle(order.AsSpan());
        int[] fold = new int[labels.Length];
        int next = 0;
        for (int c = 0; c < classes; c++)
        {
            foreach (int position in order)
            {
                if (labels[position] == c)
                {
                    fold[position] = next;
                    next = (next + 1) % folds;
                }
            }
        }

        return fold;
    }
}
