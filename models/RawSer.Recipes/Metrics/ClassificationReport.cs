using System.Globalization;
using System.Text;

namespace RawSer.Recipes.Metrics;

/// <summary>Precision, recall and F1 of a class or an average.</summary>
/// <param name="Precision">Share of the predictions of this class that are right.</param>
/// <param name="Recall">Share of the clips of this class that are recognised.</param>
/// <param name="F1">Harmonic mean of both: 2 tp / (2 tp + fp + fn).</param>
/// <param name="Support">Number (or weight) of clips.</param>
public sealed record ClassScores(double Precision, double Recall, double F1, double Support);

/// <summary>
/// Precision, recall and F1 per class and their averages, as scikit-learn's <c>classification_report</c>. A ratio with an empty denominator takes the
/// value <c>zeroDivision</c>; when that is NaN, averages leave it out.
/// </summary>
public sealed class ClassificationReport
{
    private readonly string[] _names;
    private readonly bool _coversAll;
    private readonly double _accuracy;
    private readonly bool _floatSupports;

    /// <summary>The report of some classes.</summary>
    /// <param name="matrix">Confusions of all classes.</param>
    /// <param name="names">Name of each reported class.</param>
    /// <param name="labels">The reported classes in order; null for all.</param>
    /// <param name="zeroDivision">0, 1 or NaN.</param>
    /// <exception cref="ArgumentException">There is not one name for each class.</exception>
    public ClassificationReport(ConfusionMatrix matrix, IReadOnlyList<string> names, IReadOnlyList<int>? labels = null, double zeroDivision = 0)
    {
        int[] reported = labels is null ? [.. Enumerable.Range(0, matrix.Classes)] : [.. labels];
        if (names.Count != reported.Length)
        {
            throw new ArgumentException($"classification report: {names.Count} names for {reported.Length} classes");
        }

        _names = [.. names];
        _accuracy = matrix.Accuracy;
        _floatSupports = matrix.IsWeighted || matrix.Correct == 0;
        _coversAll = Enumerable.Range(0, matrix.Classes).All(c => reported.Contains(c) || (matrix.Support(c) == 0 && matrix.Predicted(c) == 0));
        double Ratio(double part, double whole) => whole == 0 ? zeroDivision : part / whole;
        ClassScores Scores(double hits, double predicted, double support) =>
            new(Ratio(hits, predicted), Ratio(hits, support), Ratio(2 * hits, predicted + support), support);

        PerClass = [.. reported.Select(c => Scores(matrix[c, c], matrix.Predicted(c), matrix.Support(c)))];
        double total = PerClass.Sum(s => s.Support);
        Micro = Scores(reported.Sum(c => matrix[c, c]), reported.Sum(matrix.Predicted), total);
        Macro = Average(_ => 1, total);
        Weighted = Average(s => s.Support, total);
    }

    /// <summary>Scores of each reported class.</summary>
    public IReadOnlyList<ClassScores> PerClass { get; }

    /// <summary>Scores of all reported classes taken together; with all classes, each is the accuracy.</summary>
    public ClassScores Micro { get; }

    /// <summary>Mean over classes.</summary>
    public ClassScores Macro { get; }

    /// <summary>Mean over classes, weighted by support.</summary>
    public ClassScores Weighted { get; }

    /// <summary>The text that scikit-learn prints, character by character.</summary>
    /// <param name="digits">Decimal places.</param>
    public string ToText(int digits = 2)
    {
        int width = Math.Max(Math.Max(_names.Max(n => n.Length), "weighted avg".Length), digits);
        var text = new StringBuilder();
        text.Append(' ', width + 1).Append(" precision    recall  f1-score   support\n\n");
        for (int c = 0; c < _names.Length; c++)
        {
            Row(_names[c], PerClass[c]);
        }

        text.Append('\n');
        if (_coversAll)
        {
            text.Append("accuracy".PadLeft(width)).Append(' ', 22).Append(Fixed(_accuracy, digits).PadLeft(9)).Append(' ')
                .Append(SupportText(Micro.Support).PadLeft(9)).Append('\n');
        }
        else
        {
            Row("micro avg", Micro);
        }

        Row("macro avg", Macro);
        Row("weighted avg", Weighted);
        return text.ToString();

        void Row(string name, ClassScores scores)
        {
            text.Append(name.PadLeft(width)).Append(' ');
            foreach (double score in (double[])[scores.Precision, scores.Recall, scores.F1])
            {
                text.Append(' ').Append(Fixed(score, digits).PadLeft(9));
            }

            text.Append(' ').Append(SupportText(scores.Support).PadLeft(9)).Append('\n');
        }
    }

    /// <summary>
    /// A number with a fixed number of decimal places, rounded as C and Python do it: correctly, and exact ties to even. A double is a tie only as an odd
    /// multiple of 2^-(digits + 1).
    /// </summary>
    public static string Fixed(double value, int digits)
    {
        if (double.IsNaN(value))
        {
            return "nan";
        }

        double odd = Math.ScaleB(Math.Abs(value), digits + 1);
        if (odd == Math.Floor(odd) && odd % 2 == 1 && odd < 1e9)
        {
            decimal units = ((decimal)odd * (decimal)Math.Pow(5, digits)) / 2;
            decimal even = Math.Round(units, MidpointRounding.ToEven) / (decimal)Math.Pow(10, digits);
            return (value < 0 ? "-" : "") + even.ToString($"F{digits}", CultureInfo.InvariantCulture);
        }

        return value.ToString($"F{digits}", CultureInfo.InvariantCulture);
    }

    // Whole numbers, but as Python prints a float where clips are weighted, and (a quirk of scikit-learn's text) where not one prediction is right.
    private string SupportText(double support) =>
        support.ToString("R", CultureInfo.InvariantCulture) + (_floatSupports && support == Math.Floor(support) ? ".0" : "");

    private ClassScores Average(Func<ClassScores, double> weight, double total)
    {
        double Of(Func<ClassScores, double> score)
        {
            ClassScores[] known = [.. PerClass.Where(s => !double.IsNaN(score(s)))];
            double sum = known.Sum(weight);
            return known.Length == 0 ? double.NaN : sum == 0 ? known.Average(score) : known.Sum(s => score(s) * weight(s)) / sum;
        }

        return new ClassScores(Of(s => s.Precision), Of(s => s.Recall), Of(s => s.F1), total);
    }
}
