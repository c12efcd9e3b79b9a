using System.Numerics;

namespace RawSer.Kernels;

public sealed unsafe partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void Unary(UnaryOp op, View x, View y, double alpha = 0, double beta = 0)
    {
        if (op == UnaryOp.Not)
        {
            byte* px = Bytes(x), py = Bytes(y);
            for (long i = 0; i < y.Count; i++)
            {
                py[ElementOffset(y, i)] = px[ElementOffset(x, i)] == 0 ? (byte)1 : (byte)0;
            }
        }
        else if (y.DType == DType.F64)
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
        if (op is BinaryOp.And or BinaryOp.Or or BinaryOp.Xor)
        {
            Logical(op, a, b, y);
        }
        else if (y.DType == DType.F64)
        {
            Binary<double>(op, a, b, y);
        }
        else
        {
            Binary<float>(op, a, b, y);
        }
    }

    /// <inheritdoc/>
    public override void BinaryBackward(BinaryOp op, bool ofFirst, View a, View b, View dy, View dx)
    {
        if (dx.DType == DType.F64)
        {
            BinaryBackward<double>(op, ofFirst, a, b, dy, dx);
        }
        else
        {
            BinaryBackward<float>(op, ofFirst, a, b, dy, dx);
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

    private static void BinaryBackward<T>(BinaryOp op, bool ofFirst, View a, View b, View dy, View dx) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* pa = a.Pointer<T>(), pb = b.Pointer<T>(), pdy = dy.Pointer<T>(), pdx = dx.Pointer<T>();
        for (long i = 0; i < dx.Count; i++)
        {
            pdx[ElementOffset(dx, i)] = pdy[ElementOffset(dy, i)] * Derivative(op, ofFirst, pa[ElementOffset(a, i)], pb[ElementOffset(b, i)]);
        }
    }

    private static void Logical(BinaryOp op, View a, View b, View y)
    {
        byte* pa = Bytes(a), pb = Bytes(b), py = Bytes(y);
        for (long i = 0; i < y.Count; i++)
        {
            bool left = pa[ElementOffset(a, i)] != 0, right = pb[ElementOffset(b, i)] != 0;
            bool result = op switch
            {
                BinaryOp.And => left && right,
                BinaryOp.Or => left || right,
                _ => left != right,
            };
            py[ElementOffset(y, i)] = result ? (byte)1 : (byte)0;
        }
    }

    private static T Apply<T>(UnaryOp op, T x, T alpha, T beta) where T : IBinaryFloatingPointIeee754<T>
    {
        T half = T.CreateChecked(0.5);
        return op switch
        {
            UnaryOp.Affine => (alpha * x) + beta,
            UnaryOp.Negate => -x,
            UnaryOp.Abs => T.Abs(x),
            UnaryOp.Exp => T.Exp(x),
            UnaryOp.Log => T.Log(x),
            UnaryOp.Log1p => Log1p(x),
            UnaryOp.Sqrt => T.Sqrt(x),
            UnaryOp.Rsqrt => T.One / T.Sqrt(x),
            UnaryOp.Reciprocal => T.One / x,
            UnaryOp.Square => x * x,
            UnaryOp.Power => Power(x, alpha),
            UnaryOp.Erf => T.CreateChecked(Erf(double.CreateChecked(x))),
            UnaryOp.Sigmoid => Sigmoid(x),
            UnaryOp.Tanh => T.Tanh(x),
            UnaryOp.Relu => x < T.Zero ? T.Zero : x,
            UnaryOp.LeakyRelu => x > T.Zero ? x : alpha * x,
            UnaryOp.Gelu => x * NormalCdf(x),
            UnaryOp.GeluTanh => half * x * (T.One + T.Tanh(GeluInner(x))),
            UnaryOp.Silu => x / (T.One + T.Exp(-x)),
            UnaryOp.Elu => beta * (x > T.Zero ? x : alpha * Expm1(x)),
            UnaryOp.Softplus => (x > T.Zero || T.IsNaN(x) ? x : T.Zero) + Log1p(T.Exp(-T.Abs(x))),
            UnaryOp.Clamp => x < alpha ? (alpha > beta ? beta : alpha) : x > beta ? beta : x,
            UnaryOp.SmoothAbs => T.Abs(x) < alpha ? half * x * x / alpha : T.Abs(x) - (half * alpha),
            _ => throw new ArgumentOutOfRangeException(nameof(op), op, "unknown unary operation"),
        };
    }

    /// <summary>op'(.) as a function of x or, see <see cref="UnaryOps.GradientUsesOutput"/>, of y = op(x).</summary>
    private static T Derivative<T>(UnaryOp op, T saved, T alpha, T beta) where T : IBinaryFloatingPointIeee754<T>
    {
        T half = T.CreateChecked(0.5);
        return op switch
        {
            UnaryOp.Affine => alpha,
            UnaryOp.Negate => -T.One,
            UnaryOp.Abs => Sign(saved),
            UnaryOp.Exp => saved,
            UnaryOp.Log => T.One / saved,
            UnaryOp.Log1p => T.One / (T.One + saved),
            UnaryOp.Sqrt => half / saved,
            UnaryOp.Rsqrt => -half * saved * saved * saved,
            UnaryOp.Reciprocal => -saved * saved,
            UnaryOp.Square => saved + saved,
            UnaryOp.Power => alpha == T.Zero ? T.Zero : alpha * Power(saved, alpha - T.One),
            UnaryOp.Erf => T.CreateChecked(2 / Math.Sqrt(Math.PI)) * T.Exp(-saved * saved),
            UnaryOp.Sigmoid => saved * (T.One - saved),
            UnaryOp.Tanh => T.One - (saved * saved),
            UnaryOp.Relu => saved <= T.Zero ? T.Zero : T.One,
            UnaryOp.LeakyRelu => saved > T.Zero ? T.One : alpha,
            UnaryOp.Gelu => NormalCdf(saved) + (saved * T.CreateChecked(1 / Math.Sqrt(2 * Math.PI)) * T.Exp(-half * saved * saved)),
            UnaryOp.GeluTanh => GeluTanhDerivative(saved),
            UnaryOp.Silu => Sigmoid(saved) * (T.One + (saved * (T.One - Sigmoid(saved)))),
            UnaryOp.Elu => beta * (saved > T.Zero ? T.One : alpha * T.Exp(saved)),
            UnaryOp.Softplus => Sigmoid(saved),
            UnaryOp.Clamp => saved >= alpha && saved <= beta ? T.One : T.Zero,
            UnaryOp.SmoothAbs => T.Abs(saved) < alpha ? saved / alpha : Sign(saved),
            _ => throw new ArgumentOutOfRangeException(nameof(op), op, "this unary operation has no gradient"),
        };
    }

    private static T Apply<T>(BinaryOp op, T a, T b) where T : IBinaryFloatingPointIeee754<T> => op switch
    {
        BinaryOp.Add => a + b,
        BinaryOp.Subtract => a - b,
        BinaryOp.Multiply => a * b,
        BinaryOp.Divide => a / b,
        BinaryOp.Power => T.Pow(a, b),
        BinaryOp.Maximum => T.IsNaN(a) || a > b ? a : b,
        BinaryOp.Minimum => T.IsNaN(a) || a < b ? a : b,
        _ => throw new ArgumentOutOfRangeException(nameof(op), op, "unknown binary operation"),
    };

    private static T Derivative<T>(BinaryOp op, bool ofFirst, T a, T b) where T : IBinaryFloatingPointIeee754<T>
    {
        (T own, T other) = ofFirst ? (a, b) : (b, a);
        T half = T.CreateChecked(0.5);
        return op switch
        {
            BinaryOp.Power when ofFirst => b == T.Zero ? T.Zero : b * T.Pow(a, b - T.One),
            BinaryOp.Power => a == T.Zero && b >= T.Zero ? T.Zero : T.Pow(a, b) * T.Log(a),
            BinaryOp.Maximum => own < other ? T.Zero : own == other ? half : T.One,
            BinaryOp.Minimum => own > other ? T.Zero : own == other ? half : T.One,
            _ => throw new ArgumentOutOfRangeException(nameof(op), op, "this binary operation has no kernel for its gradient"),
        };
    }
}
