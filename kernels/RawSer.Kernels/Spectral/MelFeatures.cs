using System.Numerics.Tensors;
using RawSer.Kernels.Spectral;

namespace RawSer.Kernels;

public abstract partial class Backend
{
    /// <summary>
    /// Mel levels in dB or cepstral coefficients of clips: waves (clips, samples) to features (clips, rows, frames), both dense, rows and frames
    /// as the plan has them for that many samples. Levels are clamped to a clip's maximum, not the batch's.
    /// </summary>
    public abstract void MelFeatures(View waves, MelFeaturePlan plan, View features);
}

/// <summary>How mel powers become levels, see <see cref="Decibels.FromPower"/>.</summary>
/// <param name="RelativeToMaximum">0 dB is the largest power of the clip; else 1.</param>
/// <param name="Amin">Smallest power that is distinguished; positive.</param>
/// <param name="TopDb">Dynamic range below the largest level of the clip; null keeps everything.</param>
public sealed record MelLevelOptions(bool RelativeToMaximum, double Amin, double? TopDb);

/// <summary>From a clip to features in one object: mel spectrogram, levels, and a cosine transform where coefficients are wanted.</summary>
public sealed class MelFeaturePlan
{
    /// <summary>Joins the steps.</summary>
    /// <exception cref="ArgumentException">The cosine transform has another number of rows than the filters, or a limit is out of range.</exception>
    public MelFeaturePlan(MelSpectrogramPlan mel, MelLevelOptions levels, DctPlan? cosine)
    {
        if (cosine is not null && cosine.Inputs != mel.Filters.Count)
        {
            throw new ArgumentException($"the cosine transform takes {cosine.Inputs} rows, the filters make {mel.Filters.Count}", nameof(cosine));
        }

        Decibels.CheckLimits(levels.Amin, levels.TopDb);
        (Mel, Levels, Cosine) = (mel, levels, cosine);
    }

    /// <summary>The spectrogram.</summary>
    public MelSpectrogramPlan Mel { get; }

    /// <summary>The levels.</summary>
    public MelLevelOptions Levels { get; }

    /// <summary>The cosine transform, or null for levels.</summary>
    public DctPlan? Cosine { get; }

    /// <summary>Rows of the features: filters or coefficients.</summary>
    public int Rows => Cosine?.Outputs ?? Mel.Filters.Count;

    /// <summary>Columns of the features of a clip.</summary>
    /// <exception cref="ArgumentException">The clip is empty, or is not centred and shorter than one frame.</exception>
    public int FrameCount(int samples) => Mel.Stft.FrameCount(samples);

    /// <summary>The features of one clip, (rows, frames) row-major.</summary>
    /// <exception cref="ArgumentException">The clip is empty or has samples that are NaN or infinite, or the output has the wrong length.</exception>
    public void Transform(ReadOnlySpan<float> clip, Span<float> features, StftWorkspace workspace)
    {
        int frames = FrameCount(clip.Length);
        Span<float> levels = Cosine is null ? features : workspace.MelLevels(Mel.Filters.Count * frames);
        Mel.Transform(clip, levels, workspace);
        double reference = Levels.RelativeToMaximum ? TensorPrimitives.Max<float>(levels) : 1;
        Decibels.FromPower(levels, reference, Levels.Amin, Levels.TopDb, levels);
        Cosine?.Apply(levels, frames, features);
    }
}
