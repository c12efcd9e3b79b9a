using System.CommandLine;
using System.CommandLine.Parsing;
using RawSer.Cli.Commands;
using RawSer.Cli.Output;
using RawSer.Recipes.Corpora;

namespace RawSer.Cli;

/// <summary>The command line: its verbs, and what their failures look like.</summary>
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
            SummaryCommand.Create(),
            ReproduceCommand.Create(),
            DemoCommand.Create(),
            KernelsCommand.Create(),
        };
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            // A word that is no verb is also a missing verb: the word says more.
            string message = parsed.UnmatchedTokens.Count > 0 ? $"'{parsed.UnmatchedTokens[0]}' is no verb, argument or option here" : Plain(parsed.Errors[0].Message);
            return Fail(CommandFailure.UsageCode, $"{message} (see {CommandPath(parsed)} --help)");
        }

        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (OperationCanceledException)
        {
            return 130; // the shell's code for Ctrl-C
        }
        catch (Exception e) when (ExitCodeOf(e) is int code)
        {
            return Fail(code, e.Message, e);
        }
    }

    /// <summary>1: something is wrong with the data; 2: something is wrong with the arguments; null: a fault of the program.</summary>
    private static int? ExitCodeOf(Exception e) => e switch
    {
        CommandFailure failure => failure.ExitCode,
        _ when FailureKinds.IsUsage(e) => CommandFailure.UsageCode,
        _ when FailureKinds.IsData(e) => CommandFailure.DataCode,
        _ => IsDebugging ? null : CommandFailure.DataCode,
    };

    private static bool IsDebugging => Environment.GetEnvironmentVariable("RAWSER_DEBUG") is "1" or "2" or "3";

    private static int Fail(int code, string message, Exception? cause = null)
    {
        Console.Error.WriteLine($"rawser: {PrintableText.Of(message.ReplaceLineEndings(" "))}");
        if (cause is not null && IsDebugging)
        {
            Console.Error.WriteLine(cause);
        }

        return code;
    }

    /// <summary>The parser's message in one line, with kinds of numbers in place of .NET's types.</summary>
    private static string Plain(string message)
    {
        string line = string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.');
        int type = line.IndexOf(" as expected type '", StringComparison.Ordinal);
        return type < 0 ? line
            : line[..type] + (line.Contains("Double", StringComparison.Ordinal) ? ": expected a number" : line.Contains("UInt", StringComparison.Ordinal) ? ": expected a whole number from 0" : ": expected a whole number");
    }

    private static string CommandPath(ParseResult parsed)
    {
        List<string> names = [];
        for (SymbolResult? result = parsed.CommandResult; result is CommandResult command; result = command.Parent)
        {
            names.Insert(0, command.Command is RootCommand ? "rawser" : command.Command.Name);
        }

        return string.Join(' ', names);
    }
}
