using System.Diagnostics;
using System.Text.Json.Nodes;
using RawSer.Recipes.Corpora;
using RawSer.Recipes.Runs;
using RawSer.Training;
using RawSer.Weights;
using Spectre.Console;

namespace RawSer.Cli.Output;

/// <summary>A progress bar per stage with loss, accuracy, throughput and the time left; epochs as lines above it.</summary>
internal sealed class TerminalOutput(TextWriter results, TextWriter errors) : CommandOutput
{
    private readonly Stopwatch _stageTime = new();
    private ProgressContext? _progress;
    private ProgressTask? _task;
    private string _title = string.Empty;
    private string _unit = string.Empty;

    public override OutputMode Mode => OutputMode.Terminal;

    public override void During(Action work) =>
        AnsiConsole.Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                _progress = context;
                try
                {
                    work();
                }
                finally
                {
                    _task?.StopTask();
                    (_progress, _task) = (null, null);
                }
            });

    public override void StageStarted(string title, long total, string unit)
    {
        if (_task is not null)
        {
            _task.Value = _task.MaxValue;
            _task.StopTask();
        }

        (_title, _unit) = (title, unit);
        _task = _progress?.AddTask(Markup.Escape(title), maxValue: Math.Max(total, 1));
        _stageTime.Restart();
    }

    public override void Progress(long done, string detail)
    {
        if (_task is null)
        {
            return;
        }

        double rate = done / Math.Max(_stageTime.Elapsed.TotalSeconds, 1e-3);
        _task.Value = done;
        _task.Description = Markup.Escape($"{_title}  {detail}{(detail.Length > 0 ? "  " : string.Empty)}{rate:F0} {_unit}/s");
    }

    public override void EpochFinished(EpochMetrics epoch) =>
        AnsiConsole.MarkupLine(epoch.IsBest ? $"[green]{Markup.Escape(Describe(epoch))}[/]" : Markup.Escape(Describe(epoch)));

    public override void Message(string text) => AnsiConsole.MarkupLine(Markup.Escape(text));

    public override void Warning(string text)
    {
        if (_progress is not null)
        {
            AnsiConsole.MarkupLine($"[yellow]warning:[/] {Markup.Escape(PrintableText.Of(text))}");
        }
        else
        {
            errors.WriteLine($"warning: {PrintableText.Of(text)}");
        }
    }

    // Not by AnsiConsole, which breaks lines at the terminal's width: paths and PTX are there to be copied.
    public override void Result(string type, JsonObject json, string text) => results.WriteLine(text);
}
