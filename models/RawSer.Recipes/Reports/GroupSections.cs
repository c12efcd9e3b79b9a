using RawSer.Recipes.Metrics;
using RawSer.Recipes.Splits;
using static RawSer.Recipes.Reports.HtmlText;

namespace RawSer.Recipes.Reports;

/// <summary>Scores by corpus and by speaker, and what the parts of the split share.</summary>
internal static class GroupSections
{
    private const int ManySpeakers = 24;

    public static void Write(HtmlText html, RunReport run, Evaluation evaluation)
    {
        html.Section("groups", "By corpus and by speaker", "A mean over corpora hides that corpora differ in how hard they are, and that recordings betray their corpus.", h =>
        {
            h.Table("By corpus", Head("Corpus"), evaluation.ByCorpus.Select(Row), "numbers classes");
            if (evaluation.BySpeaker.Count > 0)
            {
                bool many = evaluation.BySpeaker.Count > ManySpeakers;
                h.Raw(many ? $"<details><summary>By speaker ({evaluation.BySpeaker.Count})</summary>\n" : "");
                h.Table("By speaker", Head("Speaker"), evaluation.BySpeaker.Select(Row), "numbers classes");
                h.Raw(many ? "</details>\n" : "");
            }
        });
        if (run.Leakage.Count > 0)
        {
            html.Section("leakage", "Leakage audit", "What a network could remember instead of recognise: speakers, sentences and recordings that are both in training and in the part that judges.", h =>
                h.Table("Shared with the training part", ["What", "Part", "Shared", "Clips affected", "", ""], run.Leakage.Select(Row), "numbers classes leakage"));
        }
    }

    private static string[] Head(string what) => [what, "Clips", "Accuracy", "", "95% interval", "Balanced", "Macro F1"];

    private static IReadOnlyList<string> Row(GroupScores group) =>
    [
        Encode(group.Group), $"{group.Clips}", Percent.Of(group.Accuracy), ClassSections.Bar(group.Accuracy),
        $"{Percent.Of(group.AccuracyInterval.Low)} – {Percent.Of(group.AccuracyInterval.High)}", Percent.Of(group.BalancedAccuracy), Number(group.MacroF1),
    ];

    private static IReadOnlyList<string> Row(Leakage leakage)
    {
        double share = leakage.ClipsAffected / (double)leakage.Clips;
        string verdict = leakage.Shared.Count == 0 ? "<span class=\"clean\">none</span>" : $"<span class=\"leak\">{Examples(leakage.Shared)}</span>";
        return [Plural(leakage.What), leakage.Judged.ToString().ToLowerInvariant(), $"{leakage.Shared.Count} of {leakage.Total}", $"{leakage.ClipsAffected} of {leakage.Clips}", ClassSections.Bar(share), verdict];
    }

    private static string Plural(string what) => what + "s";

    private static string Examples(IReadOnlyList<string> shared) =>
        string.Join(", ", shared.Take(3).Select(s => Encode(s.Length > 24 ? s[..12] + "…" : s))) + (shared.Count > 3 ? ", …" : "");
}
