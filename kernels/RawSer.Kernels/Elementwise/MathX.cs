using System.Runtime.CompilerServices;

namespace RawSer.Kernels;

/// <summary>
/// Elementary functions in float for kernels, written once for every register width of the processor and for the GPU, and with the
/// same bits on each: only additions, multiplications, divisions, square roots and fused multiply-adds, all correctly rounded. NaN, infinities, signed zeros and
/// subnormal arguments follow IEEE 754. The coefficients are minimax fits (Remez) of the named function on the named interval.
/// Largest errors, in units of the last place of the exact result, are stated at each function; a test measures them.
/// </summary>
public static partial class MathX
{
    private const float Log2E = 1.44269504f;
    private const float Log2ELow = 1.92596303e-8f;
    private const float Ln2High = 0.693145752f; // 15 bits, so n * Ln2High is exact
    private const float Ln2Low = 1.42860677e-6f;
    private const float RoundToWhole = 12582912f; // 1.5 * 2^23: adding it rounds a small number to a whole one

    /// <summary>e^x, at most 1 ulp.</summary>
    public static float Exp(float x) => Exp(new Simd1(x)).Value;

    /// <summary>Natural logarithm, at most 1 ulp.</summary>
    public static float Log(float x) => Log(new Simd1(x)).Value;

    /// <summary>2^x, at most 1 ulp.</summary>
    public static float Exp2(float x) => Exp2(new Simd1(x)).Value;

    /// <summary>Binary logarithm, at most 1 ulp.</summary>
    public static float Log2(float x) => Log2(new Simd1(x)).Value;

    /// <summary>Square root, correctly rounded.</summary>
    public static float Sqrt(float x) => MathF.Sqrt(x);

    /// <summary>1 / sqrt(x), at most 1.5 ulp: half a unit of the root, which counts up to a whole one in the quotient, and half a unit of that.</summary>
    public static float Rsqrt(float x) => 1 / MathF.Sqrt(x);

    /// <summary>a b + c with one rounding.</summary>
    public static float Fma(float a, float b, float c) => Simd1.Fma(new(a), new(b), new(c)).Value;

    /// <summary>
    /// e^x = 2^n e^r with n = round(x / ln 2) and |r| &lt;= ln(2)/2; e^r = 1 + r + r^2 q(r), q of degree 4 with relative error 2^-28.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Exp<V>(V x) where V : unmanaged, ISimd<V>
    {
        x = V.MinOrSecond(V.Create(89), V.MaxOrSecond(V.Create(-104), x)); // beyond: infinity and 0; NaN is the second and stays
        V n = V.Fma(x, V.Create(Log2E), V.Create(RoundToWhole)) - V.Create(RoundToWhole);
        V r = V.Fma(n, V.Create(-Ln2High), x);
        r = V.Fma(n, V.Create(-Ln2Low), r);
        return V.Scale(ExpSmall(r), n);
    }

    /// <summary>Natural logarithm of x = 2^e m with m in [sqrt(1/2), sqrt(2)]: e ln 2 + log(m).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Log<V>(V x) where V : unmanaged, ISimd<V>
    {
        V e = SplitExponent(x, out V m);
        V f = m - V.Create(1);
        V p = LogSeries(f);
        V square = f * f;
        V y = V.Fma(p * f, square, e * V.Create(Ln2Low));
        y = V.Fma(V.Create(-0.5f), square, y);
        y = V.Fma(e, V.Create(Ln2High), f + y);
        return LogLimits(x, y);
    }

    /// <summary>2^x = 2^n e^(r ln 2) with n = round(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Exp2<V>(V x) where V : unmanaged, ISimd<V>
    {
        x = V.MinOrSecond(V.Create(129), V.MaxOrSecond(V.Create(-151), x)); // beyond: infinity and 0; NaN is the second and stays
        V n = (x + V.Create(RoundToWhole)) - V.Create(RoundToWhole);
        return V.Scale(ExpSmall((x - n) * V.Create(0.693147182f)), n);
    }

    /// <summary>e + log(m) / ln 2, the logarithm as the sum f + y of its argument less 1 and the rest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Log2<V>(V x) where V : unmanaged, ISimd<V>
    {
        V e = SplitExponent(x, out V m);
        V f = m - V.Create(1);
        V square = f * f;
        V y = V.Fma(LogSeries(f) * f, square, V.Create(-0.5f) * square);
        V rest = V.Fma(y, V.Create(Log2E), f * V.Create(Log2ELow));
        return LogLimits(x, e + V.Fma(f, V.Create(Log2E), rest));
    }

    /// <summary>(log(1 + f) - f + f^2/2) / f^3 for 1 + f in [sqrt(1/2), sqrt(2)], so that log(1 + f) has relative error 2^-30.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V LogSeries<V>(V f) where V : unmanaged, ISimd<V>
    {
        V p = V.Create(0.0710523427f);
        p = V.Fma(p, f, V.Create(-0.119621336f));
        p = V.Fma(p, f, V.Create(0.118863888f));
        p = V.Fma(p, f, V.Create(-0.123589687f));
        p = V.Fma(p, f, V.Create(0.142134443f));
        p = V.Fma(p, f, V.Create(-0.166703492f));
        p = V.Fma(p, f, V.Create(0.200025111f));
        p = V.Fma(p, f, V.Create(-0.249999732f));
        return V.Fma(p, f, V.Create(0.333333075f));
    }

    /// <summary>e^r for |r| &lt;= ln(2)/2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ExpSmall<V>(V r) where V : unmanaged, ISimd<V>
    {
        V q = V.Create(0.00138120225f);
        q = V.Fma(q, r, V.Create(0.00836880598f));
        q = V.Fma(q, r, V.Create(0.0416684262f));
        q = V.Fma(q, r, V.Create(0.166665196f));
        q = V.Fma(q, r, V.Create(0.49999994f));
        return V.Create(1) + V.Fma(r * r, q, r);
    }

    /// <summary>x = 2^e m with m in [sqrt(1/2), sqrt(2)), for positive finite x, subnormals included; e is returned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V SplitExponent<V>(V x, out V m) where V : unmanaged, ISimd<V>
    {
        V tiny = V.Less(x, V.Create(1.17549435e-38f));
        V scaled = V.Select(tiny, x * V.Create(8388608f), x);
        V offset = V.SubtractBits(scaled, V.Bits(0x3F3504F3)); // sqrt(1/2): the exponent steps there instead of at 1
        V exponent = V.ShiftRight(offset, 23);
        m = V.SubtractBits(scaled, V.ShiftLeft(exponent, 23));
        return V.ToFloat(exponent) - (tiny & V.Create(23));
    }

    /// <summary>Where a logarithm of x is no number: -infinity at 0, NaN below and for NaN, infinity at infinity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V LogLimits<V>(V x, V y) where V : unmanaged, ISimd<V>
    {
        V infinity = V.Create(float.PositiveInfinity);
        y = V.Select(V.Less(x, infinity), y, x); // infinity and NaN give themselves
        return V.Select(V.Less(V.Create(0), x), y, V.Select(V.Equal(x, V.Create(0)), -infinity, V.Create(float.NaN)));
    }
}
