namespace RawSer.Recipes.Metrics;

/// <summary>
/// Scores of predicted probabilities, one row of class probabilities per clip, with the definitions of scikit-learn.
/// </summary>
public sealed class Probabilities
{
    private readonly double[][] _rows;
    private readonly int[] _truth;

    /// <summary>Predictions for some clips.</summary>
    /// <param name="rows">Class probabilities of each clip.</param>
    /// <param name="truth">True class of each clip.</param>
    /// <exception cref="ArgumentException">Numbers differ, rows have different lengths, or a true class is out of range.</exception>
    public Probabilities(IReadOnlyList<double[]> rows, IReadOnlyList<int> truth)
    {
        if (rows.Count != truth.Count || rows.Count == 0)
        {
            throw new ArgumentException($"probabilities: {rows.Count} rows for {truth.Count} clips; expected equal numbers, and at least one clip");
        }

        Classes = rows[0].Length;
        for (int i = 0; i < rows.Count; i++)
        {
            if (rows[i].Length != Classes || (uint)truth[i] >= (uint)Classes)
            {
                throw new ArgumentException($"probabilities: clip {i} has {rows[i].Length} probabilities and true class {truth[i]}; expected {Classes} and 0 to {Classes - 1}");
            }
        }

        (_rows, _truth) = ([.. rows], [.. truth]);
    }

    /// <summary>Number of clips.</summary>
    public int Count => _rows.Length;

    /// <summary>Number of classes.</summary>
    public int Classes { get; }

    /// <summary>True class of each clip.</summary>
    public IReadOnlyList<int> Truth => _truth;

    /// <summary>Class probabilities of a clip.</summary>
    public IReadOnlyList<double> this[int clip] => _rows[clip];

    /// <summary>The most probable class of each clip; of equal ones the first.</summary>
    public int[] Predicted() => [.. _rows.Select(row => Array.IndexOf(row, row.Max()))];

    /// <summary>The greatest probability of each clip.</summary>
    public double[] Confidence() => [.. _rows.Select(row => row.Max())];

    /// <summary>Mean negative logarithm of the true class's probability, which is clipped to [2^-52, 1 - 2^-52].</summary>
    public double NegativeLogLikelihood()
    {
        const double Least = 1.0 / (1L << 52);
        return Enumerable.Range(0, Count).Average(i => -Math.Log(Math.Clamp(_rows[i][_truth[i]], Least, 1 - Least)));
    }

    /// <summary>Brier score: mean over clips of the summed squares of (probability - truth) over classes; 0 to 2.</summary>
    public double Brier() => Enumerable.Range(0, Classes).Sum(Brier);

    /// <summary>Mean square of (probability - truth) of one class.</summary>
    public double Brier(int label) => Enumerable.Range(0, Count).Average(i => Square(_rows[i][label] - (_truth[i] == label ? 1 : 0)));

    /// <summary>Share of clips whose true class is among the <paramref name="k"/> most probable; of equal ones the larger class number counts first.</summary>
    public double TopKAccuracy(int k) => Enumerable.Range(0, Count).Count(i =>
    {
        double own = _rows[i][_truth[i]];
        return Enumerable.Range(0, Classes).Count(c => _rows[i][c] > own || (_rows[i][c] == own && c > _truth[i])) < k;
    }) / (double)Count;

    /// <summary>Probabilities of one class, and whether it is the truth.</summary>
    public (double[] Scores, bool[] Hits) OneAgainstRest(int label) => ([.. _rows.Select(row => row[label])], [.. _truth.Select(t => t == label)]);

    private static double Square(double x) => x * x;
}
