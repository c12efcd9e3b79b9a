namespace RawSer.Models.Wav2Vec2;

/// <summary>Which frames of a batch are no padding, from the number of each clip's frames.</summary>
internal static class FrameMask
{
    /// <summary>(B, T) of Bool: true for the first <c>frames[b]</c> of clip b.</summary>
    public static Tensor Create(IReadOnlyList<int> frames, int length, Device device)
    {
        bool[] valid = new bool[checked(frames.Count * length)];
        for (int b = 0; b < frames.Count; b++)
        {
            valid.AsSpan(b * length, frames[b]).Fill(true);
        }

        return Tensor.From(valid, [frames.Count, length], device);
    }
}
