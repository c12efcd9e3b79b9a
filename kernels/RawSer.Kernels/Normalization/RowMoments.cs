using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

/// <summary>Mean and variance of a row that is in the cache, in two passes: the sum, then the squares around the mean. Long rows are summed in blocks that are added in double.</summary>
internal static unsafe class RowMoments
{
    private const int Block = 4096;

    public static (float Mean, double Variance) Of(float* x, long count)
    {
        double sum = 0, squares = 0;
        for (long i = 0; i < count; i += Block)
        {
            sum += Sum(x + i, (nint)Math.Min(Block, count - i));
        }

        double mean = sum / count;
        float center = (float)mean;
        for (long i = 0; i < count; i += Block)
        {
            squares += Squares(x + i, (nint)Math.Min(Block, count - i), center);
        }

        double rounding = mean - center; // the squares are around the rounded mean
        return (center, Math.Max(0, (squares / count) - (rounding * rounding)));
    }

    private static float Sum(float* x, nint count)
    {
        Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
        nint i = 0;
        for (; i <= count - 32; i += 32)
        {
            s0 += Vector256.Load(x + i);
            s1 += Vector256.Load(x + i + 8);
            s2 += Vector256.Load(x + i + 16);
            s3 += Vector256.Load(x + i + 24);
        }

        float sum = Vector256.Sum(s0 + s1 + (s2 + s3));
        for (; i < count; i++)
        {
            sum += x[i];
        }

        return sum;
    }

    private static float Squares(float* x, nint count, float center)
    {
        Vector256<float> c = Vector256.Create(center), q0 = default, q1 = default, q2 = default, q3 = default;
        nint i = 0;
        for (; i <= count - 32; i += 32)
        {
            Vector256<float> d0 = Vector256.Load(x + i) - c, d1 = Vector256.Load(x + i + 8) - c;
            Vector256<float> d2 = Vector256.Load(x + i + 16) - c, d3 = Vector256.Load(x + i + 24) - c;
            q0 = Vector256.FusedMultiplyAdd(d0, d0, q0);
            q1 = Vector256.FusedMultiplyAdd(d1, d1, q1);
            q2 = Vector256.FusedMultiplyAdd(d2, d2, q2);
            q3 = Vector256.FusedMultiplyAdd(d3, d3, q3);
        }

        float squares = Vector256.Sum(q0 + q1 + (q2 + q3));
        for (; i < count; i++)
        {
            float d = x[i] - center;
            squares += d * d;
        }

        return squares;
    }
}
