using System.Runtime.CompilerServices;

namespace RawSer.Kernels;

public static partial class MathX
{
    /// <summary>x^y with the special cases of IEEE 754 <c>pow</c>, at most 2 ulp.</summary>
    public static float Pow(float x, float y) => Pow(new Simd1(x), new Simd1(y)).Value;

    /// <summary>
    /// e^(y log|x|) with the logarithm and the product as unevaluated sums of two floats: a relative error of 2^-24 in the exponent
    /// would cost up to 88 ulp in the result. In parts that are calls, because the compiler gives up on one body of this size.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Pow<V>(V x, V y) where V : unmanaged, ISimd<V>
    {
        LogOfMagnitude(x, out V high, out V low);
        return PowLimits(x, y, ExpOfProduct(y, high, low));
    }

    /// <summary>log|x| = high + low: e ln 2 + 2 atanh(s) with |x| = 2^e m, s = (m - 1) / (m + 1).</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void LogOfMagnitude<V>(V x, out V high, out V low) where V : unmanaged, ISimd<V>
    {
        V one = V.Create(1);
        V e = SplitExponent(V.Abs(x), out V m);

        // s = sHigh + sLow
        V numerator = m - one, denominator = m + one;
        V denominatorLow = m - (denominator - one);
        V sHigh = numerator / denominator;
        V rest = V.Fma(-sHigh, denominator, numerator);
        V sLow = V.Fma(-sHigh, denominatorLow, rest) / denominator;

        // 2 atanh(s) = 2 s + s^3 p(s^2); sLow counts in both terms, 2 sLow + 3 s^2 p sLow
        V square = sHigh * sHigh;
        V p = V.Create(0.235819206f);
        p = V.Fma(p, square, V.Create(0.285373241f));
        p = V.Fma(p, square, V.Create(0.400003344f));
        p = V.Fma(p, square, V.Create(0.666666627f));
        V factor = p * square;
        TwoSum(e * V.Create(Ln2High), sHigh + sHigh, out V sum, out V error);
        error += V.Fma(e, V.Create(Ln2Low), V.Fma(factor, sHigh, sLow * V.Fma(V.Create(3), factor, V.Create(2))));
        TwoSum(sum, error, out high, out low);
    }

    /// <summary>e^(y (high + low)).</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static V ExpOfProduct<V>(V y, V high, V low) where V : unmanaged, ISimd<V>
    {
        V product = y * high;
        V productLow = V.Fma(y, high, -product) + (y * low);
        V limited = V.MinOrSecond(V.Create(89), V.MaxOrSecond(V.Create(-104), product));
        V n = V.Fma(limited, V.Create(Log2E), V.Create(RoundToWhole)) - V.Create(RoundToWhole);
        V r = V.Fma(n, V.Create(-Ln2High), limited);
        r = V.Fma(n, V.Create(-Ln2Low), r);
        r += productLow & V.Equal(limited, product);
        return V.Scale(ExpSmall(r), n);
    }

    /// <summary>x^y from |x|^y: signs, zeros, infinities and NaN.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static V PowLimits<V>(V x, V y, V result) where V : unmanaged, ISimd<V>
    {
        V one = V.Create(1), zero = V.Create(0), infinity = V.Create(float.PositiveInfinity);
        V magnitude = V.Abs(x);

        // Zero and infinite bases; at |x| = 1 every exponent gives 1.
        V negativeExponent = V.Less(y, zero);
        result = V.Select(V.Equal(magnitude, zero), V.Select(negativeExponent, infinity, zero), result);
        result = V.Select(V.Equal(magnitude, infinity), V.Select(negativeExponent, zero, infinity), result);
        V infiniteExponent = V.Equal(V.Abs(y), infinity);
        V grows = V.Equal(V.Less(one, magnitude) & one, V.Less(zero, y) & one);
        result = V.Select(infiniteExponent, V.Select(V.Equal(magnitude, one), one, V.Select(grows, infinity, zero)), result);

        // Negative bases: whole exponents keep or flip the sign, others give NaN.
        V whole = IsWhole(y, out V odd);
        result ^= V.ShiftRight(x, 31) & odd & V.Bits(0x80000000); // -0 included
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
