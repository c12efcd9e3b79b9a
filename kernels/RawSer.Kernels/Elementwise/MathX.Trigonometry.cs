using System.Runtime.CompilerServices;

namespace RawSer.Kernels;

public static partial class MathX
{
    // pi/2 as the sum of three floats
    private const float HalfPi = 1.57079637f;
    private const float HalfPiLow = -4.37113883e-8f;
    private const float HalfPiLowest = -1.71512451e-15f;

    /// <summary>Sine of radians, at most 2 ulp.</summary>
    public static float Sin(float x)
    {
        SinCos(x, out Simd1 sin, out _);
        return sin.Value;
    }

    /// <summary>Cosine of radians, at most 2 ulp.</summary>
    public static float Cos(float x)
    {
        SinCos(x, out _, out Simd1 cos);
        return cos.Value;
    }

    private static void SinCos(float x, out Simd1 sin, out Simd1 cos)
    {
        float z = MathF.Abs(x);
        Simd1 r = z <= 100_000 ? QuarterTurns(new Simd1(z), out Simd1 quarters) : QuarterTurnsOfLarge(z, out quarters);
        SinCosOfRemainder(r, quarters, out sin, out cos);
        sin ^= new Simd1(x) & Simd1.Bits(0x80000000);
    }

    /// <summary>x = n pi/2 + r with |r| &lt;= pi/4 for x from 0 to 100,000; n stands in the low bits of <paramref name="quarters"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V QuarterTurns<V>(V x, out V quarters) where V : unmanaged, ISimd<V>
    {
        quarters = V.Fma(x, V.Create(0.636619747f), V.Create(RoundToWhole));
        V n = quarters - V.Create(RoundToWhole);
        V r = V.Fma(n, V.Create(-HalfPi), x);
        r = V.Fma(n, V.Create(-HalfPiLow), r);
        return V.Fma(n, V.Create(-HalfPiLowest), r);
    }

    /// <summary>
    /// The same for any x = m 2^e from 2^16 on (Payne and Hanek): of the bits of 2/pi, those that stand for multiples of four quarter turns
    /// say nothing; of the 96 behind, the product with m has an error of at most 2^-70. No float is nearer than 2^-30 to a quarter turn, relatively.
    /// </summary>
    private static Simd1 QuarterTurnsOfLarge(float x, out Simd1 quarters)
    {
        uint bits = BitConverter.SingleToUInt32Bits(x);
        uint mantissa = (bits & 0x7FFFFF) | 0x800000;
        int first = (int)((bits >> 23) & 255) - 150 + 30; // bit of the words below that has the weight 2 in the product
        int word = first >> 5, shift = first & 31;
        ulong low = (ulong)mantissa * Window(word + 2, shift);
        ulong middle = ((ulong)mantissa * Window(word + 1, shift)) + (low >> 32);
        ulong high = ((ulong)mantissa * Window(word, shift)) + (middle >> 32);
        ulong turns = (high << 32) | (uint)middle; // in units of 2^-62 quarter turns, modulo 4
        int n = (int)(turns >> 62) + (int)((turns >> 61) & 1);
        float r = (float)((long)(turns << 2) * (Math.PI / 36893488147419103232.0)); // pi/2 2^-64
        quarters = new Simd1(BitConverter.Int32BitsToSingle(n));
        return new Simd1(x <= float.MaxValue ? r : float.NaN);
    }

    /// <summary>32 bits of <see cref="TwoOverPi"/> that begin at a bit of a word.</summary>
    private static uint Window(int word, int shift) => (uint)(((((ulong)TwoOverPi(word) << 32) | TwoOverPi(word + 1)) << shift) >> 32);

    /// <summary>32 zeros, then the bits of 2/pi behind the point.</summary>
    private static uint TwoOverPi(int word) => word switch
    {
        0 => 0,
        1 => 0xA2F9836E,
        2 => 0x4E441529,
        3 => 0xFC2757D1,
        4 => 0xF534DDC0,
        5 => 0xDB629599,
        6 => 0x3C439041,
        _ => 0xFE5163AB,
    };

    /// <summary>
    /// r + r^3 p(r^2) and 1 - r^2/2 + r^4 q(r^2), interpolated at Chebyshev nodes with relative error 2^-28, then turned.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SinCosOfRemainder<V>(V r, V quarters, out V sin, out V cos) where V : unmanaged, ISimd<V>
    {
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
        Turn(quarters, ref s, ref c);
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
