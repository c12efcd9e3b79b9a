using System.CommandLine;
using RawSer.Weights;
using RawSer.WeightTools.Commands;

namespace RawSer.WeightTools;

/// <summary>The command line: its verbs, and what their failures look like. Exit codes: 0 success, 1 something about a file, 2 usage.</summary>
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
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            // A word that is no verb is also a missing verb: the word says more.
            string message = parsed.UnmatchedTokens.Count > 0 ? $"'{parsed.UnmatchedTokens[0]}' is no verb, argument or option here" : parsed.Errors[0].Message.TrimEnd('.');
            return Fail(CommandFailure.UsageCode, $"{message} (see rawser-weights --help)");
        }

        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (CommandFailure failure)
        {
            return Fail(failure.ExitCode, failure.Message);
        }
        catch (Exception e) when (e is WeightFileException or StateDictException or IOException or UnauthorizedAccessException)
        {
            return Fail(CommandFailure.DataCode, e.Message);
        }
    }

    private static int Fail(int code, string message)
    {
        Console.Error.WriteLine($"rawser-weights: {message.ReplaceLineEndings(" ")}");
        return code;
    }
}
