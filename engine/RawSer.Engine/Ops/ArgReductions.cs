using RawSer.Kernels;

namespace RawSer;

public sealed partial class Tensor
{
    /// <summary>
    /// Largest elements along a dimension and their places (I64): the first NaN if there is one, else the first of equals, which alone gets
    /// the gradient.
    /// </summary>
    public (Tensor Values, Tensor Indices) Max(int dim, bool keepDim = false) => ExtremeAlong(ReduceOp.Max, "max", dim, keepDim);

    /// <summary>Smallest elements along a dimension and their places (I64), by the rules of <see cref="Max(int, bool)"/>.</summary>
    public (Tensor Values, Tensor Indices) Min(int dim, bool keepDim = false) => ExtremeAlong(ReduceOp.Min, "min", dim, keepDim);

    /// <summary>Places (I64) of the largest elements along a dimension: the first NaN, else the first of equals.</summary>
    public Tensor ArgMax(int dim, bool keepDim = false) => ArgExtreme(ReduceOp.Max, "argmax", this, dim, keepDim);

    /// <summary>Places (I64) of the smallest elements along a dimension: the first NaN, else the first of equals.</summary>
    public Tensor ArgMin(int dim, bool keepDim = false) => ArgExtreme(ReduceOp.Min, "argmin", this, dim, keepDim);

    /// <summary>Place (I64, rank 0) of the largest element in row-major order.</summary>
    public Tensor ArgMax() => ArgExtremeOfAll(ReduceOp.Max, "argmax");

    /// <summary>Place (I64, rank 0) of the smallest element in row-major order.</summary>
    public Tensor ArgMin() => ArgExtremeOfAll(ReduceOp.Min, "argmin");

    private Tensor ArgExtremeOfAll(ReduceOp op, string name)
    {
        using Tensor dense = ContiguousAlias();
        using Tensor flat = dense.AliasAs(Layout.RowMajor([checked((int)ElementCount)], dense.Layout.Offset));
        return ArgExtreme(op, name, flat, 0, keepDim: false);
    }

    private static Tensor ArgExtreme(ReduceOp op, string name, Tensor x, int dim, bool keepDim)
    {
        ReducedShape shape = CheckExtreme(name, x, dim);
        Tensor indices = Empty(keepDim ? shape.Kept : shape.Dropped, DType.I64, x.Device);
        x.Backend.ArgReduce(op, x.View, x.Shape.Dim(dim), default, indices.View.With(Layout.RowMajor(shape.Kept)));
        return Autograd.Unrecorded(indices, name, x);
    }

    private (Tensor Values, Tensor Indices) ExtremeAlong(ReduceOp op, string name, int dim, bool keepDim)
    {
        ReducedShape shape = CheckExtreme(name, this, dim);
        int d = Shape.Dim(dim);
        Shape result = keepDim ? shape.Kept : shape.Dropped;
        Tensor values = Empty(result, DType, Device), indices = Empty(result, DType.I64, Device);
        Layout kept = Layout.RowMajor(shape.Kept);
        Backend.ArgReduce(op, View, d, values.View.With(kept), indices.View.With(kept));
        values = Autograd.Record(values, name, [this], [indices], (shape, d), static (g, s) =>
        {
            Tensor dx = Zeros(s.shape.Full, g.Grad.DType, g.Grad.Device);
            dx.Backend.ScatterAdd(dx.View, s.d, g.Saved(0).Reshape(s.shape.Kept.AsSpan()).View, g.Grad.Reshape(s.shape.Kept.AsSpan()).View);
            g.Set(0, dx);
        });
        return (values, indices);
    }

    private static ReducedShape CheckExtreme(string name, Tensor x, int dim)
    {
        CheckFloats(name, x);
        ReducedShape shape = new(name, x.Shape, [dim]);
        return shape.Count > 0
            ? shape
            : throw new ArgumentException($"{name}: dimension {dim} of shape {x.Shape} has no elements, so there is no largest or smallest");
    }
}
