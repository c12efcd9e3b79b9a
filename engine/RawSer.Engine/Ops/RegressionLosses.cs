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
            throw new ArgumentOutOfRangeException(nameof(beta), $"smooth_l1_loss: beta {beta}, expected a number from 0 on");
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
    /// <c>-sum_c t_c log p_c</c>.
    /// </summary>
    public Tensor KerasCategoricalCrossEntropy(Tensor target, double epsilon = 1e-7, LossReduction reduction = LossReduction.Mean)
    {
        CheckTarget("keras_categorical_crossentropy", target);
        Tensor probabilities = (this / Sum(-1, keepDim: true)).Clamp(epsilon, 1 - epsilon);
        return Reduce(-(target * probabilities.Log()).Sum(-1), null, reduction);
    }

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
