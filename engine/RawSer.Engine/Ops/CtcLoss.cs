namespace RawSer;

public sealed partial class Tensor
{
    /// <summary>
    /// Connectionist temporal classification (Graves et al. 2006): minus the logarithm of the probability that these logits, through softmax, give to a
    /// sequence of labels, over all ways to stretch it over the frames with repetitions and blanks. The sums run on the host in F64.
    /// </summary>
    /// <param name="labels">The labels of each clip, without blanks.</param>
    /// <param name="frames">Frames of each clip that count; the others get no gradient.</param>
    /// <param name="blank">The class that stands for no label.</param>
    /// <param name="reduction">A mean divides each loss by its number of labels (at least 1) first, as PyTorch does.</param>
    /// <param name="zeroInfinity">Whether labels that cannot be stretched over the frames cost 0, without gradient, instead of infinity.</param>
    /// <returns>A scalar, or (B).</returns>
    /// <exception cref="ArgumentException">These logits are not (B, T, classes) in F32, or labels and frames do not fit.</exception>
    public Tensor CtcLoss(
        IReadOnlyList<int[]> labels, IReadOnlyList<int> frames, int blank = 0, LossReduction reduction = LossReduction.Mean, bool zeroInfinity = false)
    {
        CheckCtc(labels, frames, blank);
        (int length, int classes) = (Shape[1], Shape[2]);
        float[] logits = ToArray<float>();
        float[] losses = new float[labels.Count], gradient = new float[logits.Length];
        for (int b = 0; b < labels.Count; b++)
        {
            int start = b * length * classes, count = frames[b] * classes;
            double loss = CtcLattice.Loss(logits.AsSpan(start, count), classes, labels[b], blank, gradient.AsSpan(start, count));
            if (double.IsPositiveInfinity(loss) && zeroInfinity)
            {
                gradient.AsSpan(start, count).Clear();
                loss = 0;
            }

            losses[b] = (float)loss;
        }

        Tensor each = From(losses, [labels.Count], Device);
        using Tensor saved = From(gradient, Shape, Device);
        each = Autograd.Record(each, "ctc_loss", [this], [saved], 0, static (g, _) => g.Set(0, g.Saved(0) * g.Grad.Reshape(-1, 1, 1)));
        return reduction switch
        {
            LossReduction.None => each,
            LossReduction.Sum => each.Sum(),
            _ => (each / From([.. labels.Select(l => (float)Math.Max(1, l.Length))], [labels.Count], Device)).Mean(),
        };
    }

    private void CheckCtc(IReadOnlyList<int[]> labels, IReadOnlyList<int> frames, int blank)
    {
        CheckFloats("ctc_loss", this);
        if (Rank != 3 || labels.Count != Shape[0] || frames.Count != Shape[0])
        {
            throw new ArgumentException($"ctc_loss: logits {Shape}, labels of {labels.Count} clips, frames of {frames.Count}; expected logits (B, T, classes) and B of each");
        }

        int classes = Shape[2];
        for (int b = 0; b < frames.Count; b++)
        {
            if (frames[b] < 1 || frames[b] > Shape[1] || blank < 0 || blank >= classes || labels[b].Any(label => label < 0 || label >= classes || label == blank))
            {
                throw new ArgumentException(
                    $"ctc_loss: clip {b} with {frames[b]} frames and labels ({string.Join(", ", labels[b])}), blank {blank}; expected 1 to {Shape[1]} frames and classes below {classes} other than the blank");
            }
        }
    }
}
