using System.Collections.Concurrent;
using RawSer.Audio.Decoding;
using RawSer.Kernels;
using RawSer.Kernels.Spectral;

namespace RawSer.Audio.Features;

/// <summary>
/// Computes the features of a profile. Built once: transform, filters and cosine matrix are planned at construction. Any number of threads may
/// use one extractor; each takes a workspace from its stock, so no buffer is allocated per clip.
/// </summary>
public sealed class FeatureExtractor
{
    private readonly MelFeaturePlan _plan;
    private readonly ConcurrentBag<Workspace> _stock = [];

    /// <summary>Plans a profile.</summary>
    /// <exception cref="ArgumentException">The profile's numbers don't fit together.</exception>
    public FeatureExtractor(FeatureProfile profile)
    {
        if (profile.SampleCount <= 0)
        {
            throw new ArgumentException(FormattableString.Invariant($"{profile.Name}: a duration of {profile.Duration} s at {profile.SampleRate} Hz holds no sample"), nameof(profile));
        }

        Profile = profile;
        var stft = new StftPlan(new StftOptions(profile.FftSize)
        {
            HopLength = profile.HopLength,
            WindowLength = profile.WindowLength,
            Window = profile.Window,
            Center = profile.Center,
            PadMode = profile.PadMode,
            Precision = profile.Precision,
        });
        var filters = new MelFilterBank(new MelOptions(profile.SampleRate, profile.FftSize, profile.MelCount)
        {
            MinHz = profile.MinHz,
            MaxHz = profile.MaxHz,
            Scale = profile.MelScale,
            Norm = profile.MelNorm,
        });
        _plan = new MelFeaturePlan(
            new MelSpectrogramPlan(stft, filters, profile.Power),
            new MelLevelOptions(profile.Reference == DecibelReference.Maximum, profile.Amin, profile.TopDb),
            profile.Kind == FeatureKind.Mfcc ? new DctPlan(profile.MelCount, profile.CoefficientCount, profile.Lifter) : null);
        Frames = _plan.FrameCount(profile.SampleCount);
    }

    /// <summary>What is computed.</summary>
    public FeatureProfile Profile { get; }

    /// <summary>Rows of the features: mels or coefficients.</summary>
    public int Rows => _plan.Rows;

    /// <summary>Columns of the features.</summary>
    public int Frames { get; }

    /// <summary>Values of one clip.</summary>
    public int FeatureCount => Rows * Frames;

    /// <summary>The clip of a file as the profile wants it: cut, mixed to mono, resampled. It is not padded yet.</summary>
    /// <exception cref="AudioFormatException">The file is no audio file that can be read, is damaged, or ends before the profile's offset.</exception>
    public Waveform LoadClip(ReadOnlySpan<byte> file, string source) =>
        AudioDecoder.Decode(file, source, Profile.Offset, Profile.Duration).Prepare(Profile.SampleRate, mono: true, Profile.Resampler);

    /// <summary>
    /// The features of one mono clip at the profile's rate, (rows, frames) row-major. The clip is cut or padded with zeros to the profile's
    /// duration.
    /// </summary>
    /// <exception cref="ArgumentException">The clip is empty or has samples that are NaN or infinite, or the output has the wrong length.</exception>
    public void Extract(ReadOnlySpan<float> clip, Span<float> features)
    {
        if (features.Length != FeatureCount)
        {
            throw new ArgumentException($"{Profile.Name} makes {Rows} x {Frames} values, the output has {features.Length}", nameof(features));
        }

        if (clip.IsEmpty)
        {
            throw new ArgumentException("the clip is empty", nameof(clip));
        }

        if (!_stock.TryTake(out Workspace? workspace))
        {
            workspace = new Workspace(Profile.SampleCount);
        }

        try
        {
            _plan.Transform(workspace.Fit(clip), features, workspace.Stft);
        }
        finally
        {
            _stock.Add(workspace);
        }
    }

