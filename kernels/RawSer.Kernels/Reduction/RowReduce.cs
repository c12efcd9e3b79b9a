using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

/// <summary>Reductions of dense floats in blocks of four registers.</summary>
internal static unsafe class RowReduce
{
    /// <summary>Elements that are summed in float before the result goes on in double: 64 for each lane of the four registers.</summary>
    private static long Block => 256 * (
        Vector512.IsHardwareAccelerated ? Simd512.Count
        : Vector256.IsHardwareAccelerated ? Simd256.Count
        : Vector128.IsHardwareAccelerated ? Simd128.Count
        : Simd1.Count);

    /// <summary>The reduction of a dense row.</summary>
    public static double Run<TOp>(float* x, long length) where TOp : struct, IReduceOperator
    {
        if (length <= Block)
        {
            return RunBlock<TOp>(x, length);
        }

        double result = TOp.Identity;
        for (long i = 0; i < length; i += Block)
        {
            result = TOp.Combine(result, RunBlock<TOp>(x + i, Math.Min(Block, length - i)));
        }

        return result;
    }

    private static float RunBlock<TOp>(float* x, long length) where TOp : struct, IReduceOperator =>
        Vector512.IsHardwareAccelerated && length >= Simd512.Count ? RunBlock<TOp, Simd512>(x, length)
        : Vector256.IsHardwareAccelerated && length >= Simd256.Count ? RunBlock<TOp, Simd256>(x, length)
        : Vector128.IsHardwareAccelerated && length >= Simd128.Count ? RunBlock<TOp, Simd128>(x, length)
        : RunBlock<TOp, Simd1>(x, length);

    private static float RunBlock<TOp, V>(float* x, long length)
        where TOp : struct, IReduceOperator
        where V : unmanaged, ISimd<V>
    {
        V a = V.Create(TOp.Identity), b = a, c = a, d = a;
        long i = 0;
        for (; i <= length - (4 * V.Count); i += 4 * V.Count)
        {
            a = TOp.Combine(a, TOp.Map(V.Load(x + i)));
            b = TOp.Combine(b, TOp.Map(V.Load(x + i + V.Count)));
            c = TOp.Combine(c, TOp.Map(V.Load(x + i + (2 * V.Count))));
            d = TOp.Combine(d, TOp.Map(V.Load(x + i + (3 * V.Count))));
        }

        for (; i <= length - V.Count; i += V.Count)
        {
            a = TOp.Combine(a, TOp.Map(V.Load(x + i)));
        }

        float result = Lanes<TOp, V>(TOp.Combine(TOp.Combine(a, b), TOp.Combine(c, d)));
        for (; i < length; i++)
        {
            result = TOp.Combine(new Simd1(result), TOp.Map(new Simd1(x[i]))).Value;
        }

        return result;
    }

    /// <summary>The reduction of the lanes of a register.</summary>
    [SkipLocalsInit]
    public static float Lanes<TOp, V>(V a)
        where TOp : struct, IReduceOperator
        where V : unmanaged, ISimd<V>
    {
        float* lanes = stackalloc float[16];
        a.Store(lanes);
        int count = V.Count;
        while (count > Simd128.Count && Vector128.IsHardwareAccelerated)
        {
            count /= 2;
            for (int i = 0; i < count; i += Simd128.Count)
            {
                TOp.Combine(Simd128.Load(lanes + i), Simd128.Load(lanes + i + count)).Store(lanes + i);
            }
        }

        float result = lanes[0];
        for (int i = 1; i < count; i++)
        {
            result = TOp.Combine(new Simd1(result), new Simd1(lanes[i])).Value;
        }

        return result;
    }
}
