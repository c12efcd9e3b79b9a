using System.Buffers.Binary;

namespace RawSer.Weights.Containers;

/// <summary>The three numbers of a zip entry that the zip64 extra field (id 1) replaces where they read FFFFFFFF.</summary>
internal struct ZipSizes(uint length, uint storedLength, uint headerOffset)
{
    private const int Zip64Field = 1;

    public ulong Length { get; private set; } = length;

    public ulong StoredLength { get; private set; } = storedLength;

    public ulong HeaderOffset { get; private set; } = headerOffset;

    /// <summary>Whether the zip64 field was present.</summary>
    public bool HasZip64 { get; private set; }

    /// <summary>Replaces what the zip64 field among the extra fields replaces.</summary>
    public bool TryWiden(ReadOnlySpan<byte> extra, out string? problem)
    {
        problem = null;
        while (extra.Length > 0)
        {
            int size = extra.Length < 4 ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (extra.Length < 4 + size)
            {
                problem = "an extra field is longer than its space";
                return false;
            }

            if (BinaryPrimitives.ReadUInt16LittleEndian(extra) == Zip64Field)
            {
                if (HasZip64 || !TryZip64(extra.Slice(4, size)))
                {
                    problem = HasZip64 ? "two zip64 fields" : "the zip64 field is too short";
                    return false;
                }

                HasZip64 = true;
            }

            extra = extra[(4 + size)..];
        }

        if (!HasZip64 && (Length == uint.MaxValue || StoredLength == uint.MaxValue || HeaderOffset == uint.MaxValue))
        {
            problem = "a size of FFFFFFFF without a zip64 field";
            return false;
        }

        return true;
    }

    private bool TryZip64(ReadOnlySpan<byte> field)
    {
        Span<ulong> values = [Length, StoredLength, HeaderOffset];
        foreach (ref ulong value in values)
        {
            if (value == uint.MaxValue)
            {
                if (field.Length < sizeof(ulong))
                {
                    return false;
                }

                value = BinaryPrimitives.ReadUInt64LittleEndian(field);
                field = field[sizeof(ulong)..];
            }
        }

        (Length, StoredLength, HeaderOffset) = (values[0], values[1], values[2]);
        return true;
    }
}
