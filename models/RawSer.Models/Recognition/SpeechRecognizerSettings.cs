using System.Text;
using System.Text.Json;
using RawSer.Audio.Features;
using RawSer.Models.Wav2Vec2;
using RawSer.Nn;

namespace RawSer.Models.Recognition;

/// <summary>
/// A network on waveforms: a speech encoder that learned with its classifier and is stored with it, or the head on the embeddings of an encoder that stayed
/// as it was, which is stored alone and needs the encoder's folder.
/// </summary>
/// <param name="ConfigJson">Text of the encoder's <c>config.json</c>.</param>
/// <param name="PreprocessorJson">Text of its <c>preprocessor_config.json</c>; null if it has none.</param>
/// <param name="Duration">Clips are cut to these seconds, and padded where the encoder learned.</param>
/// <param name="Dropout">Before the last layer.</param>
/// <param name="FrozenEncoder">Folder and fingerprint of the encoder that stayed as it was; null if the encoder is stored.</param>
/// <param name="Classes">Names of the outputs, in order.</param>
public sealed record SpeechRecognizerSettings(
    string ConfigJson, string? PreprocessorJson, double Duration, double Dropout, (string Folder, string Fingerprint)? FrozenEncoder, IReadOnlyList<string> Classes)
    : RecognizerSettings(Classes)
{
    /// <summary>Name in stored settings.</summary>
    public const string Architecture = "SpeechEncoder";

    private const int HeadSize = 256;

    /// <inheritdoc/>
    public override double Duration { get; } = Duration;

    /// <summary>The encoder.</summary>
    public Wav2Vec2Config Config { get; } = Wav2Vec2ConfigFile.Parse(Encoding.UTF8.GetBytes(ConfigJson), "config.json");

    /// <summary>How the encoder wants its clips.</summary>
    public WaveformNormalizer Preprocessing =>
        PreprocessorConfig.Parse(PreprocessorJson, "preprocessor_config.json", Config);

    /// <inheritdoc/>
    public override int SampleRate => Preprocessing.SampleRate;

    /// <inheritdoc/>
    public override int LargestBatch => 8;

    /// <summary>Settings of a network with the encoder of a folder.</summary>
    /// <param name="folder">The encoder.</param>
    /// <param name="learns">Whether the encoder learns and is stored.</param>
    /// <param name="duration">Seconds of a clip.</param>
    /// <param name="dropout">Before the last layer.</param>
    /// <param name="classes">Names of the outputs, in order.</param>
    public static SpeechRecognizerSettings Of(HuggingFaceFolder folder, bool learns, double duration, double dropout, IReadOnlyList<string> classes)
    {
        (string config, string? preprocessor) = folder.ReadTexts();
        return new SpeechRecognizerSettings(config, preprocessor, duration, dropout, learns ? null : (Path.GetFullPath(folder.Path), folder.Fingerprint()), classes);
    }

    /// <summary>The network that is stored: the report's classifier without SpecAugment, as the report has it, or the head on embeddings.</summary>
    public override Module Build() => FrozenEncoder is null
        ? new WaveformNetwork(new ReportClassifier(Config with { ApplySpecAugment = false }, Classes.Count, Dropout))
        : new EmbeddingHead(Config.HiddenSize, HeadSize, Classes.Count, Dropout);

    /// <inheritdoc/>
    public override Module ForInference(Module trained, Device device)
    {
        trained.To(device);
        trained.PackWeights(keepOriginals: false);
        return trained;
    }

    /// <summary>The folder of the encoder that stayed as it was.</summary>
    /// <exception cref="InvalidDataException">It is not there, or holds another encoder now.</exception>
    public HuggingFaceFolder OpenFrozenEncoder()
    {
        (string path, string fingerprint) = FrozenEncoder ?? throw new InvalidOperationException("the encoder is stored with the network");
        HuggingFaceFolder folder = HuggingFaceFolder.Open(path);
        return folder.Fingerprint() == fingerprint
            ? folder
            : throw new InvalidDataException($"{path}: its files are not those of the encoder that the network was trained on; put them back, or train again");
    }

    internal static SpeechRecognizerSettings ReadJson(JsonElement root, string[] classes, string source)
    {
        try
        {
            JsonElement preprocessor = root.GetProperty("preprocessor"), frozen = root.GetProperty("frozen_encoder");
            double duration = root.GetProperty("seconds").GetDouble();
            return new SpeechRecognizerSettings(
                root.GetProperty("config").GetRawText(),
                preprocessor.ValueKind == JsonValueKind.Null ? null : preprocessor.GetRawText(),
                double.IsFinite(duration) && duration > 0 ? duration : throw new FormatException(FormattableString.Invariant($"seconds {duration}: expected a positive number")),
                root.GetProperty("dropout").GetDouble(),
                frozen.ValueKind == JsonValueKind.Null ? null : (frozen.GetProperty("folder").GetString() ?? "", frozen.GetProperty("fingerprint").GetString() ?? ""),
                classes);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{source}: metadata entry '{MetadataKey}': {e.Message}", e);
        }
    }

    internal override RecognizerInputs Inputs(FeatureStandardizer? standardizer, Device device) => FrozenEncoder is null
        ? new WaveformInputs(new WaveformRows(Preprocessing, Duration), device)
        : new EmbeddingInputs(new SpeechEmbedder(OpenFrozenEncoder(), device), (int)(Duration * SampleRate), device);

    private protected override void WriteJson(Utf8JsonWriter json)
    {
        json.WriteString("architecture", Architecture);
        json.WritePropertyName("config");
        json.WriteRawValue(ConfigJson);
        json.WritePropertyName("preprocessor");
        json.WriteRawValue(PreprocessorJson ?? "null");
        json.WriteNumber("seconds", Duration);
        json.WriteNumber("dropout", Dropout);
        if (FrozenEncoder is var (folder, fingerprint))
        {
            json.WriteStartObject("frozen_encoder");
            json.WriteString("folder", folder);
            json.WriteString("fingerprint", fingerprint);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("frozen_encoder");
        }
    }

    /// <summary>Rows of samples.</summary>
    private sealed class WaveformInputs(WaveformRows rows, Device device) : RecognizerInputs
    {
        public override Tensor Of(IReadOnlyList<float[]> clips)
        {
            float[] input = new float[clips.Count * rows.Length];
            for (int i = 0; i < clips.Count; i++)
            {
                rows.Write(clips[i], input.AsSpan(i * rows.Length, rows.Length));
            }

            return Tensor.From(input, [clips.Count, rows.Length], device);
        }
    }

    /// <summary>The mean over the frames of the encoder's result, clip by clip.</summary>
    private sealed class EmbeddingInputs(SpeechEmbedder embedder, int samples, Device device) : RecognizerInputs
    {
        public override Tensor Of(IReadOnlyList<float[]> clips)
        {
            float[][] embeddings = [.. clips.Select(clip => embedder.Embed(clip.Length > samples ? clip[..samples] : clip, embedder.Layers, mean: true).Values)];
            return Tensor.From([.. embeddings.SelectMany(e => e)], [clips.Count, embeddings[0].Length], device);
        }

        public override long PackedBytes => embedder.PackedBytes;

        public override void Dispose()
        {
            embedder.Dispose();
            base.Dispose();
        }
    }
}
