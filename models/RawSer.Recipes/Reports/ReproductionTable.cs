using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using RawSer.Recipes.Experiments;
using RawSer.Recipes.Metrics;

namespace RawSer.Recipes.Reports;

/// <summary>The report's tables beside ours: accuracy and macro F1, F1 by class, and what differs.</summary>
public static class ReproductionTable
{
    /// <summary>The tables for a terminal; figures in the report's form, two digits.</summary>
    public static string ToText(IReadOnlyList<Reproduction> experiments)
    {
        StringBuilder text = new();
        text.AppendLine($"{"",-34}|{"          report",-27}|{"          here",-44}|");
        text.AppendLine($"{"experiment",-34}|{"accuracy",9}{"macro F1",10}{"clips",7} |{" accuracy (95%)",-24}{"macro F1",11}{"clips",8} | difference");
        foreach (Reproduction experiment in experiments)
        {
            text.AppendLine(Row(experiment));
        }

        Reproduction[] compared = [.. experiments.Where(e => e.Evaluation is not null && e.Published is not null)];
        if (compared.Length > 0)
        {
            text.AppendLine().AppendLine("F1 by class, report/here");
            text.AppendLine($"{"experiment",-34}|{string.Concat(Corpora.Emotions.Seven.Select(name => $" {name,9}"))}");
            foreach (Reproduction experiment in compared)
            {
                text.AppendLine($"{experiment.Name,-34}|{string.Concat(experiment.Published!.Classes.Select(c => $" {Digits(c.F1)}/{Digits(F1(experiment.Evaluation!, c.Class))}"))}");
            }
        }

        text.AppendLine().Append("What differs");
        foreach (IGrouping<string, string> line in experiments.SelectMany(e => e.Differences.Select(difference => (Text: difference, e.Name))).GroupBy(d => d.Text, d => d.Name))
        {
            text.AppendLine().Append(CultureInfo.InvariantCulture, $"  {string.Join(", ", line)}: {line.Key}");
        }

        foreach (string line in PublishedResult.General)
        {
            text.AppendLine().Append(CultureInfo.InvariantCulture, $"  all: {line}");
        }

        return text.ToString();
    }

    /// <summary>The same for programs, with all digits.</summary>
    public static JsonObject ToJson(IReadOnlyList<Reproduction> experiments) => new()
    {
        ["experiments"] = new JsonArray([.. experiments.Select(e => (JsonNode)new JsonObject
        {
            ["recipe"] = e.Name,
            ["published_accuracy"] = e.Published?.Accuracy,
            ["published_macro_f1"] = e.Published?.MacroF1,
            ["published_clips"] = e.Published?.Classes.Sum(c => c.Support),
            ["accuracy"] = e.Evaluation?.Accuracy.Value,
            ["accuracy_low"] = e.Evaluation?.Accuracy.Interval.Low,
            ["accuracy_high"] = e.Evaluation?.Accuracy.Interval.High,
            ["macro_f1"] = e.Evaluation?.MacroF1.Value,
            ["clips"] = e.Evaluation?.Predicted.Count,
            ["found"] = e.Found is null ? null : new JsonObject(e.Found.Select(f => KeyValuePair.Create(f.Key, (JsonNode?)f.Value))),
            ["differences"] = new JsonArray([.. e.Differences.Select(line => (JsonNode?)line)]),
        })]),
        ["general"] = new JsonArray([.. PublishedResult.General.Select(line => (JsonNode?)line)]),
    };

    private static string Row(Reproduction e)
    {
        string report = e.Published is { } p
            ? string.Create(CultureInfo.InvariantCulture, $"{p.Accuracy,9:F2}{p.MacroF1,10:F2}{p.Classes.Sum(c => c.Support),7}")
            : $"{(e.Recipe.Search.MaxEpochs > 0 ? PublishedResult.Search : ""),-26}";
        string here = e.NotRun is not null ? $"{"not run",-44}"
            : e.Evaluation is { } o ? string.Create(
                CultureInfo.InvariantCulture, $"{o.Accuracy.Value,9:F2} ({o.Accuracy.Interval.Low:F2} to {o.Accuracy.Interval.High:F2}){o.MacroF1.Value,11:F2}{o.Predicted.Count,8} ")
            : $"{"no test clips",-44}";
        string difference = e is { Evaluation: { } ours, Published: { } theirs }
            ? string.Create(CultureInfo.InvariantCulture, $"{Sign(ours.Accuracy.Value - theirs.Accuracy)}{(Contains(ours.Accuracy.Interval, theirs.Accuracy) ? ", within the interval" : "")}")
            : e.Found is { } found ? "found " + string.Join(", ", found.Select(f => $"{f.Key} {f.Value}")) : "";
        return $"{e.Name,-34}|{report} |{here}| {difference}".TrimEnd();
    }

    private static string Sign(double difference) => Math.Round(difference, 2) is var d && d > 0
        ? "+" + d.ToString("F2", CultureInfo.InvariantCulture)
        : (d + 0.0).ToString("F2", CultureInfo.InvariantCulture);

    private static bool Contains(Interval interval, double value) => value >= interval.Low && value <= interval.High;

    private static double F1(Evaluation evaluation, string name) =>
        evaluation.Classes.IndexOf(name) is >= 0 and int i ? evaluation.Report.PerClass[i].F1 : double.NaN;

    private static string Digits(double value) => double.IsNaN(value) ? "   -" : value.ToString("F2", CultureInfo.InvariantCulture);

    private static int IndexOf(this IReadOnlyList<string> names, string name)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (names[i] == name)
            {
                return i;
            }
        }

        return -1;
    }
}
