namespace RawSer.Audio.Features;

/// <summary>How clips of different lengths become one array.</summary>
public enum ClipPadding
{
    /// <summary>They must have the same length.</summary>
    None,

    /// <summary>To the longest of the batch.</summary>
    Longest,

    /// <summary>To <see cref="WaveformNormalizer.MaxLength"/>.</summary>
    MaxLength,
}

/// <summary>Clips ready for a network that reads waveforms.</summary>
/// <param name="Values">(clips, length), row-major.</param>
/// <param name="Mask">1 for real samples and 0 for padding, in the same shape; null if the model takes no mask.</param>
/// <param name="Count">Clips.</param>
/// <param name="Length">Samples per clip.</param>
public sealed record WaveformBatch(float[] Values, int[]? Mask, int Count, int Length);

/// <summary>
/// Cuts, pads and normalises clips as transformers' Wav2Vec2FeatureExtractor: (x - mean) / sqrt(variance + 1e-7) per clip, population variance.
/// With a mask the statistics are those of the real samples and the padding is 0 afterwards; without one the padding zeros take part and become
/// -mean / std.
/// </summary>
public sealed record WaveformNormalizer
{
    private const double Epsilon = 1e-7;

    /// <summary>Rate of the model in Hz.</summary>
    public int SampleRate { get; init; } = 16000;

    /// <summary>Zero mean and unit variance.</summary>
    public bool Normalize { get; init; } = true;

    /// <summary>The model takes a mask (those with layer norm in the convolutions do, wav2vec2-base does not).</summary>
    public bool ReturnMask { get; init; }

    /// <summary>Value of padding samples.</summary>
    public float PaddingValue { get; init; }

    /// <summary>Padding to one length.</summary>
    public ClipPadding Padding { get; init; } = ClipPadding.Longest;

    /// <summary>Largest length, in samples, for truncation and <see cref="ClipPadding.MaxLength"/>.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Cut longer clips to <see cref="MaxLength"/>, before anything else.</summary>
    public bool Truncate { get; init; }

    /// <summary>The padded length is rounded up to a multiple of this.</summary>
    public int? PadToMultipleOf { get; init; }

    /// <summary>Prepares clips of the given rate.</summary>
    /// <exception cref="ArgumentException">
    /// The rate is not the model's, there are no clips, one is empty or not finite, or the options don't give one length.
    /// </exception>
    public WaveformBatch Prepare(IReadOnlyList<float[]> clips, int sampleRate)
    {
        if (sampleRate != SampleRate)
        {
            throw new ArgumentException($"the sampling rate is {sampleRate} Hz, the model needs {SampleRate}: resample the clips", nameof(sampleRate));
        }

        if (clips.Count == 0)
        {
            throw new ArgumentException("no clips were given", nameof(clips));
        }

        if (MaxLength is null && (Truncate || Padding == ClipPadding.MaxLength))
        {
            throw new ArgumentException("truncation and padding to the maximal length need max_length");
        }

        int[] lengths = [.. clips.Select(c => Truncate ? Math.Min(c.Length, MaxLength!.Value) : c.Length)];
        int length = Padding == ClipPadding.MaxLength ? MaxLength!.Value : lengths.Max();
        if (Padding != ClipPadding.None && PadToMultipleOf is { } multiple)
        {
            length = (length + multiple - 1) / multiple * multiple;
        }

        float[] values = new float[checked(clips.Count * length)];
        int[]? mask = ReturnMask ? new int[values.Length] : null;
        for (int i = 0; i < clips.Count; i++)
        {
            ReadOnlySpan<float> clip = clips[i].AsSpan(0, lengths[i]);
            if (clip.IsEmpty || clip.Length > length || (Padding == ClipPadding.None && clip.Length != length))
            {
                throw new ArgumentException(clip.IsEmpty
                    ? $"clip {i} is empty"
                    : $"clip {i} has {clip.Length} samples and the batch {length}: pad or truncate the clips");
            }

            Span<float> row = values.AsSpan(i * length, length);
            clip.CopyTo(row);
            row[clip.Length..].Fill(PaddingValue);
            if (mask is not null)
            {
                mask.AsSpan(i * length, clip.Length).Fill(1);
            }

            if (Normalize)
            {
                Span<float> counted = mask is null ? row : row[..clip.Length];
                Standardize(counted, i);
            }
        }

        return new WaveformBatch(values, mask, clips.Count, length);
    }

    private static void Standardize(Span<float> samples, int clip)
    {
        double mean = 0;
        foreach (float x in samples)
        {
            mean += x;
        }

        mean /= samples.Length;
        double variance = 0;
        foreach (float x in samples)
        {
            variance += (x - mean) * (x - mean);
        }

        double scale = 1 / Math.Sqrt(variance / samples.Length + Epsilon);
        if (!double.IsFinite(scale) || !double.IsFinite(mean))
        {
            throw new ArgumentException($"clip {clip} has samples that are NaN or infinite");
        }

        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = (float)((samples[i] - mean) * scale);
        }
    }
}
