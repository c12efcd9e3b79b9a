using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>Cross-entropy against class probabilities, cut as <see cref="LossKernels"/>.</summary>
internal static class SoftCrossEntropyKernels
{
    public static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, LossLines> Forward =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, LossLines>(SoftCrossEntropyItems<Alone>);

    public static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, LossLines> ForwardRows =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, LossLines>(SoftCrossEntropyItems<InWarp>);

    public static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, DeviceWalk, ArrayView<float>, ArrayView<float>, LossLines> Backward =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, DeviceWalk, ArrayView<float>, ArrayView<float>, LossLines>(SoftCrossEntropyBackwardItems<Alone>);

    public static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, DeviceWalk, ArrayView<float>, ArrayView<float>, LossLines> BackwardRows =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, DeviceWalk, ArrayView<float>, ArrayView<float>, LossLines>(SoftCrossEntropyBackwardItems<InWarp>);

    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void SoftCrossEntropyItems<TTeam>(
        ArrayView<float> logits, ArrayView<float> probabilities, ArrayView<float> weights, ArrayView<float> losses, LossLines lines)
        where TTeam : struct, ILineTeam
    {
        int item = TTeam.Line;
        if (item >= lines.Items)
        {
            return;
        }

        int start = lines.Start(item);
        lines.Normalise<TTeam>(logits, start, out float max, out float logSum);
        float loss = 0;
        for (int c = TTeam.First; c < lines.Classes; c += TTeam.Size)
        {
            int place = start + (c * lines.Inner);
            loss += SmoothedTarget(probabilities[place], weights, lines, c) * (logSum - (logits[place] - max));
        }

        loss = TTeam.Sum(loss);
        if (TTeam.First == 0)
        {
            losses[item] = loss;
        }
    }

    /// <summary>A gradient that is not asked for has a view of no elements.</summary>
    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void SoftCrossEntropyBackwardItems<TTeam>(
        ArrayView<float> logits, ArrayView<float> probabilities, ArrayView<float> weights, ArrayView<float> dLosses, DeviceWalk walk,
        ArrayView<float> dLogits, ArrayView<float> dProbabilities, LossLines lines) where TTeam : struct, ILineTeam
    {
        int item = TTeam.Line;
        if (item >= lines.Items)
        {
            return;
        }

        int start = lines.Start(item);
        lines.Normalise<TTeam>(logits, start, out float max, out float logSum);
        float total = 0;
        for (int c = TTeam.First; c < lines.Classes; c += TTeam.Size)
        {
            total += SmoothedTarget(probabilities[start + (c * lines.Inner)], weights, lines, c);
        }

        total = TTeam.Sum(total);
        walk.Locate(item, out int upstreamPlace, out _, out _, out _);
        float upstream = dLosses[upstreamPlace];
        for (int c = TTeam.First; c < lines.Classes; c += TTeam.Size)
        {
            int place = start + (c * lines.Inner);
            float logP = logits[place] - max - logSum;
            if (dLogits.Length > 0)
            {
                dLogits[place] = upstream * ((MathX.Exp(logP) * total) - SmoothedTarget(probabilities[place], weights, lines, c));
            }

            if (dProbabilities.Length > 0)
            {
                dProbabilities[place] = upstream * -lines.Own * lines.Weight(weights, c) * logP;
            }
        }
    }

    /// <summary>((1 - s) q + s/C) w</summary>
    private static float SmoothedTarget(float q, ArrayView<float> weights, LossLines lines, int c) => ((lines.Own * q) + lines.Share) * lines.Weight(weights, c);
}
