using System.CommandLine;
using RawSer.Cli.Commands;
using RawSer.CommandLine;

namespace RawSer.Cli;

/// <summary>The command line: its verbs, and which failures are whose.</summary>
internal static class RawSerCommand
{
    public static int Run(string[] args)
    {
        RootCommand root = new("Trains, evaluates and runs speech emotion recognisers on folders of clips.")
        {
            TrainCommand.Create(),
            ResumeCommand.Create(),
            EvaluateCommand.Create(),
            PredictCommand.Create(),
            FeaturesCommand.Create(),
            EmbedCommand.Create(),
            PretrainCommand.Create(),
            CorporaCommand.Create(),
            RecipesCommand.Create(),
            SummaryCommand.Create(),
            ReproduceCommand.Create(),
            DemoCommand.Create(),
#if !GPU_ILGPU // has no compiler of its own to show
            KernelsCommand.Create(),
#endif
        };
        return new CommandProgram("rawser", root, ExitCodeOf).Run(args);
    }

    /// <summary>1: something is wrong with the data; 2: something is wrong with the arguments; null: a fault of the program.</summary>
    private static int? ExitCodeOf(Exception e) => FailureKinds.IsUsage(e) ? CommandFailure.UsageCode
        : FailureKinds.IsData(e) ? CommandFailure.DataCode
        : null;
}
