using System.Buffers.Binary;

namespace RawSer.Weights.Containers;

/// <summary>
/// The checksum of zip archives: CRC-32 with the reflected polynomial EDB88320 (ISO 3309), eight bytes at a step through eight tables
/// ("slicing by 8": Kounavis and Berry, 2005).
/// </summary>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB88320;
    private const int Slices = 8;

    private static readonly uint[][] Tables = CreateTables();

    /// <summary>The checksum of <paramref name="bytes"/> after those that gave <paramref name="before"/> (0 for none).</summary>
    public static uint Append(uint before, ReadOnlySpan<byte> bytes)
    {
        uint crc = ~before;
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

        return ~crc;
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
                    crc = crc >> 1 ^ ((crc & 1) == 0 ? 0 : Polynomial);
                }

                tables[slice][i] = crc;
            }
        }

        return tables;
    }
}
