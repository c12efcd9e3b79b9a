using RawSer.Kernels;

namespace RawSer;

public sealed partial class Tensor
{
    /// <summary>
    /// Two-dimensional cross-correlation: input (B, C, H, W), weight (O, C / groups, KH, KW), bias (O) give (B, O, OH, OW) with
    /// <c>OH = floor((H + padding - dilation * (KH - 1) - 1) / stride) + 1</c>. Optionally followed by ReLU, in the same pass over memory.
    /// </summary>
    /// <exception cref="ArgumentException">The shapes do not fit, or the kernel is larger than the padded input.</exception>
    public Tensor Conv2d(Tensor weight, Tensor? bias, ConvWindow height, ConvWindow width, int groups = 1, bool relu = false) =>
        Conv2d(weight, bias, height, width, groups, relu, packed: null);

    /// <summary>The same with <paramref name="weight"/> packed before (<see cref="PackConvolution"/>), or not if null.</summary>
    internal Tensor Conv2d(Tensor weight, Tensor? bias, ConvWindow height, ConvWindow width, int groups, bool relu, PackedConvolution? packed)
    {
        if (packed is null || Autograd.IsNeeded(this, weight, bias))
        {
            return Convolve("conv2d", 4, weight, bias, height, width, groups, relu);
        }

        Convolving c = PlanConvolution("conv2d", 4, weight, bias, height, width, groups);
        Tensor y = Empty(c.Output, DType, Device);
        Backend.ConvolutionPacked(c.X, packed, bias is null ? default : bias.View, y.View, c.Geometry, relu ? UnaryOp.Relu : null);
        return Autograd.Unrecorded(y, "conv2d", this, bias);
    }

    /// <summary>A weight packed for many convolutions with these strides and dilations, or null where the device gains nothing by it.</summary>
    internal PackedConvolution? PackConvolution(ConvWindow height, ConvWindow width, int groups) =>
        DType == DType.F32 ? Backend.PackConvolution(View, ConvWindow.Geometry(height, width, groups)) : null;

    /// <summary>Two-dimensional cross-correlation with the same stride, padding and dilation along both axes.</summary>
    /// <inheritdoc cref="Conv2d(Tensor, Tensor, ConvWindow, ConvWindow, int, bool)"/>
    public Tensor Conv2d(Tensor weight, Tensor? bias = null, int stride = 1, int padding = 0, int dilation = 1, int groups = 1, bool relu = false)
    {
        ConvWindow window = ConvWindow.Of(stride, padding, dilation);
        return Conv2d(weight, bias, window, window, groups, relu);
    }

    /// <summary>
    /// One-dimensional cross-correlation: input (B, C, L), weight (O, C / groups, K), bias (O) give (B, O, OL) with
    /// <c>OL = floor((L + padding - dilation * (K - 1) - 1) / stride) + 1</c>. Optionally followed by ReLU, in the same pass over memory.
    /// </summary>
    /// <exception cref="ArgumentException">The shapes do not fit, or the kernel is larger than the padded input.</exception>
    public Tensor Conv1d(Tensor weight, Tensor? bias, ConvWindow window, int groups = 1, bool relu = false) =>
        Convolve("conv1d", 3, weight, bias, ConvWindow.Of(), window, groups, relu);

    /// <inheritdoc cref="Conv1d(Tensor, Tensor, ConvWindow, int, bool)"/>
    public Tensor Conv1d(Tensor weight, Tensor? bias = null, int stride = 1, int padding = 0, int dilation = 1, int groups = 1, bool relu = false) =>
        Conv1d(weight, bias, ConvWindow.Of(stride, padding, dilation), groups, relu);

    /// <summary>
    /// Transposed two-dimensional convolution, the gradient of <see cref="Conv2d(Tensor, Tensor, ConvWindow, ConvWindow, int, bool)"/> for its
    /// input: input (B, C, H, W), weight (C, O / groups, KH, KW), bias (O) give (B, O, OH, OW) with
    /// <c>OH = (H - 1) * stride - padding + dilation * (KH - 1) + outputPadding + 1</c>.
    /// </summary>
    /// <exception cref="ArgumentException">The shapes do not fit, or the output would be empty.</exception>
    public Tensor ConvTranspose2d(
        Tensor weight, Tensor? bias, ConvWindow height, ConvWindow width, int outputPaddingHeight = 0, int outputPaddingWidth = 0, int groups = 1) =>
        ConvolveTransposed("conv_transpose2d", 4, weight, bias, height, width, outputPaddingHeight, outputPaddingWidth, groups);

    /// <summary>
    /// Transposed one-dimensional convolution: input (B, C, L), weight (C, O / groups, K), bias (O) give (B, O, OL) with
    /// <c>OL = (L - 1) * stride - padding + dilation * (K - 1) + outputPadding + 1</c>.
    /// </summary>
    /// <exception cref="ArgumentException">The shapes do not fit, or the output would be empty.</exception>
    public Tensor ConvTranspose1d(Tensor weight, Tensor? bias, ConvWindow window, int outputPadding = 0, int groups = 1) =>
        ConvolveTransposed("conv_transpose1d", 3, weight, bias, ConvWindow.Of(), window, 0, outputPadding, groups);

