using RawSer.Kernels;

namespace RawSer;

public sealed partial class Tensor
{
    /// <summary>
    /// Matrix product over the last two dimensions, (..., M, K) times (..., K, N) gives (..., M, N); leading dimensions broadcast.
    /// A vector on the left is a row, on the right a column, and its dimension is missing in the result: (K) times (K) is a scalar.
    /// Operands may be views of any strides (transposed, permuted, sliced); nothing is copied.
    /// </summary>
    /// <exception cref="ArgumentException">An operand is a scalar, or the shapes do not fit.</exception>
    public Tensor MatMul(Tensor other)
    {
        CheckFloats("matmul", this, other);
        MatMulShapes shapes = MatMulShapes.Of(this, other);
        Tensor y = Empty(shapes.Result, DType, Device);
        Backend.MatMul(View.With(shapes.Left(this)), other.View.With(shapes.Right(other)), y.View.With(shapes.Full(y.Layout)));
        return Autograd.Record(y, "matmul", [this, other], [this, other], shapes, static (g, s) =>
        {
            Tensor a = g.Saved(0), b = g.Saved(1), dy = g.Grad;
            if (g.Needs(0))
            {
                Tensor da = Empty(s.LeftShape, dy.DType, dy.Device);
                dy.Backend.MatMul(dy.View.With(s.Full(dy.Layout)), b.View.With(Transposed(s.Right(b))), da.View);
                g.Set(0, s.RestoreLeft(da));
            }

            if (g.Needs(1))
            {
                g.Set(1, s.SharesRight && RowsAsOne(a, dy) is { } rows
                    ? TransposedProduct(rows.X, rows.Dy, dy)
                    : s.RestoreRight(TransposedProduct(a.View.With(s.Left(a)), dy.View.With(s.Full(dy.Layout)), dy)));
            }
        });
    }

    /// <summary>
    /// <c>y = x w^T + b</c> over the last dimension: x (..., in), weight (out, in), bias (out) gives (..., out). Optionally followed by ReLU.
    /// </summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public Tensor Linear(Tensor weight, Tensor? bias = null, bool relu = false) => Linear(weight, bias, relu, packed: null);

    /// <summary>
    /// The same with <paramref name="weight"/> packed before (<see cref="PackRows"/>), or not if null. A single row is faster with the weight as it is, if it still is.
    /// </summary>
    internal Tensor Linear(Tensor weight, Tensor? bias, bool relu, PackedMatrix? packed)
    {
        CheckFloats("linear", this, weight, bias);
        if (Rank < 1 || weight.Rank != 2 || weight.Shape[1] != Shape[-1] || (bias is not null && (bias.Rank != 1 || bias.Shape[0] != weight.Shape[0])))
        {
            throw new ArgumentException(
                $"linear: input {Shape}, weight {weight.Shape}, bias {bias?.Shape.ToString() ?? "none"}; expected input (..., in), weight (out, in), bias (out)");
        }

        Tensor y = Empty(Shape.With(-1, weight.Shape[0]), DType, Device);
        using Tensor x = Rows(this);
        View result = y.View.With(y.Layout.Reshape(RowShape(y.Shape))!);
        UnaryOp? activation = relu ? UnaryOp.Relu : null;
        View added = bias is null ? default : bias.View.With(bias.Layout.BroadcastTo(result.Shape));
        if (packed is not null && (result.Shape[0] > 1 || !weight.HasMemory))
        {
            Backend.MatMulPacked(x.View, packed, added, result, activation);
        }
        else if (bias is not null)
        {
            Backend.MatMulBias(x.View, weight.View.With(Transposed(weight.Layout)), added, result, activation);
        }
        else
        {
            Backend.MatMul(x.View, weight.View.With(Transposed(weight.Layout)), result);
            if (relu)
            {
                Backend.Unary(UnaryOp.Relu, result, result);
            }
        }

        return Autograd.Record(y, "linear", [this, weight, bias], [this, weight, relu ? y : null], 0, static (g, _) =>
        {
            Tensor dy = Rows(g.HasSaved(2) ? MaskedByRelu(g.Grad, g.Saved(2)) : g.Grad);
            if (g.Needs(0))
            {
                Tensor dx = Empty(g.InputShape(0), dy.DType, dy.Device);
                dy.Backend.MatMul(dy.View, g.Saved(1).View, dx.View.With(dx.Layout.Reshape(RowShape(dx.Shape))!));
                g.Set(0, dx);
            }

            if (g.Needs(1))
            {
                using Tensor x = Rows(g.Saved(0));
                g.Set(1, TransposedProduct(dy.View, x.View, dy));
            }

            if (g.Needs(2))
            {
                g.Set(2, dy.SumTo(g.InputShape(2)));
            }
        });
    }

    /// <summary>A weight (out, in) packed for many <see cref="Linear(Tensor, Tensor?, bool)"/>, or null where the device gains nothing by it.</summary>
    internal PackedMatrix? PackRows() => Shape[0] > 1 && DType == DType.F32 ? Backend.Pack(View.With(Transposed(Layout))) : null;

    /// <summary>
    /// <c>x w^T + b</c> with a weight of which only the packed form is there; x (..., in). Not recorded.
    /// </summary>
    internal Tensor LinearPacked(PackedMatrix packed, Tensor bias)
    {
        Tensor y = Empty(Shape.With(-1, packed.Columns), DType, Device);
        using Tensor x = Rows(this);
        View result = y.View.With(y.Layout.Reshape(RowShape(y.Shape))!);
        Backend.MatMulPacked(x.View, packed, bias.View.With(bias.Layout.BroadcastTo(result.Shape)), result);
        return Autograd.Unrecorded(y, "linear", this, bias);
    }

