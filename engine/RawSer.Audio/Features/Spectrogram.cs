using RawSer.Kernels.Spectral;

namespace RawSer.Audio.Features;

/// <summary>A real spectrogram (bins, frames), row-major; bin k lies at k * sample rate / FFT size.</summary>
/// <param name="Values">Magnitudes or powers.</param>
/// <param name="Bins">Rows.</param>
/// <param name="Frames">Columns.</param>
/// <param name="SampleRate">Rate of the signal in Hz.</param>
/// <param name="FftSize">Length of the transform.</param>
public sealed record Spectrogram(float[] Values, int Bins, int Frames, int SampleRate, int FftSize)
{
    /// <summary>The magnitude or power spectrogram of a clip.</summary>
    /// <exception cref="ArgumentException">The options or the clip are unusable; see <see cref="StftPlan"/>.</exception>
    public static Spectrogram Compute(ReadOnlySpan<float> clip, int sampleRate, StftOptions options, SpectrumKind kind = SpectrumKind.Magnitude)
    {
        if (kind == SpectrumKind.Complex)
        {
            throw new ArgumentException("a spectrogram is real: use Magnitude or Power", nameof(kind));
        }

        var plan = new StftPlan(options);
        int frames = plan.FrameCount(clip.Length);
        float[] values = new float[plan.Bins * frames];
        plan.Transform(clip, kind, values, new StftWorkspace());
        return new Spectrogram(values, plan.Bins, frames, sampleRate, plan.FftSize);
    }

    /// <summary>Frequency of a bin in Hz.</summary>
    public double Frequency(int bin) => (double)bin * SampleRate / FftSize;

    /// <summary>The value of a bin in a frame.</summary>
    public float this[int bin, int frame] => Values[bin * Frames + frame];
}
