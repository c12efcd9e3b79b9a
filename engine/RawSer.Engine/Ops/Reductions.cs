using RawSer.Kernels;

namespace RawSer;

public sealed partial class Tensor
{
    /// <summary>Sum over all elements.</summary>
    public Tensor Sum() => Sum(AllDims());

    /// <summary>Sum over dimensions; with keepDim they stay with extent 1.</summary>
    public Tensor Sum(ReadOnlySpan<int> dims, bool keepDim = false)
    {
        CheckFloats("sum", this);
        ReducedShape shape = new("sum", Shape, dims);
        return Autograd.Record(Reduced(ReduceOp.Sum, shape, keepDim), "sum", [this], [], shape, static (g, shape) =>
            g.Set(0, g.Grad.Spread(shape)));
    }

    /// <inheritdoc cref="Sum(ReadOnlySpan{int}, bool)"/>
    public Tensor Sum(int dim, bool keepDim = false) => Sum([dim], keepDim);

    /// <summary>Arithmetic mean over all elements.</summary>
    public Tensor Mean() => Mean(AllDims());

    /// <summary>Arithmetic mean over dimensions; NaN over no elements.</summary>
    public Tensor Mean(ReadOnlySpan<int> dims, bool keepDim = false)
    {
        CheckFloats("mean", this);
        ReducedShape shape = new("mean", Shape, dims);
        return Autograd.Record(Reduced(ReduceOp.Mean, shape, keepDim), "mean", [this], [], shape, static (g, shape) =>
            g.Set(0, (g.Grad / shape.Count).Spread(shape)));
    }

    /// <inheritdoc cref="Mean(ReadOnlySpan{int}, bool)"/>
    public Tensor Mean(int dim, bool keepDim = false) => Mean([dim], keepDim);

    /// <summary>
    /// Variance over dimensions: the sum of squared deviations from the mean over (n - correction); correction 1 is Bessel's. In two
    /// passes, so a large mean does no harm. NaN if n - correction is not positive.
    /// </summary>
    public Tensor Var(ReadOnlySpan<int> dims, double correction = 1, bool keepDim = false)
    {
        CheckFloats("var", this);
        ReducedShape shape = new("var", Shape, dims);
        double divisor = Math.Max(0, shape.Count - correction);
        Tensor centered = Centered(shape);
        Tensor y = centered.Reduced(ReduceOp.SumOfSquares, shape, keepDim);
        Backend.Unary(UnaryOp.Affine, y.View, y.View, 1 / divisor, -0.0);
        Tensor result = Autograd.Record(y, "var", [this], [centered], (shape, divisor), static (g, s) =>
            g.Set(0, (g.Grad * (2 / s.divisor)).Spread(s.shape) * g.Saved(0)));
        centered.Dispose();
        return result;
    }

    /// <summary>Variance over all elements.</summary>
    public Tensor Var(double correction = 1) => Var(AllDims(), correction);

    /// <summary>Standard deviation: the square root of <see cref="Var(ReadOnlySpan{int}, double, bool)"/>; its gradient at 0 is 0.</summary>
    public Tensor Std(ReadOnlySpan<int> dims, double correction = 1, bool keepDim = false)
    {
        CheckFloats("std", this);
        ReducedShape shape = new("std", Shape, dims);
        double divisor = Math.Max(0, shape.Count - correction);
        Tensor centered = Centered(shape);
        Tensor y = centered.Reduced(ReduceOp.SumOfSquares, shape, keepDim);
        Backend.Unary(UnaryOp.Affine, y.View, y.View, 1 / divisor, -0.0);
        Backend.Unary(UnaryOp.Sqrt, y.View, y.View);
        Tensor result = Autograd.Record(y, "std", [this], [centered, y], (shape, divisor), static (g, s) =>
            g.Set(0, OverNonzero(g.Grad / s.divisor, g.Saved(1)).Spread(s.shape) * g.Saved(0)));
        centered.Dispose();
        return result;
    }

