using RawSer.Recipes.Metrics;
using RawSer.Recipes.Tuning;
using static RawSer.Recipes.Reports.HtmlText;

namespace RawSer.Recipes.Reports;

/// <summary>The trials of the search that chose settings of the recipe, the best first.</summary>
internal static class SearchSection
{
    public static void Write(HtmlText html, IReadOnlyList<TrialResult> trials)
    {
        string[] keys = [.. trials[0].Values.Keys];
        html.Section(
            "search",
            "Search",
            $"{(trials.Count == 1 ? "One trial" : $"{trials.Count} trials")} on the validation part chose settings of the recipe below. The accuracy of the best is the greatest of many draws: the test part says what it is worth.",
            h => h.Table(
                "Trials by validation accuracy",
                ["Trial", .. keys.Select(key => $"<code>{Encode(key)}</code>"), "Epochs", "Continues", "Validation accuracy"],
                trials.Select((trial, i) => (Number: i + 1, Result: trial)).OrderByDescending(trial => trial.Result.ValidationAccuracy).Select(trial => (IReadOnlyList<string>)
                [
                    $"{trial.Number}",
                    .. keys.Select(key => Encode(trial.Result.Values.GetValueOrDefault(key, "–"))),
                    $"{trial.Result.Epochs}",
                    trial.Result.Resumes is int earlier ? $"trial {earlier + 1}" : "–",
                    Percent.Of(trial.Result.ValidationAccuracy),
                ]),
                "numbers"));
    }
}
