using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RawSer.Weights.Containers;

/// <summary>
/// The checksum of zip archives: CRC-32 with the reflected polynomial EDB88320 (ISO 3309), eight bytes at a step through eight tables
/// ("slicing by 8": Kounavis and Berry, 2005), or 64 by carry-less products where the processor has them (Gopal et al., "Fast CRC Computation for Generic
/// Polynomials Using PCLMULQDQ Instruction", Intel, 2009).
/// </summary>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB88320;
    private const int Slices = 8;
    private const int LaneBytes = 16;
    private const int Lanes = 4;

    private static readonly uint[][] Tables = CreateTables();

    private static readonly Vector128<ulong> OverLanes = Distance(Lanes * LaneBytes * 8);
    private static readonly Vector128<ulong> OverOne = Distance(LaneBytes * 8);

    /// <summary>The checksum of <paramref name="bytes"/> after those that gave <paramref name="before"/> (0 for none).</summary>
    public static uint Append(uint before, ReadOnlySpan<byte> bytes)
    {
        uint crc = ~before;
        if (Pclmulqdq.IsSupported && bytes.Length >= Lanes * LaneBytes)
        {
            crc = Fold(crc, ref bytes);
        }

        return ~Slice(crc, bytes);
    }

    /// <summary>The checksum of a part of a file.</summary>
    public static uint Of(MappedFile file, long offset, long length)
    {
        const int Step = 1 << 26;
        uint crc = 0;
        for (long done = 0; done < length; done += Step)
        {
            crc = Append(crc, file.Span(offset + done, Math.Min(Step, length - done)));
        }

        return crc;
    }

    /// <summary>The remainder (not inverted) of bytes after those that gave <paramref name="crc"/>.</summary>
    private static uint Slice(uint crc, ReadOnlySpan<byte> bytes)
    {
        uint[][] t = Tables;
        while (bytes.Length >= Slices)
        {
            uint low = crc ^ BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            uint high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = t[7][(byte)low] ^ t[6][(byte)(low >> 8)] ^ t[5][(byte)(low >> 16)] ^ t[4][low >> 24]
                ^ t[3][(byte)high] ^ t[2][(byte)(high >> 8)] ^ t[1][(byte)(high >> 16)] ^ t[0][high >> 24];
            bytes = bytes[Slices..];
        }

        foreach (byte value in bytes)
        {
            crc = t[0][(byte)(crc ^ value)] ^ crc >> 8;
        }

        return crc;
    }

    /// <summary>
    /// Replaces whole lanes of 16 bytes, at least four, by one lane with the same remainder, of which the tables give the rest: a lane that lies d bits before
    /// another is the same modulo P as its product with x^d mod P, added to that other. The old remainder is added to the first four bytes.
    /// </summary>
    private static uint Fold(uint crc, ref ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<Vector128<ulong>> lanes = MemoryMarshal.Cast<byte, Vector128<ulong>>(bytes);
        bytes = bytes[(lanes.Length * LaneBytes)..];
        Vector128<ulong> a = lanes[0] ^ Vector128.CreateScalar((ulong)crc), b = lanes[1], c = lanes[2], d = lanes[3];
        lanes = lanes[Lanes..];
        while (lanes.Length >= Lanes)
        {
            a = Advance(a, OverLanes) ^ lanes[0];
            b = Advance(b, OverLanes) ^ lanes[1];
            c = Advance(c, OverLanes) ^ lanes[2];
            d = Advance(d, OverLanes) ^ lanes[3];
            lanes = lanes[Lanes..];
        }

        Vector128<ulong> sum = Advance(Advance(Advance(a, OverOne) ^ b, OverOne) ^ c, OverOne) ^ d;
        foreach (Vector128<ulong> lane in lanes)
        {
            sum = Advance(sum, OverOne) ^ lane;
        }

        return Slice(0, MemoryMarshal.AsBytes(new ReadOnlySpan<Vector128<ulong>>(in sum)));
    }

    /// <summary>A lane times x^d: each half by its own constant.</summary>
    private static Vector128<ulong> Advance(Vector128<ulong> lane, Vector128<ulong> distance) =>
        Pclmulqdq.CarrylessMultiply(lane, distance, 0x00) ^ Pclmulqdq.CarrylessMultiply(lane, distance, 0x11);

    /// <summary>
    /// The constants of a distance of d bits: x^(d + 32) mod P for the low half, which comes first and is 64 bits further away, and x^(d - 32) mod P for the
    /// high one. Bits are reflected, and a product of reflected numbers lies one bit too low, hence the shift.
    /// </summary>
    private static Vector128<ulong> Distance(int bits) => Vector128.Create((ulong)Power(bits + 32) << 1, (ulong)Power(bits - 32) << 1);

    /// <summary>x^n mod P, reflected.</summary>
    private static uint Power(int n)
    {
        uint value = 1u << 31; // x^0
        for (int i = 0; i < n; i++)
        {
            value = TimesX(value);
        }

        return value;
    }

    /// <summary>A reflected remainder times x.</summary>
    private static uint TimesX(uint value) => value >> 1 ^ ((value & 1) == 0 ? 0 : Polynomial);

    private static uint[][] CreateTables()
    {
        var tables = new uint[Slices][];
        for (int slice = 0; slice < Slices; slice++)
        {
            tables[slice] = new uint[256];
            for (uint i = 0; i < 256; i++)
            {
                uint crc = slice == 0 ? i : tables[slice - 1][i];
                for (int bit = 0; bit < 8; bit++)
                {
                    crc = TimesX(crc);
                }

                tables[slice][i] = crc;
            }
        }

        return tables;
    }
}
