using RawSer.Audio.Features;
using RawSer.Nn;
using RawSer.Weights;

namespace RawSer.Models.Recognition;

/// <summary>
/// A trained network in one safetensors file: its weights under their PyTorch names, the statistics of the standardisation as <c>features.mean</c> and
/// <c>features.deviation</c>, and <see cref="RecognizerSettings"/> as metadata.
/// </summary>
public static class RecognizerFile
{
    private const string MeanName = "features.mean";
    private const string DeviationName = "features.deviation";

    /// <summary>Writes a network; the file is replaced as a whole.</summary>
    /// <exception cref="WeightFileException">The file cannot be written.</exception>
    public static void Save(string path, Module network, RecognizerSettings settings, FeatureStandardizer? standardizer)
    {
        SafetensorsWriter writer = new();
        writer.AddMetadata(RecognizerSettings.MetadataKey, settings.ToJson());
        StateDict.AddTo(writer, network);
        if (standardizer is not null)
        {
            int[] shape = standardizer.Scope switch
            {
                StandardizationScope.Cell => [standardizer.Rows, standardizer.Frames],
                StandardizationScope.Row => [standardizer.Rows, 1],
                _ => [1, 1],
            };
            writer.Add<float>(MeanName, shape, standardizer.Means);
            writer.Add<float>(DeviationName, shape, standardizer.Deviations);
        }

        writer.Save(path);
    }

    /// <summary>Reads the weights, as copies, into a network that was built from the same settings, in the middle of a training that may replace the file.</summary>
    /// <exception cref="WeightFileException">The file is missing or broken.</exception>
    /// <exception cref="StateDictException">The weights do not fit the network.</exception>
    public static void LoadWeights(string path, Module network) => StateDict.Load(network, path, new StateDictOptions { Ignore = [MeanName, DeviationName], Map = false });

    /// <summary>Reads a network with all that belongs to it.</summary>
    /// <exception cref="WeightFileException">The file is missing or broken.</exception>
    /// <exception cref="InvalidDataException">The file holds weights, but is no trained recogniser of this program.</exception>
    public static (Module Network, RecognizerSettings Settings, FeatureStandardizer? Standardizer) Load(string path)
    {
        using WeightSource source = WeightSource.Open(path);
        if (!source.Metadata.TryGetValue(RecognizerSettings.MetadataKey, out string? json))
        {
            throw new InvalidDataException($"{path}: no metadata entry '{RecognizerSettings.MetadataKey}'; expected a file that training wrote (best.safetensors)");
        }

        RecognizerSettings settings = RecognizerSettings.Parse(json, path);
        Module network = settings.Build();
        try
        {
            StateDict.Load(network, source, new StateDictOptions { Ignore = [MeanName, DeviationName] });
            return (network, settings, settings is FeatureRecognizerSettings features && source.Contains(MeanName) ? ReadStandardizer(source, features.Profile, path) : null);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static FeatureStandardizer ReadStandardizer(WeightSource source, FeatureProfile profile, string path)
    {
        float[] means = source.ReadFloats(MeanName), deviations = source.ReadFloats(DeviationName);
        StandardizationScope scope = means.Length == profile.Rows * profile.Frames ? StandardizationScope.Cell
            : means.Length == profile.Rows ? StandardizationScope.Row
            : StandardizationScope.Global;
        try
        {
            return new FeatureStandardizer(scope, profile.Rows, profile.Frames, means, deviations);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{path}: {MeanName} and {DeviationName}: {e.Message}", e);
        }
    }
}
