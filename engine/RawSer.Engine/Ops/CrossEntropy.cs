using RawSer.Kernels;

namespace RawSer;

public sealed partial class Tensor
{
    /// <summary>
    /// Softmax cross-entropy of logits (N, C), (N, C, d1, ...) or (C). The target holds class indices (I64; the shape without C) or class
    /// probabilities (floats; the shape of the logits).
    /// </summary>
    /// <param name="target">Class indices or probabilities.</param>
    /// <param name="weight">Weight of each class, (C).</param>
    /// <param name="ignoreIndex">Class index that leaves its item out; not for probabilities.</param>
    /// <param name="labelSmoothing">Share of the target, 0 to 1, that is spread evenly over all classes.</param>
    /// <param name="reduction">
    /// A mean divides by the sum of the weights of the targets that count (NaN if none does), for probabilities by the number of items.
    /// </param>
    public Tensor CrossEntropy(
        Tensor target, Tensor? weight = null, long ignoreIndex = -100, double labelSmoothing = 0, LossReduction reduction = LossReduction.Mean)
    {
        int dim = CheckClasses("cross_entropy", target, weight);
        if (labelSmoothing is not (>= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(labelSmoothing), FormattableString.Invariant($"cross_entropy: label smoothing {labelSmoothing}, expected 0 to 1"));
        }

        return target.DType.IsFloat()
            ? SoftCrossEntropy(target, weight, dim, labelSmoothing, reduction)
            : IndexCrossEntropy(target, weight, dim, ignoreIndex, labelSmoothing, reduction);
    }

    /// <summary>
    /// Negative log-likelihood of log-probabilities (N, C, ...) or (C) at class indices: -w_t x_t. Reductions as in
    /// <see cref="CrossEntropy"/>.
    /// </summary>
    public Tensor NllLoss(Tensor target, Tensor? weight = null, long ignoreIndex = -100, LossReduction reduction = LossReduction.Mean)
    {
        int dim = CheckClasses("nll_loss", target, weight);
        CheckIndices("nll_loss", target);
        using Tensor logP = ContiguousAlias();
        using Tensor indices = target.ContiguousAlias();
        using Tensor? weights = weight?.ContiguousAlias();
        Tensor losses = Empty(target.Shape, DType, Device);
        using Tensor itemWeights = Empty(target.Shape, DType, Device);
        Backend.NllLoss(logP.View, dim, indices.View, ViewOf(weights), ignoreIndex, losses.View, itemWeights.View);
        losses = Autograd.Record(losses, "nll_loss", [this], [indices, weights], (dim, ignoreIndex), static (g, s) =>
        {
            Tensor dx = Empty(g.InputShape(0), g.Grad.DType, g.Grad.Device);
            dx.Backend.NllLossBackward(s.dim, g.Saved(0).View, g.HasSaved(1) ? g.Saved(1).View : default, s.ignoreIndex, g.Grad.View, dx.View);
            g.Set(0, dx);
        });
        return Reduce(losses, itemWeights, reduction);
    }

    private Tensor IndexCrossEntropy(Tensor target, Tensor? weight, int dim, long ignoreIndex, double smoothing, LossReduction reduction)
    {
        CheckIndices("cross_entropy", target);
        using Tensor logits = ContiguousAlias();
        using Tensor indices = target.ContiguousAlias();
        using Tensor? weights = weight?.ContiguousAlias();
        Tensor losses = Empty(target.Shape, DType, Device);
        using Tensor itemWeights = Empty(target.Shape, DType, Device);
        Backend.CrossEntropy(logits.View, dim, indices.View, ViewOf(weights), ignoreIndex, smoothing, losses.View, itemWeights.View);
        losses = Autograd.Record(losses, "cross_entropy", [this], [logits, indices, weights], (dim, ignoreIndex, smoothing), static (g, s) =>
        {
            Tensor dx = Empty(g.InputShape(0), g.Grad.DType, g.Grad.Device);
            View weights = g.HasSaved(2) ? g.Saved(2).View : default;
            dx.Backend.CrossEntropyBackward(g.Saved(0).View, s.dim, g.Saved(1).View, weights, s.ignoreIndex, s.smoothing, g.Grad.View, dx.View);
            g.Set(0, dx);
        });
        return Reduce(losses, itemWeights, reduction);
    }

    private Tensor SoftCrossEntropy(Tensor target, Tensor? weight, int dim, double smoothing, LossReduction reduction)
    {
        using Tensor logits = ContiguousAlias();
        using Tensor probabilities = target.ContiguousAlias();
        using Tensor? weights = weight?.ContiguousAlias();
        Tensor losses = Empty(Shape.Without(dim), DType, Device);
        Backend.SoftCrossEntropy(logits.View, dim, probabilities.View, ViewOf(weights), smoothing, losses.View);
        losses = Autograd.Record(losses, "cross_entropy", [this, target], [logits, probabilities, weights], (dim, smoothing), static (g, s) =>
        {
            View weights = g.HasSaved(2) ? g.Saved(2).View : default;
            Tensor? dx = g.Needs(0) ? Empty(g.InputShape(0), g.Grad.DType, g.Grad.Device) : null;
            Tensor? dq = g.Needs(1) ? Empty(g.InputShape(0), g.Grad.DType, g.Grad.Device) : null;
            g.Grad.Backend.SoftCrossEntropyBackward(
                g.Saved(0).View, s.dim, g.Saved(1).View, weights, s.smoothing, g.Grad.View, ViewOf(dx), ViewOf(dq));
            if (dx is not null)
            {
                g.Set(0, dx);
            }

            if (dq is not null)
            {
                g.Set(1, dq);
            }
        });
        return Reduce(losses, null, reduction);
    }

    /// <summary>Losses of items as a reduction wants them; a mean may be weighted.</summary>
    private static Tensor Reduce(Tensor losses, Tensor? itemWeights, LossReduction reduction) => reduction switch
    {
        LossReduction.None => losses,
        LossReduction.Sum => losses.Sum(),
        _ => itemWeights is null ? losses.Mean() : losses.Sum() / itemWeights.Sum(),
    };

    /// <summary>Checks logits, targets and class weights against each other and gives the dimension of the classes.</summary>
    private int CheckClasses(string op, Tensor target, Tensor? weight)
    {
        CheckFloats(op, this, weight);
        CheckSameDevice(op, this, target);
        if (Rank == 0)
        {
            throw new ArgumentException($"{op}: logits of rank 0, expected (C), (N, C) or (N, C, d1, ...)");
        }

        int dim = Rank == 1 ? 0 : 1;
        Shape expected = target.DType.IsFloat() ? Shape : Shape.Without(dim);
        if (target.Shape != expected)
        {
            throw new ArgumentException($"{op}: target {target.Shape} of {target.DType} for logits {Shape}, expected {expected}");
        }

        if (target.DType.IsFloat() && target.DType != DType)
        {
            throw new ArgumentException($"{op}: class probabilities of {target.DType} for logits of {DType}; convert with To");
        }

        if (weight is not null && weight.Shape != new int[] { Shape[dim] })
        {
            throw new ArgumentException($"{op}: class weights {weight.Shape} for {Shape[dim]} classes, expected ({Shape[dim]})");
        }

        if (weight is { RequiresGrad: true } && Autograd.IsEnabled)
        {
            throw new NotSupportedException($"{op}: class weights get no gradient; use Detach() on them");
        }

        return dim;
    }

    private static void CheckIndices(string op, Tensor target)
    {
        if (target.DType != DType.I64)
        {
            throw new ArgumentException($"{op}: target {target.Shape} of {target.DType}, expected class indices (I64)");
        }
    }
}