    /// <summary>
    /// <see cref="Conv2d(Tensor, Tensor, ConvWindow, ConvWindow, int, bool)"/> with bias, ReLU and <see cref="MaxPool2d"/>; in inference in one pass, without
    /// writing the convolution's result.
    /// </summary>
    /// <exception cref="ArgumentException">The shapes do not fit, or a window is larger than what it slides over.</exception>
    public Tensor Conv2dReluMaxPool(Tensor weight, Tensor bias, ConvWindow height, ConvWindow width, PoolOptions pool, int groups = 1) =>
        Conv2dReluMaxPool(weight, bias, height, width, pool, groups, packed: null);

    /// <summary>The same with <paramref name="weight"/> packed before (<see cref="PackConvolution"/>), or not if null.</summary>
    internal Tensor Conv2dReluMaxPool(Tensor weight, Tensor bias, ConvWindow height, ConvWindow width, PoolOptions pool, int groups, PackedConvolution? packed)
    {
        const string Op = "conv2d_relu_max_pool";
        if (Autograd.IsNeeded(this, weight, bias))
        {
            return Conv2d(weight, bias, height, width, groups, relu: true).MaxPool2d(pool);
        }

        Convolving c = PlanConvolution(Op, 4, weight, bias, height, width, groups);
        (PoolWindows windows, Shape pooled) = pool.Windows(Op, c.Output);
        Tensor y = Empty(pooled, DType, Device);
        if (packed is null)
        {
            Backend.ConvolutionBiasReluMaxPool(c.X, weight.View, bias.View, y.View, c.Geometry, windows);
        }
        else
        {
            Backend.ConvolutionPacked(c.X, packed, bias.View, y.View, c.Geometry, UnaryOp.Relu, windows);
        }

        return Autograd.Unrecorded(y, Op, this, weight, bias);
    }

    /// <summary>A checked convolution: its input as images, the shape of its result. The weight's values are not asked for: a packed copy may have replaced them.</summary>
    private readonly record struct Convolving(View X, Shape Output, ConvGeometry Geometry);

    private Convolving PlanConvolution(string op, int rank, Tensor weight, Tensor? bias, ConvWindow height, ConvWindow width, int groups)
    {
        CheckFloats(op, this, weight, bias);
        height.Check(op);
        width.Check(op);
        if (Rank != rank || weight.Rank != rank || groups < 1 || Shape[1] != weight.Shape[1] * groups || weight.Shape[0] % groups != 0
            || (bias is not null && (bias.Rank != 1 || bias.Shape[0] != weight.Shape[0])))
        {
            throw Unfitting(op, weight, bias, groups, rank == 4
                ? "input (B, C, H, W), weight (O, C / groups, KH, KW), bias (O), C and O divisible by groups"
                : "input (B, C, L), weight (O, C / groups, K), bias (O), C and O divisible by groups");
        }

        View x = AsImages(View);
        int outH = height.Outputs(x.Shape[2], rank == 4 ? weight.Shape[2] : 1), outW = width.Outputs(x.Shape[3], weight.Shape[-1]);
        if (outH < 1 || outW < 1 || weight.ElementCount == 0)
        {
            throw Unfitting(op, weight, bias, groups, $"a kernel that is not empty and fits into the padded input (height {height}, width {width})");
        }

        Shape output = rank == 4 ? [Shape[0], weight.Shape[0], outH, outW] : [Shape[0], weight.Shape[0], outW];
        return new(x, output, ConvWindow.Geometry(height, width, groups));
    }

    private Tensor Convolve(string op, int rank, Tensor weight, Tensor? bias, ConvWindow height, ConvWindow width, int groups, bool relu)
    {
        (View x, Shape output, ConvGeometry geometry) = PlanConvolution(op, rank, weight, bias, height, width, groups);
        View w = AsImages(weight.View);
        Tensor y = Empty(output, DType, Device);
        View result = AsImages(y.View);
        if (bias is not null)
        {
            Backend.ConvolutionBias(x, w, bias.View, result, geometry, relu ? UnaryOp.Relu : null);
        }
        else
        {
            Backend.Convolution(x, w, result, geometry);
            if (relu)
            {
                Backend.Unary(UnaryOp.Relu, result, result);
            }
        }

        return Autograd.Record(y, op, [this, weight, bias], [this, weight, relu ? y : null], geometry, static (g, geometry) =>
        {
            Tensor dy = g.HasSaved(2) ? MaskedByRelu(g.Grad, g.Saved(2)) : g.Grad;
            SetConvolutionGradients(g, dy, geometry);
        });
    }

