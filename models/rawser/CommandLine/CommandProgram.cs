using System.CommandLine;
using System.CommandLine.Parsing;
using RawSer.Weights;

namespace RawSer.CommandLine;

/// <summary>A program with verbs: what its failures look like. One line on standard error; the stack trace as well where <c>RAWSER_DEBUG</c> is set.</summary>
/// <param name="name">Name of the program, which begins the line.</param>
/// <param name="root">Its verbs.</param>
/// <param name="codeOf">Which exceptions of the libraries are the user's arguments or data, by exit code; null for a fault of the program.</param>
internal sealed class CommandProgram(string name, RootCommand root, Func<Exception, int?> codeOf)
{
    private const int InterruptedCode = 130; // the shell's code for Ctrl-C

    private static bool IsDebugging => Environment.GetEnvironmentVariable("RAWSER_DEBUG") is "1" or "2" or "3";

    /// <summary>Runs the verb that the arguments name; the exit code.</summary>
    public int Run(string[] args)
    {
        Console.SetOut(new ResultWriter(Console.Out));
        ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null }); // a name may begin with @
        // A word that is no verb is also a missing verb: the word says more.
        string? wrong = parsed.Errors.Count == 0 ? EmptyValue(parsed.CommandResult)
            : parsed.UnmatchedTokens.Count > 0 ? UnknownWord(parsed.UnmatchedTokens[0], parsed.CommandResult.Command)
            : Plain(parsed.Errors[0].Message);
        if (wrong is not null)
        {
            return Fail(CommandFailure.UsageCode, $"{wrong} (see {CommandPath(parsed)} --help)");
        }

        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (OperationCanceledException)
        {
            return InterruptedCode;
        }
        catch (Exception e) when (ExitCodeOf(e) is int code)
        {
            return Fail(code, CommandFailure.Describe(e), e);
        }
    }

    /// <summary>What is said of a word that the parser could not place, with the verbs or options of the command that it resembles.</summary>
    public static string UnknownWord(string word, Command command) =>
        $"'{word}' is no verb, argument or option here{NearNames.Suggestion(word, word.StartsWith('-') ? command.Options.SelectMany(o => (string[])[o.Name, .. o.Aliases]) : command.Subcommands.Select(c => c.Name))}";

    // Most often a variable of the shell that is not set.
    private static string? EmptyValue(CommandResult command) => command.Children.FirstOrDefault(child => child.Tokens.Any(t => t.Value.Length == 0)) switch
    {
        null => null,
        OptionResult { Option: var option } => $"{option.Name} is given an empty text",
        ArgumentResult { Argument: var argument } => $"<{argument.Name}> is given an empty text",
        _ => "an argument is an empty text",
    };

    private int? ExitCodeOf(Exception e) => e is CommandFailure failure ? failure.ExitCode : codeOf(e) ?? (IsDebugging ? null : CommandFailure.DataCode);

    private int Fail(int code, string message, Exception? cause = null)
    {
        Console.Error.WriteLine($"{name}: {PrintableText.Of(message.ReplaceLineEndings(" "))}");
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

    private string CommandPath(ParseResult parsed)
    {
        List<string> names = [];
        for (SymbolResult? result = parsed.CommandResult; result is CommandResult command; result = command.Parent)
        {
            names.Insert(0, command.Command is RootCommand ? name : command.Command.Name);
        }

        return string.Join(' ', names);
    }
}
