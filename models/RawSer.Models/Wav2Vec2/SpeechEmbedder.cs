using RawSer.Audio;
using RawSer.Audio.Features;
using RawSer.Weights;

namespace RawSer.Models.Wav2Vec2;

/// <summary>The frames of a clip in one layer of an encoder.</summary>
/// <param name="Values">(frames, features), row-major.</param>
/// <param name="Frames">Number of frames; 1 for an utterance.</param>
/// <param name="Features">Features of a frame.</param>
public sealed record SpeechEmbedding(float[] Values, int Frames, int Features);

/// <summary>
/// Embeddings of clips by a body with the weights of a Hugging Face folder: the hidden frames of any layer, or their mean. A clip is computed alone, so that
/// no padding touches it. Not for use by several threads at once.
/// </summary>
public sealed class SpeechEmbedder : IDisposable
{
    private readonly Wav2Vec2Model _model;
    private readonly WaveformNormalizer _normalizer;
    private readonly Device _device;

    /// <summary>Loads a folder.</summary>
    /// <exception cref="InvalidDataException">The folder is no model.</exception>
    /// <exception cref="WeightFileException">The weights are broken.</exception>
    /// <exception cref="StateDictException">They belong to another network.</exception>
    public SpeechEmbedder(HuggingFaceFolder folder, Device? device = null)
    {
        _device = device ?? Device.Cpu;
        (_model, StateDictReport report) = folder.LoadBody();
        _normalizer = folder.Preprocessing;
        Loaded = report.Bytes;
        Caution = folder.Caution(report);
        _model.To(_device);
        _model.PackWeights(keepOriginals: false);
    }

    /// <summary>The layers that can be asked for: 0 is the input of the first encoder layer, and the last one its result.</summary>
    public int Layers => _model.Config.Layers;

    /// <summary>Rate that clips must have, in Hz.</summary>
    public int SampleRate => _normalizer.SampleRate;

    /// <summary>How the weights came from the folder. What was packed does not hold them any more.</summary>
    public LoadedBytes Loaded { get; }

    /// <summary>What users should know of the weights; null for nothing.</summary>
    public string? Caution { get; }

    /// <summary>Bytes of weights in the order in which kernels read them (<see cref="Nn.Module.PackWeights"/>), instead of the stored one.</summary>
    public long PackedBytes => _model.PackedBytes;

    /// <summary>The number of the layer that the user means; negative numbers count from the end, -1 being the encoder's result.</summary>
    /// <exception cref="ArgumentException">There is no such layer.</exception>
    public int LayerOf(int number)
    {
        int layer = number < 0 ? Layers + 1 + number : number;
        return layer >= 0 && layer <= Layers ? layer : throw new ArgumentException($"layer {number}: the encoder has layers 0 to {Layers}, or -{Layers + 1} to -1");
    }

    /// <summary>Reads a clip at the rate of the encoder.</summary>
    /// <param name="path">A WAV or AIFF file.</param>
    /// <param name="seconds">Cut after these; null for the whole clip.</param>
    /// <exception cref="Audio.Decoding.AudioFormatException">The file cannot be decoded.</exception>
    public float[] Read(string path, double? seconds = null) => Waveform.Load(path, SampleRate, duration: seconds).Samples;

    /// <summary>The embedding of a clip.</summary>
    /// <param name="samples">Mono, at <see cref="SampleRate"/>.</param>
    /// <param name="layer">See <see cref="LayerOf"/>.</param>
    /// <param name="mean">The mean over the frames instead of all of them.</param>
    /// <exception cref="ArgumentException">The clip is too short for a frame, or has samples that are NaN or infinite.</exception>
    public SpeechEmbedding Embed(float[] samples, int layer, bool mean)
    {
        WaveformBatch batch = _normalizer.Prepare([samples], SampleRate);
        using TensorScope scope = Tensor.Scope();
        using NoGradScope noGrad = Autograd.NoGrad();
        bool isResult = layer == Layers;
        Wav2Vec2Output output = _model.Run(Tensor.From(batch.Values, [1, batch.Length], _device), new Wav2Vec2Inputs { HiddenStates = !isResult });
        Tensor frames = isResult ? output.Last : output.HiddenStates[layer];
        Tensor kept = mean ? frames.Mean(1, keepDim: true) : frames;
        return new SpeechEmbedding(kept.ToArray<float>(), kept.Shape[1], kept.Shape[2]);
    }

    /// <summary>Frees the memory of the network.</summary>
    public void Dispose() => _model.Dispose();
}