    /// <summary>The gradients of a convolution whose input, weight and bias are the first three inputs of an operation; the first two are saved first.</summary>
    private static void SetConvolutionGradients(BackwardContext g, Tensor dy, ConvGeometry geometry)
    {
        View upstream = AsImages(dy.View);
        if (g.Needs(0))
        {
            Tensor dx = Empty(g.InputShape(0), dy.DType, dy.Device);
            dy.Backend.ConvolutionBackwardData(upstream, AsImages(g.Saved(1).View), AsImages(dx.View), geometry);
            g.Set(0, dx);
        }

        if (g.Needs(1))
        {
            Tensor dw = Empty(g.InputShape(1), dy.DType, dy.Device);
            Tensor? db = g.Needs(2) ? Empty(g.InputShape(2), dy.DType, dy.Device) : null;
            dy.Backend.ConvolutionBackwardWeight(AsImages(g.Saved(0).View), upstream, AsImages(dw.View), db is null ? default : db.View, geometry);
            g.Set(1, dw);
            if (db is not null)
            {
                g.Set(2, db);
            }
        }
        else if (g.Needs(2))
        {
            g.Set(2, ChannelSums(dy, g.InputShape(2)));
        }
    }

    private Tensor ConvolveTransposed(
        string op, int rank, Tensor weight, Tensor? bias, ConvWindow height, ConvWindow width, int outputPaddingHeight, int outputPaddingWidth, int groups)
    {
        CheckFloats(op, this, weight, bias);
        height.Check(op);
        width.Check(op);
        if (Rank != rank || weight.Rank != rank || groups < 1 || Shape[1] != weight.Shape[0] || Shape[1] % groups != 0
            || (bias is not null && (bias.Rank != 1 || bias.Shape[0] != weight.Shape[1] * groups)))
        {
            throw Unfitting(op, weight, bias, groups, rank == 4
                ? "input (B, C, H, W), weight (C, O / groups, KH, KW), bias (O), C divisible by groups"
                : "input (B, C, L), weight (C, O / groups, K), bias (O), C divisible by groups");
        }

        View x = AsImages(View), w = AsImages(weight.View);
        int outputs = weight.Shape[1] * groups;
        int outH = height.TransposedOutputs(x.Shape[2], w.Shape[2], outputPaddingHeight), outW = width.TransposedOutputs(x.Shape[3], w.Shape[3], outputPaddingWidth);
        if (outH < 1 || outW < 1 || w.Count == 0 || outputPaddingHeight < 0 || outputPaddingWidth < 0)
        {
            throw Unfitting(op, weight, bias, groups, $"an output that is not empty, got ({outH}, {outW}) with height {height}, width {width}");
        }

        ConvGeometry geometry = ConvWindow.Geometry(height, width, groups);
        Tensor y = Empty(rank == 4 ? [Shape[0], outputs, outH, outW] : [Shape[0], outputs, outW], DType, Device);
        View result = AsImages(y.View);
        Backend.ConvolutionBackwardData(x, w, result, geometry);
        if (bias is not null)
        {
            Layout perChannel = new([1, outputs, 1, 1], [0, bias.Layout.Strides[0], 0, 0], bias.Layout.Offset);
            Backend.Binary(BinaryOp.Add, result, bias.View.With(perChannel.BroadcastTo(result.Shape)), result);
        }

        return Autograd.Record(y, op, [this, weight, bias], [this, weight], geometry, static (g, geometry) =>
        {
            View upstream = AsImages(g.Grad.View);
            if (g.Needs(0))
            {
                Tensor dx = Empty(g.InputShape(0), g.Grad.DType, g.Grad.Device);
                dx.Backend.Convolution(upstream, AsImages(g.Saved(1).View), AsImages(dx.View), geometry);
                g.Set(0, dx);
            }

            if (g.Needs(1))
            {
                Tensor dw = Empty(g.InputShape(1), g.Grad.DType, g.Grad.Device);
                dw.Backend.ConvolutionBackwardWeight(upstream, AsImages(g.Saved(0).View), AsImages(dw.View), default, geometry);
                g.Set(1, dw);
            }

            if (g.Needs(2))
            {
                g.Set(2, ChannelSums(g.Grad, g.InputShape(2)));
            }
        });
    }

    /// <summary>(B, C, L) as (B, C, 1, L); images as they are.</summary>
    private static View AsImages(View view)
    {
        if (view.Shape.Rank == 4)
        {
            return view;
        }

        ReadOnlySpan<long> strides = view.Strides;
        return view.With(new Layout(view.Shape.Insert(2, 1), [strides[0], strides[1], 0, strides[2]], view.Layout.Offset));
    }

    /// <summary>Sums over everything but the second dimension.</summary>
    private static Tensor ChannelSums(Tensor x, Shape shape)
    {
        int[] extents = [.. Enumerable.Repeat(1, x.Rank)];
        extents[1] = x.Shape[1];
        Tensor sums = Empty(extents, x.DType, x.Device);
        sums.Backend.Reduce(ReduceOp.Sum, x.View, sums.View);
        return sums.AliasAs(Layout.RowMajor(shape, sums.Layout.Offset));
    }

    private ArgumentException Unfitting(string op, Tensor weight, Tensor? bias, int groups, string expected) =>
        new($"{op}: input {Shape}, weight {weight.Shape}, bias {bias?.Shape.ToString() ?? "none"}, {groups} groups; expected {expected}");
}
