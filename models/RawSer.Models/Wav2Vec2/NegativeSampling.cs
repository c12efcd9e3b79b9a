namespace RawSer.Models.Wav2Vec2;

/// <summary>
/// Negatives of pre-training as transformers' <c>_sample_negative_indices</c> draws them: for each masked frame other masked frames of the same clip, uniform
/// with replacement.
/// </summary>
public static class NegativeSampling
{
    /// <summary>Draws negatives.</summary>
    /// <param name="mask">(clips, frames), true for masked frames.</param>
    /// <param name="frames">Frames of a clip.</param>
    /// <param name="count">Negatives of each frame.</param>
    /// <param name="random">Random numbers.</param>
    /// <returns>(clips, frames, count): rows <c>clip * frames + frame</c>; the frame itself where it is not masked.</returns>
    /// <exception cref="ArgumentException">A clip has exactly one masked frame, so that there is no other.</exception>
    public static int[] Draw(bool[] mask, int frames, int count, Generator random)
    {
        random.StartBlock();
        int[] negatives = new int[checked(mask.Length * count)];
        for (int clip = 0; clip < mask.Length / frames; clip++)
        {
            int[] masked = [.. Enumerable.Range(clip * frames, frames).Where(row => mask[row])];
            if (masked.Length == 1)
            {
                throw new ArgumentException($"negatives: clip {clip} has one masked frame; expected two or more (mask_time_length, mask_time_min_masks)");
            }

            for (int row = clip * frames; row < (clip + 1) * frames; row++)
            {
                int own = Array.BinarySearch(masked, row);
                for (int n = 0; n < count; n++)
                {
                    negatives[(row * count) + n] = own < 0 ? row : masked[Other(own, masked.Length, random)];
                }
            }
        }

        return negatives;
    }

    /// <summary>A place other than one's own.</summary>
    private static int Other(int own, int count, Generator random)
    {
        int drawn = random.NextInt(count - 1);
        return drawn >= own ? drawn + 1 : drawn;
    }
}
