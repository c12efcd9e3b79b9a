using RawSer.Kernels;

namespace RawSer.Audio.Augmentation;

/// <summary>Additive white noise at an exact signal-to-noise ratio.</summary>
public static class AdditiveNoise
{
    /// <summary>
    /// y = x + gain n with gain = sqrt(Ps / Pn 10^(-snr / 10)); the powers Ps and Pn are means of squares over the whole clip as given, its
    /// padding included, so the ratio is met exactly. A silent clip, or silent noise, leaves the clip as it is.
    /// </summary>
    /// <returns>The gain.</returns>
    /// <exception cref="ArgumentException">The lengths differ, or the ratio is not finite.</exception>
    public static double Add(ReadOnlySpan<float> clip, ReadOnlySpan<float> noise, double snrDb, Span<float> destination)
    {
        if (noise.Length != clip.Length || destination.Length != clip.Length)
        {
            throw new ArgumentException($"a clip of {clip.Length} samples needs as much noise and output, not {noise.Length} and {destination.Length}");
        }

        if (!double.IsFinite(snrDb))
        {
            throw new ArgumentException(FormattableString.Invariant($"the signal-to-noise ratio is {snrDb} dB: it must be finite"), nameof(snrDb));
        }

        double noisePower = Power(noise);
        double gain = noisePower > 0 ? Math.Sqrt(Power(clip) / noisePower * Math.Pow(10, -snrDb / 10)) : 0;
        for (int i = 0; i < clip.Length; i++)
        {
            destination[i] = (float)(clip[i] + gain * noise[i]);
        }

        return gain;
    }

    /// <summary>The same with normal noise drawn from <paramref name="random"/>, one number per sample.</summary>
    /// <returns>The gain.</returns>
    /// <exception cref="ArgumentException">The lengths differ, or the ratio is not finite.</exception>
    public static double Add(ReadOnlySpan<float> clip, double snrDb, IRandomNumbers random, Span<float> destination)
    {
        float[] noise = new float[clip.Length];
        for (int i = 0; i < noise.Length; i++)
        {
            noise[i] = (float)random.NextNormal();
        }

        return Add(clip, noise, snrDb, destination);
    }

    /// <summary>
    /// The same for clips (clips, samples) with noise of that shape, by the kernels of the device on which they lie; the ratios (clips) may differ.
    /// <see cref="Generator.Normal"/> draws noise that is the same on every device up to roundings.
    /// </summary>
    /// <exception cref="ArgumentException">The shapes do not fit together, or the type is not float32.</exception>
    public static Tensor Add(Tensor clips, Tensor noise, Tensor ratios)
    {
        if (clips.Rank != 2 || !noise.Shape.Equals(clips.Shape) || ratios.Rank != 1 || ratios.Shape[0] != clips.Shape[0] || clips.DType != DType.F32)
        {
            throw new ArgumentException(
                $"clips (clips, samples), as much noise and a ratio for each clip are needed in {DType.F32}, not {clips.Shape}, {noise.Shape} and {ratios.Shape} in {clips.DType}");
        }

        Tensor result = Tensor.Empty(clips.Shape, DType.F32, clips.Device);
        using TensorScope scope = Tensor.Scope();
        clips.Device.Backend.AddNoise(clips.Contiguous().View, noise.Contiguous().View, ratios.Contiguous().View, result.View);
        return result;
    }

    /// <summary>Mean of the squares.</summary>
    public static double Power(ReadOnlySpan<float> signal)
    {
        double sum = 0;
        foreach (float x in signal)
        {
            sum += (double)x * x;
        }

        return signal.IsEmpty ? 0 : sum / signal.Length;
    }
}
