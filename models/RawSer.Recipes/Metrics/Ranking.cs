namespace RawSer.Recipes.Metrics;

/// <summary>Scores of an ordering: how far up the clips of a class stand when all are sorted by its probability.</summary>
public static class Ranking
{
    /// <summary>
    /// Area under the ROC curve: the probability that a clip of the class scores higher than one that is not, ties counting half (Mann-Whitney).
    /// NaN when one of the two kinds is missing.
    /// </summary>
    public static double RocAuc(ReadOnlySpan<double> scores, ReadOnlySpan<bool> hits)
    {
        int[] order = Ascending(scores);
        double rankSum = 0;
        long positives = 0;
        for (int i = 0; i < order.Length;)
        {
            int end = i;
            int hitsHere = 0;
            while (end < order.Length && scores[order[end]] == scores[order[i]])
            {
                hitsHere += hits[order[end++]] ? 1 : 0;
            }

            rankSum += hitsHere * (i + 1 + end) / 2.0;
            positives += hitsHere;
            i = end;
        }

        return (rankSum - (positives * (positives + 1) / 2.0)) / (positives * (order.Length - positives));
    }

    /// <summary>Average precision: the sum over thresholds of the gain in recall times the precision there.</summary>
    public static double AveragePrecision(ReadOnlySpan<double> scores, ReadOnlySpan<bool> hits)
    {
        int[] order = Ascending(scores);
        Array.Reverse(order);
        int positives = 0;
        foreach (bool hit in hits)
        {
            positives += hit ? 1 : 0;
        }

        double sum = 0;
        int found = 0;
        for (int i = 0; i < order.Length;)
        {
            int end = i, before = found;
            while (end < order.Length && scores[order[end]] == scores[order[i]])
            {
                found += hits[order[end++]] ? 1 : 0;
            }

            sum += (found - before) / (double)positives * (found / (double)end);
            i = end;
        }

        return sum;
    }

    /// <summary>Mean over classes of the area of each class against the rest, plain or weighted by the number of clips.</summary>
    public static double RocAucOneAgainstRest(Probabilities probabilities, bool weighted = false)
    {
        double sum = 0, weights = 0;
        for (int c = 0; c < probabilities.Classes; c++)
        {
            (double[] scores, bool[] hits) = probabilities.OneAgainstRest(c);
            double weight = weighted ? hits.Count(h => h) : 1;
            sum += weight * RocAuc(scores, hits);
            weights += weight;
        }

        return sum / weights;
    }

    /// <summary>Mean over pairs of classes of the area between the two, both ways (Hand and Till 2001).</summary>
    public static double RocAucOneAgainstOne(Probabilities probabilities)
    {
        double sum = 0;
        int pairs = 0;
        for (int a = 0; a < probabilities.Classes; a++)
        {
            for (int b = a + 1; b < probabilities.Classes; b++)
            {
                int[] clips = [.. Enumerable.Range(0, probabilities.Count).Where(i => probabilities.Truth[i] == a || probabilities.Truth[i] == b)];
                sum += Area(a) + Area(b);
                pairs += 2;

                double Area(int label) => RocAuc(
                    clips.Select(i => probabilities[i][label]).ToArray(), clips.Select(i => probabilities.Truth[i] == label).ToArray());
            }
        }

        return sum / pairs;
    }

    private static int[] Ascending(ReadOnlySpan<double> scores)
    {
        double[] keys = scores.ToArray();
        int[] order = [.. Enumerable.Range(0, keys.Length)];
        Array.Sort(keys, order);
        return order;
    }
}
