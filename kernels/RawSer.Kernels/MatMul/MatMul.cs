namespace RawSer.Kernels;

public abstract partial class Backend
{
    /// <summary>
    /// Matrix products <c>y[..., i, j] = sum over k of a[..., i, k] * b[..., k, j]</c>, or added to y.
    /// a is (..., M, K), b is (..., K, N), y is (..., M, N) with the same leading extents (the engine broadcasts by strides of 0).
    /// Every view may have any strides, y too as long as its elements do not overlap, so that transposed and permuted operands
    /// need no copies. K = 0 gives zeros.
    /// </summary>
    public abstract void MatMul(View a, View b, View y, bool accumulate = false);

    /// <summary>
    /// <c>y = activation(a b + bias)</c>; bias has the shape of y, with strides of 0 where it repeats. A linear layer is
    /// <c>MatMulBias(x, w^T, bias, y)</c>.
    /// </summary>
    public virtual void MatMulBias(View a, View b, View bias, View y, UnaryOp? activation = null)
    {
        MatMul(a, b, y);
        Binary(BinaryOp.Add, y, bias, y);
        if (activation is { } op)
        {
            Unary(op, y, y);
        }
    }

    /// <summary>Packs a right operand (K, N) for <see cref="MatMulPacked"/>; null where this backend gains nothing by it.</summary>
    public virtual PackedMatrix? Pack(View b) => null;

    /// <summary>
    /// <c>y = activation(a b + bias)</c> with a right operand that was packed before: a (M, K), y (M, N), a bias of the shape of y or none.
    /// With two rows and columns or more the same bits as without packing; matrix times vector is better off without.
    /// </summary>
    public virtual void MatMulPacked(View a, PackedMatrix b, View bias, View y, UnaryOp? activation = null) =>
        throw new NotSupportedException($"{GetType().Name} packs no matrices");
}
