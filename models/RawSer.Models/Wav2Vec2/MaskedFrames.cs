using RawSer.Nn;

namespace RawSer.Models.Wav2Vec2;

/// <summary>
/// The masked frames of a batch with their candidates, as the contrastive loss takes them: arrays whose size does not depend on what was drawn, so that
/// a step can be captured. Places beyond the last masked frame repeat the first frame of the batch and have weight 0.
/// </summary>
/// <param name="Mask">(B, T) of Bool, true for masked frames.</param>
/// <param name="Rows">(M) of I64: rows <c>b * T + t</c> of masked frames.</param>
/// <param name="Candidates">(M, 1 + negatives) of I64: rows of the frame's own target and of its negatives.</param>
/// <param name="Weights">(M): 1, or 0 for places that are filled.</param>
/// <param name="Count">(1): number of masked frames.</param>
public sealed record MaskedFrames(Tensor Mask, Tensor Rows, Tensor Candidates, Tensor Weights, Tensor Count)
{
    /// <summary>Brings masked frames to the device of a step.</summary>
    /// <param name="mask">(B, T), true for masked frames.</param>
    /// <param name="clips">B.</param>
    /// <param name="negatives">For each frame the rows of its negatives (<see cref="NegativeSampling"/>); those of frames that are not masked do not matter.</param>
    /// <param name="places">M: at least as many as frames are masked.</param>
    /// <param name="inputs">Of the step.</param>
    /// <exception cref="ArgumentException">The sizes do not fit, or nothing is masked.</exception>
    public static MaskedFrames Put(bool[] mask, int clips, int[] negatives, int places, StepInputs inputs)
    {
        int masked = mask.Count(m => m);
        if (masked == 0 || masked > places || mask.Length % clips != 0 || negatives.Length == 0 || negatives.Length % mask.Length != 0)
        {
            throw new ArgumentException($"pre-training: mask of {mask.Length} frames of {clips} clips with {masked} masked for {places} places, and {negatives.Length} negatives; expected some masked, and as many negatives for each frame");
        }

        int count = negatives.Length / mask.Length, place = 0;
        long[] rows = new long[places], candidates = new long[places * (1 + count)];
        float[] weights = new float[places];
        for (int row = 0; row < mask.Length; row++)
        {
            if (mask[row])
            {
                (rows[place], weights[place], candidates[place * (1 + count)]) = (row, 1, row);
                for (int n = 0; n < count; n++)
                {
                    candidates[(place * (1 + count)) + 1 + n] = negatives[(row * count) + n];
                }

                place++;
            }
        }

        object owner = typeof(MaskedFrames);
        return new(
            inputs.Put<bool>(owner, nameof(Mask), mask, [clips, mask.Length / clips]),
            inputs.Put<long>(owner, nameof(Rows), rows, [places]),
            inputs.Put<long>(owner, nameof(Candidates), candidates, [places, 1 + count]),
            inputs.Put<float>(owner, nameof(Weights), weights, [places]),
            inputs.Put<float>(owner, nameof(Count), [masked], [1]));
    }

    /// <summary>The most frames that can be masked in a batch.</summary>
    public static int Most(SpanMaskOptions spans, int clips, int frames) =>
        clips * Math.Min(frames, Math.Max(1, SpanMask.Spans(spans, frames, frames, Math.BitDecrement(1.0)) * spans.Length));
}
