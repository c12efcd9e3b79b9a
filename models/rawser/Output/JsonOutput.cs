using System.Text.Json.Nodes;
using RawSer.Recipes.Runs;
using RawSer.Training;

namespace RawSer.Cli.Output;

/// <summary>One JSON object a line, each with a <c>type</c>: message, warning, stage, epoch, and the results of the verb.</summary>
internal sealed class JsonOutput(TextWriter output) : CommandOutput
{
    public override OutputMode Mode => OutputMode.Json;

    public override void StageStarted(string title, long total, string unit) =>
        Write("stage", new JsonObject { ["title"] = title, ["total"] = total, ["unit"] = unit });

    public override void Progress(long done, string detail)
    {
        // Machines read stages and epochs; a line per batch would only slow them down.
    }

    public override void EpochFinished(EpochMetrics epoch) => Write("epoch", RunFolder.ToJson(epoch));

    public override void Message(string text) => Write("message", new JsonObject { ["text"] = text });

    public override void Warning(string text) => Write("warning", new JsonObject { ["text"] = text });

    public override void Result(string type, JsonObject json, string text) => Write(type, json);

    private void Write(string type, JsonObject fields)
    {
        JsonObject line = new() { ["type"] = type };
        foreach ((string key, JsonNode? value) in fields)
        {
            line[key] = value?.DeepClone();
        }

        output.WriteLine(line.ToJsonString());
    }
}
