using System.Runtime.CompilerServices;

namespace RawSer.Kernels;

// dx from what was saved (x, or y = op(x), see UnaryOps.GradientUsesOutput) and dy.

/// <summary>dy sign(x); 0 at 0 and NaN.</summary>
internal readonly struct AbsGradient : IBinaryOperator
{
    public V Invoke<V>(V x, V dy) where V : unmanaged, ISimd<V> =>
        (dy ^ (x & V.Bits(0x80000000))) & V.Less(default, V.Abs(x));
}

internal readonly struct Log1pGradient : IBinaryOperator
{
    public V Invoke<V>(V x, V dy) where V : unmanaged, ISimd<V> => dy / (V.Create(1) + x);
}

internal readonly struct SqrtGradient : IBinaryOperator
{
    public V Invoke<V>(V y, V dy) where V : unmanaged, ISimd<V> => V.Create(0.5f) * dy / y;
}

internal readonly struct RsqrtGradient : IBinaryOperator
{
    public V Invoke<V>(V y, V dy) where V : unmanaged, ISimd<V> => V.Create(-0.5f) * dy * (y * y * y);
}

internal readonly struct ReciprocalGradient : IBinaryOperator
{
    public V Invoke<V>(V y, V dy) where V : unmanaged, ISimd<V> => -dy * (y * y);
}

internal readonly struct SquareGradient : IBinaryOperator
{
    public V Invoke<V>(V x, V dy) where V : unmanaged, ISimd<V> => (x + x) * dy;
}

internal readonly struct CubeGradient : IBinaryOperator
{
    public V Invoke<V>(V x, V dy) where V : unmanaged, ISimd<V> => V.Create(3) * (x * x) * dy;
}

internal readonly struct PowerGradient(float exponent) : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V x, V dy) where V : unmanaged, ISimd<V> =>
        dy * (V.Create(exponent) * MathX.Pow(x, V.Create(exponent - 1)));
}

/// <summary>Of x^(1/2), from x.</summary>
internal readonly struct RootGradient : IBinaryOperator
{
    public V Invoke<V>(V x, V dy) where V : unmanaged, ISimd<V> => dy * (V.Create(0.5f) / V.Sqrt(x));
}

/// <summary>Of x^(3/2), from x; by the square root, as in PyTorch: NaN for -infinity.</summary>
internal readonly struct RootCubeGradient : IBinaryOperator
{
    public V Invoke<V>(V x, V dy) where V : unmanaged, ISimd<V> => dy * (V.Create(1.5f) * V.Sqrt(x));
}

internal readonly struct ErfGradient : IBinaryOperator
{
    private const float TwoOverRootPi = 1.12837917f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V x, V dy) where V : unmanaged, ISimd<V> => V.Create(TwoOverRootPi) * MathX.Exp(-(x * x)) * dy;
}

internal readonly struct SigmoidGradient : IBinaryOperator
{
    public V Invoke<V>(V y, V dy) where V : unmanaged, ISimd<V> => dy * (y * (V.Create(1) - y));
}

internal readonly struct TanhGradient : IBinaryOperator
{
    public V Invoke<V>(V y, V dy) where V : unmanaged, ISimd<V> => dy * V.Fma(-y, y, V.Create(1));
}

/// <summary>0 where y &lt;= 0; NaN passes.</summary>
internal readonly struct ReluGradient : IBinaryOperator
{
    public V Invoke<V>(V y, V dy) where V : unmanaged, ISimd<V> => V.Select(V.LessOrEqual(y, default), default, dy);
}

internal readonly struct LeakyReluGradient(float slope) : IBinaryOperator
{
    public V Invoke<V>(V x, V dy) where V : unmanaged, ISimd<V> => V.Select(V.Less(default, x), dy, V.Create(slope) * dy);
}

/// <summary>Phi(x) + x phi(x).</summary>
internal readonly struct GeluGradient : IBinaryOperator
{
    private const float OneOverRootTwoPi = 0.398942280f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V x, V dy) where V : unmanaged, ISimd<V>
    {
        V density = V.Create(OneOverRootTwoPi) * MathX.Exp(V.Create(-0.5f) * x * x);
        return dy * V.Fma(x, density, MathX.NormalCdf(x));
    }
}

/// <summary>With t = tanh(u): (1 + t) / 2 + x (1 - t^2) u' / 2.</summary>
internal readonly struct GeluTanhGradient : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V x, V dy) where V : unmanaged, ISimd<V>
    {
        V one = V.Create(1), half = V.Create(0.5f);
        V t = MathX.Tanh(GeluTanhOperator.Inner(x));
        V slope = V.Create(GeluTanhOperator.Slope) * V.Fma(V.Create(3 * GeluTanhOperator.Cubic) * x, x, one);
        return dy * (half * (one + t) + (half * x * V.Fma(-t, t, one) * slope));
    }
}

/// <summary>s (1 + x (1 - s)) with s = 1 / (1 + e^-x).</summary>
internal readonly struct SiluGradient : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V x, V dy) where V : unmanaged, ISimd<V>
    {
        V s = MathX.Sigmoid(x);
        return dy * (s * V.Fma(x, V.Create(1) - s, V.Create(1)));
    }
}

internal readonly struct EluGradient(float alpha, float scale) : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V x, V dy) where V : unmanaged, ISimd<V> =>
        V.Create(scale) * dy * V.Select(V.Less(default, x), V.Create(1), V.Create(alpha) * MathX.Exp(x));
}

internal readonly struct SoftplusGradient : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V x, V dy) where V : unmanaged, ISimd<V> => dy * MathX.Sigmoid(x);
}

internal readonly struct ClampGradient(float low, float high) : IBinaryOperator
{
    public V Invoke<V>(V x, V dy) where V : unmanaged, ISimd<V> =>
        dy & V.LessOrEqual(V.Create(low), x) & V.LessOrEqual(x, V.Create(high));
}

/// <summary>x / beta where |x| &lt; beta, else the sign of x, 0 at 0.</summary>
internal readonly struct SmoothAbsGradient(float beta) : IBinaryOperator
{
    private readonly float _scale = beta > 0 ? 1 / beta : 0;

    public V Invoke<V>(V x, V dy) where V : unmanaged, ISimd<V>
    {
        V sign = (dy ^ (x & V.Bits(0x80000000))) & V.Less(default, V.Abs(x));
        return V.Select(V.Less(V.Abs(x), V.Create(beta)), V.Create(_scale) * x * dy, sign);
    }
}
