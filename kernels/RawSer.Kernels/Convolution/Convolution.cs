namespace RawSer.Kernels;

public abstract partial class Backend
{
    /// <summary>
    /// Cross-correlation of images x (B, C, H, W) with kernels w (O, C / groups, KH, KW):
    /// <c>y[b, o, oh, ow] = sum over c, kh, kw of w[o, c, kh, kw] * x[b, c of o's group, ...]</c> as <see cref="ConvGeometry"/> says.
    /// y (B, O, OH, OW) is dense. One-dimensional convolution is the case H = KH = 1.
    /// </summary>
    public abstract void Convolution(View x, View w, View y, ConvGeometry geometry);

    /// <summary><c>y = activation(convolution + bias)</c> with bias (O).</summary>
    public virtual void ConvolutionBias(View x, View w, View bias, View y, ConvGeometry geometry, UnaryOp? activation = null)
    {
        Convolution(x, w, y, geometry);
        Layout perChannel = new([1, y.Shape[1], 1, 1], [0, bias.Strides[0], 0, 0], bias.Layout.Offset);
        Binary(BinaryOp.Add, y, bias.With(perChannel.BroadcastTo(y.Shape)), y);
        if (activation is { } op)
        {
            Unary(op, y, y);
        }
    }

    /// <summary>
    /// <c>y = maxpool(relu(convolution + bias))</c>, a block of a convolutional network in inference. The windows lie on the convolution's result
    /// (B, O, rows.Input, columns.Input); y (B, O, rows.Output, columns.Output) is dense.
    /// </summary>
    public virtual void ConvolutionBiasReluMaxPool(View x, View w, View bias, View y, ConvGeometry geometry, PoolWindows windows)
    {
        ReadOnlySpan<int> shape = [y.Shape[0], y.Shape[1], windows.Rows.Input, windows.Columns.Input];
        using Scratch scratch = new(Memory, (long)shape[0] * shape[1] * shape[2] * shape[3] * y.DType.Size());
        View convolved = scratch.Dense(shape, y.DType);
        ConvolutionBias(x, w, bias, convolved, geometry, UnaryOp.Relu);
        MaxPool(convolved, windows, y, default);
    }

    /// <summary>
    /// Packs dense kernels w (O, C / groups, KH, KW) for <see cref="ConvolutionPacked"/> with any image size and padding; null where this backend gains
    /// nothing by it.
    /// </summary>
    public virtual PackedConvolution? PackConvolution(View w, ConvGeometry geometry) => null;

    /// <summary>
    /// <see cref="ConvolutionBias"/>, without bias if there is none, or with windows <see cref="ConvolutionBiasReluMaxPool"/>, with kernels that were
    /// packed before. The sums are taken in another order: results differ from those of the plain kernels by roundings.
    /// </summary>
    public virtual void ConvolutionPacked(View x, PackedConvolution w, View bias, View y, ConvGeometry geometry, UnaryOp? activation = null, PoolWindows? windows = null) =>
        throw new NotSupportedException($"{GetType().Name} packs no convolutions");

    /// <summary>
    /// Gradient of <see cref="Convolution"/> for x: dx (B, C, H, W), dense, from dy (B, O, OH, OW). The same sum is the transposed
    /// convolution of dy.
    /// </summary>
    public abstract void ConvolutionBackwardData(View dy, View w, View dx, ConvGeometry geometry);

    /// <summary>
    /// Gradients of <see cref="Convolution"/> for w, dw (O, C / groups, KH, KW), and of the bias, db (O), which may be left out; both dense.
    /// The order of summation depends on the shapes alone.
    /// </summary>
    public abstract void ConvolutionBackwardWeight(View x, View dy, View dw, View db, ConvGeometry geometry);
}
