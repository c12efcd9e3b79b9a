namespace RawSer.Recipes.Metrics;

/// <summary>What the cells of a confusion matrix are divided by.</summary>
public enum ConfusionNormalization
{
    /// <summary>The row: how the clips of a class are recognised.</summary>
    True,

    /// <summary>The column: what stands behind a prediction.</summary>
    Predicted,

    /// <summary>All clips.</summary>
    All,
}

/// <summary>Weights for how far a confusion is from the truth, in Cohen's kappa.</summary>
public enum KappaWeights
{
    /// <summary>Every confusion counts alike.</summary>
    None,

    /// <summary>By the difference of the class numbers.</summary>
    Linear,

    /// <summary>By the square of the difference.</summary>
    Quadratic,
}

/// <summary>
/// Counts (or summed weights) of clips by true class (row) and predicted class (column), and the scores that follow from them, with the definitions of
/// scikit-learn.
/// </summary>
public sealed class ConfusionMatrix
{
    private readonly double[,] _cells;

    /// <summary>Counts pairs of true and predicted class numbers.</summary>
    /// <param name="truth">True class of each clip, from 0.</param>
    /// <param name="predicted">Predicted class of each clip.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="weights">Weight of each clip; null for 1.</param>
    /// <exception cref="ArgumentException">Lengths differ, or a class number is out of range.</exception>
    public ConfusionMatrix(ReadOnlySpan<int> truth, ReadOnlySpan<int> predicted, int classes, double[]? weights = null)
    {
        if (truth.Length != predicted.Length || (weights is not null && weights.Length != truth.Length))
        {
            throw new ArgumentException($"confusion matrix: {truth.Length} true classes, {predicted.Length} predictions, {weights?.Length ?? truth.Length} weights; expected equal numbers");
        }

        _cells = new double[classes, classes];
        IsWeighted = weights is not null;
        for (int i = 0; i < truth.Length; i++)
        {
            if ((uint)truth[i] >= (uint)classes || (uint)predicted[i] >= (uint)classes)
            {
                throw new ArgumentException($"confusion matrix: clip {i} has true class {truth[i]} and predicted class {predicted[i]}; expected 0 to {classes - 1}");
            }

            _cells[truth[i], predicted[i]] += weights?[i] ?? 1;
        }
    }

    private ConfusionMatrix(double[,] cells, bool weighted) => (_cells, IsWeighted) = (cells, weighted);

    /// <summary>Number of classes.</summary>
    public int Classes => _cells.GetLength(0);

    /// <summary>True when clips were weighted, so that supports need not be whole numbers.</summary>
    public bool IsWeighted { get; }

    /// <summary>Clips (or weight) of a true class that were predicted as another.</summary>
    public double this[int truth, int predicted] => _cells[truth, predicted];

    /// <summary>All clips.</summary>
    public double Total => Enumerable.Range(0, Classes).Sum(Support);

    /// <summary>Clips that were recognised.</summary>
    public double Correct => Enumerable.Range(0, Classes).Sum(c => _cells[c, c]);

    /// <summary>Share of clips that were recognised: accuracy, also called weighted accuracy (WA).</summary>
    public double Accuracy => Correct / Total;

    /// <summary>Mean recall of the classes that occur: balanced accuracy, also called unweighted accuracy (UA).</summary>
    public double BalancedAccuracy => Occurring().Average(c => _cells[c, c] / Support(c));

    /// <summary>Balanced accuracy scaled so that guessing is 0 and perfection 1; NaN when only one class occurs.</summary>
    public double AdjustedBalancedAccuracy
    {
        get
        {
            double chance = 1.0 / Occurring().Count();
            return (BalancedAccuracy - chance) / (1 - chance);
        }
    }

    /// <summary>Matthews's correlation for many classes (Gorodkin 2004); 0 where it is undefined.</summary>
    public double MatthewsCorrelation
    {
        get
        {
            double n = Total, dot = 0, predictedSquare = 0, trueSquare = 0;
            for (int c = 0; c < Classes; c++)
            {
                dot += Support(c) * Predicted(c);
                predictedSquare += Predicted(c) * Predicted(c);
                trueSquare += Support(c) * Support(c);
            }

            double spread = ((n * n) - predictedSquare) * ((n * n) - trueSquare);
            return spread == 0 ? 0 : ((Correct * n) - dot) / Math.Sqrt(spread);
        }
    }

    /// <summary>Clips of a true class.</summary>
    public double Support(int truth) => Enumerable.Range(0, Classes).Sum(p => _cells[truth, p]);

    /// <summary>Clips that were predicted as a class.</summary>
    public double Predicted(int predicted) => Enumerable.Range(0, Classes).Sum(t => _cells[t, predicted]);

    /// <summary>The clips whose true and predicted class are both among some classes, in their order.</summary>
    public ConfusionMatrix Select(IReadOnlyList<int> classes)
    {
        double[,] cells = new double[classes.Count, classes.Count];
        for (int t = 0; t < classes.Count; t++)
        {
            for (int p = 0; p < classes.Count; p++)
            {
                cells[t, p] = _cells[classes[t], classes[p]];
            }
        }

        return new ConfusionMatrix(cells, IsWeighted);
    }

    /// <summary>The cells divided by their row, column or total; empty rows and columns stay 0.</summary>
    public double[,] Normalize(ConfusionNormalization by)
    {
        double[,] shares = new double[Classes, Classes];
        for (int t = 0; t < Classes; t++)
        {
            for (int p = 0; p < Classes; p++)
            {
                double whole = by switch { ConfusionNormalization.True => Support(t), ConfusionNormalization.Predicted => Predicted(p), _ => Total };
                shares[t, p] = whole == 0 ? 0 : _cells[t, p] / whole;
            }
        }

        return shares;
    }

    /// <summary>Cohen's kappa: agreement beyond chance; NaN when one class is all there is.</summary>
    public double Kappa(KappaWeights weights = KappaWeights.None)
    {
        double observed = 0, expected = 0;
        for (int t = 0; t < Classes; t++)
        {
            for (int p = 0; p < Classes; p++)
            {
                double distance = weights switch
                {
                    KappaWeights.Linear => Math.Abs(t - p),
                    KappaWeights.Quadratic => (t - p) * (double)(t - p),
                    _ => t == p ? 0 : 1,
                };
                observed += distance * _cells[t, p];
                expected += distance * Support(t) * Predicted(p) / Total;
            }
        }

        return 1 - (observed / expected);
    }

    private IEnumerable<int> Occurring() => Enumerable.Range(0, Classes).Where(c => Support(c) > 0);
}
