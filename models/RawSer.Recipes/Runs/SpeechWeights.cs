using System.Text.Json.Nodes;
using RawSer.Nn;
using RawSer.Recipes.Experiments;
using RawSer.Training;
using RawSer.Weights;

namespace RawSer.Recipes.Runs;

/// <summary>Keeps weights and state of a run with a speech encoder. The weight files say what they belong to in the metadata entry <c>rawser.speech</c>.</summary>
internal sealed class SpeechWeights(RunFolder folder, Recipe recipe, Module network, IReadOnlyList<string> classes) : IWeightsKeeper
{
    private const string MetadataKey = "rawser.speech";

    /// <summary>The classes of a weight file.</summary>
    /// <exception cref="WeightFileException">The file is missing or broken.</exception>
    /// <exception cref="InvalidDataException">It was not written by such a run.</exception>
    public static IReadOnlyList<string> ReadClasses(string path)
    {
        using WeightSource source = WeightSource.Open(path);
        try
        {
            return [.. JsonNode.Parse(source.Metadata[MetadataKey])!["classes"]!.AsArray().Select(name => name!.GetValue<string>())];
        }
        catch (Exception e) when (e is KeyNotFoundException or System.Text.Json.JsonException or NullReferenceException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path}: no metadata entry '{MetadataKey}' with classes; expected a file that training a speech encoder wrote (best.safetensors)", e);
        }
    }

    public void KeepBest(Module module) => Save(folder.BestPath);

    public void RestoreBest(Module module) => StateDict.Load(network, folder.BestPath);

    public void KeepState(TrainingState state)
    {
        Save(folder.LastPath);
        state.Save(folder.StatePath);
    }

    private void Save(string path)
    {
        JsonObject about = new()
        {
            ["encoder"] = recipe.Encoder.Folder,
            ["train"] = recipe.Encoder.Train.ToString(),
            ["seconds"] = recipe.Encoder.Seconds,
            ["classes"] = new JsonArray([.. classes.Select(name => (JsonNode?)name)]),
        };
        StateDict.Save(network, path, new Dictionary<string, string> { [MetadataKey] = about.ToJsonString() });
    }
}
