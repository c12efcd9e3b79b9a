namespace RawSer.Kernels;

public sealed unsafe partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void CrossEntropy(
        View logits, int classDim, View targets, View weights, long ignoreIndex, double smoothing, View losses, View itemWeights)
    {
        int classes = logits.Shape[classDim];
        double[] logP = new double[classes];
        for (long item = 0; item < targets.Count; item++)
        {
            long target = targets.Pointer<long>()[item];
            if (target == ignoreIndex)
            {
                StoreFloat(losses, item, 0);
                StoreFloat(itemWeights, item, 0);
                continue;
            }

            CrossEntropyTargets.Check(target, classes, item, ignoreIndex);
            LogSoftmaxLine(logits, classDim, item, logP);
            double loss = -(1 - smoothing) * ClassWeight(weights, target) * logP[target];
            for (int c = 0; c < classes && smoothing > 0; c++)
            {
                loss -= smoothing / classes * ClassWeight(weights, c) * logP[c];
            }

            StoreFloat(losses, item, loss);
            StoreFloat(itemWeights, item, ClassWeight(weights, target));
        }
    }

    /// <inheritdoc/>
    public override void CrossEntropyBackward(
        View logits, int classDim, View targets, View weights, long ignoreIndex, double smoothing, View dLosses, View dLogits)
    {
        int classes = logits.Shape[classDim];
        double[] logP = new double[classes], coefficients = new double[classes];
        for (long item = 0; item < targets.Count; item++)
        {
            long target = targets.Pointer<long>()[item];
            bool ignored = target == ignoreIndex;
            LogSoftmaxLine(logits, classDim, item, logP);
            for (int c = 0; c < classes; c++)
            {
                double share = (smoothing / classes) + (c == target ? 1 - smoothing : 0);
                coefficients[c] = ignored ? 0 : share * ClassWeight(weights, c);
            }

            StoreLogitGradients(dLogits, classDim, item, logP, coefficients, ignored ? 0 : LoadFloat(dLosses, item));
        }
    }

    /// <inheritdoc/>
    public override void NllLoss(View logProbabilities, int classDim, View targets, View weights, long ignoreIndex, View losses, View itemWeights)
    {
        for (long item = 0; item < targets.Count; item++)
        {
            long target = targets.Pointer<long>()[item];
            bool ignored = target == ignoreIndex;
            if (!ignored)
            {
                CrossEntropyTargets.Check(target, logProbabilities.Shape[classDim], item, ignoreIndex);
            }

            StoreFloat(losses, item, ignored ? 0 : -ClassWeight(weights, target) * LoadAlong(logProbabilities, classDim, item, target));
            StoreFloat(itemWeights, item, ignored ? 0 : ClassWeight(weights, target));
        }
    }

    /// <inheritdoc/>
    public override void NllLossBackward(int classDim, View targets, View weights, long ignoreIndex, View dLosses, View dLogProbabilities)
    {
        Fill(dLogProbabilities, 0);
        for (long item = 0; item < targets.Count; item++)
        {
            long target = targets.Pointer<long>()[item];
            if (target != ignoreIndex)
            {
                double gradient = -ClassWeight(weights, target) * LoadFloat(dLosses, item);
                StoreFloat(dLogProbabilities, PlaceAlong(dLogProbabilities.Shape, classDim, item, target), gradient);
            }
        }
    }

    /// <inheritdoc/>
    public override void SoftCrossEntropy(View logits, int classDim, View probabilities, View weights, double smoothing, View losses)
    {
        int classes = logits.Shape[classDim];
        double[] logP = new double[classes];
        for (long item = 0; item < losses.Count; item++)
        {
            LogSoftmaxLine(logits, classDim, item, logP);
            double loss = 0;
            for (int c = 0; c < classes; c++)
            {
                loss -= SmoothedTarget(probabilities, classDim, item, c, smoothing) * ClassWeight(weights, c) * logP[c];
            }

            StoreFloat(losses, item, loss);
        }
    }

    /// <inheritdoc/>
    public override void SoftCrossEntropyBackward(
        View logits, int classDim, View probabilities, View weights, double smoothing, View dLosses, View dLogits, View dProbabilities)
    {
        int classes = logits.Shape[classDim];
        double[] logP = new double[classes], coefficients = new double[classes];
        for (long item = 0; item < dLosses.Count; item++)
        {
            LogSoftmaxLine(logits, classDim, item, logP);
            for (int c = 0; c < classes; c++)
            {
                coefficients[c] = SmoothedTarget(probabilities, classDim, item, c, smoothing) * ClassWeight(weights, c);
                if (dProbabilities.Exists)
                {
                    double gradient = -(1 - smoothing) * ClassWeight(weights, c) * logP[c] * LoadFloat(dLosses, item);
                    StoreFloat(dProbabilities, PlaceAlong(logits.Shape, classDim, item, c), gradient);
                }
            }

            if (dLogits.Exists)
            {
                StoreLogitGradients(dLogits, classDim, item, logP, coefficients, LoadFloat(dLosses, item));
            }
        }
    }

    /// <summary>-sum_c k_c log p_c has the gradient p_c sum(k) - k_c.</summary>
    private static void StoreLogitGradients(View dLogits, int classDim, long item, double[] logP, double[] coefficients, double upstream)
    {
        double total = coefficients.Sum();
        for (int c = 0; c < logP.Length; c++)
        {
            double gradient = ((Math.Exp(logP[c]) * total) - coefficients[c]) * upstream;
            StoreFloat(dLogits, PlaceAlong(dLogits.Shape, classDim, item, c), gradient);
        }
    }

    private static void LogSoftmaxLine(View logits, int classDim, long item, double[] logP)
    {
        double max = double.NegativeInfinity, sum = 0;
        for (int c = 0; c < logP.Length; c++)
        {
            logP[c] = LoadAlong(logits, classDim, item, c);
            max = Math.Max(max, logP[c]);
        }

        foreach (double value in logP)
        {
            sum += Math.Exp(value - max);
        }

        for (int c = 0; c < logP.Length; c++)
        {
            logP[c] = logP[c] - max - Math.Log(sum);
        }
    }

    private static double SmoothedTarget(View probabilities, int classDim, long item, int c, double smoothing) =>
        ((1 - smoothing) * LoadAlong(probabilities, classDim, item, c)) + (smoothing / probabilities.Shape[classDim]);

    private static double ClassWeight(View weights, long c) => weights.Exists ? LoadFloat(weights, c) : 1;
}
