namespace RawSer.Kernels;

public abstract partial class Backend
{
    /// <summary>
    /// Batch normalisation, ReLU and max pooling in one: <c>y = maxpool(relu(batchnorm(x)))</c>, the block of a convolutional network
    /// behind its convolution. x (..., H, W) is dense; the other arguments are those of <see cref="BatchNorm"/> and <see cref="MaxPool"/>.
    /// </summary>
    /// <param name="x">Input.</param>
    /// <param name="axis">Axis of the channels.</param>
    /// <param name="mean">Mean of each channel.</param>
    /// <param name="variance">Biased variance of each channel.</param>
    /// <param name="weight">Scale of each channel, or absent.</param>
    /// <param name="bias">Shift of each channel, or absent.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="windows">Not adaptive.</param>
    /// <param name="y">Output.</param>
    /// <param name="place">In <see cref="PoolWindows.PlaceType"/> and the shape of y: what the backward pass of the same backend needs; absent in inference.</param>
    /// <param name="saved">Likewise, in the type of y; may be y itself, which then holds what was to be saved.</param>
    public virtual void BatchNormReluMaxPool(
        View x, int axis, View mean, View variance, View weight, View bias, double epsilon, PoolWindows windows, View y, View place, View saved)
    {
        using Scratch scratch = new(Memory, x.Count * x.DType.Size());
        View normalised = scratch.Dense(x.Shape.AsSpan(), x.DType);
        BatchNorm(x, axis, mean, variance, weight, bias, epsilon, normalised);
        MaxPool(normalised, windows, y, place); // ReLU is monotonous, so it may follow the maximum
        Unary(UnaryOp.Relu, y, y);
        if (saved.Exists)
        {
            Copy(y, saved);
        }
    }

    /// <summary>
    /// The backward pass of <see cref="BatchNormReluMaxPool"/> when mean and variance are the statistics of x itself.
    /// dweight and dbias are always computed; dx may be left out, and may be x itself.
    /// </summary>
    public virtual void BatchNormReluMaxPoolBackward(
        View x, View dy, View place, View saved, int axis, View mean, View variance, View weight, double epsilon, PoolWindows windows,
        View dx, View dweight, View dbias)
    {
        using Scratch pooledScratch = new(Memory, dy.Count * dy.DType.Size()), scratch = new(Memory, x.Count * x.DType.Size());
        View pooled = pooledScratch.Dense(dy.Shape.AsSpan(), dy.DType), dense = scratch.Dense(x.Shape.AsSpan(), x.DType);
        UnaryBackward(UnaryOp.Relu, saved, dy, pooled);
        MaxPoolBackward(pooled, place, windows, dense);
        BatchNormParameterGradients(x, dense, axis, mean, variance, epsilon, dweight, dbias);
        if (dx.Exists)
        {
            BatchNormBackward(x, dense, axis, mean, variance, weight, dweight, dbias, epsilon, dx);
        }
    }
}
