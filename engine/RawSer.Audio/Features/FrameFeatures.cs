using RawSer.Kernels.Spectral;

namespace RawSer.Audio.Features;

/// <summary>Features of overlapping stretches of the signal itself, with librosa's conventions. Frame t starts at t * hop - pad.</summary>
public static class FrameFeatures
{
    /// <summary>Root of the mean square of every frame; centred frames are padded by <paramref name="padMode"/>.</summary>
    /// <exception cref="ArgumentException">A length is not positive, or the clip is shorter than an uncentred frame.</exception>
    public static float[] Rms(
        ReadOnlySpan<float> clip, int frameLength = 2048, int hopLength = 512, bool center = true, PadMode padMode = PadMode.Constant)
    {
        float[] padded = Pad(clip, frameLength, hopLength, center, padMode, out int frames);
        float[] rms = new float[frames];
        for (int t = 0; t < frames; t++)
        {
            double sum = 0;
            foreach (float x in padded.AsSpan(t * hopLength, frameLength))
            {
                sum += (double)x * x;
            }

            rms[t] = (float)Math.Sqrt(sum / frameLength);
        }

        return rms;
    }

    /// <summary>
    /// Share of the samples of every frame whose sign differs from the one before, the first sample of a frame never counts. Samples of at most
    /// <paramref name="threshold"/> are zero, and zero is positive. Centred frames repeat the outermost samples.
    /// </summary>
    /// <exception cref="ArgumentException">A length is not positive, or the clip is shorter than an uncentred frame.</exception>
    public static float[] ZeroCrossingRate(
        ReadOnlySpan<float> clip, int frameLength = 2048, int hopLength = 512, bool center = true, double threshold = 1e-10)
    {
        float[] padded = Pad(clip, frameLength, hopLength, center, PadMode.Edge, out int frames);
        float[] rate = new float[frames];
        for (int t = 0; t < frames; t++)
        {
            ReadOnlySpan<float> frame = padded.AsSpan(t * hopLength, frameLength);
            int crossings = 0;
            bool before = frame[0] < -threshold;
            foreach (float x in frame)
            {
                bool negative = x < -threshold;
                crossings += negative != before ? 1 : 0;
                before = negative;
            }

            rate[t] = (float)((double)crossings / frameLength);
        }

        return rate;
    }

    private static float[] Pad(ReadOnlySpan<float> clip, int frameLength, int hopLength, bool center, PadMode mode, out int frames)
    {
        if (frameLength <= 0 || hopLength <= 0)
        {
            throw new ArgumentException($"frame_length {frameLength} and hop_length {hopLength} must be positive");
        }

        if (clip.IsEmpty)
        {
            throw new ArgumentException("the clip is empty", nameof(clip));
        }

        int pad = center ? frameLength / 2 : 0;
        float[] padded = new float[checked(clip.Length + 2 * pad)];
        if (padded.Length < frameLength)
        {
            throw new ArgumentException($"the clip is too short: {clip.Length} samples, frame_length is {frameLength}", nameof(clip));
        }

        SignalPadding.Pad(clip, pad, mode, padded);
        frames = 1 + (padded.Length - frameLength) / hopLength;
        return padded;
    }
}
