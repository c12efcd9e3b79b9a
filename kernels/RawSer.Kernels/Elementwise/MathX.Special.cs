using System.Runtime.CompilerServices;

namespace RawSer.Kernels;

public static partial class MathX
{
    /// <summary>log(1 + x), at most 2 ulp.</summary>
    public static float Log1p(float x) => Log1p(new Simd1(x)).Value;

    /// <summary>Hyperbolic tangent, at most 2 ulp.</summary>
    public static float Tanh(float x) => Tanh(new Simd1(x)).Value;

    /// <summary>Error function, at most 2 ulp.</summary>
    public static float Erf(float x) => Erf(new Simd1(x)).Value;

    /// <summary>Logistic function 1 / (1 + e^-x), at most 3 ulp for x &gt; -88; 0 below.</summary>
    public static float Sigmoid(float x) => Sigmoid(new Simd1(x)).Value;

    /// <summary>Distribution function of the standard normal distribution.</summary>
    public static float NormalCdf(float x) => NormalCdf(new Simd1(x)).Value;

    /// <summary>e^x - 1, exact for small x.</summary>
    public static float Expm1(float x) => Expm1(new Simd1(x)).Value;

    /// <summary>log(1 + e^x).</summary>
    public static float Softplus(float x) => Softplus(new Simd1(x)).Value;

    /// <summary>
    /// log(u) with u = 1 + x rounded, plus the part of x that the rounding lost, divided by u (first term of the series of log at u).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Log1p<V>(V x) where V : unmanaged, ISimd<V>
    {
        V one = V.Create(1);
        V u = one + x;
        V lost = x - (u - one);
        V y = Log(u);
        V corrected = y + (lost / u);
        // At infinity and -1 the lost part is no number or 0/0; tiny x give themselves with their sign.
        V plain = V.Equal(V.Abs(y), V.Create(float.PositiveInfinity));
        return V.Select(plain, y, V.Select(V.Equal(u, one), x, corrected));
    }

    /// <summary>
    /// Small |x|: x + x^3 p(x^2), relative error 2^-27 up to 0.625. Else 1 - 2 / (e^2|x| + 1) with the sign of x.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Tanh<V>(V x) where V : unmanaged, ISimd<V>
    {
        V z = V.Abs(x);
        V square = x * x;
        V p = V.Create(-0.00570498733f);
        p = V.Fma(p, square, V.Create(0.020639088f));
        p = V.Fma(p, square, V.Create(-0.0537397154f));
        p = V.Fma(p, square, V.Create(0.133314416f));
        p = V.Fma(p, square, V.Create(-0.333332807f));
        V small = V.Fma(p * square, z, z);
        V large = V.Create(1) - (V.Create(2) / (Exp(z + z) + V.Create(1)));
        return V.Select(V.Less(z, V.Create(0.625f)), small, large) ^ (x & V.Bits(0x80000000));
    }

    /// <summary>tanh(x / 2) (e^x + 1), which cancels nothing for small x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Expm1<V>(V x) where V : unmanaged, ISimd<V> => Tanh(V.Create(0.5f) * x) * (Exp(x) + V.Create(1));

    /// <summary>Small |x|: x p(x^2), relative error 2^-29 up to 1. Else 1 - erfc(|x|) with the sign of x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Erf<V>(V x) where V : unmanaged, ISimd<V>
    {
        V z = V.Abs(x);
        V large = V.Create(1) - ErfcLarge(z);
        return V.Select(V.Less(z, V.Create(1)), ErfSmall(x), large ^ (x & V.Bits(0x80000000)));
    }

    /// <summary>1 / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Sigmoid<V>(V x) where V : unmanaged, ISimd<V> => V.Create(1) / (V.Create(1) + Exp(-x));

    /// <summary>(1 + erf(x / sqrt 2)) / 2, without the cancellation of that sum for negative x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V NormalCdf<V>(V x) where V : unmanaged, ISimd<V>
    {
        V t = x * V.Create(0.707106781f);
        V z = V.Abs(t);
        V tail = V.Create(0.5f) * ErfcLarge(z);
        V large = V.Select(V.Less(t, V.Create(0)), tail, V.Create(1) - tail);
        return V.Select(V.Less(z, V.Create(1)), V.Fma(V.Create(0.5f), ErfSmall(t), V.Create(0.5f)), large);
    }

    /// <summary>max(x, 0) + log(1 + e^-|x|).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Softplus<V>(V x) where V : unmanaged, ISimd<V> =>
        V.MaxOrSecond(V.Create(0), x) + Log1p(Exp(-V.Abs(x)));

    /// <summary>
    /// sin(pi t) and cos(pi t) for |t| up to 2^20: t less its nearest half turn, then fits on a quarter turn; at most 1.2e-7 off.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void SinCosPi<V>(V t, out V sin, out V cos) where V : unmanaged, ISimd<V>
    {
        V rounded = (t + t) + V.Create(RoundToWhole);
        V r = V.Fma(rounded - V.Create(RoundToWhole), V.Create(-0.5f), t); // [-1/4, 1/4]
        V square = r * r;
        V s = V.Create(0.0809958801f);
        s = V.Fma(s, square, V.Create(-0.599201381f));
        s = V.Fma(s, square, V.Create(2.55016255f));
        s = V.Fma(s, square, V.Create(-5.16771269f));
        s = V.Fma(s, square, V.Create(3.14159274f)) * r;
        V c = V.Create(0.231364235f);
        c = V.Fma(c, square, V.Create(-1.33505058f));
        c = V.Fma(c, square, V.Create(4.05870771f));
        c = V.Fma(c, square, V.Create(-4.93480206f));
        c = V.Fma(c, square, V.Create(1));
        Turn(rounded, ref s, ref c);
        (sin, cos) = (s, c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ErfSmall<V>(V x) where V : unmanaged, ISimd<V>
    {
        V square = x * x;
        V p = V.Create(7.85385928e-5f);
        p = V.Fma(p, square, V.Create(-0.000801019312f));
        p = V.Fma(p, square, V.Create(0.00518832775f));
        p = V.Fma(p, square, V.Create(-0.026853811f));
        p = V.Fma(p, square, V.Create(0.112835854f));
        p = V.Fma(p, square, V.Create(-0.37612626f));
        p = V.Fma(p, square, V.Create(0.128379166f));
        return V.Fma(p, x, x); // the first coefficient less 1, so that its rounding counts an eighth
    }

    /// <summary>
    /// erfc(z) = e^-g(z) for z &gt;= 0.9; g of degree 9, so that erf has relative error 2^-30 and erfc keeps three digits
    /// down to 10^-23 (z = 7).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ErfcLarge<V>(V z) where V : unmanaged, ISimd<V>
    {
        V limited = V.MinOrSecond(V.Create(12), z);
        V g = V.Create(8.46581187e-8f);
        g = V.Fma(g, limited, V.Create(-3.39468079e-6f));
        g = V.Fma(g, limited, V.Create(6.15885656e-5f));
        g = V.Fma(g, limited, V.Create(-0.000673002331f));
        g = V.Fma(g, limited, V.Create(0.00498673599f));
        g = V.Fma(g, limited, V.Create(-0.0268442687f));
        g = V.Fma(g, limited, V.Create(0.110567525f));
        g = V.Fma(g, limited, V.Create(0.631496549f));
        g = V.Fma(g, limited, V.Create(1.13034832f));
        g = V.Fma(g, limited, V.Create(-0.00033469862f));
        return Exp(-g);
    }
}
