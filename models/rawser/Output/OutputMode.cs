namespace RawSer.Cli.Output;

/// <summary>How a verb talks: bars on a terminal, plain lines when piped, JSON lines for machines.</summary>
internal enum OutputMode
{
    Terminal,
    Plain,
    Json,
}
