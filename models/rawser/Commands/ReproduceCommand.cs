using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using RawSer.Cli.Output;
using RawSer.Recipes.Experiments;
using RawSer.Recipes.Runs;
using RawSer.Training;

namespace RawSer.Cli.Commands;

/// <summary><c>rawser reproduce</c>: the experiments of the report on the data at hand, and its table beside ours.</summary>
internal static class ReproduceCommand
{
    public static Command Create()
    {
        Option<string[]> data = CommonOptions.Data(), set = CommonOptions.Set();
        Option<string> folder = new("--out") { Description = "Folder of the runs; finished ones are kept, begun ones resumed.", HelpName = "DIR", DefaultValueFactory = _ => Path.Combine("runs", "reproduce") };
        Option<string[]> only = new("--only") { Description = "Names of experiments; all of the report if left out.", HelpName = "RECIPE", AllowMultipleArgumentsPerToken = true };
        Option<string?> device = CommonOptions.Device(), cache = CommonOptions.Cache();
        Option<bool> json = CommonOptions.Json();
        Command command = new("reproduce", "Runs the experiments of the report and prints its results beside ours.") { data, folder, only, set, device, cache, json };
        command.SetAction(parsed =>
        {
            Device where = CommonOptions.ParseDevice(parsed.GetValue(device));
            CommandOutput output = CommandOutput.Create(parsed.GetValue(json));
            string[] names = parsed.GetValue(only) ?? [];
            string[] all = [.. RecipeFile.Names.Where(name => name.StartsWith("report-", StringComparison.Ordinal))];
            string[] experiments = [.. all.Where(name => names.Length == 0 || names.Contains(name))];
            if (names.Except(all).FirstOrDefault() is { } unknown)
            {
                throw CommandFailure.OfUsage($"--only {unknown}: expected one of {string.Join(", ", all)}");
            }

            if (names.Length == 0 && CommonOptions.ReadRecipe("report-wav2vec2", parsed.GetValue(set) ?? [], null, null).Encoder.Folder is null)
            {
                output.Warning("report-wav2vec2 is left out: give the folder of the model by --set encoder.folder=DIR");
                experiments = [.. experiments.Where(name => name != "report-wav2vec2")];
            }

            using Interruption interruption = new();
            List<(string Recipe, RunOutcome Ours)> results = [];
            output.During(() =>
            {
                foreach (string name in experiments)
                {
                    output.Message($"== {name}: {PublishedResult.Of(name)?.Title ?? RecipeFile.Load(name).Description}");
                    string run = Path.Combine(parsed.GetRequiredValue(folder), name);
                    Experiment experiment = File.Exists(new RunFolder(run).RecipePath)
                        ? Experiment.Resume(run, CommonOptions.Sources(parsed.GetRequiredValue(data)), where, CommonOptions.OpenCache(parsed.GetValue(cache)))
                        : Experiment.Begin(
                            run,
                            CommonOptions.ReadRecipe(name, parsed.GetValue(set) ?? [], null, null),
                            CommonOptions.Sources(parsed.GetRequiredValue(data)),
                            where,
                            CommonOptions.OpenCache(parsed.GetValue(cache)));
                    RunOutcome outcome = experiment.Run(output, interruption.Token);
                    if (outcome.End == TrainingEnd.Interrupted)
                    {
                        return;
                    }

                    results.Add((name, outcome));
                }
            });
            output.Result("reproduction", ToJson(results), ToText(results));
            return results.Count == experiments.Length ? 0 : 130;
        });
        return command;
    }

    private static JsonObject ToJson(List<(string Recipe, RunOutcome Ours)> results) => new()
    {
        ["experiments"] = new JsonArray([.. results.Select(r => (JsonNode)new JsonObject
        {
            ["recipe"] = r.Recipe,
            ["published_accuracy"] = PublishedResult.Of(r.Recipe)?.Accuracy,
            ["published_macro_f1"] = PublishedResult.Of(r.Recipe)?.MacroF1,
            ["accuracy"] = r.Ours.Evaluation?.Accuracy.Value,
            ["accuracy_low"] = r.Ours.Evaluation?.Accuracy.Interval.Low,
            ["accuracy_high"] = r.Ours.Evaluation?.Accuracy.Interval.High,
            ["macro_f1"] = r.Ours.Evaluation?.MacroF1.Value,
            ["clips"] = r.Ours.Evaluation?.Predicted.Count,
        })]),
    };

    private static string ToText(List<(string Recipe, RunOutcome Ours)> results)
    {
        StringBuilder text = new();
        text.AppendLine("experiment                        report: accuracy  macro F1   ours: accuracy (95%)         macro F1  test clips");
        foreach ((string recipe, RunOutcome ours) in results)
        {
            string result = ours.Evaluation is { } e
                ? string.Create(CultureInfo.InvariantCulture, $"{e.Accuracy.Value,8:F2} ({e.Accuracy.Interval.Low:F2} to {e.Accuracy.Interval.High:F2})        {e.MacroF1.Value,8:F2}  {e.Predicted.Count,10}")
                : "no test clips";
            text.AppendLine(PublishedResult.Of(recipe) is { } published
                ? string.Create(CultureInfo.InvariantCulture, $"{recipe,-34}{published.Accuracy,16:F2}{published.MacroF1,10:F2}        {result}")
                : $"{recipe,-34}{"-",16}{"-",10}        {result}");
        }

        text.Append("The report's figures are for 1217 clips of four corpora with its labels (SAVEE as surprise) and its split by clip: see the leakage audit of each report.html.");
        return text.ToString();
    }
}
