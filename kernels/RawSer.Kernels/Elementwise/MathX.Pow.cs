using System.Runtime.CompilerServices;

namespace RawSer.Kernels;

internal static partial class MathX
{
    /// <summary>x^y with the special cases of IEEE 754 <c>pow</c>, at most 2 ulp.</summary>
    public static float Pow(float x, float y) => Pow(new Simd1(x), new Simd1(y)).Value;

    /// <summary>
    /// e^(y log|x|) with the logarithm and the product as unevaluated sums of two floats: a relative error of 2^-24 in the exponent
    /// would cost up to 88 ulp in the result. log(m) = 2 atanh(s), s = (m - 1) / (m + 1).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Pow<V>(V x, V y) where V : unmanaged, ISimd<V>
    {
        V one = V.Create(1), zero = V.Create(0), infinity = V.Create(float.PositiveInfinity);
        V magnitude = V.Abs(x);
        V e = SplitExponent(magnitude, out V m);

        // s = sHigh + sLow
        V numerator = m - one, denominator = m + one;
        V denominatorLow = m - (denominator - one);
        V sHigh = numerator / denominator;
        V rest = V.Fma(-sHigh, denominator, numerator);
        V sLow = V.Fma(-sHigh, denominatorLow, rest) / denominator;

        // log|x| = e ln 2 + 2 s + s^3 p(s^2)
        V square = sHigh * sHigh;
        V p = V.Create(0.235819206f);
        p = V.Fma(p, square, V.Create(0.285373241f));
        p = V.Fma(p, square, V.Create(0.400003344f));
        p = V.Fma(p, square, V.Create(0.666666627f));
        V high = e * V.Create(Ln2High);
        TwoSum(high, sHigh + sHigh, out high, out V low);
        low += V.Fma(e, V.Create(Ln2Low), V.Fma(p * square, sHigh, sLow + sLow));
        TwoSum(high, low, out high, out low);

        // t = y log|x|
        V product = y * high;
        V productLow = V.Fma(y, high, -product) + (y * low);
        V limited = V.MinOrSecond(V.Create(89), V.MaxOrSecond(V.Create(-104), product));
        V n = V.Fma(limited, V.Create(Log2E), V.Create(RoundToWhole)) - V.Create(RoundToWhole);
        V r = V.Fma(n, V.Create(-Ln2High), limited);
        r = V.Fma(n, V.Create(-Ln2Low), r);
        r += V.Select(V.Equal(limited, product), productLow, zero);
        V result = V.Scale(ExpSmall(r), n);

        // Zero and infinite bases; at |x| = 1 every exponent gives 1.
        V negativeExponent = V.Less(y, zero);
        result = V.Select(V.Equal(magnitude, zero), V.Select(negativeExponent, infinity, zero), result);
        result = V.Select(V.Equal(magnitude, infinity), V.Select(negativeExponent, zero, infinity), result);
        V infiniteExponent = V.Equal(V.Abs(y), infinity);
        V grows = V.Equal(V.Less(one, magnitude) & one, V.Less(zero, y) & one);
        result = V.Select(infiniteExponent, V.Select(V.Equal(magnitude, one), one, V.Select(grows, infinity, zero)), result);

        // Negative bases: whole exponents keep or flip the sign, others give NaN.
        V whole = IsWhole(y, out V odd);
        V negative = V.ShiftRight(x, 31); // -0 included
        result ^= negative & odd & V.Bits(0x80000000);
        V undefined = V.Less(x, zero) & V.Less(V.Abs(x), infinity) & V.Less(V.Abs(y), infinity) & (whole ^ V.Bits(uint.MaxValue));
        result = V.Select(undefined, V.Create(float.NaN), result);

        // NaN, then what is 1 even with NaN.
        result = V.Select(V.Equal(x, x) & V.Equal(y, y), result, x + y);
        return V.Select(V.Equal(y, zero) | V.Equal(x, one), one, result);
    }

    /// <summary>high + low = a + b exactly, for |a| &gt;= |b| or a = 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TwoSum<V>(V a, V b, out V high, out V low) where V : unmanaged, ISimd<V>
    {
        V sum = a + b;
        low = b - (sum - a);
        high = sum;
    }

    /// <summary>Mask of whole numbers; <paramref name="odd"/> is the mask of odd ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V IsWhole<V>(V y, out V odd) where V : unmanaged, ISimd<V>
    {
        V magnitude = V.Abs(y);
        V limit = V.Create(8388608); // from 2^23 on every float is whole
        V shifted = magnitude + limit;
        V exact = V.Equal(shifted - limit, magnitude) & V.Less(magnitude, limit);
        V large = V.LessOrEqual(limit, magnitude);
        V lowBit = V.Select(exact, shifted, V.Select(V.Less(magnitude, V.Create(16777216)), magnitude, default)) & V.Bits(1);
        odd = V.SubtractBits(default, lowBit) & (exact | large);
        return exact | large;
    }
}