    /// <summary>The features of one clip as a new array.</summary>
    /// <exception cref="ArgumentException">The clip is empty or has samples that are NaN or infinite.</exception>
    public float[] Extract(ReadOnlySpan<float> clip)
    {
        float[] features = new float[FeatureCount];
        Extract(clip, features);
        return features;
    }

    /// <summary>
    /// The features of many clips, (clips, rows, frames) row-major, on all threads of the engine. The result does not depend on their number.
    /// </summary>
    /// <exception cref="ArgumentException">A clip is empty or has samples that are NaN or infinite, or the output has the wrong length.</exception>
    public void ExtractBatch(IReadOnlyList<float[]> clips, Memory<float> features)
    {
        if (features.Length != (long)clips.Count * FeatureCount)
        {
            throw new ArgumentException($"{clips.Count} clips have {(long)clips.Count * FeatureCount} feature values, the output {features.Length}", nameof(features));
        }

        WorkerPool.Shared.Run(clips.Count, new BatchBody(this, clips, features));
    }

    /// <summary>
    /// The features of many clips as a tensor (clips, 1, rows, frames), computed where it lies: by the processor's kernels on host devices, else
    /// by the device's own, whose features differ from the processor's by roundings in float32.
    /// </summary>
    /// <exception cref="ArgumentException">A clip is empty or has samples that are NaN or infinite.</exception>
    /// <exception cref="NotSupportedException">The device cannot compute the profile: double precision, or a transform too long for it.</exception>
    public Tensor ExtractTensor(IReadOnlyList<float[]> clips, Device device)
    {
        int[] shape = [clips.Count, 1, Rows, Frames];
        if (device.Backend is HostBackend)
        {
            float[] features = new float[checked(clips.Count * FeatureCount)];
            ExtractBatch(clips, features);
            return Tensor.From(features, shape, device);
        }

        float[] samples = new float[checked(clips.Count * Profile.SampleCount)];
        for (int i = 0; i < clips.Count; i++)
        {
            CheckClip(clips, i);
            clips[i].AsSpan(0, Math.Min(clips[i].Length, Profile.SampleCount)).CopyTo(samples.AsSpan(i * Profile.SampleCount));
        }

        using Tensor waves = Tensor.From(samples, [clips.Count, Profile.SampleCount], device), result = Tensor.Empty([clips.Count, Rows, Frames], DType.F32, device);
        device.Backend.MelFeatures(waves.View, _plan, result.View);
        return result.Reshape(shape);
    }

    private static void CheckClip(IReadOnlyList<float[]> clips, int index)
    {
        try
        {
            StftPlan.CheckClip(clips[index]);
        }
        catch (ArgumentException e)
        {
            throw OfClip(clips, index, e);
        }
    }

    /// <summary>A clip's failure with its place among the others.</summary>
    private static ArgumentException OfClip(IReadOnlyList<float[]> clips, int index, ArgumentException e) =>
        new(clips.Count == 1 ? e.Message : $"clip {index}: {e.Message}", e);

    private readonly struct BatchBody(FeatureExtractor extractor, IReadOnlyList<float[]> clips, Memory<float> features) : IParallelBody
    {
        private readonly FeatureExtractor _extractor = extractor;
        private readonly IReadOnlyList<float[]> _clips = clips;
        private readonly Memory<float> _features = features;

        public void Invoke(int index)
        {
            try
            {
                _extractor.Extract(_clips[index], _features.Span.Slice(index * _extractor.FeatureCount, _extractor.FeatureCount));
            }
            catch (ArgumentException e)
            {
                throw OfClip(_clips, index, e);
            }
        }
    }

    /// <summary>The scratch memory of one thread.</summary>
    private sealed class Workspace(int samples)
    {
        private readonly float[] _clip = new float[samples];

        public StftWorkspace Stft { get; } = new();

        /// <summary>The clip at the profile's length.</summary>
        public ReadOnlySpan<float> Fit(ReadOnlySpan<float> clip)
        {
            if (clip.Length >= _clip.Length)
            {
                return clip[.._clip.Length];
            }

            clip.CopyTo(_clip);
            _clip.AsSpan(clip.Length).Clear();
            return _clip;
        }
    }
}
