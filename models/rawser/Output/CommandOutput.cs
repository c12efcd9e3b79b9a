using System.Text.Json.Nodes;
using RawSer.CommandLine;
using RawSer.Kernels;
using RawSer.Recipes.Corpora;
using RawSer.Recipes.Metrics;
using RawSer.Recipes.Runs;
using RawSer.Training;
using Spectre.Console;

namespace RawSer.Cli.Output;

/// <summary>Where a verb's results and progress go. Results: standard output. Warnings and failures: standard error.</summary>
internal abstract class CommandOutput : IRunObserver
{
    /// <summary>JSON if asked for; bars if standard output is a terminal; else plain lines.</summary>
    public static CommandOutput Create(bool json) =>
        json ? new JsonOutput(Console.Out)
        : Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Interactive ? new PlainOutput(Console.Out, Console.Error)
        : new TerminalOutput(Console.Out, Console.Error);

    public abstract OutputMode Mode { get; }

    public abstract void StageStarted(string title, long total, string unit);

    public abstract void Progress(long done, string detail);

    public abstract void EpochFinished(EpochMetrics epoch);

    public abstract void Message(string text);

    public abstract void Warning(string text);

    /// <summary>A warning for each file or folder that is left out.</summary>
    public void Refused(IEnumerable<RefusedFile> files)
    {
        foreach (RefusedFile file in files)
        {
            Warning($"left out: {file.Path}: {file.Reason}");
        }
    }

    /// <summary>A warning that a clip could not be worked on; it begins with the clip, once.</summary>
    public void Failed(string clip, Exception e)
    {
        string reason = CommandFailure.Describe(e);
        Warning(reason.Contains(clip, StringComparison.Ordinal) ? reason : $"{clip}: {reason}");
    }

    /// <summary>Runs the work of a verb; a terminal shows bars while it runs.</summary>
    public virtual void During(Action work) => work();

    /// <summary>The result of a verb: for machines as a JSON object of a type, for people as text.</summary>
    public abstract void Result(string type, JsonObject json, string text);

    /// <summary>What the weights of a network that is ready for inference take.</summary>
    public void Memory(long packedBytes, Device device)
    {
        MemoryStats memory = device.MemoryStats;
        Result(
            "memory",
            new JsonObject { ["packed_bytes"] = packedBytes, ["pool_bytes"] = memory.BytesInUse, ["mapped_bytes"] = memory.BytesMapped },
            FormattableString.Invariant($"weights: {packedBytes} bytes packed; memory of {device}: {memory}"));
    }

    protected static string Describe(EpochMetrics epoch)
    {
        string validation = double.IsNaN(epoch.ValidationLoss)
            ? string.Empty
            : $"  val loss {epoch.ValidationLoss:F4}  val acc {Percent.Of(epoch.ValidationAccuracy),6}";
        return $"epoch {epoch.Epoch,3}  loss {epoch.TrainLoss:F4}  acc {Percent.Of(epoch.TrainAccuracy),6}{validation}  lr {epoch.LearningRate:G3}  {epoch.Seconds:F1} s{(epoch.IsBest ? "  *" : string.Empty)}";
    }
}
