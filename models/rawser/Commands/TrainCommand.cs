using System.CommandLine;
using System.Globalization;
using RawSer.Cli.Output;
using RawSer.Recipes.Experiments;
using RawSer.Recipes.Runs;

namespace RawSer.Cli.Commands;

/// <summary><c>rawser train</c>: a recipe on folders of clips, into a run folder.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        Option<string[]> data = CommonOptions.Data(), set = CommonOptions.Set();
        Option<string> recipe = CommonOptions.Recipe("cnn");
        Option<string?> split = CommonOptions.Split(), device = CommonOptions.Device(), cache = CommonOptions.Cache();
        Option<string?> folder = new("--out") { Description = "Folder of the run; runs/RECIPE-TIME if left out.", HelpName = "RUN" };
        Option<ulong?> seed = CommonOptions.Seed();
        Option<bool> json = CommonOptions.Json();
        Command command = new("train", "Trains a recogniser and writes weights, metrics and a report.") { data, recipe, set, split, seed, device, folder, cache, json };
        command.SetAction(parsed =>
        {
            Recipe chosen = CommonOptions.ReadRecipe(parsed.GetRequiredValue(recipe), parsed.GetValue(set) ?? [], parsed.GetValue(split), parsed.GetValue(seed));
            string run = parsed.GetValue(folder) ?? Path.Combine("runs", string.Create(CultureInfo.InvariantCulture, $"{chosen.Name}-{DateTime.Now:yyyyMMdd-HHmmss}"));
            Device where = CommonOptions.ParseDevice(parsed.GetValue(device));
            Experiment experiment = Experiment.Begin(run, chosen, CommonOptions.Sources(parsed.GetRequiredValue(data)), where, CommonOptions.OpenCache(parsed.GetValue(cache)));
            return RunExperiment(experiment, CommandOutput.Create(parsed.GetValue(json)));
        });
        return command;
    }

    /// <summary>Runs it to its end or to Ctrl-C, and prints the outcome.</summary>
    public static int RunExperiment(Experiment experiment, CommandOutput output)
    {
        using Interruption interruption = new();
        RunOutcome? outcome = null;
        output.During(() => outcome = experiment.Run(output, interruption.Token));
        return RunSummary.Print(output, experiment.Folder, outcome!);
    }
}
