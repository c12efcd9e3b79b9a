namespace RawSer.Audio.Pipeline;

/// <summary>Conditions of a clip that features survive, but that whoever trains on it should know.</summary>
public static class ClipCondition
{
    /// <summary>Samples at or beyond this lie at the full scale of 16 bits.</summary>
    private const float FullScale = 32767f / 32768;

    /// <summary>Fewer full-scale samples than this share are taken for peaks.</summary>
    private const double ClippedShare = 0.001;

    /// <summary>"silent" or "clipped" with figures, or null.</summary>
    public static string? Describe(ReadOnlySpan<float> clip)
    {
        int full = 0;
        bool silent = true;
        foreach (float x in clip)
        {
            silent &= x == 0;
            full += Math.Abs(x) >= FullScale ? 1 : 0;
        }

        return silent ? "silent: all samples are 0"
            : full > ClippedShare * clip.Length ? FormattableString.Invariant($"clipped: {100.0 * full / clip.Length:f1}% of the samples lie at full scale")
            : null;
    }
}
