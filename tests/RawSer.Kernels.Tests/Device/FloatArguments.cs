namespace RawSer.Kernels.Tests;

/// <summary>Arguments on which functions of floats are measured.</summary>
internal static class FloatArguments
{
    private const uint Stride = 10007; // a prime, so that all endings of the mantissa occur

    /// <summary>Where something changes: limits of the format, zeros and poles, limits of exp and log, seams between two formulas.</summary>
    private static readonly float[] Anchors =
    [
        0, float.Epsilon, 1.17549435e-38f, float.MaxValue, float.PositiveInfinity, 1, 2, 0.5f, 0.25f, 1.41421356f, 0.707106781f, 0.625f, 0.9f, 3, 12, MathF.E, MathF.PI,
        0.693147182f, 0.34657359f, 88.7228394f, 87.3365479f, 103.972084f, 104, 89, 126, 127, 128, 149, 150, 8388608, 16777216, 100_000, 3.92f, 9.0109f, 1e-4f, 2.44140625e-4f, 1.5e-8f, 5.96046448e-8f,
    ];

    /// <summary>
    /// About 600,000 floats: every 10007th of all bit patterns (each exponent, subnormals, infinities and NaNs), 257 neighbours of each anchor with
    /// both signs, all near 1, every 401st from 1/4 to 4, and a fine grid from -20 to 20.
    /// </summary>
    public static float[] Dense { get; } =
    [
        .. Patterns(0, uint.MaxValue, Stride),
        .. Anchors.SelectMany(anchor => Neighbours(anchor, 128)).SelectMany(x => new[] { x, -x }),
        .. Neighbours(1, 4096),
        .. Patterns(BitConverter.SingleToUInt32Bits(0.25f), BitConverter.SingleToUInt32Bits(4), 401),
        .. Enumerable.Range(-40_000, 80_001).Select(i => i * 0.0005f),
    ];

    /// <summary><see cref="Dense"/>, the floats beside multiples of a quarter turn, and for each exponent up to the last many large ones.</summary>
    public static float[] Angles { get; } =
    [
        .. Dense,
        .. Enumerable.Range(1, 65_536).SelectMany(k => Neighbours((float)(k * (Math.PI / 2)), 1)),
        .. Patterns(BitConverter.SingleToUInt32Bits(65_536), BitConverter.SingleToUInt32Bits(float.MaxValue), 4001),
        .. NearestToQuarterTurns(),
    ];

    /// <summary>Pairs for powers: bases near 1 with large exponents, bases and exponents whose powers lie in the range, and all special pairs.</summary>
    public static (float[] X, float[] Y) Powers()
    {
        Random random = new(5);
        List<(float X, float Y)> pairs = [.. Pairs()];
        for (int i = 0; i < 300_000; i++)
        {
            float x = BitConverter.UInt32BitsToSingle((uint)random.NextInt64(1, 0x7F800000));
            pairs.Add((x, (float)((random.NextDouble() * 300) - 150) / (1 + MathF.Abs(MathF.Log2(x)))));
            pairs.Add(((float)(1 + ((random.NextDouble() - 0.5) * Math.Pow(2, -random.Next(1, 24)))), (float)((random.NextDouble() - 0.5) * Math.Pow(2, random.Next(1, 27)))));
        }

        return ([.. pairs.Select(pair => pair.X)], [.. pairs.Select(pair => pair.Y)]);
    }

    /// <summary>All pairs of 26 numbers that matter: zeros, ones, whole numbers even and odd, halves, subnormals, limits, infinities, NaN.</summary>
    public static IEnumerable<(float X, float Y)> Pairs()
    {
        float[] values =
        [
            0, -0f, 1, -1, 2, -2, 3, -3, 0.5f, -0.5f, 1.5f, 2.5f, -2.5f, 8388607.5f, 8388609, -8388609, 16777216, 1e-40f, -1e-40f, 1e-45f, 3e38f, -3e38f,
            float.MaxValue, float.NaN, float.PositiveInfinity, float.NegativeInfinity,
        ];
        return values.SelectMany(x => values.Select(y => (x, y)));
    }

    private static IEnumerable<float> Patterns(uint first, uint last, uint step)
    {
        for (ulong bits = first; bits <= last; bits += step)
        {
            yield return BitConverter.UInt32BitsToSingle((uint)bits);
        }
    }

    private static IEnumerable<float> Neighbours(float x, int count)
    {
        uint bits = BitConverter.SingleToUInt32Bits(x);
        return Patterns((uint)Math.Max(0, (long)bits - count), bits + (uint)count, 1);
    }

    /// <summary>For each large exponent the 8 of 1024 mantissas that are nearest to a multiple of pi/2, and the float that is nearest of all.</summary>
    private static IEnumerable<float> NearestToQuarterTurns()
    {
        yield return MathF.ScaleB(16367173, 72); // Muller, Elementary Functions, 11.3.2
        for (uint exponent = 127 + 17; exponent < 255; exponent++)
        {
            uint begin = exponent << 23;
            foreach (float x in Enumerable.Range(0, 1024).Select(i => BitConverter.UInt32BitsToSingle(begin + ((uint)i * 8191))).OrderBy(x => Math.Min(Math.Abs(Math.Sin(x)), Math.Abs(Math.Cos(x)))).Take(8))
            {
                yield return x;
            }
        }
    }
}
