namespace RawSer.Kernels;

/// <content>
/// Losses per item; the engine sums or averages them. Logits are dense (outer, classes, inner) with the classes in dimension
/// <c>classDim</c>; targets, losses and their gradients have that shape without the classes, row-major.
/// </content>
public abstract partial class Backend
{
    /// <summary>
    /// Softmax cross-entropy against class indices. With log p the log-softmax of the logits, w the class weights (1 if left out),
    /// t the target, s the smoothing and C the number of classes:
    /// <c>loss = -(1 - s) w_t log p_t - s/C sum_c w_c log p_c</c>; an item whose target is <paramref name="ignoreIndex"/> has loss and weight 0.
    /// </summary>
    /// <param name="logits">Logits.</param>
    /// <param name="classDim">Dimension of the classes.</param>
    /// <param name="targets">Class indices, I64, dense.</param>
    /// <param name="weights">Class weights (classes), dense, or default.</param>
    /// <param name="ignoreIndex">Target that leaves its item out.</param>
    /// <param name="smoothing">Label smoothing, 0 to 1.</param>
    /// <param name="losses">Loss of each item.</param>
    /// <param name="itemWeights">w_t of each item, 0 for ignored ones: their sum divides a mean.</param>
    /// <exception cref="ArgumentOutOfRangeException">A target is neither a class nor the ignored index.</exception>
    public abstract void CrossEntropy(
        View logits, int classDim, View targets, View weights, long ignoreIndex, double smoothing, View losses, View itemWeights);

    /// <summary>Gradient of <see cref="CrossEntropy"/> for the logits, given that of each loss (any strides).</summary>
    public abstract void CrossEntropyBackward(
        View logits, int classDim, View targets, View weights, long ignoreIndex, double smoothing, View dLosses, View dLogits);

    /// <summary>Negative log-likelihood of log-probabilities: <c>loss = -w_t log p_t</c>; otherwise as <see cref="CrossEntropy"/>.</summary>
    public abstract void NllLoss(View logProbabilities, int classDim, View targets, View weights, long ignoreIndex, View losses, View itemWeights);

    /// <summary>Gradient of <see cref="NllLoss"/> for the log-probabilities.</summary>
    public abstract void NllLossBackward(int classDim, View targets, View weights, long ignoreIndex, View dLosses, View dLogProbabilities);

    /// <summary>
    /// Softmax cross-entropy against class probabilities q (dense, shaped like the logits): <c>loss = -sum_c ((1 - s) q_c + s/C) w_c log p_c</c>.
    /// </summary>
    public abstract void SoftCrossEntropy(View logits, int classDim, View probabilities, View weights, double smoothing, View losses);

    /// <summary>Gradients of <see cref="SoftCrossEntropy"/>; either output may be default.</summary>
    public abstract void SoftCrossEntropyBackward(
        View logits, int classDim, View probabilities, View weights, double smoothing, View dLosses, View dLogits, View dProbabilities);
}
