using System.Numerics;

namespace RawSer.Gpu.Emulator;

/// <summary>Rounding modes of PTX: to nearest even, toward zero, down, up.</summary>
internal enum RoundingMode
{
    Nearest,
    Zero,
    Down,
    Up,
}

/// <summary>
/// Rounding beyond what the processor's nearest-even gives. Intermediate results are doubles rounded to odd: the last bit of an inexact
/// double is set, so that a second rounding to a format of at most 51 bits, in any mode, is right (Boldo and Melquiond, "Emulation of FMA
/// and correctly rounded sums: proved algorithms using rounding to odd", 2008).
/// </summary>
internal static class Rounding
{
    /// <summary>a + b rounded to odd.</summary>
    public static double AddToOdd(double a, double b)
    {
        double sum = a + b;
        if (!double.IsFinite(sum))
        {
            return sum;
        }

        // Knuth's TwoSum: sum + error == a + b exactly.
        double part = sum - a;
        double error = (a - (sum - part)) + (b - part);
        return ToOdd(sum, error);
    }

    /// <summary>a / b rounded to odd, for operands of at most 26 bits.</summary>
    public static double DivideToOdd(double a, double b)
    {
        double quotient = a / b;
        if (!double.IsFinite(quotient) || quotient == 0 || !double.IsFinite(b))
        {
            return quotient;
        }

        double rest = Math.FusedMultiplyAdd(-quotient, b, a);
        return ToOdd(quotient, b < 0 ? -rest : rest);
    }

    /// <summary>√a rounded to odd, for an operand of at most 26 bits.</summary>
    public static double SqrtToOdd(double a)
    {
        double root = Math.Sqrt(a);
        return double.IsFinite(root) && root != 0 ? ToOdd(root, Math.FusedMultiplyAdd(-root, root, a)) : root;
    }

    /// <summary>A long rounded to odd.</summary>
    public static double ToOdd(long value)
    {
        double rounded = value;
        Int128 rest = value - (Int128)rounded;
        return ToOdd(rounded, (double)rest);
    }

    /// <summary>An unsigned long rounded to odd.</summary>
    public static double ToOdd(ulong value)
    {
        double rounded = value;
        Int128 rest = value - (Int128)rounded;
        return ToOdd(rounded, (double)rest);
    }

    /// <summary>An integer in double precision.</summary>
    public static double ToDouble(Int128 value, RoundingMode mode)
    {
        double nearest = (double)value;
        return Exact(nearest, mode, x => (value - (Int128)x).CompareTo(Int128.Zero));
    }

    /// <summary>Rounds value + error, where value is nearest, to odd.</summary>
    public static double ToOdd(double value, double error)
    {
        if (error == 0 || (BitConverter.DoubleToInt64Bits(value) & 1) != 0)
        {
            return value;
        }

        // The even neighbour was chosen; the odd one lies on the side of the error.
        return error > 0 ? Math.BitIncrement(value) : Math.BitDecrement(value);
    }

    /// <summary>A double to single precision.</summary>
    public static float ToSingle(double value, RoundingMode mode)
    {
        float nearest = (float)value;
        return mode switch
        {
            RoundingMode.Nearest => nearest,
            _ when double.IsNaN(value) || double.IsInfinity(value) || nearest == value => nearest,
            RoundingMode.Zero => Math.Abs((double)nearest) > Math.Abs(value) ? (value > 0 ? MathF.BitDecrement(nearest) : MathF.BitIncrement(nearest)) : nearest,
            RoundingMode.Down => nearest > value ? MathF.BitDecrement(nearest) : nearest,
            _ => nearest < value ? MathF.BitIncrement(nearest) : nearest,
        };
    }

