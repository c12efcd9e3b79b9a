using System.Text.Json;
using RawSer.Recipes.Metrics;

namespace RawSer.GoldenCheck.Reports;

/// <summary>Scores of predicted probabilities.</summary>
internal static class ProbabilityCases
{
    public static void Register(HandlerTable table) => table.Kind("report_probabilities", (golden, run) =>
    {
        JsonElement part = LabelCases.Part(golden);
        double[] Expected(string name) => LabelCases.Numbers(part.GetProperty(name));
        var probabilities = new Probabilities(
            [.. part.GetProperty("proba").EnumerateArray().Select(LabelCases.Numbers)], [.. Expected("y_true").Select(t => (int)t)]);
        int[] classes = [.. Enumerable.Range(0, probabilities.Classes)];
        run.Close("log_loss", probabilities.NegativeLogLikelihood(), part.GetProperty("log_loss").GetDouble());
        run.Close("brier_sum", probabilities.Brier(), part.GetProperty("brier_sum").GetDouble());
        run.Close("brier_per_class", [.. classes.Select(probabilities.Brier)], Expected("brier_per_class"));
        run.Close("roc_auc_ovr_macro", Ranking.RocAucOneAgainstRest(probabilities), part.GetProperty("roc_auc_ovr_macro").GetDouble());
        run.Close("roc_auc_ovr_weighted", Ranking.RocAucOneAgainstRest(probabilities, weighted: true), part.GetProperty("roc_auc_ovr_weighted").GetDouble());
        run.Close("roc_auc_ovo_macro", Ranking.RocAucOneAgainstOne(probabilities), part.GetProperty("roc_auc_ovo_macro").GetDouble());
        run.Close("roc_auc_per_class", [.. classes.Select(c => Ranked(c, (s, h) => Ranking.RocAuc(s, h)))], Expected("roc_auc_per_class"));
        run.Close("average_precision", [.. classes.Select(c => Ranked(c, (s, h) => Ranking.AveragePrecision(s, h)))], Expected("average_precision_per_class"));
        foreach (JsonProperty top in part.GetProperty("top_k_accuracy").EnumerateObject())
        {
            run.Close($"top {top.Name}", probabilities.TopKAccuracy(int.Parse(top.Name)), top.Value.GetDouble());
        }

        foreach (JsonProperty bins in part.GetProperty("ece").EnumerateObject())
        {
            Calibration calibration = Calibration.Of(probabilities, int.Parse(bins.Name));
            run.Close($"ece of {bins.Name} bins", calibration.ExpectedError, bins.Value.GetProperty("ece").GetDouble());
            run.Close($"mce of {bins.Name} bins", calibration.MaximumError, bins.Value.GetProperty("mce").GetDouble());
            JsonElement[] rows = [.. bins.Value.GetProperty("bins").EnumerateArray()];
            run.Close("count", [.. calibration.Bins.Select(b => (double)b.Count)], [.. rows.Select(r => r.GetProperty("count").GetDouble())]);
            run.Close("accuracy", [.. calibration.Bins.Select(b => b.Accuracy)], [.. rows.Select(r => r.GetProperty("accuracy").GetDouble())]);
            run.Close("confidence", [.. calibration.Bins.Select(b => b.Confidence)], [.. rows.Select(r => r.GetProperty("confidence").GetDouble())]);
        }

        foreach (JsonProperty curve in part.GetProperty("calibration_curve").EnumerateObject())
        {
            (double[] scores, bool[] hits) = probabilities.OneAgainstRest(curve.Name["class".Length] - '0');
            (double[] fractions, double[] means) = Calibration.Curve(scores, hits, 5, curve.Name.EndsWith("quantile", StringComparison.Ordinal));
            run.Close($"{curve.Name} fractions", fractions, LabelCases.Numbers(curve.Value.GetProperty("fraction_of_positives")));
            run.Close($"{curve.Name} means", means, LabelCases.Numbers(curve.Value.GetProperty("mean_predicted")));
        }

        double Ranked(int label, Func<double[], bool[], double> score)
        {
            (double[] scores, bool[] hits) = probabilities.OneAgainstRest(label);
            return score(scores, hits);
        }
    });
}
