using RawSer.Recipes.Metrics;
using static RawSer.Recipes.Reports.HtmlText;

namespace RawSer.Recipes.Reports;

/// <summary>Single clips: what the network sees, and what it says.</summary>
internal static class ExampleSection
{
    public static void Write(HtmlText html, RunReport run) => html.Section(
        "examples",
        "Examples",
        "What the network sees (time to the right, low coefficients at the bottom) and its three most probable classes. First clips that it recognises with the greatest confidence, then its most confident mistakes.",
        h =>
        {
            h.Raw("<div class=\"examples\">\n");
            foreach (ReportExample example in run.Examples)
            {
                ClipPrediction prediction = run.Predictions[example.Prediction];
                string image = Convert.ToBase64String(PngImage.Spectrogram(example.Features, example.Rows, example.Frames));
                int[] ranked = [.. Enumerable.Range(0, run.Classes.Count).OrderByDescending(c => prediction.Probabilities[c])];
                bool right = ranked[0] == prediction.Truth;
                string verdict = right ? "recognised" : $"heard as {run.Classes[ranked[0]]}";
                h.Raw($"<figure class=\"example {(right ? "right" : "wrong")}\"><img alt=\"Features of {Encode(prediction.Clip)}\" width=\"{example.Frames}\" height=\"{example.Rows}\" src=\"data:image/png;base64,{image}\">\n")
                    .Raw($"<figcaption><b>{Encode(run.Classes[prediction.Truth])}</b> <span class=\"verdict-tag\">{(right ? "✓" : "✗")} {Encode(verdict)}</span><span class=\"file\">{Encode(prediction.Clip)}</span>\n<ul>");
                foreach (int c in ranked.Take(3))
                {
                    h.Raw($"<li><span title=\"{Encode(run.Classes[c])}\">{Encode(run.Classes[c])}</span>{ClassSections.Bar(prediction.Probabilities[c])}<span>{100 * prediction.Probabilities[c]:0}%</span></li>");
                }

                h.Raw("</ul></figcaption></figure>\n");
            }

            h.Raw("</div>\n");
        });
}
