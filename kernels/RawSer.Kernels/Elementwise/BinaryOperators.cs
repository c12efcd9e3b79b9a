using System.Runtime.CompilerServices;

namespace RawSer.Kernels;

internal readonly struct AddOperator : IBinaryOperator
{
    public V Invoke<V>(V a, V b) where V : unmanaged, ISimd<V> => a + b;
}

internal readonly struct SubtractOperator : IBinaryOperator
{
    public V Invoke<V>(V a, V b) where V : unmanaged, ISimd<V> => a - b;
}

internal readonly struct MultiplyOperator : IBinaryOperator
{
    public V Invoke<V>(V a, V b) where V : unmanaged, ISimd<V> => a * b;
}

internal readonly struct DivideOperator : IBinaryOperator
{
    public V Invoke<V>(V a, V b) where V : unmanaged, ISimd<V> => a / b;
}

internal readonly struct PowerOfOperator : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V a, V b) where V : unmanaged, ISimd<V> => MathX.Pow(a, b);
}

/// <summary>a where a &gt; b or a is NaN, else b (which may be NaN).</summary>
internal readonly struct MaximumOperator : IBinaryOperator
{
    public V Invoke<V>(V a, V b) where V : unmanaged, ISimd<V> => V.Select(V.Equal(a, a), V.MaxOrSecond(a, b), a);
}

internal readonly struct MinimumOperator : IBinaryOperator
{
    public V Invoke<V>(V a, V b) where V : unmanaged, ISimd<V> => V.Select(V.Equal(a, a), V.MinOrSecond(a, b), a);
}

internal readonly struct AndOperator : IBinaryOperator
{
    public V Invoke<V>(V a, V b) where V : unmanaged, ISimd<V> => a & b;
}

internal readonly struct OrOperator : IBinaryOperator
{
    public V Invoke<V>(V a, V b) where V : unmanaged, ISimd<V> => a | b;
}

internal readonly struct XorOperator : IBinaryOperator
{
    public V Invoke<V>(V a, V b) where V : unmanaged, ISimd<V> => a ^ b;
}

internal readonly struct EqualOperator : IBinaryOperator
{
    public V Invoke<V>(V a, V b) where V : unmanaged, ISimd<V> => V.Equal(a, b);
}

internal readonly struct NotEqualOperator : IBinaryOperator
{
    public V Invoke<V>(V a, V b) where V : unmanaged, ISimd<V> => V.Equal(a, b) ^ V.Bits(uint.MaxValue);
}

internal readonly struct LessOperator : IBinaryOperator
{
    public V Invoke<V>(V a, V b) where V : unmanaged, ISimd<V> => V.Less(a, b);
}

internal readonly struct LessOrEqualOperator : IBinaryOperator
{
    public V Invoke<V>(V a, V b) where V : unmanaged, ISimd<V> => V.LessOrEqual(a, b);
}

internal readonly struct WhereOperator : ITernaryOperator
{
    public V Invoke<V>(V condition, V a, V b) where V : unmanaged, ISimd<V> => V.Select(condition, a, b);
}

internal readonly struct MaskedFillOperator(float value) : IBinaryOperator
{
    public V Invoke<V>(V x, V mask) where V : unmanaged, ISimd<V> => V.Select(mask, V.Create(value), x);
}

/// <summary>d(a^b)/da = b a^(b-1); 0 where b = 0.</summary>
internal readonly struct PowerBaseGradient : ITernaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V a, V b, V dy) where V : unmanaged, ISimd<V> =>
        V.Select(V.Equal(b, default), default, dy * (b * MathX.Pow(a, b - V.Create(1))));
}

/// <summary>d(a^b)/db = a^b log a; 0 where a = 0 and b &gt;= 0.</summary>
internal readonly struct PowerExponentGradient : ITernaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V a, V b, V dy) where V : unmanaged, ISimd<V>
    {
        V zero = V.Equal(a, default) & V.LessOrEqual(default, b);
        return V.Select(zero, default, dy * (MathX.Pow(a, b) * MathX.Log(a)));
    }
}

/// <summary>0 where a &lt; b, half at a tie, else (NaN too) the whole.</summary>
internal readonly struct MaximumGradient : ITernaryOperator
{
    public V Invoke<V>(V a, V b, V dy) where V : unmanaged, ISimd<V> =>
        V.Select(V.Less(a, b), default, V.Select(V.Equal(a, b), V.Create(0.5f) * dy, dy));
}

internal readonly struct MinimumGradient : ITernaryOperator
{
    public V Invoke<V>(V a, V b, V dy) where V : unmanaged, ISimd<V> =>
        V.Select(V.Less(b, a), default, V.Select(V.Equal(a, b), V.Create(0.5f) * dy, dy));
}
