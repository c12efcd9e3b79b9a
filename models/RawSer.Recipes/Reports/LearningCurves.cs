using RawSer.Recipes.Metrics;
using static RawSer.Recipes.Reports.HtmlText;

namespace RawSer.Recipes.Reports;

/// <summary>Loss and accuracy over the epochs, as two pictures side by side.</summary>
internal static class LearningCurves
{
    private const double Width = 460, Height = 260, Left = 46, Right = 14, Top = 14, Bottom = 40;

    public static void Write(HtmlText html, RunReport run)
    {
        EpochPoint last = run.Epochs[^1];
        EpochPoint kept = run.KeptEpoch is int k && run.Epochs.FirstOrDefault(e => e.Epoch == k) is EpochPoint found ? found : last;
        html.Raw($"<p class=\"intro\">{run.Epochs.Count} epoch{(run.Epochs.Count == 1 ? "" : "s")}; the weights of epoch {kept.Epoch} were kept: validation loss {Number(kept.ValidationLoss)}, accuracy {Percent.Of(kept.ValidationAccuracy)}.</p>\n<div class=\"pair\">\n");
        Chart(html, run, kept.Epoch, "Loss", e => e.TrainLoss, e => e.ValidationLoss, null, v => Number(v, 1));
        Chart(html, run, kept.Epoch, "Accuracy", e => e.TrainAccuracy, e => e.ValidationAccuracy, 1, v => double.IsFinite(v) ? $"{100 * v:0}%" : "–");
        html.Raw("</div>\n");
    }

    private static void Chart(
        HtmlText html, RunReport run, int keptEpoch, string name, Func<EpochPoint, double> train, Func<EpochPoint, double> validation, double? greatest, Func<double, string> label)
    {
        double[] values = [.. run.Epochs.SelectMany(e => new[] { train(e), validation(e) }).Where(double.IsFinite)];
        double step = TickStep(greatest ?? (values.Length == 0 ? 1 : values.Max()));
        double top = greatest ?? (Math.Ceiling((values.Length == 0 ? 1 : values.Max()) / step) * step);
        int first = run.Epochs[0].Epoch, last = Math.Max(run.Epochs[^1].Epoch, first + 1);
        double X(double epoch) => Left + ((epoch - first) / (last - first) * (Width - Left - Right));
        double Y(double value) => Height - Bottom - (Math.Clamp(value / top, 0, 1) * (Height - Top - Bottom));
        EpochPoint end = run.Epochs[^1];
        string summary = $"{name} over {run.Epochs.Count} epoch{(run.Epochs.Count == 1 ? "" : "s")}: training ends at {label(train(end))}, validation at {label(validation(end))}";

        html.Raw($"<figure><figcaption>{name} <span class=\"key train\">training</span> <span class=\"key validation\">validation</span></figcaption>\n")
            .Raw($"<svg class=\"chart\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Encode(summary)}\"><title>{Encode(summary)}</title>\n");
        for (double tick = 0; tick <= top * 1.0001; tick += step)
        {
            string y = Coordinate(Y(tick));
            html.Raw($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y}\" y2=\"{y}\"/><text class=\"tick\" x=\"{Left - 8}\" y=\"{Coordinate(Y(tick) + 4)}\" text-anchor=\"end\">{label(tick)}</text>\n");
        }

        int stride = Math.Max(1, (int)TickStep(last - first + 1));
        for (int epoch = first; epoch <= last; epoch += epoch == first && stride > 1 ? stride - first : stride)
        {
            html.Raw($"<text class=\"tick\" x=\"{Coordinate(X(epoch))}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{epoch}</text>\n");
        }

        html.Raw($"<text class=\"tick\" x=\"{Width - Right}\" y=\"{Height - 6}\" text-anchor=\"end\">epoch</text>\n")
            .Raw($"<line class=\"kept\" x1=\"{Coordinate(X(keptEpoch))}\" x2=\"{Coordinate(X(keptEpoch))}\" y1=\"{Top}\" y2=\"{Height - Bottom}\"><title>epoch {keptEpoch}: these weights were kept</title></line>\n");
        Line("train", train);
        Line("validation", validation);
        html.Raw("</svg></figure>\n");

        void Line(string css, Func<EpochPoint, double> value)
        {
            string points = string.Join(" ", run.Epochs.Where(e => double.IsFinite(value(e))).Select(e => $"{Coordinate(X(e.Epoch))},{Coordinate(Y(value(e)))}"));
            html.Raw($"<polyline class=\"line {css}\" points=\"{points}\"/>\n");
            EpochPoint? mark = run.Epochs.FirstOrDefault(e => e.Epoch == keptEpoch && double.IsFinite(value(e)));
            if (mark is not null)
            {
                html.Raw($"<circle class=\"dot {css}\" cx=\"{Coordinate(X(mark.Epoch))}\" cy=\"{Coordinate(Y(value(mark)))}\" r=\"3.5\"><title>epoch {mark.Epoch}: {label(value(mark))}</title></circle>\n");
            }
        }
    }

    // 1, 2 or 5 times a power of ten, for four to ten ticks.
    private static double TickStep(double range)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(range, 1e-9))));
        double share = range / power;
        return power * (share <= 1 ? 0.2 : share <= 2 ? 0.5 : share <= 5 ? 1 : 2);
    }
}
