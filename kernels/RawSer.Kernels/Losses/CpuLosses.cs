namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void CrossEntropy(
        View logits, int classDim, View targets, View weights, long ignoreIndex, double smoothing, View losses, View itemWeights) =>
        new IndexCrossEntropy(new ClassLines(logits, classDim, weights), targets.Pointer<long>(), ignoreIndex, (float)smoothing)
            .Forward(losses.Pointer<float>(), itemWeights.Pointer<float>());

    /// <inheritdoc/>
    public override void CrossEntropyBackward(
        View logits, int classDim, View targets, View weights, long ignoreIndex, double smoothing, View dLosses, View dLogits) =>
        WithDense(dLosses, dense =>
            new IndexCrossEntropy(new ClassLines(logits, classDim, weights), targets.Pointer<long>(), ignoreIndex, (float)smoothing)
                .Backward(dense.Pointer<float>(), dLogits.Pointer<float>()));

    /// <inheritdoc/>
    public override void NllLoss(View logProbabilities, int classDim, View targets, View weights, long ignoreIndex, View losses, View itemWeights)
    {
        ClassLines lines = new(logProbabilities, classDim, weights);
        long* target = targets.Pointer<long>();
        float* loss = losses.Pointer<float>(), itemWeight = itemWeights.Pointer<float>();
        for (long item = 0; item < lines.Items; item++)
        {
            if (target[item] == ignoreIndex)
            {
                loss[item] = itemWeight[item] = 0;
                continue;
            }

            CrossEntropyTargets.Check(target[item], lines.Classes, item, ignoreIndex);
            itemWeight[item] = lines.Weight(target[item]);
            loss[item] = -itemWeight[item] * lines.Logit(item, target[item]);
        }
    }

    /// <inheritdoc/>
    public override void NllLossBackward(int classDim, View targets, View weights, long ignoreIndex, View dLosses, View dLogProbabilities)
    {
        Fill(dLogProbabilities, 0);
        WithDense(dLosses, dense =>
        {
            ClassLines lines = new(dLogProbabilities, classDim, weights);
            long* target = targets.Pointer<long>();
            float* upstream = dense.Pointer<float>(), dx = dLogProbabilities.Pointer<float>();
            for (long item = 0; item < lines.Items; item++)
            {
                if (target[item] != ignoreIndex)
                {
                    dx[lines.Offset(item) + (target[item] * lines.Stride)] = -lines.Weight(target[item]) * upstream[item];
                }
            }
        });
    }

    /// <inheritdoc/>
    public override void SoftCrossEntropy(View logits, int classDim, View probabilities, View weights, double smoothing, View losses) =>
        new SoftTargets(new ClassLines(logits, classDim, weights), probabilities.Pointer<float>(), (float)smoothing).Forward(losses.Pointer<float>());

    /// <inheritdoc/>
    public override void SoftCrossEntropyBackward(
        View logits, int classDim, View probabilities, View weights, double smoothing, View dLosses, View dLogits, View dProbabilities) =>
        WithDense(dLosses, dense =>
            new SoftTargets(new ClassLines(logits, classDim, weights), probabilities.Pointer<float>(), (float)smoothing).Backward(
                dense.Pointer<float>(),
                dLogits.Exists ? dLogits.Pointer<float>() : null,
                dProbabilities.Exists ? dProbabilities.Pointer<float>() : null));

    /// <summary>Runs work on a dense copy of a view, or on the view itself if it is dense.</summary>
    private void WithDense(View x, Action<View> work)
    {
        if (x.IsContiguous)
        {
            work(x);
            return;
        }

        View dense = new(Memory.Allocate(x.Count * x.DType.Size()), x.DType, Layout.RowMajor(x.Shape));
        Copy(x, dense);
        work(dense);
        dense.Storage.Release();
    }

    /// <summary>Logits as (outer, classes, inner) lines with the numbers that their log-softmax needs.</summary>
    private readonly struct ClassLines(View logits, int classDim, View weights)
    {
        private readonly DenseLines _lines = new(logits.Shape, classDim);
        private readonly float* _logits = logits.Pointer<float>();
        private readonly float* _weights = weights.Exists ? weights.Pointer<float>() : null;

        public long Items => _lines.Outer * _lines.Inner;

        public long Classes => _lines.Extent;

        public long Stride => _lines.Inner;

        public float Weight(long c) => _weights is null ? 1 : _weights[c];

        /// <summary>Offset of class 0 of an item.</summary>
        public long Offset(long item) => (item / _lines.Inner * _lines.Extent * _lines.Inner) + (item % _lines.Inner);

        /// <summary>log p_c = x_c - max - logSum.</summary>
        public void Normalize(long item, out float max, out float logSum)
        {
            float* x = _logits + Offset(item);
            if (Stride == 1)
            {
                max = (float)RowReduce.Run<MaxReduction>(x, Classes);
                logSum = MathX.Log(RowSoftmax.SumOfExp(x, max, null, Classes));
                return;
            }

            Simd1 largest = new(float.NegativeInfinity);
            for (long c = 0; c < Classes; c++)
            {
                largest = MaxReduction.Combine(largest, new Simd1(x[c * Stride]));
            }

            max = largest.Value;
            float sum = 0;
            for (long c = 0; c < Classes; c++)
            {
                sum += MathX.Exp(x[c * Stride] - max);
            }

            logSum = MathX.Log(sum);
        }

        public float Logit(long item, long c) => _logits[Offset(item) + (c * Stride)];
    }

    /// <summary>Cross-entropy against class indices. Runs on the caller: the work of a batch of logits is small.</summary>
    private readonly struct IndexCrossEntropy(ClassLines lines, long* targets, long ignoreIndex, float smoothing)
    {
        private readonly ClassLines _lines = lines;

        public void Forward(float* losses, float* itemWeights)
        {
            float share = smoothing / _lines.Classes;
            for (long item = 0; item < _lines.Items; item++)
            {
                long target = targets[item];
                if (target == ignoreIndex)
                {
                    losses[item] = itemWeights[item] = 0;
                    continue;
                }

                CrossEntropyTargets.Check(target, _lines.Classes, item, ignoreIndex);
                _lines.Normalize(item, out float max, out float logSum);
                float weight = _lines.Weight(target);
                float loss = (1 - smoothing) * weight * (logSum - (_lines.Logit(item, target) - max));
                if (smoothing > 0)
                {
                    float rest = 0;
                    for (long c = 0; c < _lines.Classes; c++)
                    {
                        rest += _lines.Weight(c) * (logSum - (_lines.Logit(item, c) - max));
                    }

                    loss += share * rest;
                }

                losses[item] = loss;
                itemWeights[item] = weight;
            }
        }

        public void Backward(float* dLosses, float* dLogits)
        {
            float share = smoothing / _lines.Classes;
            float totalWeight = 0;
            for (long c = 0; c < _lines.Classes; c++)
            {
                totalWeight += _lines.Weight(c);
            }

            for (long item = 0; item < _lines.Items; item++)
            {
                float* dx = dLogits + _lines.Offset(item);
                long target = targets[item];
                if (target == ignoreIndex)
                {
                    for (long c = 0; c < _lines.Classes; c++)
                    {
                        dx[c * _lines.Stride] = 0;
                    }

                    continue;
                }

                _lines.Normalize(item, out float max, out float logSum);
                float own = (1 - smoothing) * _lines.Weight(target);
                float total = own + (share * totalWeight);
                for (long c = 0; c < _lines.Classes; c++)
                {
                    float p = MathX.Exp(_lines.Logit(item, c) - max - logSum);
                    float k = (share * _lines.Weight(c)) + (c == target ? own : 0);
                    dx[c * _lines.Stride] = dLosses[item] * ((p * total) - k);
                }
            }
        }
    }

    /// <summary>Cross-entropy against class probabilities.</summary>
    private readonly struct SoftTargets(ClassLines lines, float* probabilities, float smoothing)
    {
        private readonly ClassLines _lines = lines;

        public void Forward(float* losses)
        {
            for (long item = 0; item < _lines.Items; item++)
            {
                _lines.Normalize(item, out float max, out float logSum);
                float loss = 0;
                for (long c = 0; c < _lines.Classes; c++)
                {
                    loss += Coefficient(item, c) * (logSum - (_lines.Logit(item, c) - max));
                }

                losses[item] = loss;
            }
        }

        public void Backward(float* dLosses, float* dLogits, float* dProbabilities)
        {
            for (long item = 0; item < _lines.Items; item++)
            {
                _lines.Normalize(item, out float max, out float logSum);
                float total = 0;
                for (long c = 0; c < _lines.Classes; c++)
                {
                    total += Coefficient(item, c);
                }

                for (long c = 0; c < _lines.Classes; c++)
                {
                    float logP = _lines.Logit(item, c) - max - logSum;
                    long at = _lines.Offset(item) + (c * _lines.Stride);
                    if (dLogits is not null)
                    {
                        dLogits[at] = dLosses[item] * ((MathX.Exp(logP) * total) - Coefficient(item, c));
                    }

                    if (dProbabilities is not null)
                    {
                        dProbabilities[at] = dLosses[item] * (smoothing - 1) * _lines.Weight(c) * logP;
                    }
                }
            }
        }

        private float Coefficient(long item, long c)
        {
            float q = probabilities[_lines.Offset(item) + (c * _lines.Stride)];
            return (((1 - smoothing) * q) + (smoothing / _lines.Classes)) * _lines.Weight(c);
        }
    }
}
