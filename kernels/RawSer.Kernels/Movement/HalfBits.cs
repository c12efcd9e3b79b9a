using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>Conversions of half-precision numbers by their bits, for device kernels: rounding to nearest, ties to even.</summary>
internal static class HalfBits
{
    /// <summary>The value of IEEE half-precision bits.</summary>
    public static float ToFloat(ushort half)
    {
        uint sign = (uint)(half & 0x8000) << 16;
        uint exponent = (uint)(half >> 10) & 31, mantissa = (uint)half & 0x3FF;
        if (exponent == 0)
        {
            return Interop.IntAsFloat(sign | Interop.FloatAsInt(mantissa * 5.9604644775390625e-8f)); // subnormal: mantissa 2^-24
        }

        return Interop.IntAsFloat(sign | ((exponent == 31 ? 255 : exponent + 112) << 23) | (mantissa << 13));
    }

    /// <summary>
    /// The nearest half-precision number. A double is first rounded to odd in single precision, which keeps a tie a tie and everything
    /// else no tie, so that rounding twice gives what rounding once does.
    /// </summary>
    public static ushort FromDouble(double value)
    {
        float rounded = (float)value;
        uint bits = Interop.FloatAsInt(rounded);
        if (rounded != value && (bits & 1) == 0 && (bits & 0x7FFFFFFF) < 0x7F800000)
        {
            // Away from the even neighbour, to the odd one on the other side of the exact value.
            bool magnitudeTooLarge = rounded < 0 ? rounded < value : rounded > value;
            bits = magnitudeTooLarge ? bits - 1 : bits + 1;
        }

        return FromFloatBits(bits);
    }

    /// <summary>Round to nearest even on the upper 16 bits; NaN stays a quiet NaN.</summary>
    public static ushort ToBFloat16(float value)
    {
        uint bits = Interop.FloatAsInt(value);
        return (bits & 0x7FFFFFFF) > 0x7F800000 ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    private static ushort FromFloatBits(uint bits)
    {
        uint sign = (bits >> 16) & 0x8000, magnitude = bits & 0x7FFFFFFF;
        if (magnitude > 0x7F800000)
        {
            return (ushort)(sign | 0x7E00 | ((magnitude >> 13) & 0x3FF)); // NaN, made quiet
        }

        if (magnitude >= 0x47800000)
        {
            return (ushort)(sign | 0x7C00); // 65536 and above, infinity included
        }

        if (magnitude < 0x38800000)
        {
            // Below 2^-14: adding 1/2 puts the last place of a half's subnormals, 2^-24, at the end of the mantissa.
            return (ushort)(sign | (Interop.FloatAsInt(Interop.IntAsFloat(magnitude) + 0.5f) - 0x3F000000));
        }

        return (ushort)(sign | ((magnitude + 0xC8000FFF + ((magnitude >> 13) & 1)) >> 13)); // rebias by -112, round; a carry runs into the exponent
    }
}
