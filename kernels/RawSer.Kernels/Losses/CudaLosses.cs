namespace RawSer.Kernels;

public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public override void CrossEntropy(
        View logits, int classDim, View targets, View weights, long ignoreIndex, double smoothing, View losses, View itemWeights)
    {
        LossLines lines = new(logits, classDim, weights, smoothing);
        if (losses.Count > 0)
        {
            (lines.InWarps ? LossKernels.CrossEntropyRows : LossKernels.CrossEntropy).Launch(
                Gpu, DeviceLines.Shape((int)losses.Count, lines.InWarps), logits.Dense<float>(), targets.Dense<long>(), weights.Dense<float>(),
                losses.Dense<float>(), itemWeights.Dense<float>(), lines, ignoreIndex, Faults);
        }
    }

    /// <inheritdoc/>
    public override void CrossEntropyBackward(
        View logits, int classDim, View targets, View weights, long ignoreIndex, double smoothing, View dLosses, View dLogits)
    {
        LossLines lines = new(logits, classDim, weights, smoothing);
        if (dLogits.Count > 0)
        {
            (lines.InWarps ? LossKernels.CrossEntropyBackwardRows : LossKernels.CrossEntropyBackward).Launch(
                Gpu, DeviceLines.Shape(lines.Items, lines.InWarps), logits.Dense<float>(), targets.Dense<long>(), weights.Dense<float>(),
                dLosses.Whole<float>(), new DeviceWalk(dLosses), dLogits.Dense<float>(), lines, ignoreIndex);
        }
    }

    /// <inheritdoc/>
    public override void NllLoss(View logProbabilities, int classDim, View targets, View weights, long ignoreIndex, View losses, View itemWeights)
    {
        if (losses.Count > 0)
        {
            LossKernels.NllLoss.Launch(
                Gpu, DeviceLines.Shape(losses.IntCount(), warps: false), logProbabilities.Dense<float>(), targets.Dense<long>(), weights.Dense<float>(),
                losses.Dense<float>(), itemWeights.Dense<float>(), new LossLines(logProbabilities, classDim, weights, 0), ignoreIndex, Faults);
        }
    }

    /// <inheritdoc/>
    public override void NllLossBackward(int classDim, View targets, View weights, long ignoreIndex, View dLosses, View dLogProbabilities)
    {
        if (dLogProbabilities.Count > 0)
        {
            LossKernels.NllLossBackward.Launch(
                Gpu, DeviceLines.Shape(dLogProbabilities.IntCount(), warps: false), targets.Dense<long>(), weights.Dense<float>(),
                dLosses.Whole<float>(), new DeviceWalk(dLosses), dLogProbabilities.Dense<float>(), new LossLines(dLogProbabilities, classDim, weights, 0), ignoreIndex);
        }
    }

    /// <inheritdoc/>
    public override void SoftCrossEntropy(View logits, int classDim, View probabilities, View weights, double smoothing, View losses)
    {
        LossLines lines = new(logits, classDim, weights, smoothing);
        if (losses.Count > 0)
        {
            (lines.InWarps ? SoftCrossEntropyKernels.ForwardRows : SoftCrossEntropyKernels.Forward).Launch(
                Gpu, DeviceLines.Shape((int)losses.Count, lines.InWarps), logits.Dense<float>(), probabilities.Dense<float>(), weights.Dense<float>(),
                losses.Dense<float>(), lines);
        }
    }

    /// <inheritdoc/>
    public override void SoftCrossEntropyBackward(
        View logits, int classDim, View probabilities, View weights, double smoothing, View dLosses, View dLogits, View dProbabilities)
    {
        LossLines lines = new(logits, classDim, weights, smoothing);
        if (logits.Count > 0)
        {
            (lines.InWarps ? SoftCrossEntropyKernels.BackwardRows : SoftCrossEntropyKernels.Backward).Launch(
                Gpu, DeviceLines.Shape(lines.Items, lines.InWarps), logits.Dense<float>(), probabilities.Dense<float>(), weights.Dense<float>(),
                dLosses.Whole<float>(), new DeviceWalk(dLosses), dLogits.Dense<float>(), dProbabilities.Dense<float>(), lines);
        }
    }
}
