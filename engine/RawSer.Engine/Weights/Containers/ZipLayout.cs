using System.Buffers.Binary;
using System.Text;

namespace RawSer.Weights.Containers;

/// <summary>
/// Checks that the local headers, data and descriptors of an archive follow one another without gap or overlap from the first byte to the
/// central directory, and that each local header says what the directory says.
/// </summary>
internal sealed class ZipLayout(MappedFile file, ZipDirectory directory)
{
    private const uint LocalSignature = 0x04034b50;
    private const uint DescriptorSignature = 0x08074b50;
    private const int LocalBytes = 30;

    public void Check(long directoryOffset)
    {
        ZipEntry[] ordered = [.. directory.Entries.OrderBy(entry => entry.HeaderOffset)];
        long end = 0;
        for (int i = 0; i < ordered.Length; i++)
        {
            ZipEntry entry = ordered[i];
            if (entry.HeaderOffset != end)
            {
                string what = entry.HeaderOffset < end ? "overlap with what precedes" : "gap or bytes before it";
                throw directory.Error($"{ZipDirectory.Quote(entry.Name)} has its local header at offset {entry.HeaderOffset} where {end} is expected ({what})");
            }

            long next = i + 1 < ordered.Length ? ordered[i + 1].HeaderOffset : directoryOffset;
            end = CheckLocal(entry, directoryOffset);
            end += entry.HasDescriptor ? Descriptor(entry, end, next) : 0;
        }

        if (end != directoryOffset)
        {
            throw directory.Error($"gap between the last entry, which ends at {end}, and the central directory at offset {directoryOffset}");
        }
    }

    /// <summary>Checks a local header; returns the end of the data.</summary>
    private long CheckLocal(ZipEntry entry, long limit)
    {
        long at = entry.HeaderOffset;
        if (at > limit - LocalBytes || BinaryPrimitives.ReadUInt32LittleEndian(file.Span(at, 4)) != LocalSignature)
        {
            throw directory.Error($"{ZipDirectory.Quote(entry.Name)} has no local header signature at offset {at}");
        }

        ReadOnlySpan<byte> header = file.Span(at, LocalBytes);
        int nameBytes = BinaryPrimitives.ReadUInt16LittleEndian(header[26..]);
        int extraBytes = BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        entry.DataOffset = at + LocalBytes + nameBytes + extraBytes;
        if (entry.DataOffset > limit || entry.StoredLength > limit - entry.DataOffset)
        {
            throw directory.Error($"{ZipDirectory.Quote(entry.Name)} is truncated: its size of {entry.StoredLength} bytes runs past the end of the entries at {limit}");
        }

        if (Encoding.UTF8.GetByteCount(entry.Name) != nameBytes
            || !Encoding.UTF8.GetBytes(entry.Name).AsSpan().SequenceEqual(file.Span(at + LocalBytes, nameBytes)))
        {
            throw directory.Error($"{ZipDirectory.Quote(entry.Name)} has another name in its local header");
        }

        var sizes = new ZipSizes(BinaryPrimitives.ReadUInt32LittleEndian(header[22..]), BinaryPrimitives.ReadUInt32LittleEndian(header[18..]), 0);
        if (!sizes.TryWiden(file.Span(at + LocalBytes + nameBytes, extraBytes), out string? problem))
        {
            throw directory.Error($"{ZipDirectory.Quote(entry.Name)}: local header: {problem}");
        }

        uint checksum = BinaryPrimitives.ReadUInt32LittleEndian(header[14..]);
        bool same = checksum == entry.Checksum && sizes.Length == (ulong)entry.Length && sizes.StoredLength == (ulong)entry.StoredLength;
        bool left = entry.HasDescriptor && checksum == 0 && sizes is { Length: 0, StoredLength: 0 };
        if (BinaryPrimitives.ReadUInt16LittleEndian(header[6..]) != entry.Flags || BinaryPrimitives.ReadUInt16LittleEndian(header[8..]) != entry.Method || !(same || left))
        {
            throw directory.Error($"{ZipDirectory.Quote(entry.Name)} has another method, flag, CRC or size in its local header than in the central directory");
        }

        return entry.DataOffset + entry.StoredLength;
    }

    /// <summary>Checks a data descriptor, of which four forms are in use; returns its length, which must reach to the next record.</summary>
    private long Descriptor(ZipEntry entry, long at, long next)
    {
        long length = next - at;
        if (length is 12 or 16 or 20 or 24)
        {
            ReadOnlySpan<byte> bytes = file.Span(at, length);
            bool signed = length is 16 or 24;
            if (!signed || BinaryPrimitives.ReadUInt32LittleEndian(bytes) == DescriptorSignature)
            {
                bytes = signed ? bytes[4..] : bytes;
                bool wide = length >= 20;
                ulong stored = wide ? BinaryPrimitives.ReadUInt64LittleEndian(bytes[4..]) : BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
                ulong full = wide ? BinaryPrimitives.ReadUInt64LittleEndian(bytes[12..]) : BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
                if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) == entry.Checksum && stored == (ulong)entry.StoredLength && full == (ulong)entry.Length)
                {
                    return length;
                }
            }
        }

        throw directory.Error($"{ZipDirectory.Quote(entry.Name)} is not followed by a data descriptor with its CRC and size; {length} bytes up to the next record");
    }
}
