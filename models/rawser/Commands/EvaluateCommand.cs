using System.CommandLine;
using System.Text.Json.Nodes;
using RawSer.Cli.Output;
using RawSer.Recipes.Metrics;
using RawSer.Recipes.Runs;
using RawSer.Recipes.Splits;

namespace RawSer.Cli.Commands;

/// <summary><c>rawser evaluate</c>: the best weights of a run on a part of its data, or on other data.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        Argument<string> run = new("RUN") { Description = "Folder of the run." };
        Option<string[]> data = CommonOptions.Data(required: false);
        data.Description = "Other data: all of its clips are judged. Without it, a part of the run's own data.";
        Option<string> part = CommonOptions.OneOf("--part", "train, validation or test of the run's own data.", "PART", "test", ["train", "validation", "test"]);
        Option<string?> device = CommonOptions.Device(), cache = CommonOptions.Cache();
        Option<bool> json = CommonOptions.Json();
        Command command = new("evaluate", "Judges the best weights of a run.") { run, data, part, device, cache, json };
        command.SetAction(parsed =>
        {
            string[] other = parsed.GetValue(data) ?? [];
            SplitPart which = Enum.Parse<SplitPart>(parsed.GetRequiredValue(part), ignoreCase: true);
            Device where = CommonOptions.ParseDevice(parsed.GetValue(device));
            CommandOutput output = CommandOutput.Create(parsed.GetValue(json));
            using Interruption interruption = new();
            Evaluation? evaluation = null;
            output.During(() => evaluation = RunEvaluation.Again(
                RunFolder.Open(parsed.GetRequiredValue(run)),
                other.Length > 0 ? CommonOptions.Sources(other) : null,
                which,
                where,
                CommonOptions.OpenCache(parsed.GetValue(cache)),
                output,
                interruption.Token));
            output.Result("evaluation", RunSummary.ToJson(evaluation!).AsObject(), RunSummary.ToText(evaluation!));
            return 0;
        });
        return command;
    }
}
