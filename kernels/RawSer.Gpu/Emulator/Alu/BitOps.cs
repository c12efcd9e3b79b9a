using System.Numerics;

namespace RawSer.Gpu.Emulator;

/// <summary>Shifts clamp their count at the width.</summary>
internal readonly struct ShiftLeft : IBinary<uint, uint, uint>, IBinary<ulong, uint, ulong>
{
    public static uint Apply(uint a, uint b) => b > 31 ? 0 : a << (int)b;

    public static ulong Apply(ulong a, uint b) => b > 63 ? 0 : a << (int)b;
}

/// <inheritdoc cref="ShiftLeft"/>
internal readonly struct ShiftRight : IBinary<uint, uint, uint>, IBinary<ulong, uint, ulong>, IBinary<int, uint, int>, IBinary<long, uint, long>
{
    public static uint Apply(uint a, uint b) => b > 31 ? 0 : a >> (int)b;

    public static ulong Apply(ulong a, uint b) => b > 63 ? 0 : a >> (int)b;

    public static int Apply(int a, uint b) => a >> (int)Math.Min(b, 31);

    public static long Apply(long a, uint b) => a >> (int)Math.Min(b, 63);
}

internal readonly struct ShiftLeft16 : IBinary<uint, uint, uint>
{
    public static uint Apply(uint a, uint b) => b > 15 ? 0u : (ushort)(a << (int)b);
}

internal readonly struct ShiftRightU16 : IBinary<uint, uint, uint>
{
    public static uint Apply(uint a, uint b) => b > 15 ? 0 : (uint)(ushort)a >> (int)b;
}

internal readonly struct ShiftRightS16 : IBinary<uint, uint, uint>
{
    public static uint Apply(uint a, uint b) => (uint)(ushort)((short)a >> (int)Math.Min(b, 15));
}

/// <summary>shf.l: the high word of (b:a) shifted left; the count wraps or clamps at 32.</summary>
internal readonly struct FunnelLeft<TCount> : ITernary<uint, uint, uint, uint>
    where TCount : struct, IUnary<uint, uint>
{
    public static uint Apply(uint a, uint b, uint c) => (uint)(((((ulong)b << 32) | a) << (int)TCount.Apply(c)) >> 32);
}

/// <summary>shf.r: the low word of (b:a) shifted right.</summary>
internal readonly struct FunnelRight<TCount> : ITernary<uint, uint, uint, uint>
    where TCount : struct, IUnary<uint, uint>
{
    public static uint Apply(uint a, uint b, uint c) => (uint)((((ulong)b << 32) | a) >> (int)TCount.Apply(c));
}

internal readonly struct WrapCount : IUnary<uint, uint>
{
    public static uint Apply(uint a) => a & 31;
}

internal readonly struct ClampCount : IUnary<uint, uint>
{
    public static uint Apply(uint a) => Math.Min(a, 32);
}

internal readonly struct PopCount : IUnary<uint, uint>, IUnary<ulong, uint>
{
    public static uint Apply(uint a) => (uint)BitOperations.PopCount(a);

    public static uint Apply(ulong a) => (uint)BitOperations.PopCount(a);
}

internal readonly struct LeadingZeros : IUnary<uint, uint>, IUnary<ulong, uint>
{
    public static uint Apply(uint a) => (uint)BitOperations.LeadingZeroCount(a);

    public static uint Apply(ulong a) => (uint)BitOperations.LeadingZeroCount(a);
}

internal readonly struct ReverseBits : IUnary<uint, uint>, IUnary<ulong, ulong>
{
    public static uint Apply(uint a)
    {
        a = ((a >> 1) & 0x5555_5555) | ((a & 0x5555_5555) << 1);
        a = ((a >> 2) & 0x3333_3333) | ((a & 0x3333_3333) << 2);
        a = ((a >> 4) & 0x0F0F_0F0F) | ((a & 0x0F0F_0F0F) << 4);
        return System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(a);
    }

    public static ulong Apply(ulong a) => ((ulong)Apply((uint)a) << 32) | Apply((uint)(a >> 32));
}

/// <summary>bfind: position of the highest bit that differs from the sign; all ones if there is none.</summary>
internal readonly struct FindBit : IUnary<uint, uint>, IUnary<ulong, uint>, IUnary<int, uint>, IUnary<long, uint>
{
    public static uint Apply(uint a) => 31 - LeadingZeros.Apply(a);

    public static uint Apply(ulong a) => 63 - LeadingZeros.Apply(a);

    public static uint Apply(int a) => Apply((uint)(a < 0 ? ~a : a));

    public static uint Apply(long a) => Apply((ulong)(a < 0 ? ~a : a));
}

/// <summary>bfind.shiftamt: how far to shift left so that the bit becomes the highest.</summary>
internal readonly struct FindShift : IUnary<uint, uint>, IUnary<ulong, uint>, IUnary<int, uint>, IUnary<long, uint>
{
    public static uint Apply(uint a) => a == 0 ? uint.MaxValue : LeadingZeros.Apply(a);

    public static uint Apply(ulong a) => a == 0 ? uint.MaxValue : LeadingZeros.Apply(a);

    public static uint Apply(int a) => Apply((uint)(a < 0 ? ~a : a));

    public static uint Apply(long a) => Apply((ulong)(a < 0 ? ~a : a));
}

