using System.Numerics;

namespace RawSer.Gpu.Emulator;

/// <summary>Conversions that kernels do in every loop, by C#'s own.</summary>
internal readonly struct Cast<TA, TR> : IUnary<TA, TR>
    where TA : INumberBase<TA>
    where TR : INumberBase<TR>
{
    public static TR Apply(TA a) => TR.CreateTruncating(a);
}

/// <summary>f16 or bf16 to f32.</summary>
internal readonly struct WidenHalf<TFormat> : IUnary<uint, float>
    where TFormat : struct, IHalfFormat
{
    public static float Apply(uint a) => TFormat.ToSingle((ushort)a);
}

/// <summary>f32 to the nearest f16 or bf16.</summary>
internal readonly struct NarrowHalf<TFormat> : IUnary<float, uint>
    where TFormat : struct, IHalfFormat
{
    public static uint Apply(float a) => TFormat.FromSingle(a);
}

/// <summary>A conversion in all its modifiers, packed into <see cref="Op.Choice"/>.</summary>
internal readonly record struct Conversion(PtxType To, PtxType From, RoundingMode Mode, bool ToWhole, bool Away, bool Saturate, bool Flush, bool Relu, int Width)
{
    private const string Kinds = "busfhtHB";

    /// <summary>Kinds and sizes in 5 bits each, then the rest.</summary>
    public int Pack() =>
        Code(To) | (Code(From) << 6) | ((int)Mode << 12) | (ToWhole ? 1 << 14 : 0) | (Away ? 1 << 15 : 0) | (Saturate ? 1 << 16 : 0)
        | (Flush ? 1 << 17 : 0) | (Relu ? 1 << 18 : 0) | (BitOperations.Log2((uint)Width) << 20);

    public static Conversion Unpack(int code) => new(
        Type(code & 63), Type((code >> 6) & 63), (RoundingMode)((code >> 12) & 3), (code & (1 << 14)) != 0, (code & (1 << 15)) != 0,
        (code & (1 << 16)) != 0, (code & (1 << 17)) != 0, (code & (1 << 18)) != 0, 1 << ((code >> 20) & 7));

    private static int Code(PtxType type) => Kinds.IndexOf(type.Kind) | ((BitOperations.Log2((uint)type.Bits) - 3) << 3);

    private static PtxType Type(int code) => new(Kinds[code & 7], 8 << (code >> 3));
}

