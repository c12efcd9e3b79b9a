using System.Numerics.Tensors;

namespace RawSer.Kernels.Spectral;

/// <summary>The framing of a short-time Fourier transform. Lengths are in samples.</summary>
/// <param name="FftSize">Length of the transform, n_fft; any positive number.</param>
public sealed record StftOptions(int FftSize = 2048)
{
    /// <summary>Distance of two frames; a quarter of the window when null.</summary>
    public int? HopLength { get; init; }

    /// <summary>Length of the window, at most the FFT size and centred in it; the FFT size when null.</summary>
    public int? WindowLength { get; init; }

    /// <summary>Shape of the window.</summary>
    public WindowShape Window { get; init; } = WindowShape.Hann;

    /// <summary>Frame t is centred at sample t * hop: the clip is padded by half an FFT size at both ends.</summary>
    public bool Center { get; init; } = true;

    /// <summary>Padding of centred frames.</summary>
    public PadMode PadMode { get; init; } = PadMode.Constant;

    /// <summary>Divides the spectrum by the root of the sum of the squared window (torchaudio's <c>normalized</c>).</summary>
    public bool Normalized { get; init; }

    /// <summary>Arithmetic of the transform.</summary>
    public TransformPrecision Precision { get; init; } = TransformPrecision.Double;
}

/// <summary>
/// A short-time Fourier transform of one shape, planned once and used from any number of threads, each with its own <see cref="StftWorkspace"/>.
/// X[k, t] = sum over n of w[n] x[n + t hop - pad] e^(-2 pi i k n / N), k from 0 to N / 2.
/// </summary>
public sealed unsafe class StftPlan
{
    // (FFT size times it)^2, the greatest power, is finite in 32 bits for every size.
    private const float GreatestSample = 1e12f;

    private readonly FrameTransform _transform;

    /// <summary>Plans the transform.</summary>
    /// <exception cref="ArgumentException">A length is not positive, or the window is longer than the FFT size.</exception>
    public StftPlan(StftOptions options)
    {
        Options = options;
        FftSize = options.FftSize > 0 ? options.FftSize : throw new ArgumentException($"n_fft is {options.FftSize}: it must be positive", nameof(options));
        if (FftSize > 1 << 22)
        {
            throw new ArgumentException($"n_fft is {FftSize}: at most {1 << 22} is supported", nameof(options));
        }

        WindowLength = options.WindowLength ?? FftSize;
        if (WindowLength <= 0 || WindowLength > FftSize)
        {
            throw new ArgumentException($"win_length is {WindowLength}: it must lie between 1 and n_fft ({FftSize})", nameof(options));
        }

        HopLength = options.HopLength ?? WindowLength / 4;
        if (HopLength <= 0)
        {
            throw new ArgumentException($"hop_length is {HopLength}: it must be positive", nameof(options));
        }

        double[] window = Window.CreateCentred(options.Window, WindowLength, FftSize);
        if (options.Normalized)
        {
            double scale = 1 / Math.Sqrt(window.Sum(w => w * w));
            window = [.. window.Select(w => w * scale)];
        }

        WindowValues = window;
        _transform = FrameTransform.Create(window, options.Precision);
    }

    /// <summary>The options that were planned.</summary>
    public StftOptions Options { get; }

    /// <summary>Length of the transform.</summary>
    public int FftSize { get; }

    /// <summary>Length of the window.</summary>
    public int WindowLength { get; }

    /// <summary>Distance of two frames.</summary>
    public int HopLength { get; }

    /// <summary>Rows of the result: FftSize / 2 + 1.</summary>
    public int Bins => FftSize / 2 + 1;

    /// <summary>The window over the whole frame, with the scale of <see cref="StftOptions.Normalized"/>.</summary>
    internal double[] WindowValues { get; }

    /// <summary>Samples before the first one that belong to the first frame.</summary>
    internal int Pad => Options.Center ? FftSize / 2 : 0;

    /// <summary>Columns of the result for a clip of that many samples: 1 + (samples + 2 pad - n_fft) / hop.</summary>
    /// <exception cref="ArgumentException">The clip is empty, or is not centred and shorter than one frame.</exception>
    public int FrameCount(int samples)
    {
        if (samples <= 0)
        {
            throw new ArgumentException("the clip is empty: a spectrum needs at least one sample", nameof(samples));
        }

        long padded = samples + 2L * Pad;
        if (padded < FftSize)
        {
            throw new ArgumentException($"the clip is too short: {samples} samples, n_fft is {FftSize}; centre the frames or use a smaller n_fft", nameof(samples));
        }

        return (int)(1 + (padded - FftSize) / HopLength);
    }

