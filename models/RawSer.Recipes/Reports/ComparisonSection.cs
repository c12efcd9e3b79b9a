using RawSer.Recipes.Experiments;
using RawSer.Recipes.Metrics;
using static RawSer.Recipes.Reports.HtmlText;

namespace RawSer.Recipes.Reports;

/// <summary>The published figures of an experiment beside those of this run.</summary>
internal static class ComparisonSection
{
    public static void Write(HtmlText html, PublishedResult published, Evaluation evaluation)
    {
        Interval theirs = Interval.Normal(published.Accuracy * published.Classes.Sum(c => c.Support), published.Classes.Sum(c => c.Support));
        html.Section(
            "published",
            "Beside the published report",
            $"\"{published.Title}\", report of January 2023: accuracy {Percent.Of(published.Accuracy)} (95% interval {Percent.Of(theirs.Low)} to {Percent.Of(theirs.High)} on its {published.Classes.Sum(c => c.Support)} clips). " +
            "The comparison is of methods only where data, labels and split are the report's.",
            h => h.Table(
                "F1 score of each class",
                ["Class", "Report", "", "This run", "", "Difference"],
                [
                    .. published.Classes.Select(c => Array.IndexOf([.. evaluation.Classes], c.Class) is >= 0 and int i
                        ? Row(Encode(c.Class), c.F1, evaluation.Report.PerClass[i].F1)
                        : Row(Encode(c.Class), c.F1, double.NaN)),
                    Row("<i>macro F1</i>", published.MacroF1, evaluation.Report.Macro.F1),
                    Row("<i>weighted F1</i>", published.WeightedF1, evaluation.Report.Weighted.F1),
                    Row("<b>accuracy</b>", published.Accuracy, evaluation.Accuracy.Value),
                ],
                "numbers classes"));
    }

    private static IReadOnlyList<string> Row(string name, double theirs, double ours)
    {
        double difference = Math.Round(ours - theirs, 2);
        string sign = double.IsNaN(difference) ? "–" : difference > 0 ? "+" + Number(difference, 2) : Number(difference, 2).Replace('-', '−');
        return [name, Number(theirs, 2), ClassSections.Bar(theirs), Number(ours, 2), ClassSections.Bar(ours), sign];
    }
}
