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
    private readonly FeatureExtractor _extractor;
    private readonly FeatureStandardizer? _standardizer;
    private readonly Device _device;

    private EmotionRecognizer(Module network, RecognizerSettings settings, FeatureStandardizer? standardizer, Device device)
    {
        _network = network;
        _extractor = new FeatureExtractor(settings.Profile);
        _standardizer = standardizer;
        _device = device;
        Settings = settings;
        network.To(device);
        network.Eval();
    }

    /// <summary>Network, features and classes.</summary>
    public RecognizerSettings Settings { get; }

    /// <summary>Names of the classes.</summary>
    public IReadOnlyList<string> Classes => Settings.Classes;

    /// <summary>Loads a file that training wrote. The network is made ready for inference (<see cref="NetworkOptions.ForInference"/>): faster, the same but for rounding.</summary>
    /// <param name="path">For example <c>runs/demo/best.safetensors</c>.</param>
    /// <param name="device">Where to compute; the processor if left out.</param>
    /// <exception cref="Weights.WeightFileException">The file is missing or broken.</exception>
    /// <exception cref="InvalidDataException">The file is no trained recogniser of this program.</exception>
    public static EmotionRecognizer Load(string path, Device? device = null)
    {
        (Module network, RecognizerSettings settings, FeatureStandardizer? standardizer) = RecognizerFile.Load(path);
        return new EmotionRecognizer(settings.Network.ForInference(network), settings, standardizer, device ?? Device.Cpu);
    }

    /// <summary>Recognises the emotion of an audio file, of the seconds of it that the feature profile uses.</summary>
    /// <exception cref="AudioFormatException">The file cannot be decoded.</exception>
    /// <exception cref="ArgumentException">The clip is empty or has samples that are NaN or infinite.</exception>
    public Recognition Predict(string path) => Predict(AudioDecoder.ReadFile(path), path);

    /// <summary>Recognises the emotion of the bytes of an audio file.</summary>
    /// <param name="file">WAV or AIFF.</param>
    /// <param name="source">Name for messages.</param>
    /// <exception cref="AudioFormatException">The bytes cannot be decoded.</exception>
    /// <exception cref="ArgumentException">The clip is empty or has samples that are NaN or infinite.</exception>
    public Recognition Predict(ReadOnlySpan<byte> file, string source) => PredictSamples([_extractor.LoadClip(file, source).Samples])[0];

    /// <summary>Recognises the emotion of mono clips at the profile's sample rate; each is cut or padded to the profile's duration.</summary>
    /// <exception cref="ArgumentException">A clip is empty or has samples that are NaN or infinite.</exception>
    public IReadOnlyList<Recognition> PredictSamples(IReadOnlyList<float[]> clips)
    {
        List<Recognition> results = new(clips.Count);
        int size = Math.Min(BatchSize, Settings.Network.LargestBatch);
        for (int start = 0; start < clips.Count; start += size)
        {
            float[][] batch = [.. clips.Skip(start).Take(size)];
            float[] features = new float[batch.Length * _extractor.FeatureCount];
            _extractor.ExtractBatch(batch, features);
            results.AddRange(PredictFeatures(features, batch.Length));
        }

        return results;
    }

    /// <summary>
    /// Recognises the emotions along a recording: windows of the profile's features every <paramref name="hop"/> seconds. A window shorter than the
    /// profile's duration is padded, as in training.
    /// </summary>
    /// <param name="recording">Any rate and number of channels.</param>
    /// <param name="window">Length of a window in seconds.</param>
    /// <param name="hop">Seconds from one window to the next.</param>
    /// <exception cref="ArgumentException">Window or hop is not positive, or the recording is empty.</exception>
    public IReadOnlyList<TimelineEntry> Timeline(Waveform recording, double window, double hop)
    {
        FeatureProfile profile = Settings.Profile;
        if (!(window > 0 && hop > 0 && window <= profile.Duration))
        {
            throw new ArgumentException($"timeline with window {window} s and hop {hop} s: both must be positive, the window at most {profile.Duration} s, the length that the network was trained on");
        }

        float[] samples = recording.Prepare(profile.SampleRate, mono: true, profile.Resampler).Samples;
        int length = Math.Max(1, (int)(window * profile.SampleRate)), step = Math.Max(1, (int)(hop * profile.SampleRate));
        List<float[]> windows = [];
        List<(double Start, double End)> times = [];
        for (int start = 0; start < samples.Length && (start == 0 || start + (length / 2) <= samples.Length); start += step)
        {
            int end = Math.Min(start + length, samples.Length);
            windows.Add(samples[start..end]);
            times.Add(((double)start / profile.SampleRate, (double)end / profile.SampleRate));
        }

        return [.. PredictSamples(windows).Zip(times, (result, time) => new TimelineEntry(time.Start, time.End, result))];
    }

    /// <summary>Frees the network's memory.</summary>
    public void Dispose() => _network.Dispose();

    private Recognition[] PredictFeatures(float[] features, int count)
    {
        _standardizer?.Apply(features);
        using TensorScope scope = Tensor.Scope();
        using NoGradScope noGrad = Autograd.NoGrad();
        Tensor input = Tensor.From(Prepare(features, count), Settings.Network.InputShape(count), _device);
        float[] probabilities = _network.Forward(input).Softmax(1).ToArray<float>();
        return [.. probabilities.Chunk(Classes.Count).Select(row => new Recognition(Classes, row))];
    }

    private float[] Prepare(float[] features, int count)
    {
        int length = features.Length / count, inputLength = (int)(Settings.Network.InputShape(count).ElementCount / count);
        float[] input = new float[count * inputLength];
        for (int i = 0; i < count; i++)
        {
            Settings.Network.Prepare(features.AsSpan(i * length, length), Settings.Profile.Rows, Settings.Profile.Frames, input.AsSpan(i * inputLength, inputLength));
        }

        return input;
    }
}