/// <summary>cvt in its general form, lane by lane.</summary>
internal static unsafe class ConvertOps
{
    public static void Run(byte* registers, Op* op, uint mask)
    {
        Conversion conversion = Conversion.Unpack(op->Choice);
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            ulong source = conversion.From.Bits == 64 ? ((ulong*)(registers + op->A))[lane] : ((uint*)(registers + op->A))[lane];
            ulong result = Apply(conversion, source);
            if (conversion.Width == 64)
            {
                ((ulong*)(registers + op->D))[lane] = result;
            }
            else
            {
                ((uint*)(registers + op->D))[lane] = conversion.Width == 16 ? (ushort)result : (uint)result;
            }
        }
    }

    /// <summary>Two singles to a pair; the second source is the low half.</summary>
    public static void Pack(byte* registers, Op* op, uint mask)
    {
        Conversion conversion = Conversion.Unpack(op->Choice);
        Conversion half = conversion with { To = new PtxType(conversion.To.Kind == 'H' ? 'f' : 'h', 16) };
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            uint high = (uint)Apply(half, ((uint*)(registers + op->A))[lane]);
            uint low = (uint)Apply(half, ((uint*)(registers + op->B))[lane]);
            ((uint*)(registers + op->D))[lane] = low | (high << 16);
        }
    }

    private static ulong Apply(Conversion conversion, ulong source)
    {
        PtxType from = conversion.From, to = conversion.To;
        if (!from.IsFloat)
        {
            Int128 value = from.IsSigned ? SignExtend(source, from.Bits) : from.Bits == 64 ? source : source & ((1ul << from.Bits) - 1);
            return !to.IsFloat ? ToInteger(conversion, value)
                : to.Bits == 64 ? BitConverter.DoubleToUInt64Bits(Rounding.ToDouble(value, conversion.Mode))
                : ToFloat(conversion, from.IsSigned ? Rounding.ToOdd((long)value) : Rounding.ToOdd((ulong)value));
        }

        double number = ReadFloat(from, source, conversion.Flush);
        if (conversion.ToWhole)
        {
            number = Rounding.ToWhole(number, conversion.Mode);
        }

        return to.IsFloat ? ToFloat(conversion, number) : FloatToInteger(conversion, number);
    }

    private static long SignExtend(ulong value, int bits) => (long)value << (64 - bits) >> (64 - bits);

    private static double ReadFloat(PtxType type, ulong bits, bool flush) => (type.Kind, type.Bits) switch
    {
        ('f', 64) => BitConverter.UInt64BitsToDouble(bits),
        ('f', 16) => Float16.ToSingle((ushort)bits),
        ('h', _) => BFloat16.ToSingle((ushort)bits),
        _ => flush ? FlushToZero.Flush(BitConverter.UInt32BitsToSingle((uint)bits)) : BitConverter.UInt32BitsToSingle((uint)bits),
    };

    private static (Int128 Low, Int128 High) Range(PtxType type) => type.IsSigned
        ? (-(Int128.One << (type.Bits - 1)), (Int128.One << (type.Bits - 1)) - 1)
        : (0, (Int128.One << type.Bits) - 1);

    private static ulong ToInteger(Conversion conversion, Int128 value)
    {
        PtxType to = conversion.To;
        if (conversion.Saturate)
        {
            (Int128 low, Int128 high) = Range(to);
            value = Int128.Clamp(value, low, high);
        }

        ulong bits = (ulong)(UInt128)value;
        return to.Bits == 64 ? bits : to.IsSigned ? (ulong)SignExtend(bits, to.Bits) : bits & ((1ul << to.Bits) - 1);
    }

    // Out of range clamps. NaN gives 0, but the lowest negative number's bits for 64-bit results and from f64.
    private static ulong FloatToInteger(Conversion conversion, double number)
    {
        PtxType to = conversion.To;
        if (double.IsNaN(number))
        {
            return to.Bits == 64 ? 1ul << 63 : conversion.From.Bits == 64 && to.Bits == 32 ? 1ul << 31 : 0;
        }

        (Int128 low, Int128 high) = Range(to);
        Int128 value = number >= 1e20 ? high : number <= -1e20 ? low : Int128.Clamp((Int128)number, low, high);
        return ToInteger(conversion, value);
    }

    private static ulong ToFloat(Conversion conversion, double number)
    {
        if (conversion.Saturate)
        {
            number = Saturation.Clamp(number);
        }

        if (conversion.Relu && number <= 0)
        {
            number = 0;
        }

        switch (conversion.To.Kind, conversion.To.Bits)
        {
            case ('f', 64):
                return BitConverter.DoubleToUInt64Bits(number);
            case ('f', 16):
                return Float16.FromDouble(number, conversion.Mode);
            case ('h', _):
                return BFloat16.FromDouble(number, conversion.Mode);
            case ('t', _):
                return ToTf32((float)number, conversion);
            default:
                float single = Rounding.ToSingle(number, conversion.Mode);
                return BitConverter.SingleToUInt32Bits(conversion.Flush ? FlushToZero.Flush(single) : single);
        }
    }

    // tf32 keeps 10 bits of fraction.
    private static uint ToTf32(float value, Conversion conversion)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (!float.IsFinite(value))
        {
            return float.IsNaN(value) ? 0x7FFF_FFFF : bits;
        }

        uint half = conversion.Away ? 0x1000 : conversion.Mode == RoundingMode.Nearest ? 0xFFF + ((bits >> 13) & 1) : 0;
        return (bits + half) & ~0x1FFFu;
    }
}
