using System.Globalization;
using RawSer.Recipes.Metrics;
using RawSer.Recipes.Splits;
using static RawSer.Recipes.Reports.HtmlText;

namespace RawSer.Recipes.Reports;

/// <summary>
/// The report of a run as one HTML file that needs nothing else: no network, no script, no font. It follows the reader's choice of light or dark, prints,
/// and says in words what its pictures show.
/// </summary>
public static class HtmlReport
{
    /// <summary>Writes the report.</summary>
    /// <exception cref="ArgumentException">There is no prediction.</exception>
    public static void Write(TextWriter writer, RunReport run)
    {
        var evaluation = new Evaluation(run.Predictions, run.Classes);
        var html = new HtmlText();
        html.Raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Raw("<meta name=\"color-scheme\" content=\"light dark\">\n")
            .Raw($"<title>{Encode(run.Title)} – RawSer report</title>\n<style>\n{Stylesheet()}</style>\n</head>\n<body>\n<main>\n");
        Header(html, run, evaluation);
        ClassSections.Write(html, run, evaluation);
        if (run.Published is not null)
        {
            ComparisonSection.Write(html, run.Published, evaluation);
        }

        if (run.Epochs.Count > 0)
        {
            html.Section("curves", "Learning curves", "", h => LearningCurves.Write(h, run));
        }

        if (run.Trials.Count > 0)
        {
            SearchSection.Write(html, run.Trials);
        }

        html.Section(
            "calibration",
            "Calibration",
            "Do probabilities mean what they say? Where bars stand on the diagonal, of the clips that the network is 70% sure of, 70% are right.",
            h => ReliabilityDiagram.Write(h, evaluation));
        GroupSections.Write(html, run, evaluation);
        if (run.Examples.Count > 0)
        {
            ExampleSection.Write(html, run);
        }

        Provenance(html, run);
        html.Raw("</main>\n</body>\n</html>\n");
        writer.Write(html.ToString());
    }

    private static void Header(HtmlText html, RunReport run, Evaluation evaluation)
    {
        string date = run.Created == default ? "" : run.Created.ToString("d MMMM yyyy, HH:mm", CultureInfo.InvariantCulture);
        html.Raw($"<header>\n<p class=\"kicker\">RawSer · speech emotion recognition</p>\n<h1>{Encode(run.Title)}</h1>\n")
            .Raw($"<p class=\"lead\">{Encode(run.Description)}</p>\n<p class=\"meta\">{Encode(string.Join(" · ", new[] { run.Split, date }.Where(t => t.Length > 0)))}</p>\n</header>\n");
        int clips = evaluation.Probabilities.Count, speakers = evaluation.BySpeaker.Count;
        Leakage? voices = run.Leakage.FirstOrDefault(l => l is { What: "speaker", Judged: SplitPart.Test });
        string count = $"<b>{speakers}</b> speaker{(speakers == 1 ? "" : "s")}";
        string voice = voices is null ? "" : voices.Shared.Count == 0 ? " whom it never heard in training" : voices.Shared.Count == voices.Total ? ", all of whom it knows from training" : ", some of whom it knows from training";
        html.Raw("<section id=\"headline\" aria-label=\"Headline\">\n")
            .Raw($"<p class=\"verdict\">On <b>{clips}</b> test clip{(clips == 1 ? "" : "s")}{(speakers == 0 ? "" : voices is null || voices.Clips == clips ? $" of {count}{voice}" : $", <b>{voices.Clips}</b> of them of {count}{voice} and the others of unknown speakers")}, the network recognises <b>{Percent.Of(evaluation.Accuracy.Value)}</b> of the emotions. ")
            .Raw($"Always saying the most frequent class would reach {Percent.Of(evaluation.MajorityShare)}.</p>\n");
        if (voices is not null && voices.Shared.Count > 0)
        {
            html.Raw($"<p class=\"warning\"><b>Speakers leak.</b> {voices.Shared.Count} of {voices.Total} test speakers are also in the training part ({Percent.Of(voices.ClipsAffected / (double)clips)} of the test clips). ")
                .Raw("These numbers say how well known voices are recognised; new voices will be recognised less often.</p>\n");
        }

        html.Raw("<dl class=\"cards\">\n");
        Card("Accuracy (WA)", evaluation.Accuracy, "Wilson, over clips");
        Card("Balanced accuracy (UA)", evaluation.BalancedAccuracy, "bootstrap, over clips");
        Card("Macro F1", evaluation.MacroF1, "bootstrap, over clips");
        if (evaluation.AccuracyOverSpeakers is Interval overSpeakers)
        {
            Card("Accuracy, other speakers", new Score(evaluation.Accuracy.Value, overSpeakers), $"bootstrap, over {speakers} speakers");
        }

        html.Raw("</dl>\n");
        foreach (string note in run.Notes)
        {
            html.Raw($"<p class=\"note\">{Encode(note)}</p>\n");
        }

        html.Raw("</section>\n");

        void Card(string name, Score score, string method)
        {
            string low = Coordinate(100 * score.Interval.Low), width = Coordinate(Math.Max(0.5, 100 * (score.Interval.High - score.Interval.Low))), at = Coordinate(100 * score.Value);
            html.Raw($"<div class=\"card\"><dt>{name}</dt><dd class=\"value\">{Percent.Of(score.Value)}</dd>")
                .Raw($"<dd><svg class=\"interval\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"95% interval {Percent.Of(score.Interval.Low)} to {Percent.Of(score.Interval.High)}\">")
                .Raw($"<rect class=\"track\" x=\"0\" y=\"3\" width=\"100\" height=\"2\"/><rect class=\"range\" x=\"{low}\" y=\"1.5\" width=\"{width}\" height=\"5\"/><rect class=\"point\" x=\"{at}\" y=\"0\" width=\"0.8\" height=\"8\"/></svg></dd>")
                .Raw($"<dd class=\"small\">95%: {Percent.Of(score.Interval.Low)} – {Percent.Of(score.Interval.High)}<br>{method}</dd></div>\n");
        }
    }

    private static void Provenance(HtmlText html, RunReport run)
    {
        html.Section("provenance", "Where this comes from", "With this recipe, the same data and the same commit, the run can be repeated.", h =>
        {
            if (run.Parts.Count > 0)
            {
                h.Table(
                    "Clips per part and class",
                    ["Part", "Clips", .. run.Classes.Select(Encode)],
                    run.Parts.Select(p => (IReadOnlyList<string>)[p.Part.ToString(), $"{p.Clips.Sum()}", .. p.Clips.Select(n => $"{n}")]),
                    "numbers");
            }

            if (run.Environment.Count > 0)
            {
                h.Table("Environment", ["What", "Value"], run.Environment.Select(e => (IReadOnlyList<string>)[Encode(e.Name), $"<code>{Encode(e.Value)}</code>"]), "environment");
            }

            if (run.RecipeJson.Length > 0)
            {
                h.Raw($"<details open=\"\"><summary>Recipe</summary><pre>{Encode(run.RecipeJson.TrimEnd())}</pre></details>\n");
            }
        });
    }

    private static string Stylesheet()
    {
        using Stream stream = typeof(HtmlReport).Assembly.GetManifestResourceStream("reports/report.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
