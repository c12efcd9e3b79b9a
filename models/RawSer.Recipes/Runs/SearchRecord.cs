using System.Text.Json;
using System.Text.Json.Nodes;
using RawSer.Weights;

namespace RawSer.Recipes.Runs;

/// <summary>What a search over settings found: <c>search.json</c> of a run.</summary>
public static class SearchRecord
{
    /// <summary>Writes the best settings and all trials.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="best">Recipe keys and their values.</param>
    /// <param name="trials">One object a trial.</param>
    /// <exception cref="RunException">The file cannot be written.</exception>
    public static void Write(RunFolder folder, JsonObject best, JsonArray trials) =>
        RunFolder.Replace(PathIn(folder), new JsonObject { ["best"] = best, ["trials"] = trials }.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");

    /// <summary>The best settings of a search that was finished, or null when there was none.</summary>
    /// <exception cref="RunException">The file is damaged.</exception>
    public static IReadOnlyDictionary<string, string>? ReadBest(RunFolder folder)
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
            return JsonNode.Parse(text)!["best"]!.AsObject().ToDictionary(pair => pair.Key, pair => pair.Value!.GetValue<string>());
        }
        catch (JsonException e)
        {
            throw new RunException($"{path} cannot be read: {JsonProblem.Describe(e, text)}; delete it, and the search is made again", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException or NullReferenceException)
        {
            throw new RunException($"{path} cannot be read: {e.Message}; delete it, and the search is made again", e);
        }
    }

    private static string PathIn(RunFolder folder) => Path.Combine(folder.Path, "search.json");
}
