using RawSer.Kernels;

namespace RawSer;

/// <summary>What a batch normalisation needs to know besides its tensors. The defaults are PyTorch's.</summary>
public sealed record BatchNormOptions
{
    /// <summary>PyTorch: channels in dimension 1, epsilon 1e-5, momentum 0.1, unbiased running variance.</summary>
    public static BatchNormOptions PyTorch { get; } = new();

    /// <summary>Dimension of the channels; statistics run over all others.</summary>
    public int Axis { get; init; } = 1;

    /// <summary>Added to the variance.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>Share of the batch in the running statistics: PyTorch's momentum, and one minus that of Keras.</summary>
    public double Momentum { get; init; } = 0.1;

    /// <summary>
    /// Whether the running variance takes the batch's unbiased estimate, n/(n-1) times the biased one that normalises (n = 1 counts as 2).
    /// </summary>
    public bool UnbiasedRunningVariance { get; init; } = true;

    /// <summary>
    /// Keras: epsilon 1e-3, momentum 0.99. tf.keras uses the unbiased running variance only on its fused path, for rank 4 with the axis 1 or
    /// 3; Keras 3 never does.
    /// </summary>
    public static BatchNormOptions Keras(int axis, int rank) => new()
    {
        Axis = axis,
        Epsilon = 1e-3,
        Momentum = 0.01,
        UnbiasedRunningVariance = rank == 4 && axis is 1 or 3 or -1 or -3,
    };
}

