using System.Security.Cryptography;
using System.Text;
using RawSer.Kernels;
using RawSer.Models.Recognition;
using RawSer.Models.Wav2Vec2;
using RawSer.Recipes.Splits;

namespace RawSer.Recipes.Runs;

/// <summary>A speech encoder that does not learn; its weights are read when the first clip runs through it.</summary>
internal sealed class FrozenEncoder(HuggingFaceFolder folder, SpeechRecognizerSettings settings, Device device) : IDisposable
{
    private SpeechEmbedder? _embedder;

    /// <summary>The folder.</summary>
    public HuggingFaceFolder Folder => folder;

    /// <summary>What results depend on besides the clip: every file of the model, the length, and what computes.</summary>
    public string Identity { get; } = FormattableString.Invariant($"speech-embedding 2, mean of {settings.Duration:R} s, {settings.FrozenEncoder!.Value.Fingerprint} {Computation.Of(device)} ");

    /// <summary>The mean of the last hidden frames of a clip.</summary>
    public float[] Embed(string path)
    {
        _embedder ??= new SpeechEmbedder(folder, device);
        return _embedder.Embed(_embedder.Read(path, settings.Duration), _embedder.Layers, mean: true).Values;
    }

    /// <summary>Frees the memory of the encoder.</summary>
    public void Dispose() => _embedder?.Dispose();
}

/// <summary>Clips in front of a frozen encoder, one at a time, so that no padding touches them.</summary>
internal sealed class ClipInputs(FrozenEncoder encoder, RunData data, SplitPart part) : BaseInputs
{
    private readonly IReadOnlyList<int> _clips = data.Split[part];

    /// <inheritdoc/>
    public override string Title => $"embeddings by {encoder.Folder.Path}";

    /// <inheritdoc/>
    public override int Count => _clips.Count;

    /// <inheritdoc/>
    public override int Draws => 1;

    /// <inheritdoc/>
    public override int BatchSize => 1;

    /// <inheritdoc/>
    public override Shape Output { get; } = [1, 1, encoder.Folder.Config.HiddenSize];

    /// <inheritdoc/>
    public override int LabelOf(int example) => data.Clips.Labels[_clips[example]];

    /// <inheritdoc/>
    public override byte[] Key(int number) =>
        SHA256.HashData([.. Encoding.UTF8.GetBytes(encoder.Identity), .. Convert.FromHexString(data.Clips.Clips[_clips[number]].Audio!.Sha256)]);

    /// <inheritdoc/>
    public override float[][] Run(int[] numbers) => [.. numbers.Select(number => encoder.Embed(data.Clips.Clips[_clips[number]].Path))];
}