    /// <summary>Standard deviation over all elements.</summary>
    public Tensor Std(double correction = 1) => Std(AllDims(), correction);

    /// <summary>Largest element of all; ties share the gradient equally, NaN wins.</summary>
    public Tensor Max() => Amax(AllDims());

    /// <summary>Smallest element of all; ties share the gradient equally, NaN wins.</summary>
    public Tensor Min() => Amin(AllDims());

    /// <summary>Largest elements over dimensions; ties share the gradient equally, NaN wins.</summary>
    public Tensor Amax(ReadOnlySpan<int> dims, bool keepDim = false) => Extreme(ReduceOp.Max, "amax", dims, keepDim);

    /// <summary>Smallest elements over dimensions; ties share the gradient equally, NaN wins.</summary>
    public Tensor Amin(ReadOnlySpan<int> dims, bool keepDim = false) => Extreme(ReduceOp.Min, "amin", dims, keepDim);

    /// <summary>log sum e^x over dimensions, without overflow.</summary>
    public Tensor LogSumExp(ReadOnlySpan<int> dims, bool keepDim = false)
    {
        CheckFloats("logsumexp", this);
        ReducedShape shape = new("logsumexp", Shape, dims);
        Tensor y;
        using (Autograd.NoGrad())
        using (TensorScope scope = Scope())
        {
            // The largest element, but finite, so that a line of -infinity gives -infinity and not NaN.
            Tensor max = Reduced(ReduceOp.Max, shape, keepDim: true).Clamp(float.MinValue, float.MaxValue);
            y = scope.Keep(((this - max).Exp().Reduced(ReduceOp.Sum, shape, keepDim: true).Log() + max).Reshape((keepDim ? shape.Kept : shape.Dropped).AsSpan()));
        }

        return Autograd.Record(y, "logsumexp", [this], [this, y], shape, static (g, shape) =>
            g.Set(0, (g.Saved(0) - g.Saved(1).Spread(shape)).Exp() * g.Grad.Spread(shape)));
    }

    /// <summary>
    /// The p-norm over dimensions, <c>(sum |x|^p)^(1/p)</c>; p = infinity gives the largest absolute value. The gradient of the 2-norm of
    /// the zero vector is 0.
    /// </summary>
    public Tensor Norm(ReadOnlySpan<int> dims, double p = 2, bool keepDim = false)
    {
        switch (p)
        {
            case 2: return Norm2(dims, keepDim);
            case 1: return Abs().Sum(dims, keepDim);
            case double.PositiveInfinity: return Abs().Amax(dims, keepDim);
            case > 0: return Abs().Pow(p).Sum(dims, keepDim).Pow(1 / p);
            default: throw new ArgumentOutOfRangeException(nameof(p), FormattableString.Invariant($"norm: order {p}, expected a positive number or infinity"));
        }
    }

    /// <summary>The p-norm over all elements.</summary>
    public Tensor Norm(double p = 2) => Norm(AllDims(), p);

    /// <summary>
    /// The mean along a dimension of the elements that a mask keeps, for example of the frames that are not padding. A line of which it keeps none
    /// gives NaN.
    /// </summary>
    /// <param name="dim">The dimension to reduce.</param>
    /// <param name="mask">Bool, broadcast to this shape; true for what counts.</param>
    /// <param name="keepDim">Whether the dimension stays, with extent 1.</param>
    public Tensor MaskedMean(int dim, Tensor mask, bool keepDim = false)
    {
        Tensor kept = MaskedFill(mask.LogicalNot(), 0).Sum(dim, keepDim);
        return kept / mask.BroadcastTo(Shape).To(DType).Sum(dim, keepDim);
    }

