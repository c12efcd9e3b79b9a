using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// Losses of class indices: a warp to an item where its classes are neighbours and many, else a thread to an item. A target that is no
/// class is reported (<see cref="DeviceFaults"/>); its loss is NaN, its weight 0.
/// </summary>
internal static class LossKernels
{
    public static readonly Kernel<ArrayView<float>, ArrayView<long>, ArrayView<float>, ArrayView<float>, ArrayView<float>, LossLines, long, DeviceFaults> CrossEntropy =
        Kernel.Create<ArrayView<float>, ArrayView<long>, ArrayView<float>, ArrayView<float>, ArrayView<float>, LossLines, long, DeviceFaults>(CrossEntropyItems<Alone>);

    public static readonly Kernel<ArrayView<float>, ArrayView<long>, ArrayView<float>, ArrayView<float>, ArrayView<float>, LossLines, long, DeviceFaults> CrossEntropyRows =
        Kernel.Create<ArrayView<float>, ArrayView<long>, ArrayView<float>, ArrayView<float>, ArrayView<float>, LossLines, long, DeviceFaults>(CrossEntropyItems<InWarp>);

    public static readonly Kernel<ArrayView<float>, ArrayView<long>, ArrayView<float>, ArrayView<float>, DeviceWalk, ArrayView<float>, LossLines, long> CrossEntropyBackward =
        Kernel.Create<ArrayView<float>, ArrayView<long>, ArrayView<float>, ArrayView<float>, DeviceWalk, ArrayView<float>, LossLines, long>(CrossEntropyBackwardItems<Alone>);

    public static readonly Kernel<ArrayView<float>, ArrayView<long>, ArrayView<float>, ArrayView<float>, DeviceWalk, ArrayView<float>, LossLines, long> CrossEntropyBackwardRows =
        Kernel.Create<ArrayView<float>, ArrayView<long>, ArrayView<float>, ArrayView<float>, DeviceWalk, ArrayView<float>, LossLines, long>(CrossEntropyBackwardItems<InWarp>);

    public static readonly Kernel<ArrayView<float>, ArrayView<long>, ArrayView<float>, ArrayView<float>, ArrayView<float>, LossLines, long, DeviceFaults> NllLoss =
        Kernel.Create<ArrayView<float>, ArrayView<long>, ArrayView<float>, ArrayView<float>, ArrayView<float>, LossLines, long, DeviceFaults>(NllLossItems);

