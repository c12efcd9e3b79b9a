using System.Runtime.CompilerServices;

namespace RawSer.Kernels;

internal readonly struct AffineOperator(float alpha, float beta) : IUnaryOperator
{
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> => (V.Create(alpha) * x) + V.Create(beta);
}

internal readonly struct NegateOperator : IUnaryOperator
{
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> => -x;
}

internal readonly struct NotOperator : IUnaryOperator
{
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> => x ^ V.Bits(uint.MaxValue);
}

internal readonly struct AbsOperator : IUnaryOperator
{
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> => V.Abs(x);
}

internal readonly struct ExpOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> => MathX.Exp(x);
}

internal readonly struct LogOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> => MathX.Log(x);
}

internal readonly struct Log1pOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> => MathX.Log1p(x);
}

internal readonly struct SqrtOperator : IUnaryOperator
{
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> => V.Sqrt(x);
}

internal readonly struct RsqrtOperator : IUnaryOperator
{
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> => V.Create(1) / V.Sqrt(x);
}

internal readonly struct ReciprocalOperator : IUnaryOperator
{
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> => V.Create(1) / x;
}

internal readonly struct SquareOperator : IUnaryOperator
{
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> => x * x;
}

internal readonly struct CubeOperator : IUnaryOperator
{
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> => x * x * x;
}

internal readonly struct PowerOperator(float exponent) : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> => MathX.Pow(x, V.Create(exponent));
}

internal readonly struct ErfOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> => MathX.Erf(x);
}

internal readonly struct SigmoidOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> => MathX.Sigmoid(x);
}

internal readonly struct TanhOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> => MathX.Tanh(x);
}

internal readonly struct ReluOperator : IUnaryOperator
{
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> => V.MaxOrSecond(default, x); // NaN is the second and stays
}

internal readonly struct LeakyReluOperator(float slope) : IUnaryOperator
{
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> => V.Select(V.Less(default, x), x, V.Create(slope) * x);
}

internal readonly struct GeluOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> => x * MathX.NormalCdf(x);
}

internal readonly struct GeluTanhOperator : IUnaryOperator
{
    /// <summary>sqrt(2 / pi).</summary>
    public const float Slope = 0.797884561f;

    public const float Cubic = 0.044715f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> =>
        V.Create(0.5f) * x * (V.Create(1) + MathX.Tanh(Inner(x)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Inner<V>(V x) where V : unmanaged, ISimd<V> =>
        V.Create(Slope) * x * V.Fma(V.Create(Cubic) * x, x, V.Create(1));
}

internal readonly struct SiluOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> => x / (V.Create(1) + MathX.Exp(-x));
}

internal readonly struct EluOperator(float alpha, float scale) : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> =>
        V.Create(scale) * V.Select(V.Less(default, x), x, V.Create(alpha) * MathX.Expm1(x));
}

internal readonly struct SoftplusOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> => MathX.Softplus(x);
}

internal readonly struct ClampOperator(float low, float high) : IUnaryOperator
{
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> => V.MinOrSecond(V.Create(high), V.MaxOrSecond(V.Create(low), x));
}

internal readonly struct SmoothAbsOperator(float beta) : IUnaryOperator
{
    private readonly float _scale = beta > 0 ? 0.5f / beta : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V>
    {
        V size = V.Abs(x);
        return V.Select(V.Less(size, V.Create(beta)), V.Create(_scale) * x * x, size - V.Create(0.5f * beta));
    }
}
