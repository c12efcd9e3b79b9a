using System.Text;
using RawSer.Kernels;

namespace RawSer.Recipes.Sampling;

/// <summary>
/// The random numbers of splits, bootstraps and the speech synthesiser, one after the other: words of <see cref="Philox"/> with the seed as key and
/// FNV-1a-64 of the stream's name as its stream, two draws per counter. A stream depends on its seed and its name only: not on the machine, the
/// number of threads, or what other streams have drawn.
/// </summary>
public sealed class CounterRandom
{
    private readonly ulong _seed;
    private readonly ulong _stream;
    private ulong _counter;
    private ulong? _spareBits;
    private double _spareGaussian = double.NaN;

    /// <summary>The stream called <paramref name="stream"/> of a seed.</summary>
    public CounterRandom(ulong seed, string stream)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (byte b in Encoding.UTF8.GetBytes(stream))
        {
            hash = (hash ^ b) * 0x100000001B3;
        }

        (_seed, _stream) = (seed, hash);
    }

    /// <summary>The next 64 random bits.</summary>
    public ulong NextBits()
    {
        if (_spareBits is ulong spare)
        {
            _spareBits = null;
            return spare;
        }

        (uint a, uint b, uint c, uint d) = Philox.Words(_seed, _counter++, _stream);
        _spareBits = ((ulong)d << 32) | c;
        return ((ulong)b << 32) | a;
    }

    /// <summary>A double in [0, 1): 53 random bits.</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A double in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public double Between(double low, double high) => low + ((high - low) * NextDouble());

    /// <summary>An integer in [0, <paramref name="bound"/>), without bias (Lemire 2019: multiply, reject the short range).</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bound"/> is not positive.</exception>
    public int NextInt(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        ulong range = (ulong)bound;
        ulong reject = (0UL - range) % range;
        ulong high, low;
        do
        {
            high = Math.BigMul(NextBits(), range, out low);
        }
        while (low < reject);

        return (int)high;
    }

    /// <summary>A standard normal value (Box and Muller 1958, both values of a pair are used).</summary>
    public double NextGaussian()
    {
        if (!double.IsNaN(_spareGaussian))
        {
            double spare = _spareGaussian;
            _spareGaussian = double.NaN;
            return spare;
        }

        double radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        (double sin, double cos) = Math.SinCos(2 * Math.PI * NextDouble());
        _spareGaussian = radius * sin;
        return radius * cos;
    }

    /// <summary>Puts the items into random order (Fisher and Yates, from the end).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