    /// <summary>a^T b over the last two dimensions, in a new tensor on the device of <paramref name="like"/>.</summary>
    private static Tensor TransposedProduct(View a, View b, Tensor like)
    {
        Layout left = Transposed(a.Layout);
        Tensor product = Empty(left.Shape.With(-1, b.Shape[-1]), like.DType, like.Device);
        product.Backend.MatMul(a.With(left), b, product.View);
        return product;
    }

    /// <summary>Gradient of what went into a ReLU whose result is known.</summary>
    private static Tensor MaskedByRelu(Tensor dy, Tensor y)
    {
        Tensor masked = Empty(dy.Shape, dy.DType, dy.Device);
        masked.Backend.UnaryBackward(UnaryOp.Relu, y.View, dy.View, masked.View);
        return masked;
    }

    /// <summary>All leading dimensions as rows: (..., n) as (rows, n). A view where strides allow it, else a copy.</summary>
    private static Tensor Rows(Tensor x)
    {
        Shape shape = RowShape(x.Shape);
        if (x.Layout.Reshape(shape) is { } layout)
        {
            return x.AliasAs(layout);
        }

        using Tensor dense = x.ContiguousAlias();
        return dense.AliasAs(Layout.RowMajor(shape, dense.Layout.Offset));
    }

    private static Shape RowShape(Shape shape)
    {
        long rows = 1;
        for (int d = 0; d < shape.Rank - 1; d++)
        {
            rows *= shape[d];
        }

        return [checked((int)rows), shape[-1]];
    }

    /// <summary>Both tensors with their leading dimensions as rows, if their strides allow it: one long product instead of a batch to be summed.</summary>
    private static (View X, View Dy)? RowsAsOne(Tensor x, Tensor dy) =>
        x.Rank >= 2 && dy.Rank >= 2 && x.Layout.Reshape(RowShape(x.Shape)) is { } layoutX && dy.Layout.Reshape(RowShape(dy.Shape)) is { } layoutDy
            ? (x.View.With(layoutX), dy.View.With(layoutDy))
            : null;

    private static Layout Transposed(Layout layout)
    {
        int[] dims = [.. Enumerable.Range(0, layout.Shape.Rank)];
        (dims[^2], dims[^1]) = (dims[^1], dims[^2]);
        return layout.Permute(dims);
    }

    /// <summary>How the operands of a matrix product meet: vectors as matrices, leading dimensions broadcast.</summary>
    private sealed record MatMulShapes(Shape Batch, int M, int N, int K, bool VectorLeft, bool VectorRight, bool SharesRight)
    {
        public Shape LeftShape => [.. Batch, M, K];

        public Shape Result => (VectorLeft, VectorRight) switch
        {
            (true, true) => Batch,
            (true, false) => [.. Batch, N],
            (false, true) => [.. Batch, M],
            _ => [.. Batch, M, N],
        };

        public static MatMulShapes Of(Tensor a, Tensor b)
        {
            bool vectorA = a.Rank == 1, vectorB = b.Rank == 1;
            Shape? batch = a.Rank == 0 || b.Rank == 0 ? null : Shape.Broadcast(Leading(a.Shape), Leading(b.Shape));
            if (batch is null || a.Shape[-1] != b.Shape[vectorB ? 0 : -2])
            {
                throw new ArgumentException(
                    $"matmul: shapes {a.Shape} and {b.Shape} do not fit; expected (..., M, K) and (..., K, N) with equal K and leading dimensions that broadcast, or (K)");
            }

            return new(batch, vectorA ? 1 : a.Shape[-2], vectorB ? 1 : b.Shape[-1], a.Shape[-1], vectorA, vectorB, Leading(b.Shape).Rank == 0 && !vectorA && !vectorB);
        }

        public Layout Left(Tensor a) => (VectorLeft ? Insert(a.Layout, 0) : a.Layout).BroadcastTo([.. Batch, M, K]);

        public Layout Right(Tensor b) => (VectorRight ? Insert(b.Layout, 1) : b.Layout).BroadcastTo([.. Batch, K, N]);

        /// <summary>The result with the dimensions that vectors lack.</summary>
        public Layout Full(Layout y)
        {
            Layout rows = VectorRight ? Insert(y, y.Shape.Rank) : y;
            return VectorLeft ? Insert(rows, rows.Shape.Rank - 1) : rows;
        }

        /// <summary>A gradient of shape (..., M, K) without the dimension that a vector lacks.</summary>
        public Tensor RestoreLeft(Tensor da) => VectorLeft ? da.AliasAs(da.Layout.Select(-2, 0)) : da;

        /// <summary>A gradient of shape (..., K, N) without the dimension that a vector lacks.</summary>
        public Tensor RestoreRight(Tensor db) => VectorRight ? db.AliasAs(db.Layout.Select(-1, 0)) : db;

        private static Shape Leading(Shape shape) => Shape.Create(shape.AsSpan()[..Math.Max(0, shape.Rank - 2)]);

        private static Layout Insert(Layout layout, int dim)
        {
            long[] strides = layout.Strides.ToArray();
            return new Layout(layout.Shape.Insert(dim, 1), [.. strides[..dim], 0, .. strides[dim..]], layout.Offset);
        }
    }
}
