using System.Numerics;

namespace RawSer.Kernels;

public sealed unsafe partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void Unary(UnaryOp op, View x, View y, double alpha = 0, double beta = 0)
    {
        if (y.DType == DType.F64)
        {
            Unary<double>(op, x, y, alpha, beta);
        }
        else
        {
            Unary<float>(op, x, y, (float)alpha, (float)beta);
        }
    }

    /// <inheritdoc/>
    public override void UnaryBackward(UnaryOp op, View saved, View dy, View dx, double alpha = 0, double beta = 0)
    {
        if (dx.DType == DType.F64)
        {
            UnaryBackward<double>(op, saved, dy, dx, alpha, beta);
        }
        else
        {
            UnaryBackward<float>(op, saved, dy, dx, (float)alpha, (float)beta);
        }
    }

    /// <inheritdoc/>
    public override void Binary(BinaryOp op, View a, View b, View y)
    {
        if (y.DType == DType.F64)
        {
            Binary<double>(op, a, b, y);
        }
        else
        {
            Binary<float>(op, a, b, y);
        }
    }

    private static void Unary<T>(UnaryOp op, View x, View y, T alpha, T beta) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* px = x.Pointer<T>(), py = y.Pointer<T>();
        for (long i = 0; i < y.Count; i++)
        {
            py[ElementOffset(y, i)] = Apply(op, px[ElementOffset(x, i)], alpha, beta);
        }
    }

    private static void UnaryBackward<T>(UnaryOp op, View saved, View dy, View dx, T alpha, T beta) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* ps = saved.Pointer<T>(), pdy = dy.Pointer<T>(), pdx = dx.Pointer<T>();
        for (long i = 0; i < dx.Count; i++)
        {
            pdx[ElementOffset(dx, i)] = pdy[ElementOffset(dy, i)] * Derivative(op, ps[ElementOffset(saved, i)], alpha, beta);
        }
    }

    private static void Binary<T>(BinaryOp op, View a, View b, View y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* pa = a.Pointer<T>(), pb = b.Pointer<T>(), py = y.Pointer<T>();
        for (long i = 0; i < y.Count; i++)
        {
            py[ElementOffset(y, i)] = Apply(op, pa[ElementOffset(a, i)], pb[ElementOffset(b, i)]);
        }
    }

    private static T Apply<T>(UnaryOp op, T x, T alpha, T beta) where T : IBinaryFloatingPointIeee754<T> => op switch
    {
        UnaryOp.Affine => (alpha * x) + beta,
        UnaryOp.Abs => T.Abs(x),
        UnaryOp.Exp => T.Exp(x),
        UnaryOp.Log => T.Log(x),
        UnaryOp.Sqrt => T.Sqrt(x),
        UnaryOp.Reciprocal => T.One / x,
        UnaryOp.Square => x * x,
        UnaryOp.Sigmoid => T.One / (T.One + T.Exp(-x)),
        UnaryOp.Relu => x < T.Zero ? T.Zero : x,
        _ => throw new ArgumentOutOfRangeException(nameof(op), op, "unknown unary operation"),
    };

    /// <summary>op'(.) as a function of x or, see <see cref="UnaryOps.GradientUsesOutput"/>, of y = op(x).</summary>
    private static T Derivative<T>(UnaryOp op, T saved, T alpha, T beta) where T : IBinaryFloatingPointIeee754<T> => op switch
    {
        UnaryOp.Affine => alpha,
        UnaryOp.Abs => saved == T.Zero ? T.Zero : T.CopySign(T.One, saved),
        UnaryOp.Exp => saved,
        UnaryOp.Log => T.One / saved,
        UnaryOp.Sqrt => T.CreateChecked(0.5) / saved,
        UnaryOp.Reciprocal => -saved * saved,
        UnaryOp.Square => saved + saved,
        UnaryOp.Sigmoid => saved * (T.One - saved),
        UnaryOp.Relu => saved > T.Zero ? T.One : T.Zero,
        _ => throw new ArgumentOutOfRangeException(nameof(op), op, "unknown unary operation"),
    };

    private static T Apply<T>(BinaryOp op, T a, T b) where T : IBinaryFloatingPointIeee754<T> => op switch
    {
        BinaryOp.Add => a + b,
        BinaryOp.Subtract => a - b,
        BinaryOp.Multiply => a * b,
        BinaryOp.Divide => a / b,
        _ => throw new ArgumentOutOfRangeException(nameof(op), op, "unknown binary operation"),
    };

    /// <summary>Offset, from the view's first element, of the element that stands at place <paramref name="index"/> in row-major order.</summary>
    private static long ElementOffset(View view, long index)
    {
        ReadOnlySpan<int> extents = view.Shape.AsSpan();
        long offset = 0;
        for (int d = extents.Length - 1; d >= 0; d--)
        {
            offset += index % extents[d] * view.Strides[d];
            index /= extents[d];
        }

        return offset;
    }
}
