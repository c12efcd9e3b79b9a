using RawSer.Recipes.Metrics;
using static RawSer.Recipes.Reports.HtmlText;

namespace RawSer.Recipes.Reports;

/// <summary>Scores per class, and the confusion matrix in counts and in shares of the true class.</summary>
internal static class ClassSections
{
    public static void Write(HtmlText html, RunReport run, Evaluation evaluation)
    {
        ConfusionMatrix matrix = evaluation.Confusions;
        html.Section("classes", "Classification report", "", h =>
        {
            ClassificationReport report = evaluation.Report;
            h.Table(
                "Precision: share of the predictions of a class that are right. Recall: share of its clips that are recognised. F1: harmonic mean of both.",
                ["Class", "Precision", "Recall", "F1", "", "Clips"],
                [
                    .. run.Classes.Select((name, c) => Row(Encode(name), report.PerClass[c])),
                    Row("<i>macro average</i>", report.Macro),
                    Row("<i>weighted average</i>", report.Weighted),
                ],
                "numbers classes");
            h.Raw($"<details><summary>As plain text</summary><pre>{Encode(report.ToText().TrimEnd())}</pre></details>\n");
        });
        html.Section("confusions", "Confusion matrix", "Rows are what was spoken, columns what the network heard. The diagonal is right.", h =>
        {
            h.Raw("<div class=\"pair\">\n");
            double greatest = Enumerable.Range(0, matrix.Classes).Max(t => Enumerable.Range(0, matrix.Classes).Max(p => matrix[t, p]));
            double[,] shares = matrix.Normalize(ConfusionNormalization.True);
            Matrix(h, "Clips", (t, p) => $"{matrix[t, p]:0}", (t, p) => greatest == 0 ? 0 : matrix[t, p] / greatest);
            Matrix(h, "Percent of the true class", (t, p) => matrix.Support(t) == 0 ? "–" : $"{100 * shares[t, p]:0}", (t, p) => shares[t, p]);
            h.Raw("</div>\n");
            (int True, int Heard)[] mistakes = [.. from t in Enumerable.Range(0, matrix.Classes) from p in Enumerable.Range(0, matrix.Classes) where t != p && matrix[t, p] > 0 select (t, p)];
            if (mistakes.Length > 0)
            {
                h.Raw("<p>Most frequent mistakes: ")
                    .Raw(string.Join(", ", mistakes.OrderByDescending(m => matrix[m.True, m.Heard]).Take(3).Select(m =>
                        $"{Encode(run.Classes[m.True])} heard as {Encode(run.Classes[m.Heard])} ({matrix[m.True, m.Heard]:0})")))
                    .Raw(".</p>\n");
            }
        });

        void Matrix(HtmlText h, string caption, Func<int, int, string> text, Func<int, int, double> heat) => h.Table(
            caption,
            ["<span class=\"axis\">true \\ heard</span>", .. run.Classes.Select(c => $"<span class=\"column\" title=\"{Encode(c)}\">{Encode(c)}</span>")],
            run.Classes.Select((name, t) => (IReadOnlyList<string>)
            [
                $"<span class=\"row\" title=\"{Encode(name)}\">{Encode(name)}</span>",
                .. Enumerable.Range(0, run.Classes.Count).Select(p => $"<span class=\"heat{(t == p ? " right" : "")}\" style=\"--v:{Number(heat(t, p))}\">{text(t, p)}</span>"),
            ]),
            "matrix");
    }

    private static IReadOnlyList<string> Row(string name, ClassScores scores) =>
        [name, Number(scores.Precision), Number(scores.Recall), Number(scores.F1), Bar(scores.F1), $"{scores.Support:0}"];

    /// <summary>A small bar for a share.</summary>
    internal static string Bar(double share) =>
        $"<span class=\"bar\" aria-hidden=\"true\"><span style=\"width:{Coordinate(double.IsNaN(share) ? 0 : 100 * share)}%\"></span></span>";
}
