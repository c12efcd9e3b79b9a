using RawSer.Audio.Features;

namespace RawSer.Models.Wav2Vec2;

/// <summary>
/// Clips as rows of one length: the number of samples that are no padding, followed by the normalised samples, so that a clip is one array as features are.
/// <see cref="WaveformNetwork"/> takes a row apart.
/// </summary>
public sealed class WaveformRows
{
    private readonly WaveformNormalizer _normalizer;

    /// <summary>Rows of clips that are cut or padded.</summary>
    /// <param name="preprocessing">How the network wants its clips.</param>
    /// <param name="seconds">Length of every clip.</param>
    public WaveformRows(WaveformNormalizer preprocessing, double seconds)
    {
        Seconds = seconds;
        int samples = (int)(seconds * preprocessing.SampleRate);
        _normalizer = preprocessing with { ReturnMask = true, Padding = ClipPadding.MaxLength, MaxLength = samples, Truncate = true };
        Length = 1 + samples;
    }

    /// <summary>Length of every clip in seconds.</summary>
    public double Seconds { get; }

    /// <summary>Rate of the samples in Hz.</summary>
    public int SampleRate => _normalizer.SampleRate;

    /// <summary>Values of a row.</summary>
    public int Length { get; }

    /// <summary>Writes the row of a mono clip at <see cref="SampleRate"/>.</summary>
    /// <exception cref="ArgumentException">The clip is empty or has samples that are NaN or infinite.</exception>
    public void Write(float[] clip, Span<float> row)
    {
        WaveformBatch batch = _normalizer.Prepare([clip], SampleRate);
        row[0] = batch.Mask!.Sum();
        batch.Values.CopyTo(row[1..]);
    }
}
