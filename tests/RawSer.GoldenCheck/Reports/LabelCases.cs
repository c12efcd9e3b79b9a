using System.Globalization;
using System.Text.Json;
using RawSer.Recipes.Metrics;

namespace RawSer.GoldenCheck.Reports;

/// <summary>Scores of predicted classes: classification report, confusion matrix, kappa and others, and intervals of shares.</summary>
internal static class LabelCases
{
    public static void Register(HandlerTable table)
    {
        table.Kind("report_labels", Labels);
        table.Kind("report_intervals", Intervals);
    }

    /// <summary>The part of the case's JSON file that its key names.</summary>
    internal static JsonElement Part(GoldenCase golden)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(golden.PathOf(golden.File!)));
        return document.RootElement.GetProperty(golden.Attrs.String("key")).Clone();
    }

    internal static double Number(JsonElement value) => value.ValueKind == JsonValueKind.String ? double.NaN : value.GetDouble();

    internal static double[] Numbers(JsonElement value) => [.. value.EnumerateArray().Select(Number)];

    private static void Labels(GoldenCase golden, GoldenRun run)
    {
        JsonElement part = Part(golden);
        string[] truth = Texts(part.GetProperty("y_true")), predicted = Texts(part.GetProperty("y_pred"));

        // Without labels scikit-learn takes those that occur, in sorted order; others come after the listed ones.
        string[] listed = part.TryGetProperty("labels", out JsonElement labels) ? Texts(labels) : [];
        string[] occurring = [.. truth.Union(predicted).OrderBy(l => double.TryParse(l, CultureInfo.InvariantCulture, out double n) ? n : 0).ThenBy(l => l, StringComparer.Ordinal)];
        string[] classes = [.. listed, .. occurring.Except(listed)];
        int[] reported = listed.Length > 0 ? [.. Enumerable.Range(0, listed.Length)] : [.. Enumerable.Range(0, classes.Length)];
        string[] names = part.TryGetProperty("target_names", out JsonElement given) ? Texts(given) : [.. reported.Select(r => classes[r])];
        double[]? weights = part.TryGetProperty("sample_weight", out JsonElement w) ? Numbers(w) : null;
        var matrix = new ConfusionMatrix(
            truth.Select(t => Array.IndexOf(classes, t)).ToArray(), predicted.Select(t => Array.IndexOf(classes, t)).ToArray(), classes.Length, weights);
        ConfusionMatrix selected = matrix.Select(reported);

        foreach ((string key, double zero) in new[] { ("0", 0.0), ("1", 1.0), ("nan", double.NaN) })
        {
            var report = new ClassificationReport(matrix, names, reported, zero);
            foreach (int digits in (int[])[2, 4])
            {
                run.Equal($"text, {digits} digits, zero {key}", report.ToText(digits), part.GetProperty($"classification_report_digits{digits}_zero{key}").GetString()!);
            }

            JsonElement perClass = part.GetProperty($"per_class_zero{key}");
            run.Close($"precision, zero {key}", [.. report.PerClass.Select(s => s.Precision)], Numbers(perClass.GetProperty("precision")));
            run.Close($"recall, zero {key}", [.. report.PerClass.Select(s => s.Recall)], Numbers(perClass.GetProperty("recall")));
            run.Close($"f1, zero {key}", [.. report.PerClass.Select(s => s.F1)], Numbers(perClass.GetProperty("f1")));
            run.Close($"support, zero {key}", [.. report.PerClass.Select(s => s.Support)], Numbers(perClass.GetProperty("support")));
            JsonElement averages = part.GetProperty($"averages_zero{key}");
            foreach ((string name, ClassScores scores) in new[] { ("micro", report.Micro), ("macro", report.Macro), ("weighted", report.Weighted) })
            {
                run.Close($"{name}, zero {key}", [scores.Precision, scores.Recall, scores.F1], Numbers(averages.GetProperty(name)));
            }
        }

        Cells(run, "counts", (t, p) => selected[t, p], part.GetProperty("confusion_matrix_None"));
        foreach ((string key, ConfusionNormalization by) in new[]
        {
            ("true", ConfusionNormalization.True), ("pred", ConfusionNormalization.Predicted), ("all", ConfusionNormalization.All),
        })
        {
            double[,] shares = selected.Normalize(by);
            Cells(run, $"shares by {key}", (t, p) => shares[t, p], part.GetProperty($"confusion_matrix_{key}"));
        }

        run.Close("accuracy", matrix.Accuracy, Number(part.GetProperty("accuracy")));
        run.Close("balanced_accuracy", matrix.BalancedAccuracy, Number(part.GetProperty("balanced_accuracy")));
        run.Close("balanced_accuracy_adjusted", matrix.AdjustedBalancedAccuracy, Number(part.GetProperty("balanced_accuracy_adjusted")));
        run.Close("matthews_corrcoef", matrix.MatthewsCorrelation, Number(part.GetProperty("matthews_corrcoef")));
        foreach ((string key, KappaWeights by) in new[] { ("None", KappaWeights.None), ("linear", KappaWeights.Linear), ("quadratic", KappaWeights.Quadratic) })
        {
            run.Close($"kappa {key}", selected.Kappa(by), Number(part.GetProperty("cohen_kappa").GetProperty(key)));
        }
    }

    private static void Intervals(GoldenCase golden, GoldenRun run)
    {
        JsonElement part = Part(golden);
        run.Close("z", Interval.Z, part.GetProperty("z").GetDouble());
        foreach (JsonElement row in part.GetProperty("rows").EnumerateArray())
        {
            double hits = row.GetProperty("hits").GetDouble(), n = row.GetProperty("n").GetDouble();
            Interval normal = Interval.Normal(hits, n), wilson = Interval.Wilson(hits, n);
            run.Close($"normal {hits}/{n}", [normal.Low, normal.High], Numbers(row.GetProperty("normal")));
            run.Close($"wilson {hits}/{n}", [wilson.Low, wilson.High], Numbers(row.GetProperty("wilson")));
        }
    }

    private static void Cells(GoldenRun run, string what, Func<int, int, double> got, JsonElement expected)
    {
        int t = 0;
        foreach (JsonElement row in expected.EnumerateArray())
        {
            double[] cells = Numbers(row);
            run.Close($"{what}, row {t}", [.. Enumerable.Range(0, cells.Length).Select(p => got(t, p))], cells);
            t++;
        }
    }

    private static string[] Texts(JsonElement array) => [.. array.EnumerateArray().Select(v => v.ValueKind == JsonValueKind.String ? v.GetString()! : v.GetRawText())];
}
