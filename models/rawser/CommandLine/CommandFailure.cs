namespace RawSer.Cli;

/// <summary>What a person did wrong, or what is wrong with the data: one line, an exit code, no stack trace.</summary>
internal sealed class CommandFailure(int exitCode, string message) : Exception(message)
{
    public const int DataCode = 1;
    public const int UsageCode = 2;

    public int ExitCode { get; } = exitCode;

    public static CommandFailure OfUsage(string message) => new(UsageCode, message);

    public static CommandFailure OfData(string message) => new(DataCode, message);
}
