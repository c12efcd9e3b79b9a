using RawSer.Gpu;

namespace RawSer.Kernels;

/// <content>
/// Attention: one launch where the weights need not be kept, products of matrices with a softmax between them where the backward pass
/// needs them (or heads are larger than a block's memory). The backward pass is four products; nothing is added up by atomics.
/// </content>
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public override void Attention(View q, View k, View v, View mask, View keep, AttentionSettings settings, View y, View weights)
    {
        if (y.Count == 0 && !(weights.Exists && weights.Count > 0))
        {
            return;
        }

        if (k.Shape[2] == 0)
        {
            Fill(y, 0);
            return;
        }

        DeviceScores scores = new(q, k, mask, keep, settings);
        if (!weights.Exists && DeviceAttention.Fits(q, v))
        {
            DeviceAttention.Run(Gpu, q, k, v, scores, y);
            return;
        }

        ReadOnlySpan<int> shape = [q.Shape[0], q.Shape[1], q.Shape[2], k.Shape[2]];
        long bytes = (long)q.Shape[0] * q.Shape[1] * q.Shape[2] * k.Shape[2] * sizeof(float);
        using Scratch own = weights.Exists ? default : new(Memory, bytes), ownKept = keep.Exists ? new(Memory, bytes) : default;
        View softmax = own.Exists ? own.Dense(shape) : weights, kept = ownKept.Exists ? ownKept.Dense(shape) : default;
        Product(q, k, softmax, transposeB: true);
        DeviceAttentionRows.RunSoftmax(Gpu, softmax, kept, scores);
        Product(kept.Exists ? kept : softmax, v, y);
    }

    /// <inheritdoc/>
    public override void AttentionBackward(
        View q, View k, View v, View mask, View weights, View keep, AttentionSettings settings, View dy, View dq, View dk, View dv, View dmask)
    {
        if (weights.Count == 0)
        {
            Fill(dq, 0);
            Fill(dk, 0);
            Fill(dv, 0);
            return;
        }

        ReadOnlySpan<int> shape = weights.Shape.AsSpan();
        using Scratch ownGradients = new(Memory, weights.Count * sizeof(float)), ownKept = keep.Exists ? new(Memory, weights.Count * sizeof(float)) : default;
        View gradients = ownGradients.Dense(shape), kept = ownKept.Exists ? ownKept.Dense(shape) : default;
        Product(dy, v, gradients, transposeB: true);
        DeviceAttentionRows.RunGradients(Gpu, gradients, weights, kept, dmask, new DeviceScores(q, k, default, keep, settings));
        Product(kept.Exists ? kept : weights, dy, dv, transposeA: true);
        Product(gradients, k, dq);
        Product(gradients, q, dk, transposeA: true);
    }

    /// <summary>y = a b of each head, the operands transposed where told so; zeros without places of the sum.</summary>
    private void Product(View a, View b, View y, bool transposeA = false, bool transposeB = false)
    {
        if (y.Count > 0 && a.Count > 0)
        {
            Multiply(new DeviceProduct(a, b, default, y, transposeA, transposeB), new FloorOperator(float.NegativeInfinity));
        }
        else if (y.Count > 0)
        {
            Fill(y, 0);
        }
    }
}