/// <summary>bfe: length bits from a position, zero or sign extended; the position beyond the width repeats the sign.</summary>
internal readonly struct ExtractField : ITernary<uint, uint, uint, uint>, ITernary<ulong, uint, uint, ulong>, ITernary<int, uint, uint, int>, ITernary<long, uint, uint, long>
{
    public static uint Apply(uint a, uint b, uint c) => (uint)Apply((ulong)a, b, c);

    public static ulong Apply(ulong a, uint b, uint c)
    {
        int position = (int)(b & 255), length = (int)(c & 255);
        ulong field = position > 63 ? 0 : a >> position;
        return length > 63 ? field : field & ((1ul << length) - 1);
    }

    public static int Apply(int a, uint b, uint c) => (int)Signed(a, b, c, 32);

    public static long Apply(long a, uint b, uint c) => Signed(a, b, c, 64);

    private static long Signed(long a, uint b, uint c, int width)
    {
        int position = (int)(b & 255), length = (int)(c & 255);
        if (length == 0)
        {
            return 0;
        }

        return position + length >= width
            ? a >> Math.Min(position, width - 1)
            : a << (64 - position - length) >> (64 - length);
    }
}

/// <summary>bfi: a's low bits inserted into b.</summary>
internal static class InsertField
{
    public static ulong Apply(ulong a, ulong b, uint position, uint length, int width)
    {
        position &= 255;
        length &= 255;
        if (position >= width || length == 0)
        {
            return b;
        }

        ulong mask = (length > 63 ? ulong.MaxValue : (1ul << (int)length) - 1) << (int)position;
        return (b & ~mask) | ((a << (int)position) & mask);
    }
}

/// <summary>lop3: the truth table is the operation's constant.</summary>
internal static class Logic3
{
    public static uint Apply(uint a, uint b, uint c, uint table)
    {
        uint result = 0;
        result |= (table & 0x01) != 0 ? ~a & ~b & ~c : 0;
        result |= (table & 0x02) != 0 ? ~a & ~b & c : 0;
        result |= (table & 0x04) != 0 ? ~a & b & ~c : 0;
        result |= (table & 0x08) != 0 ? ~a & b & c : 0;
        result |= (table & 0x10) != 0 ? a & ~b & ~c : 0;
        result |= (table & 0x20) != 0 ? a & ~b & c : 0;
        result |= (table & 0x40) != 0 ? a & b & ~c : 0;
        result |= (table & 0x80) != 0 ? a & b & c : 0;
        return result;
    }
}

/// <summary>prmt: bytes of (b:a) by selectors; bit 3 of a selector repeats the byte's sign.</summary>
internal static class PermuteBytes
{
    public static uint Apply(uint a, uint b, uint selectors)
    {
        ulong bytes = ((ulong)b << 32) | a;
        uint result = 0;
        for (int i = 0; i < 4; i++)
        {
            uint selector = (selectors >> (4 * i)) & 15;
            uint value = (uint)(bytes >> (int)(8 * (selector & 7))) & 255;
            value = (selector & 8) == 0 ? value : (value & 128) != 0 ? 255u : 0;
            result |= value << (8 * i);
        }

        return result;
    }

    /// <summary>The selectors of a mode for the low two bits of c.</summary>
    public static uint Selectors(string mode, uint c)
    {
        c &= 3;
        return mode switch
        {
            "f4e" => c switch { 0 => 0x3210, 1 => 0x4321, 2 => 0x5432, _ => 0x6543 },
            "b4e" => c switch { 0 => 0x5670, 1 => 0x6701, 2 => 0x7012, _ => 0x0123 },
            "rc8" => c * 0x1111,
            "ecl" => c switch { 0 => 0x3210, 1 => 0x3211, 2 => 0x3222, _ => 0x3333 },
            "ecr" => c switch { 0 => 0x0000, 1 => 0x1110, 2 => 0x2210, _ => 0x3210 },
            "rc16" => (c & 1) == 0 ? 0x1010u : 0x3232,
            _ => throw new ArgumentException($"prmt has no mode '{mode}'"),
        };
    }
}

/// <summary>Logic not.</summary>
internal readonly struct LogicalNot : IUnary<uint, uint>
{
    public static uint Apply(uint a) => a == 0 ? 1u : 0;
}

/// <inheritdoc cref="LogicalNot"/>
internal readonly struct LogicalNot64 : IUnary<ulong, ulong>
{
    public static ulong Apply(ulong a) => a == 0 ? 1u : 0;
}

/// <inheritdoc cref="LogicalNot"/>
internal readonly struct LogicalNot16 : IUnary<uint, uint>
{
    public static uint Apply(uint a) => (ushort)a == 0 ? 1u : 0;
}

internal readonly struct Not16 : IUnary<uint, uint>
{
    public static uint Apply(uint a) => (ushort)~a;
}
