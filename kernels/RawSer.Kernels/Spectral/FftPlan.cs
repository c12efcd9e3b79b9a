using System.Numerics;

namespace RawSer.Kernels.Spectral;

/// <summary>
/// The constants of a complex discrete Fourier transform of one length: radices, the order in which samples are stored before the first
/// stage, and the twiddle factors of every stage. Lengths whose prime factors are all at most <see cref="LargestRadix"/> are
/// decimated in time; any other length becomes a convolution of a power of two (Bluestein 1970).
/// </summary>
internal sealed class FftPlan<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Above this prime factor a direct butterfly costs more than Bluestein's convolution.</summary>
    public const int LargestRadix = 31;

    private int[]? _cycleStarts;

    public FftPlan(int length)
    {
        Length = length;
        int[]? radices = Factor(length);
        if (radices is null)
        {
            int padded = (int)BitOperations.RoundUpToPowerOf2((uint)(2 * length - 1));
            Convolution = new BluesteinPlan<T>(length, new FftPlan<T>(padded));
            Position = [.. Enumerable.Range(0, length)];
            return;
        }

        Position = DigitReversal(length, radices);
        Stages = new FftStage<T>[radices.Length];
        int span = 1;
        for (int s = 0; s < radices.Length; s++)
        {
            Stages[s] = new FftStage<T>(radices[s], span);
            span *= radices[s];
        }
    }

    /// <summary>Number of complex points.</summary>
    public int Length { get; }

    /// <summary>Where sample i of the input is stored before the first stage.</summary>
    public int[] Position { get; }

    /// <summary>One index of every cycle of <see cref="Position"/> that moves something.</summary>
    public int[] CycleStarts => _cycleStarts ??= Cycles(Position);

    /// <summary>The stages in order; empty for length 1 and for Bluestein lengths.</summary>
    public FftStage<T>[] Stages { get; } = [];

    /// <summary>Set for lengths with a large prime factor.</summary>
    public BluesteinPlan<T>? Convolution { get; }

    /// <summary>e^(-2 pi i k / n), computed in double precision from a reduced angle.</summary>
    public static (T Re, T Im) RootOfUnity(long k, long n)
    {
        (double sin, double cos) = double.SinCosPi(-2.0 * (k % n) / n);
        return (T.CreateTruncating(cos), T.CreateTruncating(sin));
    }

    /// <summary>Radices in stage order: 2, 4 and 8 first, then the odd primes. Null if one of those is too large.</summary>
    private static int[]? Factor(int length)
    {
        List<int> radices = [];
        int rest = length;
        int twos = BitOperations.TrailingZeroCount(length);
        rest >>= twos;
        if (twos % 3 == 1 && twos > 1)
        {
            radices.AddRange([4, 4]);
            twos -= 4;
        }
        else if (twos % 3 == 2)
        {
            radices.Add(4);
            twos -= 2;
        }
        else if (twos == 1)
        {
            radices.Add(2);
            twos = 0;
        }

        radices.AddRange(Enumerable.Repeat(8, twos / 3));
        for (int p = 3; rest > 1; p += 2)
        {
            if ((long)p * p > rest)
            {
                p = rest;
            }

            for (; rest % p == 0; rest /= p)
            {
                if (p > LargestRadix)
                {
                    return null;
                }

                radices.Add(p);
            }
        }

        return [.. radices];
    }

    private static int[] Cycles(int[] position)
    {
        var starts = new List<int>();
        bool[] seen = new bool[position.Length];
        for (int i = 0; i < position.Length; i++)
        {
            if (!seen[i] && position[i] != i)
            {
                starts.Add(i);
            }

            for (int at = i; !seen[at]; at = position[at])
            {
                seen[at] = true;
            }
        }

        return [.. starts];
    }

    private static int[] DigitReversal(int length, int[] radices)
    {
        int[] position = new int[length];
        for (int i = 0; i < length; i++)
        {
            int digits = i, block = length, at = 0;
            for (int s = radices.Length - 1; s >= 0; s--)
            {
                block /= radices[s];
                at += digits % radices[s] * block;
                digits /= radices[s];
            }

            position[i] = at;
        }

        return position;
    }
}