public sealed partial class Tensor
{
    /// <summary>
    /// Batch normalisation over any axis: <c>y = (x - mean) / sqrt(variance + epsilon) * weight + bias</c> with one value of each per index of
    /// the axis. In training mean and biased variance are those of this batch, and the running statistics move towards them in place;
    /// otherwise the running statistics are used. Without running statistics the batch's are always used.
    /// </summary>
    /// <param name="weight">(channels), or 1.</param>
    /// <param name="bias">(channels), or 0.</param>
    /// <param name="runningMean">(channels); with <paramref name="runningVariance"/> or not at all.</param>
    /// <param name="runningVariance">(channels).</param>
    /// <param name="training">Whether to use and follow the batch's statistics.</param>
    /// <param name="options">Axis, epsilon, momentum; PyTorch's if left out.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public Tensor BatchNorm(
        Tensor? weight, Tensor? bias, Tensor? runningMean, Tensor? runningVariance, bool training, BatchNormOptions? options = null)
    {
        options ??= BatchNormOptions.PyTorch;
        CheckBatchNorm("batch_norm", weight, bias, runningMean, runningVariance, options.Axis);
        bool ofBatch = training || runningMean is null;
        using Tensor x = ContiguousAlias();
        (Tensor mean, Tensor variance) = ofBatch ? x.BatchStatistics(runningMean, runningVariance, options) : (runningMean!.Clone(), runningVariance!.Clone());
        Tensor y = Empty(Shape, DType, Device);
        Backend.BatchNorm(x.View, options.Axis, mean.View, variance.View, ViewOf(weight), ViewOf(bias), options.Epsilon, y.View);
        Autograd.Record(y, "batch_norm", [this, weight, bias], [x, mean, variance, weight], (options, ofBatch), static (g, s) =>
        {
            Tensor x = g.Saved(0), mean = g.Saved(1), variance = g.Saved(2), dy = g.Grad.ContiguousAlias();
            View weight = g.HasSaved(3) ? g.Saved(3).View : default;
            Tensor? dweight = null, dbias = null;
            if (s.ofBatch || g.Needs(1) || g.Needs(2))
            {
                (dweight, dbias) = (Empty(mean.Shape, x.DType, x.Device), Empty(mean.Shape, x.DType, x.Device));
                x.Backend.BatchNormParameterGradients(x.View, dy.View, s.options.Axis, mean.View, variance.View, s.options.Epsilon, dweight.View, dbias.View);
                g.Set(1, dweight);
                g.Set(2, dbias);
            }

            if (g.Needs(0))
            {
                Tensor dx = Empty(x.Shape, x.DType, x.Device);
                View sumWeight = s.ofBatch ? dweight!.View : default, sumBias = s.ofBatch ? dbias!.View : default;
                x.Backend.BatchNormBackward(x.View, dy.View, s.options.Axis, mean.View, variance.View, weight, sumWeight, sumBias, s.options.Epsilon, dx.View);
                g.Set(0, dx);
            }
        });
        mean.Dispose();
        variance.Dispose();
        return y;
    }

    /// <summary>
    /// <c>maxpool2d(relu(batch_norm(x)))</c> in one pass over memory, and its gradient in two; parameters as of <see cref="BatchNorm"/> and
    /// <see cref="MaxPool2d"/>.
    /// </summary>
    public Tensor BatchNormReluMaxPool2d(
        Tensor? weight, Tensor? bias, Tensor? runningMean, Tensor? runningVariance, bool training, PoolOptions pool, BatchNormOptions? options = null)
    {
        options ??= BatchNormOptions.PyTorch;
        bool ofBatch = training || runningMean is null;
        bool recorded = Autograd.IsNeeded(this, weight, bias);
        if (recorded && !ofBatch)
        {
            return BatchNorm(weight, bias, runningMean, runningVariance, training, options).Relu().MaxPool2d(pool); // a frozen layer inside a trained network
        }

        CheckBatchNorm("batch_norm_relu_max_pool2d", weight, bias, runningMean, runningVariance, options.Axis);
        (PoolWindows windows, Shape pooled) = pool.Windows("batch_norm_relu_max_pool2d", Shape);
        using Tensor x = ContiguousAlias();
        (Tensor mean, Tensor variance) = ofBatch ? x.BatchStatistics(runningMean, runningVariance, options) : (runningMean!.Alias(), runningVariance!.Alias());
        Tensor y = Empty(pooled, DType, Device);
        Tensor? place = recorded ? Empty(pooled, windows.PlaceType, Device) : null, saved = recorded ? Empty(pooled, DType, Device) : null;
        Backend.BatchNormReluMaxPool(
            x.View, options.Axis, mean.View, variance.View, ViewOf(weight), ViewOf(bias), options.Epsilon, windows, y.View, ViewOf(place), ViewOf(saved));
        Autograd.Record(
            y, "batch_norm_relu_max_pool2d", [this, weight, bias], [x, place, saved, mean, variance, weight], (options, windows), static (g, s) =>
            {
                Tensor x = g.Saved(0), mean = g.Saved(3), dy = g.Grad.ContiguousAlias();
                Tensor? dx = g.Needs(0) ? Empty(x.Shape, x.DType, x.Device) : null;
                Tensor dweight = Empty(mean.Shape, x.DType, x.Device), dbias = Empty(mean.Shape, x.DType, x.Device);
                x.Backend.BatchNormReluMaxPoolBackward(
                    x.View, dy.View, g.Saved(1).View, g.Saved(2).View, s.options.Axis, mean.View, g.Saved(4).View,
                    g.HasSaved(5) ? g.Saved(5).View : default, s.options.Epsilon, s.windows, ViewOf(dx), dweight.View, dbias.View);
                if (dx is not null)
                {
                    g.Set(0, dx);
                }

                g.Set(1, dweight);
                g.Set(2, dbias);
            });
        mean.Dispose();
        variance.Dispose();
        place?.Dispose();
        saved?.Dispose();
        return y;
    }

    /// <summary>
    /// Layer normalisation over the last dimensions, as many as weight and bias have, or only the last one without them:
    /// <c>y = (x - mean) / sqrt(variance + epsilon) * weight + bias</c> with the biased variance. PyTorch's epsilon is 1e-5, that of Keras 1e-3.
    /// </summary>
    /// <param name="weight">Of the shape of the normalised dimensions, or 1.</param>
    /// <param name="bias">Likewise, or 0.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="dims">Number of normalised dimensions; needed only without weight and bias.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public Tensor LayerNorm(Tensor? weight, Tensor? bias, double epsilon = 1e-5, int? dims = null)
    {
        CheckFloats("layer_norm", this, weight, bias);
        int count = dims ?? weight?.Rank ?? bias?.Rank ?? 1;
        Shape? normalised = count >= 1 && count <= Rank ? Shape.Create(Shape.AsSpan()[^count..]) : null;
        if (normalised is null || (weight is not null && weight.Shape != normalised) || (bias is not null && bias.Shape != normalised))
        {
            throw new ArgumentException(
                $"layer_norm: input {Shape}, weight {ShapeOf(weight)}, bias {ShapeOf(bias)}, {count} normalised dimensions; weight and bias must have the shape of the last dimensions of the input");
        }

        long rows = normalised.ElementCount == 0 ? 0 : ElementCount / normalised.ElementCount;
        Tensor y = Empty(Shape, DType, Device);
        using Tensor x = ContiguousAlias(), w = DenseOrEmpty(weight), b = DenseOrEmpty(bias);
        using Tensor mean = Empty([checked((int)rows)], DType, Device), inverse = Empty([checked((int)rows)], DType, Device);
        Backend.LayerNorm(x.View, weight is null ? default : w.View, bias is null ? default : b.View, epsilon, y.View, mean.View, inverse.View);
        return Autograd.Record(y, "layer_norm", [this, weight, bias], [x, mean, inverse, weight is null ? null : w], 0, static (g, _) =>
        {
            RowNormGradients gradients = new(g);
            gradients.X.Backend.LayerNormBackward(
                gradients.X.View, gradients.Dy.View, gradients.Weight, g.Saved(1).View, g.Saved(2).View, ViewOf(gradients.Dx), ViewOf(gradients.Dweight), ViewOf(gradients.Dbias));
            gradients.Set();
        });
    }

    /// <summary>
    /// Group normalisation of (N, C, ...): mean and biased variance over each group of C/groups neighbouring channels of a sample and all
    /// dimensions behind; weight and bias per channel.
    /// </summary>
    /// <param name="groups">Number of groups; divides C.</param>
    /// <param name="weight">(C), or 1.</param>
    /// <param name="bias">(C), or 0.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public Tensor GroupNorm(int groups, Tensor? weight, Tensor? bias, double epsilon = 1e-5) => GroupNorm("group_norm", groups, weight, bias, epsilon);

    /// <summary>Instance normalisation of (N, C, ...): every channel of every sample for itself, with the batch's statistics; weight and bias per channel.</summary>
    /// <param name="weight">(C), or 1.</param>
    /// <param name="bias">(C), or 0.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public Tensor InstanceNorm(Tensor? weight, Tensor? bias, double epsilon = 1e-5) =>
        GroupNorm("instance_norm", Rank >= 2 ? Shape[1] : 1, weight, bias, epsilon);

    private Tensor GroupNorm(string op, int groups, Tensor? weight, Tensor? bias, double epsilon)
    {
        CheckFloats(op, this, weight, bias);
        int channels = Rank >= 2 ? Shape[1] : 0;
        if (Rank < 2 || groups < 1 || channels % groups != 0 || !IsVector(weight, channels) || !IsVector(bias, channels))
        {
            throw new ArgumentException(
                $"{op}: input {Shape}, {groups} groups, weight {ShapeOf(weight)}, bias {ShapeOf(bias)}; expected input (N, C, ...) with C a multiple of the groups, weight (C), bias (C)");
        }

        Tensor y = Empty(Shape, DType, Device);
        using Tensor x = ContiguousAlias(), w = DenseOrEmpty(weight), b = DenseOrEmpty(bias);
        using Tensor mean = Empty([Shape[0] * groups], DType, Device), inverse = Empty([Shape[0] * groups], DType, Device);
        Backend.GroupNorm(x.View, groups, weight is null ? default : w.View, bias is null ? default : b.View, epsilon, y.View, mean.View, inverse.View);
        return Autograd.Record(y, op, [this, weight, bias], [x, mean, inverse, weight is null ? null : w], groups, static (g, groups) =>
        {
            RowNormGradients gradients = new(g);
            gradients.X.Backend.GroupNormBackward(
                gradients.X.View, gradients.Dy.View, groups, gradients.Weight, g.Saved(1).View, g.Saved(2).View, ViewOf(gradients.Dx), ViewOf(gradients.Dweight), ViewOf(gradients.Dbias));
            gradients.Set();
        });
    }

    /// <summary>
    /// Weight normalisation (Salimans and Kingma 2016) of this direction v: <c>w = magnitude * v / ||v||</c>, with the norm over all
    /// dimensions but <paramref name="dim"/>. The magnitude has the extent of v in that dimension and 1 in all others, as PyTorch stores it.
    /// </summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public Tensor WeightNorm(Tensor magnitude, int dim)
    {
        CheckFloats("weight_norm", this, magnitude);
        int at = Shape.Dim(dim), channels = Shape[at];
        int[] expected = new int[Rank];
        Array.Fill(expected, 1);
        expected[at] = channels;
        if (magnitude.Shape != (Shape)expected)
        {
            throw new ArgumentException($"weight_norm: direction {Shape} and magnitude {magnitude.Shape} over dimension {dim}; expected magnitude {(Shape)expected}");
        }

        // Normalisation with mean 0 and variance 1, whose weight is magnitude / norm and whose sum of x * x is the squared norm.
        using Tensor v = ContiguousAlias(), zero = Zeros([channels], DType, Device), one = Ones([channels], DType, Device);
        using Tensor norm = v.ChannelProducts(v, at, zero, one), scale = Empty([channels], DType, Device);
        Backend.Unary(UnaryOp.Sqrt, norm.View, norm.View);
        Backend.Binary(BinaryOp.Divide, magnitude.View.With(magnitude.Layout.Reshape([channels])!), norm.View, scale.View);
        Tensor w = Empty(Shape, DType, Device);
        Backend.BatchNorm(v.View, at, zero.View, one.View, scale.View, default, 0, w.View);
        return Autograd.Record(w, "weight_norm", [this, magnitude], [v, zero, one, norm, scale], at, static (g, at) =>
        {
            Tensor v = g.Saved(0), zero = g.Saved(1), one = g.Saved(2), norm = g.Saved(3), scale = g.Saved(4), dw = g.Grad.ContiguousAlias();
            Tensor products = v.ChannelProducts(dw, at, zero, one); // S(dw * v) per channel
            g.Set(1, (products / norm).AliasAs(Layout.RowMajor(g.InputShape(1))));
            if (g.Needs(0))
            {
                // dv = scale * (dw - v * S(dw * v) / norm^2): the mean product of the normalisation's rule, times n.
                Tensor share = products / norm.Square() * ((double)v.ElementCount / norm.ElementCount), dv = Empty(v.Shape, v.DType, v.Device);
                v.Backend.BatchNormBackward(v.View, dw.View, at, zero.View, one.View, scale.View, share.View, default, 0, dv.View);
                g.Set(0, dv);
            }
        });
    }

    /// <summary>Sums of this times other for each index of an axis.</summary>
    private Tensor ChannelProducts(Tensor other, int axis, Tensor zero, Tensor one)
    {
        Tensor products = Empty(zero.Shape, DType, Device);
        using Tensor sums = Empty(zero.Shape, DType, Device);
        Backend.BatchNormParameterGradients(View, other.View, axis, zero.View, one.View, 0, products.View, sums.View);
        return products;
    }

    /// <summary>The statistics of this dense batch, after the running ones have moved towards them.</summary>
    private (Tensor Mean, Tensor Variance) BatchStatistics(Tensor? runningMean, Tensor? runningVariance, BatchNormOptions options)
    {
        int channels = Shape[options.Axis];
        Tensor mean = Empty([channels], DType, Device), variance = Empty([channels], DType, Device);
        Backend.BatchStatistics(View, options.Axis, mean.View, variance.View);
        if (runningMean is not null && runningVariance is not null)
        {
            double n = ElementCount / Math.Max(1, channels);
            Backend.UpdateRunningStatistics(mean.View, options.Momentum, 1, runningMean.View);
            Backend.UpdateRunningStatistics(variance.View, options.Momentum, options.UnbiasedRunningVariance ? n / Math.Max(n - 1, 1) : 1, runningVariance.View);
        }

        return (mean, variance);
    }

    private void CheckBatchNorm(string op, Tensor? weight, Tensor? bias, Tensor? runningMean, Tensor? runningVariance, int axis)
    {
        CheckFloats(op, this, weight, bias, runningMean, runningVariance);
        int channels = Shape[axis];
        if (!IsVector(weight, channels) || !IsVector(bias, channels) || !IsVector(runningMean, channels) || !IsVector(runningVariance, channels))
        {
            throw new ArgumentException(
                $"{op}: input {Shape}, axis {axis}, weight {ShapeOf(weight)}, bias {ShapeOf(bias)}, running mean {ShapeOf(runningMean)}, running variance {ShapeOf(runningVariance)}; each must be ({channels}) and dense");
        }

        if (runningMean is null != runningVariance is null)
        {
            throw new ArgumentException($"{op}: running mean and running variance must be given together");
        }

        if (ElementCount == 0)
        {
            throw new ArgumentException($"{op}: input {Shape} has no elements to take statistics of");
        }
    }

    private static bool IsVector(Tensor? tensor, int length) => tensor is null || (tensor.Rank == 1 && tensor.Shape[0] == length && tensor.IsContiguous);

    private static string ShapeOf(Tensor? tensor) => tensor is null ? "none" : tensor.Shape.ToString();

    private static View ViewOf(Tensor? tensor) => tensor is null ? default : tensor.View;

    private Tensor DenseOrEmpty(Tensor? parameter) => parameter is null ? Empty([0], DType, Device) : parameter.ContiguousAlias();

    /// <summary>What layer and group normalisation have in common on the way back: saved are x, mean, inverse and weight, inputs x, weight and bias.</summary>
    private readonly struct RowNormGradients
    {
        private readonly BackwardContext _context;

        public RowNormGradients(BackwardContext context)
        {
            _context = context;
            X = context.Saved(0);
            Dy = context.Grad.ContiguousAlias();
            Weight = context.HasSaved(3) ? context.Saved(3).View : default;
            Dx = context.Needs(0) ? Empty(X.Shape, X.DType, X.Device) : null;
            Dweight = context.Needs(1) ? Empty(context.InputShape(1), X.DType, X.Device) : null;
            Dbias = context.Needs(2) ? Empty(context.InputShape(2), X.DType, X.Device) : null;
        }

        public Tensor X { get; }

        public Tensor Dy { get; }

        public View Weight { get; }

        public Tensor? Dx { get; }

        public Tensor? Dweight { get; }

        public Tensor? Dbias { get; }

        public void Set()
        {
            Tensor?[] gradients = [Dx, Dweight, Dbias];
            for (int i = 0; i < gradients.Length; i++)
            {
                if (gradients[i] is { } gradient)
                {
                    _context.Set(i, gradient);
                }
            }
        }
    }
}