    public static readonly Kernel<ArrayView<long>, ArrayView<float>, ArrayView<float>, DeviceWalk, ArrayView<float>, LossLines, long> NllLossBackward =
        Kernel.Create<ArrayView<long>, ArrayView<float>, ArrayView<float>, DeviceWalk, ArrayView<float>, LossLines, long>(NllLossBackwardElements);

    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void CrossEntropyItems<TTeam>(
        ArrayView<float> logits, ArrayView<long> targets, ArrayView<float> weights, ArrayView<float> losses, ArrayView<float> itemWeights, LossLines lines,
        long ignoreIndex, DeviceFaults faults) where TTeam : struct, ILineTeam
    {
        int item = TTeam.Line;
        if (item >= lines.Items)
        {
            return; // a whole team
        }

        long target = targets[item];
        if ((ulong)target >= (ulong)lines.Classes)
        {
            if (TTeam.First == 0)
            {
                RefuseTarget(losses, itemWeights, item, target, lines.Classes, ignoreIndex, faults);
            }

            return;
        }

        int start = lines.Start(item);
        lines.Normalise<TTeam>(logits, start, out float max, out float logSum);
        float rest = 0;
        if (lines.IsSmoothed != 0)
        {
            for (int c = TTeam.First; c < lines.Classes; c += TTeam.Size)
            {
                rest += lines.Weight(weights, c) * (logSum - (logits[start + (c * lines.Inner)] - max));
            }

            rest = TTeam.Sum(rest);
        }

        if (TTeam.First == 0)
        {
            bool ignored = target == ignoreIndex;
            float weight = lines.Weight(weights, (int)target);
            float own = lines.Own * weight * (logSum - (logits[start + ((int)target * lines.Inner)] - max));
            losses[item] = ignored ? 0 : own + (lines.Share * rest);
            itemWeights[item] = ignored ? 0 : weight;
        }
    }

    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void CrossEntropyBackwardItems<TTeam>(
        ArrayView<float> logits, ArrayView<long> targets, ArrayView<float> weights, ArrayView<float> dLosses, DeviceWalk walk, ArrayView<float> dLogits,
        LossLines lines, long ignoreIndex) where TTeam : struct, ILineTeam
    {
        int item = TTeam.Line;
        if (item >= lines.Items)
        {
            return;
        }

        long target = targets[item];
        bool counts = target != ignoreIndex && (ulong)target < (ulong)lines.Classes; // a bad target was reported by the loss
        int start = lines.Start(item);
        lines.Normalise<TTeam>(logits, start, out float max, out float logSum);
        float total = 0;
        if (lines.IsSmoothed != 0)
        {
            for (int c = TTeam.First; c < lines.Classes; c += TTeam.Size)
            {
                total += lines.Weight(weights, c);
            }

            total = TTeam.Sum(total);
        }

        walk.Locate(item, out int upstreamPlace, out _, out _, out _);
        float upstream = dLosses[upstreamPlace];
        float own = counts ? lines.Own * lines.Weight(weights, (int)target) : 0;
        total = own + (lines.Share * total);
        for (int c = TTeam.First; c < lines.Classes; c += TTeam.Size)
        {
            int place = start + (c * lines.Inner);
            float p = MathX.Exp(logits[place] - max - logSum);
            float k = (lines.Share * lines.Weight(weights, c)) + (c == target ? own : 0);
            dLogits[place] = counts ? upstream * ((p * total) - k) : 0;
        }
    }

    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void NllLossItems(
        ArrayView<float> logProbabilities, ArrayView<long> targets, ArrayView<float> weights, ArrayView<float> losses, ArrayView<float> itemWeights,
        LossLines lines, long ignoreIndex, DeviceFaults faults)
    {
        int item = Grid.GlobalIndex.X;
        if (item >= lines.Items)
        {
            return;
        }

        long target = targets[item];
        if ((ulong)target >= (ulong)lines.Classes)
        {
            RefuseTarget(losses, itemWeights, item, target, lines.Classes, ignoreIndex, faults);
            return;
        }

        bool ignored = target == ignoreIndex;
        float weight = lines.Weight(weights, (int)target);
        losses[item] = ignored ? 0 : -weight * logProbabilities[lines.Start(item) + ((int)target * lines.Inner)];
        itemWeights[item] = ignored ? 0 : weight;
    }

    /// <summary>A thread to an element of the gradient, so that zeros and gradients are written side by side.</summary>
    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void NllLossBackwardElements(
        ArrayView<long> targets, ArrayView<float> weights, ArrayView<float> dLosses, DeviceWalk walk, ArrayView<float> dLogProbabilities, LossLines lines,
        long ignoreIndex)
    {
        int place = Grid.GlobalIndex.X;
        if (place >= lines.Items * lines.Classes)
        {
            return;
        }

        int item = lines.Item(place, out int c);
        float gradient = 0;
        if (targets[item] == c && c != ignoreIndex)
        {
            walk.Locate(item, out int upstream, out _, out _, out _);
            gradient = -lines.Weight(weights, c) * dLosses[upstream];
        }

        dLogProbabilities[place] = gradient;
    }

    /// <summary>An ignored index outside the classes leaves its item out; any other target there is wrong.</summary>
    private static void RefuseTarget(
        ArrayView<float> losses, ArrayView<float> itemWeights, int item, long target, int classes, long ignoreIndex, DeviceFaults faults)
    {
        bool ignored = target == ignoreIndex;
        losses[item] = ignored ? 0 : float.NaN;
        itemWeights[item] = 0;
        if (!ignored)
        {
            faults.Report(DeviceFaultKind.CrossEntropyTarget, item, target, classes, ignoreIndex);
        }
    }
}