/// <summary>One stage: joins <c>Radix</c> neighbouring transforms of <c>Span</c> points into one of Radix * Span points.</summary>
internal sealed class FftStage<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public FftStage(int radix, int span)
    {
        Radix = radix;
        Span = span;
        int n = radix * span;
        Twiddles = new T[2 * span * (radix - 1)];
        for (int j = 0, at = 0; j < span; j++)
        {
            for (int q = 1; q < radix; q++)
            {
                (Twiddles[at++], Twiddles[at++]) = FftPlan<T>.RootOfUnity((long)j * q, n);
            }
        }

        Roots = new T[2 * radix];
        for (int q = 0; q < radix; q++)
        {
            (Roots[2 * q], Roots[2 * q + 1]) = FftPlan<T>.RootOfUnity(q, radix);
        }
    }

    public int Radix { get; }

    public int Span { get; }

    /// <summary>For every j below Span and q from 1 below Radix: e^(-2 pi i j q / (Radix Span)) as a pair (re, im).</summary>
    public T[] Twiddles { get; }

    /// <summary>The Radix-th roots of unity, for the direct butterfly of odd primes.</summary>
    public T[] Roots { get; }
}

/// <summary>
/// Bluestein's identity jk = (j^2 + k^2 - (k - j)^2) / 2 turns a transform of any length into a circular convolution with a chirp.
/// </summary>
internal sealed class BluesteinPlan<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public BluesteinPlan(int length, FftPlan<T> inner)
    {
        Inner = inner;
        int m = inner.Length;
        Chirp = new T[2 * length];
        var kernel = new Complex[m];
        for (int k = 0; k < length; k++)
        {
            // The angle pi k^2 / n has period 2n in k^2.
            long square = (long)k * k % (2L * length);
            (double sin, double cos) = double.SinCosPi(-(double)square / length);
            (Chirp[2 * k], Chirp[2 * k + 1]) = (T.CreateTruncating(cos), T.CreateTruncating(sin));
            var conjugate = new Complex(cos, -sin);
            kernel[k] = conjugate;
            kernel[(m - k) % m] = conjugate;
        }

        Kernel = new T[2 * m];
        Complex[] spectrum = RadixTwo(kernel);
        for (int k = 0; k < m; k++)
        {
            // The 1/m of the inverse transform is folded in here.
            Kernel[2 * k] = T.CreateTruncating(spectrum[k].Real / m);
            Kernel[2 * k + 1] = T.CreateTruncating(spectrum[k].Imaginary / m);
        }
    }

    /// <summary>The power-of-two transform that does the convolution.</summary>
    public FftPlan<T> Inner { get; }

    /// <summary>e^(-pi i k^2 / n), pairs (re, im).</summary>
    public T[] Chirp { get; }

    /// <summary>The transform of the conjugate chirp divided by the inner length, pairs (re, im).</summary>
    public T[] Kernel { get; }

    /// <summary>A recursive double-precision transform, used once per plan.</summary>
    private static Complex[] RadixTwo(Complex[] x)
    {
        if (x.Length == 1)
        {
            return x;
        }

        int half = x.Length / 2;
        Complex[] even = RadixTwo([.. x.Where((_, i) => i % 2 == 0)]);
        Complex[] odd = RadixTwo([.. x.Where((_, i) => i % 2 == 1)]);
        var y = new Complex[x.Length];
        for (int k = 0; k < half; k++)
        {
            (double sin, double cos) = double.SinCosPi(-2.0 * k / x.Length);
            Complex t = odd[k] * new Complex(cos, sin);
            y[k] = even[k] + t;
            y[k + half] = even[k] - t;
        }

        return y;
    }
}
