using System.Diagnostics;
using System.Text.Json.Nodes;
using RawSer.Recipes.Corpora;
using RawSer.Recipes.Runs;
using RawSer.Training;
using RawSer.Weights;

namespace RawSer.Cli.Output;

/// <summary>Lines without control characters, for pipes and logs: stages, epochs, and a sign of life every ten seconds.</summary>
internal sealed class PlainOutput(TextWriter output, TextWriter errors) : CommandOutput
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private readonly Stopwatch _sinceLine = Stopwatch.StartNew();
    private string _title = string.Empty;
    private string _unit = string.Empty;
    private long _total;

    public override OutputMode Mode => OutputMode.Plain;

    public override void StageStarted(string title, long total, string unit)
    {
        (_title, _total, _unit) = (title, total, unit);
        _sinceLine.Restart();
    }

    public override void Progress(long done, string detail)
    {
        if (_sinceLine.Elapsed >= Interval)
        {
            _sinceLine.Restart();
            output.WriteLine($"{_title}: {done}/{_total} {_unit}{(detail.Length > 0 ? "  " + detail : string.Empty)}");
        }
    }

    public override void EpochFinished(EpochMetrics epoch) => output.WriteLine(Describe(epoch));

    public override void Message(string text) => output.WriteLine(text);

    public override void Warning(string text) => errors.WriteLine($"warning: {PrintableText.Of(text)}");

    public override void Result(string type, JsonObject json, string text) => output.WriteLine(text);
}
