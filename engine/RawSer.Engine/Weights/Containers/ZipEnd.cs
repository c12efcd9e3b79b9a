using System.Buffers.Binary;

namespace RawSer.Weights.Containers;

/// <summary>The end records of a zip archive: where its central directory is. Exactly one reading must be possible.</summary>
internal readonly struct ZipEnd
{
    private const uint EndSignature = 0x06054b50;
    private const uint LocatorSignature = 0x07064b50;
    private const uint Zip64EndSignature = 0x06064b50;
    private const int EndBytes = 22;
    private const int LocatorBytes = 20;
    private const int Zip64EndBytes = 56;
    private const int MaxComment = 65535;

    public required long EntryCount { get; init; }

    public required long DirectoryOffset { get; init; }

    public required long DirectoryLength { get; init; }

    public static ZipEnd Find(MappedFile file)
    {
        long at = FindRecord(file);
        ReadOnlySpan<byte> record = file.Span(at, EndBytes);
        int thisDisk = BinaryPrimitives.ReadUInt16LittleEndian(record[4..]);
        int firstDisk = BinaryPrimitives.ReadUInt16LittleEndian(record[6..]);
        uint countHere = BinaryPrimitives.ReadUInt16LittleEndian(record[8..]);
        uint count = BinaryPrimitives.ReadUInt16LittleEndian(record[10..]);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(record[12..]);
        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(record[16..]);
        if (thisDisk is not (0 or 0xffff) || firstDisk is not (0 or 0xffff) || countHere != count)
        {
            throw Error(file, "the end record speaks of several disks; archives in several parts are not read");
        }

        var narrow = new ZipEnd { EntryCount = count, DirectoryLength = length, DirectoryOffset = offset };
        bool hasLocator = at >= LocatorBytes && BinaryPrimitives.ReadUInt32LittleEndian(file.Span(at - LocatorBytes, 4)) == LocatorSignature;
        (ZipEnd end, long directoryEnd) = hasLocator ? Zip64(file, at - LocatorBytes, narrow) : (narrow, at);
        if (end.DirectoryOffset < 0 || end.DirectoryLength < 0 || end.DirectoryOffset > directoryEnd || end.DirectoryLength != directoryEnd - end.DirectoryOffset)
        {
            throw Error(file, $"the end record places the central directory at offset {end.DirectoryOffset} with {end.DirectoryLength} bytes, but it must end at {directoryEnd} (truncated, or bytes before, between or after)");
        }

        return end;
    }

    /// <summary>
    /// The end record, which reaches exactly to the end of the file. A second signature behind it would let another reader find another
    /// archive, so it is refused.
    /// </summary>
    private static long FindRecord(MappedFile file)
    {
        long first = Math.Max(0, file.Length - EndBytes - MaxComment);
        ReadOnlySpan<byte> tail = file.Span(first, file.Length - first);
        int found = -1;
        for (int i = tail.Length - 4; i >= 0; i--)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(tail[i..]) != EndSignature)
            {
                continue;
            }

            bool fits = i + EndBytes <= tail.Length && i + EndBytes + BinaryPrimitives.ReadUInt16LittleEndian(tail[(i + 20)..]) == tail.Length;
            if (fits && (found >= 0 || tail[(i + 4)..].IndexOf(tail.Slice(i, 4)) >= 0))
            {
                throw Error(file, "two end records: one stands in the comment of the other");
            }

            found = fits ? i : found;
        }

        return found >= 0 ? first + found : throw Error(file, "truncated, or bytes after its end: no end record of the central directory at the end of the file");
    }

    private static (ZipEnd End, long DirectoryEnd) Zip64(MappedFile file, long locator, ZipEnd narrow)
    {
        ReadOnlySpan<byte> fields = file.Span(locator, LocatorBytes);
        ulong at = BinaryPrimitives.ReadUInt64LittleEndian(fields[8..]);
        if (locator < Zip64EndBytes || at != (ulong)(locator - Zip64EndBytes) || BinaryPrimitives.ReadUInt32LittleEndian(fields[4..]) != 0)
        {
            throw Error(file, $"the zip64 end record must stand right before its locator at {locator}, which says offset {at}");
        }

        ReadOnlySpan<byte> record = file.Span((long)at, Zip64EndBytes);
        if (BinaryPrimitives.ReadUInt32LittleEndian(record) != Zip64EndSignature || BinaryPrimitives.ReadUInt64LittleEndian(record[4..]) != Zip64EndBytes - 12)
        {
            throw Error(file, "the zip64 end record has no signature or another size");
        }

        ulong countHere = BinaryPrimitives.ReadUInt64LittleEndian(record[24..]);
        ulong count = BinaryPrimitives.ReadUInt64LittleEndian(record[32..]);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(record[40..]);
        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(record[48..]);
        if (BinaryPrimitives.ReadUInt64LittleEndian(record[16..]) != 0 || countHere != count)
        {
            throw Error(file, "the zip64 end record speaks of several disks; archives in several parts are not read");
        }

        if (!Agrees(narrow.EntryCount, ushort.MaxValue, count) || !Agrees(narrow.DirectoryLength, uint.MaxValue, length) || !Agrees(narrow.DirectoryOffset, uint.MaxValue, offset))
        {
            throw Error(file, "the two end records of the central directory disagree");
        }

        if (count > long.MaxValue || length > long.MaxValue || offset > long.MaxValue)
        {
            throw Error(file, "the zip64 end record holds numbers that are too large");
        }

        return (new ZipEnd { EntryCount = (long)count, DirectoryLength = (long)length, DirectoryOffset = (long)offset }, (long)at);
    }

    private static bool Agrees(long narrow, long unknown, ulong wide) => narrow == unknown || (ulong)narrow == wide;

    private static WeightFileException Error(MappedFile file, string problem) => new(file.Path, null, $"zip archive: {problem}");
}
