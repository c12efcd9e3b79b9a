using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

/// <summary>Softmax of one dense row.</summary>
internal static unsafe class RowSoftmax
{
    /// <summary>y = softmax(x) or its logarithm; y may be x.</summary>
    public static void Forward(float* x, float* y, long length, bool log)
    {
        float max = (float)RowReduce.Run<MaxReduction>(x, length);
        if (log)
        {
            float logSum = MathX.Log(SumOfExp(x, max, null, length));
            MapLoop.Run(new UnaryMap<SubtractTwice>(new(max, logSum)), x, null, null, y, length);
        }
        else
        {
            float sum = SumOfExp(x, max, y, length);
            MapLoop.Run(new UnaryMap<ScaleOperator>(new(1 / sum)), y, null, null, y, length);
        }
    }

    /// <summary>dx from y = softmax(x) or its logarithm.</summary>
    public static void Backward(float* y, float* dy, float* dx, long length, bool log)
    {
        if (log)
        {
            float sum = (float)RowReduce.Run<SumReduction>(dy, length);
            MapLoop.Run(new BinaryMap<LogSoftmaxGradient>(new(sum)), y, dy, null, dx, length);
        }
        else
        {
            MapLoop.Run(new BinaryMap<SoftmaxGradient>(new(Dot(y, dy, length))), y, dy, null, dx, length);
        }
    }

    /// <summary>sum e^(x - max); the terms are stored in y unless it is null.</summary>
    public static float SumOfExp(float* x, float max, float* y, long length) =>
        Vector512.IsHardwareAccelerated ? SumOfExp<Simd512>(x, max, y, length)
        : Vector256.IsHardwareAccelerated ? SumOfExp<Simd256>(x, max, y, length)
        : Vector128.IsHardwareAccelerated ? SumOfExp<Simd128>(x, max, y, length)
        : SumOfExp<Simd1>(x, max, y, length);

    [SkipLocalsInit]
    private static float SumOfExp<V>(float* x, float max, float* y, long length) where V : unmanaged, ISimd<V>
    {
        V m = V.Create(max), sum = V.Create(0);
        long i = 0;
        for (; i <= length - V.Count; i += V.Count)
        {
            V e = MathX.Exp(V.Load(x + i) - m);
            sum += e;
            if (y is not null)
            {
                e.Store(y + i);
            }
        }

        if (i < length)
        {
            // The remainder, filled up with -infinity, whose exponential is 0.
            float* rest = stackalloc float[16];
            V.Create(float.NegativeInfinity).Store(rest);
            Copy(x + i, rest, length - i);
            V e = MathX.Exp(V.Load(rest) - m);
            sum += e;
            if (y is not null)
            {
                e.Store(rest);
                Copy(rest, y + i, length - i);
            }
        }

        return V.Sum(sum);
    }

    private static float Dot(float* a, float* b, long length) =>
        Vector512.IsHardwareAccelerated ? Dot<Simd512>(a, b, length)
        : Vector256.IsHardwareAccelerated ? Dot<Simd256>(a, b, length)
        : Dot<Simd128>(a, b, length);

    private static float Dot<V>(float* a, float* b, long length) where V : unmanaged, ISimd<V>
    {
        V sum = V.Create(0);
        long i = 0;
        for (; i <= length - V.Count; i += V.Count)
        {
            sum = V.Fma(V.Load(a + i), V.Load(b + i), sum);
        }

        float result = V.Sum(sum);
        for (; i < length; i++)
        {
            result = MathF.FusedMultiplyAdd(a[i], b[i], result);
        }

        return result;
    }

    private static void Copy(float* from, float* to, long count)
    {
        for (long i = 0; i < count; i++)
        {
            to[i] = from[i];
        }
    }
}

internal readonly struct ScaleOperator(float factor) : IUnaryOperator
{
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> => V.Create(factor) * x;
}

internal readonly struct SubtractTwice(float first, float second) : IUnaryOperator
{
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> => x - V.Create(first) - V.Create(second);
}

/// <summary>y (dy - sum).</summary>
internal readonly struct SoftmaxGradient(float sum) : IBinaryOperator
{
    public V Invoke<V>(V y, V dy) where V : unmanaged, ISimd<V> => y * (dy - V.Create(sum));
}

/// <summary>dy - e^y sum.</summary>
internal readonly struct LogSoftmaxGradient(float sum) : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V y, V dy) where V : unmanaged, ISimd<V> => dy - (MathX.Exp(y) * V.Create(sum));
}
