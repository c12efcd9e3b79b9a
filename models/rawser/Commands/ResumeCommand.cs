using System.CommandLine;
using RawSer.Cli.Output;
using RawSer.Recipes.Runs;

namespace RawSer.Cli.Commands;

/// <summary><c>rawser resume</c>: goes on with an interrupted run.</summary>
internal static class ResumeCommand
{
    public static Command Create()
    {
        Argument<string> run = new("RUN") { Description = "Folder of the run." };
        Option<string[]> data = CommonOptions.Data(required: false);
        Option<string?> device = CommonOptions.Device(), cache = CommonOptions.Cache();
        Option<bool> json = CommonOptions.Json();
        Command command = new("resume", "Goes on with an interrupted run; it ends with the same weights as if it had not been interrupted.") { run, data, device, cache, json };
        command.SetAction(parsed =>
        {
            string folder = parsed.GetRequiredValue(run);
            string? deviceName = parsed.GetValue(device);
            string[] moved = parsed.GetValue(data) ?? [];
            Experiment experiment = Experiment.Resume(
                folder,
                moved.Length > 0 ? CommonOptions.Sources(moved) : null,
                deviceName is null ? null : CommonOptions.ParseDevice(deviceName),
                CommonOptions.OpenCache(parsed.GetValue(cache)));
            return TrainCommand.RunExperiment(experiment, CommandOutput.Create(parsed.GetValue(json)));
        });
        return command;
    }
}