    /// <summary>Running sums along a dimension.</summary>
    public Tensor CumSum(int dim)
    {
        CheckFloats("cumsum", this);
        int d = Shape.Dim(dim);
        Tensor y = Empty(Shape, DType, Device);
        Backend.CumulativeSum(View, y.View, d);
        return Autograd.Record(y, "cumsum", [this], [], d, static (g, d) =>
        {
            Tensor dx = Empty(g.Grad.Shape, g.Grad.DType, g.Grad.Device);
            dx.Backend.CumulativeSum(g.Grad.View, dx.View, d, reverse: true);
            g.Set(0, dx);
        });
    }

    private Tensor Norm2(ReadOnlySpan<int> dims, bool keepDim)
    {
        CheckFloats("norm", this);
        ReducedShape shape = new("norm", Shape, dims);
        Tensor y = Reduced(ReduceOp.SumOfSquares, shape, keepDim);
        Backend.Unary(UnaryOp.Sqrt, y.View, y.View);
        return Autograd.Record(y, "norm", [this], [this, y], shape, static (g, shape) =>
            g.Set(0, OverNonzero(g.Grad, g.Saved(1)).Spread(shape) * g.Saved(0)));
    }

    /// <summary>a / b, but 0 where b is 0.</summary>
    private static Tensor OverNonzero(Tensor a, Tensor b) => (a / b).MaskedFill(b.Equal(Zeros(Shape.Scalar, b.DType, b.Device)), 0);

    private Tensor Extreme(ReduceOp op, string name, ReadOnlySpan<int> dims, bool keepDim)
    {
        CheckFloats(name, this);
        ReducedShape shape = new(name, Shape, dims);
        if (shape.Count == 0)
        {
            throw new ArgumentException($"{name}: shape {Shape} has no elements along the reduced dimensions, so there is no largest or smallest");
        }

        Tensor y = Reduced(op, shape, keepDim);
        return Autograd.Record(y, name, [this], [this, y], shape, static (g, shape) =>
        {
            Tensor ties = g.Saved(0).Equal(g.Saved(1).Spread(shape));
            Tensor count = ties.To(g.Grad.DType).Reduced(ReduceOp.Sum, shape, keepDim: true);
            Tensor zero = Zeros(Shape.Scalar, g.Grad.DType, g.Grad.Device);
            g.Set(0, Where(ties, g.Grad.Reshape(shape.Kept.AsSpan()) / count, zero));
        });
    }

    private int[] AllDims() => [.. Enumerable.Range(0, Rank)];

    /// <summary>A reduction without a gradient.</summary>
    private Tensor Reduced(ReduceOp op, ReducedShape shape, bool keepDim)
    {
        Tensor kept = Empty(shape.Kept, DType, Device);
        Backend.Reduce(op, View, kept.View);
        GC.KeepAlive(this);
        if (keepDim)
        {
            return kept;
        }

        Tensor y = kept.AliasAs(Layout.RowMajor(shape.Dropped));
        kept.Dispose();
        return y;
    }

    /// <summary>
    /// x less its mean over the reduced dimensions; no gradient. The mean of the result is taken off once more: the first one, rounded to the
    /// element type, is off by up to half a unit in the last place of a large mean.
    /// </summary>
    private Tensor Centered(ReducedShape shape)
    {
        using Tensor mean = Reduced(ReduceOp.Mean, shape, keepDim: true);
        Tensor centered = Empty(Shape, DType, Device);
        Backend.Binary(BinaryOp.Subtract, View, mean.ViewAs(Shape), centered.View);
        using Tensor rest = centered.Reduced(ReduceOp.Mean, shape, keepDim: true);
        Backend.Binary(BinaryOp.Subtract, centered.View, rest.ViewAs(Shape), centered.View);
        return centered;
    }

    /// <summary>A result of a reduction repeated over the reduced dimensions.</summary>
    private Tensor Spread(ReducedShape shape) => Reshape(shape.Kept.AsSpan()).BroadcastTo(shape.Full);
}
