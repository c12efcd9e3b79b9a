using System.Text.Json;
using System.Text.Json.Nodes;
using RawSer.Cli.Output;
using RawSer.Recipes.Metrics;
using RawSer.Recipes.Runs;
using RawSer.Training;

namespace RawSer.Cli.Commands;

/// <summary>What a verb says when a run is over.</summary>
internal static class RunSummary
{
    /// <summary>Prints the outcome; the exit code is 130 after an interruption, else 0.</summary>
    public static int Print(CommandOutput output, RunFolder folder, RunOutcome outcome)
    {
        if (outcome.End == TrainingEnd.Interrupted)
        {
            output.Result("interrupted", new JsonObject { ["run"] = folder.Path }, "");
            return 130;
        }

        JsonObject json = new() { ["run"] = folder.Path, ["end"] = outcome.End == TrainingEnd.StoppedEarly ? "stopped_early" : "completed" };
        if (outcome.Evaluation is not { } evaluation)
        {
            output.Result("run", json, $"the split has no test clips; weights: {folder.BestPath}");
            return 0;
        }

        json["test"] = ToJson(evaluation);
        output.Result("run", json, $"{ToText(evaluation)}\nreport: {folder.ReportPath}\nweights: {folder.BestPath}");
        return 0;
    }

    public static JsonNode ToJson(Evaluation evaluation)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            evaluation.WriteJson(writer);
        }

        return JsonNode.Parse(stream.ToArray())!;
    }

    public static string ToText(Evaluation evaluation) =>
        $"{evaluation.Report.ToText()}\n" +
        $"accuracy {Percent.Of(evaluation.Accuracy.Value)} (95%: {Percent.Of(evaluation.Accuracy.Interval.Low)} to {Percent.Of(evaluation.Accuracy.Interval.High)}), " +
        $"balanced {Percent.Of(evaluation.BalancedAccuracy.Value)}, macro F1 {evaluation.MacroF1.Value:F3}, always the commonest class {Percent.Of(evaluation.MajorityShare)}";
}
