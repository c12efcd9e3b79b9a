using RawSer.Recipes.Metrics;
using static RawSer.Recipes.Reports.HtmlText;

namespace RawSer.Recipes.Reports;

/// <summary>Accuracy against confidence, with the number of clips of each bin below, and the scores of the probabilities.</summary>
internal static class ReliabilityDiagram
{
    private const double Size = 300, Left = 46, Top = 12, Histogram = 60, Gap = 30;

    public static void Write(HtmlText html, Evaluation evaluation)
    {
        Calibration calibration = evaluation.Calibration;
        html.Raw("<div class=\"pair\">\n");
        Diagram(html, calibration);
        double confidence = evaluation.Probabilities.Confidence().Average();
        double excess = confidence - evaluation.Accuracy.Value;
        html.Raw("<div>\n").Table(
            "Scores of the probabilities",
            ["Score", "Value", "Meaning"],
            [
                ["ECE", Percent.Of(calibration.ExpectedError), "mean distance of confidence and accuracy over 15 bins; 0 is perfect"],
                ["Mean confidence", Percent.Of(confidence), Math.Abs(excess) < 0.02 ? "about the accuracy" : excess > 0 ? $"{Percent.Of(excess)} above the accuracy: too sure of itself" : $"{Percent.Of(-excess)} below the accuracy: too modest"],
                ["NLL", Number(evaluation.Probabilities.NegativeLogLikelihood()), $"mean -log of the true class's probability; guessing gives {Number(Math.Log(evaluation.Classes.Count))}"],
                ["Brier", Number(evaluation.Probabilities.Brier()), $"mean squared error, 0 to 2; guessing gives {Number(1 - (1.0 / evaluation.Classes.Count))}"],
                ["Top 2", Percent.Of(evaluation.Probabilities.TopKAccuracy(2)), "the truth is among the two most probable classes"],
            ],
            "scores").Raw("</div>\n</div>\n");
    }

    private static void Diagram(HtmlText html, Calibration calibration)
    {
        int bins = calibration.Bins.Count;
        double width = Left + Size + 24, height = Top + Size + Gap + Histogram + 34;
        double X(double v) => Left + (v * Size);
        double Y(double v) => Top + ((1 - v) * Size);
        string summary = $"Reliability diagram: expected calibration error {Percent.Of(calibration.ExpectedError)}";
        html.Raw($"<figure><figcaption>Accuracy of clips by confidence <span class=\"key level\">accuracy</span> <span class=\"key gap\">gap to confidence</span></figcaption>\n")
            .Raw($"<svg class=\"chart reliability\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{summary}\"><title>{summary}</title>\n");
        for (int tick = 0; tick <= 100; tick += 20)
        {
            double v = tick / 100.0;
            html.Raw($"<line class=\"grid\" x1=\"{X(0)}\" x2=\"{X(1)}\" y1=\"{Coordinate(Y(v))}\" y2=\"{Coordinate(Y(v))}\"/><text class=\"tick\" x=\"{Left - 8}\" y=\"{Coordinate(Y(v) + 4)}\" text-anchor=\"end\">{tick}%</text>\n")
                .Raw($"<text class=\"tick\" x=\"{Coordinate(X(v))}\" y=\"{Coordinate(Top + Size + 18)}\" text-anchor=\"middle\">{tick}%</text>\n");
        }

        int most = calibration.Bins.Max(b => b.Count);
        double foot = Top + Size + Gap + Histogram;
        for (int b = 0; b < bins; b++)
        {
            ReliabilityBin bin = calibration.Bins[b];
            if (bin.Count == 0)
            {
                continue;
            }

            string x = Coordinate(X(b / (double)bins) + 1), w = Coordinate((Size / bins) - 2);
            string title = $"<title>confidence {Percent.Of(bin.Confidence)}, accuracy {Percent.Of(bin.Accuracy)}, {bin.Count} clips</title>";
            double low = Math.Min(bin.Accuracy, bin.Confidence), high = Math.Max(bin.Accuracy, bin.Confidence);
            html.Raw($"<rect class=\"fill\" x=\"{x}\" width=\"{w}\" y=\"{Coordinate(Y(low))}\" height=\"{Coordinate(low * Size)}\">{title}</rect>")
                .Raw($"<rect class=\"gap\" x=\"{x}\" width=\"{w}\" y=\"{Coordinate(Y(high))}\" height=\"{Coordinate((high - low) * Size)}\">{title}</rect>")
                .Raw($"<line class=\"level\" x1=\"{x}\" x2=\"{Coordinate(X((b + 1) / (double)bins) - 1)}\" y1=\"{Coordinate(Y(bin.Accuracy))}\" y2=\"{Coordinate(Y(bin.Accuracy))}\"/>")
                .Raw($"<rect class=\"count\" x=\"{x}\" width=\"{w}\" y=\"{Coordinate(foot - (Histogram * bin.Count / most))}\" height=\"{Coordinate(Histogram * bin.Count / (double)most)}\">{title}</rect>\n");
        }

        html.Raw($"<line class=\"diagonal\" x1=\"{X(0)}\" y1=\"{Y(0)}\" x2=\"{X(1)}\" y2=\"{Y(1)}\"/>\n")
            .Raw($"<line class=\"grid\" x1=\"{X(0)}\" x2=\"{X(1)}\" y1=\"{foot}\" y2=\"{foot}\"/><text class=\"tick\" x=\"{Left - 8}\" y=\"{foot - Histogram + 10}\" text-anchor=\"end\">{most}</text>")
            .Raw($"<text class=\"tick\" x=\"{X(0.5)}\" y=\"{foot + 18}\" text-anchor=\"middle\">clips by confidence</text>\n</svg></figure>\n");
    }
}
