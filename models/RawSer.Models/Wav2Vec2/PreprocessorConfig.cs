using System.Text.Json;
using RawSer.Audio.Features;
using RawSer.Weights;

namespace RawSer.Models.Wav2Vec2;

/// <summary>Reads <c>preprocessor_config.json</c> of transformers (Wav2Vec2FeatureExtractor).</summary>
public static class PreprocessorConfig
{
    /// <summary>Reads a file, or gives what the network needs if there is none.</summary>
    /// <exception cref="InvalidDataException">It is not valid, or asks for something else than normalised waveforms of one channel padded on the right.</exception>
    public static WaveformNormalizer Read(string path, Wav2Vec2Config config)
    {
        try
        {
            return Parse(File.Exists(path) ? File.ReadAllText(path) : null, path, config);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>Reads the text of a file, or gives what the network needs if there is none.</summary>
    /// <param name="json">The text, or null.</param>
    /// <param name="source">The file, for messages.</param>
    /// <param name="config">The network.</param>
    /// <exception cref="InvalidDataException">It is not valid, or asks for something else than normalised waveforms of one channel padded on the right.</exception>
    public static WaveformNormalizer Parse(string? json, string source, Wav2Vec2Config config)
    {
        if (json is null)
        {
            return new WaveformNormalizer { ReturnMask = config.FeatureNorm == FeatureEncoderNorm.Layer };
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            ConfigKeys keys = new(document.RootElement);
            keys.Choice("feature_extractor_type", "Wav2Vec2FeatureExtractor", ("Wav2Vec2FeatureExtractor", true));
            keys.Choice("padding_side", "right", ("right", true));
            if (keys.Int("feature_size", 1) is not 1 and int channels)
            {
                throw new FormatException($"feature_size {channels}: expected 1, waveforms of one channel");
            }

            return new WaveformNormalizer
            {
                SampleRate = keys.Int("sampling_rate", 16000) is > 0 and int rate ? rate : throw new FormatException($"sampling_rate {keys.Int("sampling_rate", 0)}: expected a positive number of Hz"),
                Normalize = keys.Bool("do_normalize", true),
                ReturnMask = keys.Bool("return_attention_mask", false),
                PaddingValue = (float)keys.Number("padding_value", 0),
            };
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{source}: {JsonProblem.Describe(e, json)}", e);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            throw new InvalidDataException($"{source}: {e.Message}", e);
        }
    }
}