    /// <summary>What every transform needs of a clip.</summary>
    /// <exception cref="ArgumentException">It is empty, or a sample is NaN, infinite or so great (above 1e12, where full scale is 1) that powers would be infinite.</exception>
    public static void CheckClip(ReadOnlySpan<float> clip)
    {
        if (clip.IsEmpty)
        {
            throw new ArgumentException("the clip is empty");
        }

        if (!(MathF.Abs(TensorPrimitives.MaxMagnitude(clip)) <= GreatestSample))
        {
            int i = 0;
            while (MathF.Abs(clip[i]) <= GreatestSample)
            {
                i++;
            }

            throw new ArgumentException(float.IsFinite(clip[i])
                ? FormattableString.Invariant($"sample {i} of the clip is {clip[i]}: a spectrum needs samples up to {GreatestSample} (full scale is 1)")
                : $"sample {i} of the clip is NaN or infinite: a spectrum needs finite samples");
        }
    }

    /// <summary>
    /// The spectrogram of a clip: (bins, frames), or (bins, frames, 2) for <see cref="SpectrumKind.Complex"/>, row-major into
    /// <paramref name="output"/>.
    /// </summary>
    /// <exception cref="ArgumentException">A sample is NaN or infinite, or the output has the wrong length.</exception>
    public void Transform(ReadOnlySpan<float> clip, SpectrumKind kind, Span<float> output, StftWorkspace workspace)
    {
        int frames = FrameCount(clip.Length);
        int parts = kind == SpectrumKind.Complex ? 2 : 1;
        if (output.Length != (long)Bins * frames * parts)
        {
            throw new ArgumentException($"the spectrogram has {Bins} x {frames} x {parts} values, the output {output.Length}", nameof(output));
        }

        var blocks = new SpectrumBlocks(this, clip, workspace);
        while (blocks.Next(kind, out float* block, out int first, out int count))
        {
            for (int k = 0; k < Bins; k++)
            {
                float* row = block + (long)k * parts * FrameTransform.BlockFrames;
                Span<float> to = output.Slice(checked(((k * frames) + first) * parts), count * parts);
                if (parts == 1)
                {
                    new ReadOnlySpan<float>(row, count).CopyTo(to);
                    continue;
                }

                for (int t = 0; t < count; t++)
                {
                    to[2 * t] = row[t];
                    to[2 * t + 1] = row[FrameTransform.BlockFrames + t];
                }
            }
        }
    }

    /// <summary>Walks over the blocks of 16 frames of a padded clip.</summary>
    internal ref struct SpectrumBlocks
    {
        private readonly StftPlan _plan;
        private readonly int _frames;
        private readonly float* _padded;
        private readonly float* _block;
        private readonly byte* _scratch;
        private int _next;

        public SpectrumBlocks(StftPlan plan, ReadOnlySpan<float> clip, StftWorkspace workspace)
        {
            _plan = plan;
            _frames = plan.FrameCount(clip.Length);
            CheckClip(clip);
            long padded = clip.Length + 2L * plan.Pad;
            _padded = (float*)workspace.Signal.Reserve((padded + FrameTransform.ReadAhead) * sizeof(float));
            var whole = new Span<float>(_padded, checked((int)padded));
            SignalPadding.Pad(clip, plan.Pad, plan.Options.PadMode, whole);
            new Span<float>(_padded + padded, FrameTransform.ReadAhead).Clear();
            _block = (float*)workspace.Block.Reserve((long)plan.Bins * 2 * FrameTransform.BlockFrames * sizeof(float));
            _scratch = workspace.Transform.Reserve(plan._transform.WorkspaceBytes);
        }

        /// <summary>The next block as rows of 16 floats per bin (or 2 x 16 when complex), its first frame and how many frames are valid.</summary>
        public bool Next(SpectrumKind kind, out float* block, out int first, out int count)
        {
            block = _block;
            first = _next;
            count = Math.Min(FrameTransform.BlockFrames, _frames - first);
            if (count <= 0)
            {
                return false;
            }

            _plan._transform.Run(_padded + (long)first * _plan.HopLength, _plan.HopLength, count, kind, _block, _scratch);
            _next += count;
            return true;
        }
    }
}

/// <summary>Scratch memory of one thread for spectral transforms. It grows to what the largest clip needs and is then reused.</summary>
public sealed class StftWorkspace
{
    internal AlignedBuffer Signal { get; } = new();

    internal AlignedBuffer Block { get; } = new();

    internal AlignedBuffer Transform { get; } = new();

    internal AlignedBuffer Rows { get; } = new();

    private readonly AlignedBuffer _levels = new();

    /// <summary>Memory for the mel levels of a clip; valid until the next call.</summary>
    internal unsafe Span<float> MelLevels(int count) => new(_levels.Reserve((long)count * sizeof(float)), count);
}
