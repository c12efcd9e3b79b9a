using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

/// <summary>A function of one element. Parameters are fields of the struct.</summary>
internal interface IUnaryOperator
{
    V Invoke<V>(V x) where V : unmanaged, ISimd<V>;
}

/// <summary>A function of two elements.</summary>
internal interface IBinaryOperator
{
    V Invoke<V>(V a, V b) where V : unmanaged, ISimd<V>;
}

/// <summary>A function of three elements.</summary>
internal interface ITernaryOperator
{
    V Invoke<V>(V a, V b, V c) where V : unmanaged, ISimd<V>;
}

/// <summary>A function of up to three elements: what the one loop over elements, <see cref="MapLoop"/>, runs.</summary>
internal interface IElementMap
{
    /// <summary>Number of arguments that are used, 1 to 3.</summary>
    static abstract int Arity { get; }

    V Invoke<V>(V a, V b, V c) where V : unmanaged, ISimd<V>;
}

internal readonly struct UnaryMap<TOp>(TOp op) : IElementMap where TOp : struct, IUnaryOperator
{
    public static int Arity => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V a, V b, V c) where V : unmanaged, ISimd<V> => op.Invoke(a);
}

internal readonly struct BinaryMap<TOp>(TOp op) : IElementMap where TOp : struct, IBinaryOperator
{
    public static int Arity => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V a, V b, V c) where V : unmanaged, ISimd<V> => op.Invoke(a, b);
}

internal readonly struct TernaryMap<TOp>(TOp op) : IElementMap where TOp : struct, ITernaryOperator
{
    public static int Arity => 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V a, V b, V c) where V : unmanaged, ISimd<V> => op.Invoke(a, b, c);
}

/// <summary>The loop of all elementwise operations over dense floats, at the widest register that the length fills.</summary>
internal static unsafe class MapLoop
{
    /// <summary><c>y[i] = map(a[i], b[i], c[i])</c>; y may be one of the arguments.</summary>
    public static void Run<TMap>(TMap map, float* a, float* b, float* c, float* y, long length) where TMap : struct, IElementMap
    {
        if (Vector512.IsHardwareAccelerated && length >= Simd512.Count)
        {
            Run<TMap, Simd512>(map, a, b, c, y, length);
        }
        else if (Vector256.IsHardwareAccelerated && length >= Simd256.Count)
        {
            Run<TMap, Simd256>(map, a, b, c, y, length);
        }
        else if (Vector128.IsHardwareAccelerated && length >= Simd128.Count)
        {
            Run<TMap, Simd128>(map, a, b, c, y, length);
        }
        else
        {
            for (long i = 0; i < length; i++)
            {
                Invoke<TMap, Simd1>(map, a, b, c, i).Store(y + i);
            }
        }
    }

    private static void Run<TMap, V>(TMap map, float* a, float* b, float* c, float* y, long length)
        where TMap : struct, IElementMap
        where V : unmanaged, ISimd<V>
    {
        // The remainder is one register that overlaps the last full one; it is computed first, because y may be an argument.
        long last = length - V.Count;
        V end = Invoke<TMap, V>(map, a, b, c, last);
        for (long i = 0; i < last; i += V.Count)
        {
            Invoke<TMap, V>(map, a, b, c, i).Store(y + i);
        }

        end.Store(y + last);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Invoke<TMap, V>(TMap map, float* a, float* b, float* c, long i)
        where TMap : struct, IElementMap
        where V : unmanaged, ISimd<V>
    {
        V va = V.Load(a + i);
        V vb = TMap.Arity > 1 ? V.Load(b + i) : default;
        V vc = TMap.Arity > 2 ? V.Load(c + i) : default;
        return map.Invoke(va, vb, vc);
    }
}
