using System.Text.Json;
using System.Text.Json.Nodes;
using RawSer.Recipes.Corpora;
using RawSer.Weights;

namespace RawSer.Recipes.Runs;

/// <summary><c>run.json</c>: where the data of a run is, on which device it runs, and behind which frozen layers.</summary>
/// <param name="Data">Values of <c>--data</c>, with full paths.</param>
/// <param name="Device">Name of the device.</param>
/// <param name="FrozenWeights">Fingerprint of pretrained weights of which some do not learn; null if there are none.</param>
public sealed record RunRecord(IReadOnlyList<string> Data, string Device, string? FrozenWeights)
{
    /// <summary>The record of these sources.</summary>
    public static RunRecord Of(IReadOnlyList<CorpusSource> sources, string device, string? frozenWeights) => new([.. sources.Select(Argument)], device, frozenWeights);

    /// <summary>Where the data was when the run was begun.</summary>
    /// <param name="folder">The run, for messages.</param>
    /// <exception cref="RunException">The record names a corpus that there is not.</exception>
    /// <exception cref="CorpusException">The data is not there any more.</exception>
    public IReadOnlyList<CorpusSource> Sources(RunFolder folder)
    {
        try
        {
            return [.. Data.Select(CorpusSource.Parse)];
        }
        catch (FormatException e)
        {
            throw new RunException($"{folder.RunPath}: {e.Message}", e);
        }
    }

    /// <summary>Writes it.</summary>
    public void Write(RunFolder folder) => RunFolder.Replace(folder.RunPath, new JsonObject
    {
        ["data"] = new JsonArray([.. Data.Select(d => (JsonNode)d)]),
        ["device"] = Device,
        ["frozen_weights"] = FrozenWeights,
    }.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");

    /// <summary>Reads it.</summary>
    /// <exception cref="RunException">The file is missing or damaged.</exception>
    public static RunRecord Read(RunFolder folder)
    {
        byte[] text = [];
        try
        {
            text = File.ReadAllBytes(folder.RunPath);
            JsonObject json = JsonNode.Parse(text)!.AsObject();
            return new RunRecord([.. json["data"]!.AsArray().Select(d => d!.GetValue<string>())], json["device"]!.GetValue<string>(), json["frozen_weights"]?.GetValue<string>());
        }
        catch (JsonException e)
        {
            throw new RunException($"{folder.RunPath} cannot be read: {JsonProblem.Describe(e, text)}", e);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or NullReferenceException)
        {
            throw new RunException($"{folder.RunPath} cannot be read: {e.Message}", e);
        }
    }

    private static string Argument(CorpusSource source) => source.Kind switch
    {
        CorpusKind.Known => $"{source.Grammar!.Corpus}={source.Path}",
        CorpusKind.FolderPerClass => $"FOLDER={source.Path}",
        CorpusKind.Manifest => $"MANIFEST={source.Path}",
        _ => source.Path,
    };
}
