using RawSer.Kernels;

namespace RawSer;

public sealed partial class Tensor
{
    /// <summary>Squared differences.</summary>
    public Tensor MseLoss(Tensor target, LossReduction reduction = LossReduction.Mean) =>
        Reduce(Difference("mse_loss", target).Square(), null, reduction);

    /// <summary>Absolute differences; the gradient at 0 is 0.</summary>
    public Tensor L1Loss(Tensor target, LossReduction reduction = LossReduction.Mean) =>
        Reduce(Difference("l1_loss", target).Abs(), null, reduction);

    /// <summary>With d the difference: d^2 / (2 beta) where |d| &lt; beta, else |d| - beta / 2; beta = 0 is the L1 loss.</summary>
    public Tensor SmoothL1Loss(Tensor target, double beta = 1, LossReduction reduction = LossReduction.Mean)
    {
        if (beta is not (>= 0 and < double.PositiveInfinity))
        {
            throw new ArgumentOutOfRangeException(nameof(beta), FormattableString.Invariant($"smooth_l1_loss: beta {beta}, expected a number from 0 on"));
        }

        return Reduce(Difference("smooth_l1_loss", target).Unary(UnaryOp.SmoothAbs, "smooth_l1_loss", beta), null, reduction);
    }

    /// <summary>
    /// Binary cross-entropy of logits x against probabilities t: <c>w (p t log(1 + e^-x) + (1 - t) log(1 + e^x))</c>, stable for huge x.
    /// </summary>
    /// <param name="target">Probabilities, shaped like the logits.</param>
    /// <param name="weight">w, broadcast to the logits.</param>
    /// <param name="positiveWeight">p, the weight of the positive class, broadcast to the logits.</param>
    /// <param name="reduction">The mean divides by the number of elements.</param>
    public Tensor BinaryCrossEntropyWithLogits(
        Tensor target, Tensor? weight = null, Tensor? positiveWeight = null, LossReduction reduction = LossReduction.Mean)
    {
        CheckTarget("binary_cross_entropy_with_logits", target);
        Tensor positive = target * (-this).Softplus();
        if (positiveWeight is not null)
        {
            positive *= positiveWeight;
        }

        Tensor losses = positive + ((1 - target) * Softplus());
        return Reduce(weight is null ? losses : losses * weight, null, reduction);
    }

    /// <summary>
    /// Keras' categorical cross-entropy on probabilities (..., C): rows divided by their sum, clipped to [epsilon, 1 - epsilon],
    /// <c>-sum_c t_c log p_c</c>. Inside a compiled <c>fit</c> Keras finds the logits behind a softmax instead; that is <see cref="CrossEntropy"/>.
    /// </summary>
    /// <param name="target">Class probabilities, shaped like this.</param>
    /// <param name="epsilon">Bound of the probabilities, at which the gradient ends.</param>
    /// <param name="reduction">A mean divides by the number of rows.</param>
    /// <param name="labelSmoothing">Share of the target, 0 to 1, that is spread evenly over all classes.</param>
    public Tensor KerasCategoricalCrossEntropy(
        Tensor target, double epsilon = 1e-7, LossReduction reduction = LossReduction.Mean, double labelSmoothing = 0)
    {
        CheckTarget("keras_categorical_crossentropy", target);
        if (labelSmoothing is not (>= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(labelSmoothing), FormattableString.Invariant($"keras_categorical_crossentropy: label smoothing {labelSmoothing}, expected 0 to 1"));
        }

        Tensor smooth = labelSmoothing == 0 ? target : target.Affine(1 - labelSmoothing, labelSmoothing / Shape[-1]);
        Tensor probabilities = (this / Sum(-1, keepDim: true)).Clamp(epsilon, 1 - epsilon);
        return Reduce(-(smooth * probabilities.Log()).Sum(-1), null, reduction);
    }

    /// <summary>
    /// Keras' sparse categorical cross-entropy on probabilities (N, C): clipped to [epsilon, 1 - epsilon] first, then the cross-entropy of their
    /// logarithms as logits, which divides rows by their sum.
    /// </summary>
    /// <param name="target">Class indices (N), I64.</param>
    /// <param name="epsilon">Bound of the probabilities, at which the gradient ends.</param>
    /// <param name="reduction">A mean divides by the number of rows.</param>
    public Tensor KerasSparseCategoricalCrossEntropy(Tensor target, double epsilon = 1e-7, LossReduction reduction = LossReduction.Mean) =>
        Clamp(epsilon, 1 - epsilon).Log().CrossEntropy(target, reduction: reduction);

    private Tensor Difference(string op, Tensor target)
    {
        CheckTarget(op, target);
        return this - target;
    }

    /// <summary>A target of another shape is refused: broadcasting one is nearly always a mistake.</summary>
    private void CheckTarget(string op, Tensor target)
    {
        if (target.Shape != Shape)
        {
            throw new ArgumentException($"{op}: target {target.Shape} for predictions {Shape}; the shapes must be equal");
        }
    }
}