    /// <summary>A double to a 16-bit format of <paramref name="fraction"/> fraction bits.</summary>
    public static ushort ToHalf(double value, int fraction, int exponentBits, RoundingMode mode)
    {
        ulong bits = BitConverter.DoubleToUInt64Bits(value);
        uint sign = (uint)(bits >> 63) << 15;
        uint infinity = ((1u << exponentBits) - 1) << fraction;
        if (double.IsNaN(value))
        {
            return (ushort)(fraction == 10 ? 0x7FFF : 0x7FFF);
        }

        if (double.IsInfinity(value))
        {
            return (ushort)(sign | infinity);
        }

        if (value == 0)
        {
            return (ushort)sign;
        }

        int bias = (1 << (exponentBits - 1)) - 1;
        int exponent = Math.Max(Math.ILogB(value), 1 - bias);
        double scaled = Math.ScaleB(Math.Abs(value), fraction - exponent);
        double whole = Math.Floor(scaled);
        double rest = scaled - whole;
        bool negative = sign != 0;
        bool up = mode switch
        {
            RoundingMode.Nearest => rest > 0.5 || (rest == 0.5 && ((ulong)whole & 1) != 0),
            RoundingMode.Zero => false,
            RoundingMode.Down => negative && rest > 0,
            _ => !negative && rest > 0,
        };
        ulong mantissa = (ulong)whole + (up ? 1u : 0);

        // A mantissa of 2^fraction or more carries into the exponent field by itself.
        ulong encoded = ((ulong)(exponent + bias - 1) << fraction) + mantissa;
        if (encoded >= infinity)
        {
            bool toInfinity = mode == RoundingMode.Nearest || (mode == RoundingMode.Up && !negative) || (mode == RoundingMode.Down && negative);
            encoded = toInfinity ? infinity : infinity - 1;
        }

        return (ushort)(sign | (uint)encoded);
    }

    /// <summary>Rounds to a whole number.</summary>
    public static double ToWhole(double value, RoundingMode mode) => mode switch
    {
        RoundingMode.Nearest => Math.Round(value, MidpointRounding.ToEven),
        RoundingMode.Zero => Math.Truncate(value),
        RoundingMode.Down => Math.Floor(value),
        _ => Math.Ceiling(value),
    };

    /// <summary>a + b, a · b + c, a / b or √a in double precision and any mode, from exact integers.</summary>
    public static double Exact(double nearest, RoundingMode mode, Func<double, int> compare)
    {
        if (mode == RoundingMode.Nearest || double.IsNaN(nearest))
        {
            return nearest;
        }

        // compare gives the sign of (exact result - argument).
        int sign = double.IsInfinity(nearest) ? (nearest > 0 ? -1 : 1) : compare(nearest);
        return mode switch
        {
            RoundingMode.Down => sign < 0 ? Math.BitDecrement(nearest) : nearest,
            RoundingMode.Up => sign > 0 ? Math.BitIncrement(nearest) : nearest,
            _ => nearest > 0 && sign < 0 ? Math.BitDecrement(nearest) : nearest < 0 && sign > 0 ? Math.BitIncrement(nearest) : nearest,
        };
    }

    /// <summary>A finite double as integer · 2^exponent.</summary>
    public static (BigInteger Mantissa, int Exponent) Split(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)((bits >> 52) & 0x7FF);
        long mantissa = bits & 0xF_FFFF_FFFF_FFFF;
        mantissa = exponent == 0 ? mantissa : mantissa | (1L << 52);
        return (bits < 0 ? -mantissa : mantissa, Math.Max(exponent, 1) - 1075);
    }

    /// <summary>Sign of a sum of terms integer · 2^exponent.</summary>
    public static int SignOfSum(params ReadOnlySpan<(BigInteger Mantissa, int Exponent)> terms)
    {
        int lowest = int.MaxValue;
        foreach (var term in terms)
        {
            lowest = Math.Min(lowest, term.Exponent);
        }

        BigInteger sum = 0;
        foreach (var term in terms)
        {
            sum += term.Mantissa << (term.Exponent - lowest);
        }

        return sum.Sign;
    }

    /// <summary>Product of two split numbers.</summary>
    public static (BigInteger Mantissa, int Exponent) Times((BigInteger Mantissa, int Exponent) a, (BigInteger Mantissa, int Exponent) b) =>
        (a.Mantissa * b.Mantissa, a.Exponent + b.Exponent);

    /// <summary>The opposite of a split number.</summary>
    public static (BigInteger Mantissa, int Exponent) Minus((BigInteger Mantissa, int Exponent) a) => (-a.Mantissa, a.Exponent);
}
