using System.Runtime.InteropServices;

namespace RawSer.Kernels;

public abstract partial class Backend
{
    /// <summary>
    /// Mean and biased variance (the sum of squares is divided by n) of a dense x over all dimensions but <paramref name="axis"/>;
    /// mean and variance have one element per index of the axis.
    /// </summary>
    public abstract void BatchStatistics(View x, int axis, View mean, View variance);

    /// <summary>
    /// <c>y = (x - mean) / sqrt(variance + epsilon) * weight + bias</c> with one mean, variance, weight and bias per index of
    /// <paramref name="axis"/>. x is dense; weight (1) and bias (0) may be left out. With the statistics of the batch this is
    /// batch normalisation in training, with running statistics its evaluation.
    /// </summary>
    public abstract void BatchNorm(View x, int axis, View mean, View variance, View weight, View bias, double epsilon, View y);

    /// <summary>
    /// <c>dweight = sum of dy * xhat</c> and <c>dbias = sum of dy</c> over all dimensions but <paramref name="axis"/>, where
    /// <c>xhat = (x - mean) / sqrt(variance + epsilon)</c>. x and dy are dense.
    /// </summary>
    public abstract void BatchNormParameterGradients(View x, View dy, int axis, View mean, View variance, double epsilon, View dweight, View dbias);

    /// <summary>
    /// The gradient of x. With dweight and dbias, the sums of <see cref="BatchNormParameterGradients"/>, mean and variance are those of
    /// x itself: <c>dx = weight / sqrt(variance + epsilon) * (dy - dbias/n - xhat * dweight/n)</c> (Ioffe and Szegedy 2015, section 3).
    /// Without them the statistics are constants: <c>dx = weight / sqrt(variance + epsilon) * dy</c>. x and dy are dense.
    /// </summary>
    public abstract void BatchNormBackward(
        View x, View dy, int axis, View mean, View variance, View weight, View dweight, View dbias, double epsilon, View dx);

    /// <summary>Adds 1 to a counter of batches: one element, I64.</summary>
    public virtual void CountBatch(View counter)
    {
        Span<long> count = stackalloc long[1];
        Download(counter.Storage, counter.Layout.Offset * sizeof(long), MemoryMarshal.AsBytes(count));
        count[0]++;
        Upload(MemoryMarshal.AsBytes(count), counter.Storage, counter.Layout.Offset * sizeof(long));
    }

    /// <summary>
    /// <c>running = (1 - momentum) * running + momentum * factor * batch</c>, in place. The factor is n/(n-1) where the running variance
    /// takes the unbiased estimate, else 1.
    /// </summary>
    public virtual void UpdateRunningStatistics(View batch, double momentum, double factor, View running)
    {
        using Scratch scratch = new(Memory, batch.Count * batch.DType.Size());
        View update = scratch.Dense(batch.Shape.AsSpan(), batch.DType);
        Unary(UnaryOp.Affine, batch, update, momentum * factor);
        Unary(UnaryOp.Affine, running, running, 1 - momentum);
        Binary(BinaryOp.Add, running, update, running);
    }
}
