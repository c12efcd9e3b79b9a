using System.CommandLine;
using RawSer.CommandLine;
using RawSer.Weights;
using RawSer.WeightTools.Commands;

namespace RawSer.WeightTools;

/// <summary>The command line: its verbs. Exit codes: 0 success, 1 something about a file, 2 usage.</summary>
internal static class WeightsCommand
{
    public static int Run(string[] args)
    {
        RootCommand root = new("Inspects, converts, verifies and compares weight files: safetensors, PyTorch, NumPy, Keras HDF5. Nothing in a file is ever executed.")
        {
            InspectCommand.Create(),
            ConvertCommand.Create(),
            VerifyCommand.Create(),
            DiffCommand.Create(),
            RenameCommand.Create(),
            SynthCommand.Create(),
        };
        return new CommandProgram("rawser-weights", root, ExitCodeOf).Run(args);
    }

    private static int? ExitCodeOf(Exception e) =>
        e is WeightFileException or StateDictException or IOException or UnauthorizedAccessException ? CommandFailure.DataCode : null;
}
