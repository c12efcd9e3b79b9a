namespace RawSer.Audio.Augmentation;

/// <summary>Where augmentation takes its random numbers from. An instance belongs to one clip, so that the order of clips does not matter.</summary>
public interface IRandomNumbers
{
    /// <summary>A number in [0, 1).</summary>
    double NextUniform();

    /// <summary>A standard normal number.</summary>
    double NextNormal();
}

/// <summary>
/// Masks of SpecAugment (Park et al. 2019) as torchaudio's TimeMasking and FrequencyMasking draw them: with u1, u2 uniform in [0, 1),
/// width = u1 * limit and start = floor(u2 (size - width)); floor(width) columns or rows from start on are set, 0 to limit - 1 of them.
/// </summary>
public static class SpecAugment
{
    /// <summary>Masks consecutive frames of (rows, frames) features.</summary>
    /// <returns>The first masked frame and their number.</returns>
    /// <exception cref="ArgumentException">The limit is negative or more than there are frames, or the features are no such matrix.</exception>
    public static (int Start, int Count) MaskTime(Span<float> features, int frames, int limit, IRandomNumbers random, float value = 0)
    {
        Check(features.Length, frames, limit, frames, "frames");
        (int start, int count) = Draw(frames, limit, random);
        for (int row = 0; row < features.Length; row += frames)
        {
            features.Slice(row + start, count).Fill(value);
        }

        return (start, count);
    }

    /// <summary>Masks consecutive rows (mels or coefficients) of (rows, frames) features.</summary>
    /// <returns>The first masked row and their number.</returns>
    /// <exception cref="ArgumentException">The limit is negative or more than there are rows, or the features are no such matrix.</exception>
    public static (int Start, int Count) MaskFrequency(Span<float> features, int frames, int limit, IRandomNumbers random, float value = 0)
    {
        int rows = frames > 0 ? features.Length / frames : 0;
        Check(features.Length, frames, limit, rows, "rows");
        (int start, int count) = Draw(rows, limit, random);
        features.Slice(start * frames, count * frames).Fill(value);
        return (start, count);
    }

    private static (int Start, int Count) Draw(int size, int limit, IRandomNumbers random)
    {
        if (limit < 1)
        {
            return (0, 0);
        }

        double width = random.NextUniform() * limit;
        int start = (int)(random.NextUniform() * (size - width));
        return (start, (int)width);
    }

    private static void Check(int length, int frames, int limit, int size, string what)
    {
        if (frames <= 0 || length % frames != 0)
        {
            throw new ArgumentException($"{length} values are no rows of {frames} frames", nameof(frames));
        }

        if (limit < 0 || limit > size)
        {
            throw new ArgumentException($"a mask of up to {limit} {what} does not fit {size} {what}", nameof(limit));
        }
    }
}
