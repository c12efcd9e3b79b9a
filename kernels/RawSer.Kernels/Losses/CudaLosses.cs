namespace RawSer.Kernels;

/// <content>Operations of this family without a device kernel: refused by name.</content>
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public override void CrossEntropy(View logits, int classDim, View targets, View weights, long ignoreIndex, double smoothing, View losses, View itemWeights) => throw NoKernel();

    /// <inheritdoc/>
    public override void CrossEntropyBackward(View logits, int classDim, View targets, View weights, long ignoreIndex, double smoothing, View dLosses, View dLogits) => throw NoKernel();

    /// <inheritdoc/>
    public override void NllLoss(View logProbabilities, int classDim, View targets, View weights, long ignoreIndex, View losses, View itemWeights) => throw NoKernel();

    /// <inheritdoc/>
    public override void NllLossBackward(int classDim, View targets, View weights, long ignoreIndex, View dLosses, View dLogProbabilities) => throw NoKernel();

    /// <inheritdoc/>
    public override void SoftCrossEntropy(View logits, int classDim, View probabilities, View weights, double smoothing, View losses) => throw NoKernel();

    /// <inheritdoc/>
    public override void SoftCrossEntropyBackward(View logits, int classDim, View probabilities, View weights, double smoothing, View dLosses, View dLogits, View dProbabilities) => throw NoKernel();
}
