using System.Runtime.CompilerServices;

namespace RawSer.Kernels;

public static partial class MathX
{
    // pi/2 as the sum of three floats
    private const float HalfPi = 1.57079637f;
    private const float HalfPiLow = -4.37113883e-8f;
    private const float HalfPiLowest = -1.71512451e-15f;

    /// <summary>Sine of radians, at most 2 ulp for |x| up to 100,000; beyond, the reduction to a quarter turn loses digits.</summary>
    public static float Sin(float x)
    {
        SinCos(new Simd1(x), out Simd1 sin, out _);
        return sin.Value;
    }

    /// <summary>Cosine of radians, at most 2 ulp for |x| up to 100,000; beyond, the reduction to a quarter turn loses digits.</summary>
    public static float Cos(float x)
    {
        SinCos(new Simd1(x), out _, out Simd1 cos);
        return cos.Value;
    }

    /// <summary>
    /// x = n pi/2 + r with |r| &lt;= pi/4, then r + r^3 p(r^2) and 1 - r^2/2 + r^4 q(r^2), interpolated at Chebyshev nodes with relative
    /// error 2^-28.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void SinCos<V>(V x, out V sin, out V cos) where V : unmanaged, ISimd<V>
    {
        V rounded = V.Fma(x, V.Create(0.636619747f), V.Create(RoundToWhole));
        V n = rounded - V.Create(RoundToWhole);
        V r = V.Fma(n, V.Create(-HalfPi), x);
        r = V.Fma(n, V.Create(-HalfPiLow), r);
        r = V.Fma(n, V.Create(-HalfPiLowest), r);
        V square = r * r;
        V p = V.Create(2.72496186e-6f);
        p = V.Fma(p, square, V.Create(-0.000198400841f));
        p = V.Fma(p, square, V.Create(0.00833333191f));
        p = V.Fma(p, square, V.Create(-0.166666672f));
        V s = V.Fma(p * square, r, r);
        V q = V.Create(2.45476895e-5f);
        q = V.Fma(q, square, V.Create(-0.00138883013f));
        q = V.Fma(q, square, V.Create(0.0416666642f));
        V c = V.Fma(q * square, square, V.Fma(V.Create(-0.5f), square, V.Create(1)));
        Turn(rounded, ref s, ref c);
        (sin, cos) = (s, c);
    }

    /// <summary>
    /// Sine and cosine of a quarter turn's remainder, turned by the whole number of quarter turns in the low bits of
    /// <paramref name="quarters"/>: odd ones exchange the two, bit 1 of the number and of the next one gives the signs.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Turn<V>(V quarters, ref V sin, ref V cos) where V : unmanaged, ISimd<V>
    {
        V odd = V.SubtractBits(default, quarters & V.Bits(1));
        V signSin = V.ShiftLeft(quarters & V.Bits(2), 30);
        V signCos = V.ShiftLeft(V.AddBits(quarters, V.Bits(1)) & V.Bits(2), 30);
        (sin, cos) = (V.Select(odd, cos, sin) ^ signSin, V.Select(odd, sin, cos) ^ signCos);
    }
}
