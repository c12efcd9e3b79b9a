using System.Numerics.Tensors;

namespace RawSer.Kernels.Spectral;

/// <summary>
/// Mel spectrograms: STFT, |X|^power and mel filters in one pass over blocks of 16 frames, so that the spectrogram itself is never stored.
/// </summary>
public sealed unsafe class MelSpectrogramPlan
{
    private readonly StftPlan _stft;
    private readonly MelFilterBank _filters;
    private readonly float _power;

    /// <summary>Joins a transform and a filter bank of the same FFT size.</summary>
    /// <exception cref="ArgumentException">The FFT sizes differ, or the power is not positive.</exception>
    public MelSpectrogramPlan(StftPlan stft, MelFilterBank filters, double power = 2)
    {
        if (stft.FftSize != filters.Options.FftSize)
        {
            throw new ArgumentException($"the transform has n_fft {stft.FftSize}, the mel filters {filters.Options.FftSize}", nameof(filters));
        }

        _power = power > 0 && double.IsFinite(power) ? (float)power : throw new ArgumentException(FormattableString.Invariant($"power is {power}: it must be positive"), nameof(power));
        _stft = stft;
        _filters = filters;
    }

    /// <summary>The transform.</summary>
    public StftPlan Stft => _stft;

    /// <summary>The filters.</summary>
    public MelFilterBank Filters => _filters;

    /// <summary>Exponent of the magnitude spectrum.</summary>
    public float Power => _power;

    /// <summary>The mel spectrogram of a clip, (filters, frames) row-major into <paramref name="output"/>.</summary>
    /// <exception cref="ArgumentException">The clip is unusable (see <see cref="StftPlan.Transform"/>), or the output has the wrong length.</exception>
    public void Transform(ReadOnlySpan<float> clip, Span<float> output, StftWorkspace workspace)
    {
        int frames = _stft.FrameCount(clip.Length);
        if (output.Length != (long)_filters.Count * frames)
        {
            throw new ArgumentException($"the mel spectrogram has {_filters.Count} x {frames} values, the output {output.Length}", nameof(output));
        }

        SpectrumKind kind = _power == 2 ? SpectrumKind.Power : SpectrumKind.Magnitude;
        float* rows = (float*)workspace.Rows.Reserve((long)_filters.Count * FrameTransform.BlockFrames * sizeof(float));
        var blocks = new StftPlan.SpectrumBlocks(_stft, clip, workspace);
        while (blocks.Next(kind, out float* block, out int first, out int count))
        {
            if (_power is not (1 or 2))
            {
                var values = new Span<float>(block, _stft.Bins * FrameTransform.BlockFrames);
                TensorPrimitives.Pow(values, _power, values);
            }

            _filters.Apply(block, rows);
            for (int m = 0; m < _filters.Count; m++)
            {
                new ReadOnlySpan<float>(rows + (long)m * FrameTransform.BlockFrames, count).CopyTo(output.Slice(m * frames + first, count));
            }
        }
    }
}
