using System.Text.Json;
using System.Text.Json.Nodes;
using RawSer.Recipes.Tuning;
using RawSer.Weights;

namespace RawSer.Recipes.Runs;

/// <summary>What a search over settings found: <c>search.json</c> of a run.</summary>
/// <param name="Best">The best settings: keys of a recipe and their values.</param>
/// <param name="Trials">All trials in their order.</param>
public sealed record SearchRecord(IReadOnlyDictionary<string, string> Best, IReadOnlyList<TrialResult> Trials)
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    /// <summary>Writes the file.</summary>
    /// <exception cref="RunException">It cannot be written.</exception>
    public void Write(RunFolder folder)
    {
        JsonArray trials =
        [
            .. Trials.Select(trial => (JsonNode)new JsonObject
            {
                ["values"] = ToJson(trial.Values),
                ["epochs"] = trial.Epochs,
                ["bracket"] = trial.Bracket,
                ["round"] = trial.Round,
                ["resumes"] = trial.Resumes,
                ["val_accuracy"] = trial.ValidationAccuracy,
            }),
        ];
        RunFolder.Replace(PathIn(folder), new JsonObject { ["best"] = ToJson(Best), ["trials"] = trials }.ToJsonString(s_indented) + "\n");
    }

    /// <summary>The record of a search that was finished, or null when there was none.</summary>
    /// <exception cref="RunException">The file is damaged.</exception>
    public static SearchRecord? Read(RunFolder folder)
    {
        string path = PathIn(folder);
        if (!File.Exists(path))
        {
            return null;
        }

        byte[] text = [];
        try
        {
            text = File.ReadAllBytes(path);
            JsonNode record = JsonNode.Parse(text)!;
            return new SearchRecord(FromJson(record["best"]!), [.. record["trials"]!.AsArray().Select(trial => new TrialResult(
                FromJson(trial!["values"]!),
                trial["epochs"]!.GetValue<int>(),
                trial["bracket"]?.GetValue<int>(),
                trial["round"]?.GetValue<int>(),
                trial["resumes"]?.GetValue<int>(),
                trial["val_accuracy"]!.GetValue<double>()))]);
        }
        catch (JsonException e)
        {
            throw new RunException($"{path} cannot be read: {JsonProblem.Describe(e, text)}; delete it, and the search is made again", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or FormatException or InvalidOperationException or NullReferenceException)
        {
            throw new RunException($"{path} cannot be read: {e.Message}; delete it, and the search is made again", e);
        }
    }

    private static JsonObject ToJson(IReadOnlyDictionary<string, string> values) => new(values.Select(value => KeyValuePair.Create(value.Key, (JsonNode?)value.Value)));

    private static Dictionary<string, string> FromJson(JsonNode values) => values.AsObject().ToDictionary(pair => pair.Key, pair => pair.Value!.GetValue<string>());

    private static string PathIn(RunFolder folder) => Path.Combine(folder.Path, "search.json");
}
