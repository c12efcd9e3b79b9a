namespace RawSer.CommandLine;

/// <summary>What a person did wrong, or what is wrong with the data: one line, an exit code, no stack trace.</summary>
internal sealed class CommandFailure(int exitCode, string message) : Exception(message)
{
    public const int DataCode = 1;
    public const int UsageCode = 2;

    public int ExitCode { get; } = exitCode;

    public static CommandFailure OfUsage(string message) => new(UsageCode, message);

    public static CommandFailure OfData(string message) => new(DataCode, message);

    /// <summary>An exception's message for a person, who knows no parameters of methods.</summary>
    public static string Describe(Exception e) => e is ArgumentException { ParamName: { } parameter }
        ? e.Message.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal)
        : e.Message;
}
