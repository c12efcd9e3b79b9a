using System.Globalization;
using RawSer.Audio;
using RawSer.Audio.Decoding;
using RawSer.Audio.Features;
using RawSer.Nn;

namespace RawSer.Models.Recognition;

/// <summary>What a recogniser makes of a clip.</summary>
/// <param name="Classes">Names of the classes.</param>
/// <param name="Probabilities">One per class; they add up to 1.</param>
public sealed record Recognition(IReadOnlyList<string> Classes, float[] Probabilities)
{
    /// <summary>Index of the most probable class.</summary>
    public int Index => Array.IndexOf(Probabilities, Probabilities.Max());

    /// <summary>Name of the most probable class.</summary>
    public string Emotion => Classes[Index];

    /// <summary>Its probability.</summary>
    public float Confidence => Probabilities[Index];

    /// <summary>For example <c>angry (49.2%)</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Emotion} ({100 * Confidence:F1}%)");
}

/// <summary>A recognition of a part of a long recording.</summary>
/// <param name="Start">Seconds from the beginning of the recording.</param>
/// <param name="End">Seconds from the beginning of the recording.</param>
/// <param name="Result">What was recognised there.</param>
public sealed record TimelineEntry(double Start, double End, Recognition Result);

/// <summary>
/// A trained network ready for use: takes audio, gives the probability of each emotion. Not for use by several threads at once.
/// </summary>
public sealed class EmotionRecognizer : IDisposable
{
    private const int BatchSize = 32;

    private readonly Module _network;
    private readonly RecognizerInputs _inputs;
    private bool _isDisposed;

    private EmotionRecognizer(Module network, RecognizerSettings settings, RecognizerInputs inputs)
    {
        (_network, _inputs, Settings) = (network, inputs, settings);
        network.Eval();
    }

    /// <summary>What the network takes and says.</summary>
    public RecognizerSettings Settings { get; }

    /// <summary>Names of the classes.</summary>
    public IReadOnlyList<string> Classes => Settings.Classes;

    /// <summary>Bytes of weights in the order in which kernels read them (<see cref="Module.PackWeights"/>), those of an encoder in front of the network too.</summary>
    public long PackedBytes => _network.PackedBytes + _inputs.PackedBytes;

    /// <summary>Loads a file that training wrote. The network is made ready for inference (<see cref="RecognizerSettings.ForInference"/>): faster, the same but for rounding.</summary>
    /// <param name="path">For example <c>runs/demo/run/best.safetensors</c>.</param>
    /// <param name="device">Where to compute; the processor if left out.</param>
    /// <exception cref="Weights.WeightFileException">The file is missing or broken.</exception>
    /// <exception cref="InvalidDataException">The file is no trained recogniser of this program, or the speech encoder that it stands on is not there any more.</exception>
    public static EmotionRecognizer Load(string path, Device? device = null)
    {
        (Module network, RecognizerSettings settings, FeatureStandardizer? standardizer) = RecognizerFile.Load(path);
        try
        {
            device ??= Device.Cpu;
            return new EmotionRecognizer(settings.ForInference(network, device), settings, settings.Inputs(standardizer, device));
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>Recognises the emotion of an audio file, of the seconds of it that the network was trained on.</summary>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    /// <exception cref="AudioFormatException">The file cannot be decoded.</exception>
    /// <exception cref="ArgumentException">The clip is empty or has samples that are NaN or infinite.</exception>
    public Recognition Predict(string path) => Predict(AudioDecoder.ReadFile(path), path);

    /// <summary>Recognises the emotion of the bytes of an audio file.</summary>
    /// <param name="file">WAV or AIFF.</param>
    /// <param name="source">Name for messages.</param>
    /// <exception cref="AudioFormatException">The bytes cannot be decoded.</exception>
    /// <exception cref="ArgumentException">The clip is empty or has samples that are NaN or infinite.</exception>
    public Recognition Predict(ReadOnlySpan<byte> file, string source) =>
        PredictSamples([AudioDecoder.Decode(file, source, Settings.Offset, Settings.Duration).Prepare(Settings.SampleRate, mono: true, Settings.Resampler).Samples])[0];

    /// <summary>Recognises the emotion of mono clips at <see cref="RecognizerSettings.SampleRate"/>; each is cut or padded as in training.</summary>
    /// <exception cref="ArgumentException">A clip is empty or has samples that are NaN or infinite.</exception>
    public IReadOnlyList<Recognition> PredictSamples(IReadOnlyList<float[]> clips)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        List<Recognition> results = new(clips.Count);
        int size = Math.Min(BatchSize, Settings.LargestBatch);
        for (int start = 0; start < clips.Count; start += size)
        {
            using TensorScope scope = Tensor.Scope();
            using NoGradScope noGrad = Autograd.NoGrad();
            float[] probabilities = _network.Forward(_inputs.Of([.. clips.Skip(start).Take(size)])).Softmax(1).ToArray<float>();
            results.AddRange(probabilities.Chunk(Classes.Count).Select(row => new Recognition(Classes, row)));
        }

        return results;
    }

    /// <summary>
    /// Recognises the emotions along a recording, in windows every <paramref name="hop"/> seconds. A window shorter than the clips of the training is
    /// padded as they were.
    /// </summary>
    /// <param name="recording">Any rate and number of channels.</param>
    /// <param name="window">Length of a window in seconds.</param>
    /// <param name="hop">Seconds from one window to the next.</param>
    /// <exception cref="ArgumentException">
    /// Window or hop is not positive, the window is longer than the clips of the training, or the recording is empty or has samples that are NaN or infinite.
    /// </exception>
    public IReadOnlyList<TimelineEntry> Timeline(Waveform recording, double window, double hop)
    {
        int rate = Settings.SampleRate;
        if (!(window > 0 && hop > 0 && window <= Settings.Duration))
        {
            throw new ArgumentException(FormattableString.Invariant($"timeline with window {window} s and hop {hop} s: both must be positive, the window at most {Settings.Duration} s, the length that the network was trained on"));
        }

        if (recording.Frames == 0)
        {
            throw new ArgumentException("timeline: the recording is empty");
        }

        float[] samples = recording.Prepare(rate, mono: true, Settings.Resampler).Samples;
        int length = Math.Max(1, (int)(window * rate)), step = Math.Max(1, (int)(hop * rate));
        List<float[]> windows = [];
        List<(double Start, double End)> times = [];
        for (int start = 0; start < samples.Length && (start == 0 || start + (length / 2) <= samples.Length); start += step)
        {
            int end = Math.Min(start + length, samples.Length);
            windows.Add(samples[start..end]);
            times.Add(((double)start / rate, (double)end / rate));
        }

        return [.. PredictSamples(windows).Zip(times, (result, time) => new TimelineEntry(time.Start, time.End, result))];
    }

    /// <summary>Frees the network's memory.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _inputs.Dispose();
        _network.Dispose();
    }
}
