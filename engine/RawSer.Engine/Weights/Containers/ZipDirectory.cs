using System.Buffers.Binary;
using System.Text;

namespace RawSer.Weights.Containers;

/// <summary>
/// Reader of the zip archives in which weights come (PyTorch, npz). Sizes are taken from the central directory, and the archive is accepted
/// only if every byte of the file belongs to exactly one record of it, so that no two readers can see different archives in one file.
/// Format: PKWARE APPNOTE.TXT 6.3.10, sections 4.3 to 4.5.
/// </summary>
internal sealed class ZipDirectory
{
    public const int DescriptorFlag = 1 << 3;

    /// <summary>Archives with up to so many bytes of data are verified when they are opened, larger ones member by member at first use.</summary>
    public const long VerifiedAtOnce = 256 << 20;

    private const int InflateBytes = 64 * 1024;
    private const int EncryptedFlag = 1;
    private const int DeflateLevelFlags = 0b110;
    private const int Utf8Flag = 1 << 11;
    private const int MaxEntries = 100_000;
    private const int MaxDirectoryBytes = 16 << 20;
    private const int MaxNameBytes = 4096;
    private const uint CentralSignature = 0x02014b50;
    private const int CentralBytes = 46;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly MappedFile _file;
    private readonly Dictionary<string, ZipEntry> _byName = new(StringComparer.Ordinal);

    private ZipDirectory(MappedFile file) => _file = file;

    /// <summary>All members, in the order of the central directory.</summary>
    public List<ZipEntry> Entries { get; } = [];

    /// <summary>A member by its exact name, or null.</summary>
    public ZipEntry? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Reads and checks the directory and all local headers; the members' data are not touched.</summary>
    /// <exception cref="WeightFileException">The file is no valid archive of this kind.</exception>
    public static ZipDirectory Read(MappedFile file)
    {
        var directory = new ZipDirectory(file);
        ZipEnd end = ZipEnd.Find(file);
        if (end.EntryCount > MaxEntries || end.DirectoryLength > MaxDirectoryBytes)
        {
            throw directory.Error($"the central directory has {end.EntryCount} entries in {end.DirectoryLength} bytes, too large: the limit is {MaxEntries} in {MaxDirectoryBytes}");
        }

        directory.ReadCentral(end);
        new ZipLayout(file, directory).Check(end.DirectoryOffset);
        return directory;
    }

    /// <summary>Checks the checksum, and with compression the length, of a member.</summary>
    /// <exception cref="WeightFileException">The data are corrupt.</exception>
    public void Verify(ZipEntry entry)
    {
        uint checksum = 0;
        if (entry.Method == ZipEntry.Stored)
        {
            checksum = Crc32.Of(_file, entry.DataOffset, entry.StoredLength);
        }
        else
        {
            var chunk = new byte[(int)Math.Min(entry.Length, InflateBytes)];
            using var content = new InflatedMember(this, _file, entry);
            for (long done = 0; done < entry.Length; done += chunk.Length)
            {
                Span<byte> part = chunk.AsSpan(0, (int)Math.Min(chunk.Length, entry.Length - done));
                content.Read(part);
                checksum = Crc32.Append(checksum, part);
            }

            content.CheckEnd();
        }

        if (checksum != entry.Checksum)
        {
            throw Error($"{Quote(entry.Name)} is corrupt: its CRC is {checksum:x8}, the archive says {entry.Checksum:x8}");
        }
    }

    /// <summary>The first bytes of a member, at most <paramref name="count"/>, uncompressed and not verified.</summary>
    public ReadOnlySpan<byte> Start(ZipEntry entry, int count)
    {
        count = (int)Math.Min(count, entry.Length);
        if (entry.Method == ZipEntry.Stored)
        {
            return _file.Span(entry.DataOffset, count);
        }

        byte[] start = new byte[count];
        using var content = new InflatedMember(this, _file, entry);
        content.Read(start);
        return start;
    }

    /// <summary>The bytes of a small stored member, checked.</summary>
    public ReadOnlySpan<byte> Bytes(ZipEntry entry)
    {
        Verify(entry);
        return _file.Span(entry.DataOffset, entry.StoredLength);
    }

    public WeightFileException Error(string problem) => new(_file.Path, null, $"zip archive: {problem}");

    public static string Quote(string name) => $"entry '{WeightFileException.Printable(name)}'";

    private void ReadCentral(ZipEnd end)
    {
        ReadOnlySpan<byte> rest = _file.Span(end.DirectoryOffset, end.DirectoryLength);
        for (long i = 0; i < end.EntryCount; i++)
        {
            if (rest.Length < CentralBytes || BinaryPrimitives.ReadUInt32LittleEndian(rest) != CentralSignature)
            {
                throw Error($"the central directory is truncated: {i} of {end.EntryCount} entries, then no entry signature");
            }

            int nameBytes = BinaryPrimitives.ReadUInt16LittleEndian(rest[28..]);
            int extraBytes = BinaryPrimitives.ReadUInt16LittleEndian(rest[30..]);
            int commentBytes = BinaryPrimitives.ReadUInt16LittleEndian(rest[32..]);
            int length = CentralBytes + nameBytes + extraBytes + commentBytes;
            if (length > rest.Length)
            {
                throw Error($"the central directory is truncated inside entry {i} of {end.EntryCount}");
            }

            Add(ReadEntry(rest[..CentralBytes], Name(rest.Slice(CentralBytes, nameBytes), i), rest.Slice(CentralBytes + nameBytes, extraBytes)));
            rest = rest[length..];
        }

        if (!rest.IsEmpty)
        {
            throw Error($"the central directory has {rest.Length} bytes after its {end.EntryCount} entries");
        }
    }

    private void Add(ZipEntry entry)
    {
        if (!_byName.TryAdd(entry.Name, entry))
        {
            throw Error($"duplicate {Quote(entry.Name)}");
        }

        Entries.Add(entry);
    }

    private ZipEntry ReadEntry(ReadOnlySpan<byte> fields, string name, ReadOnlySpan<byte> extra)
    {
        int flags = BinaryPrimitives.ReadUInt16LittleEndian(fields[8..]);
        int method = BinaryPrimitives.ReadUInt16LittleEndian(fields[10..]);
        if ((flags & EncryptedFlag) != 0)
        {
            throw Error($"{Quote(name)} is encrypted");
        }

        if ((flags & ~(DescriptorFlag | Utf8Flag | DeflateLevelFlags)) != 0)
        {
            throw Error($"{Quote(name)} has unknown flags {flags:x4}");
        }

        if (method is not (ZipEntry.Stored or ZipEntry.Deflated))
        {
            throw Error($"{Quote(name)} has compression method {method}; only STORED and, in npz, DEFLATE are read");
        }

        if (BinaryPrimitives.ReadUInt16LittleEndian(fields[34..]) is not (0 or 0xffff))
        {
            throw Error($"{Quote(name)} is on another disk: archives in several parts are not read");
        }

        var sizes = new ZipSizes(
            BinaryPrimitives.ReadUInt32LittleEndian(fields[24..]),
            BinaryPrimitives.ReadUInt32LittleEndian(fields[20..]),
            BinaryPrimitives.ReadUInt32LittleEndian(fields[42..]));
        if (!sizes.TryWiden(extra, out string? problem))
        {
            throw Error($"{Quote(name)}: {problem}");
        }

        if (sizes.Length > long.MaxValue || sizes.StoredLength > (ulong)_file.Length || sizes.HeaderOffset >= (ulong)_file.Length)
        {
            throw Error($"{Quote(name)} is truncated: size {sizes.StoredLength} at offset {sizes.HeaderOffset} does not fit into a file of {_file.Length} bytes");
        }

        if (method == ZipEntry.Stored && sizes.Length != sizes.StoredLength)
        {
            throw Error($"{Quote(name)} is STORED but has two sizes, {sizes.StoredLength} and {sizes.Length}");
        }

        return new ZipEntry
        {
            Name = name,
            Method = method,
            Flags = flags,
            Checksum = BinaryPrimitives.ReadUInt32LittleEndian(fields[16..]),
            StoredLength = (long)sizes.StoredLength,
            Length = (long)sizes.Length,
            HeaderOffset = (long)sizes.HeaderOffset,
        };
    }

    private string Name(ReadOnlySpan<byte> bytes, long index)
    {
        if (bytes.Length is 0 or > MaxNameBytes)
        {
            throw Error($"entry {index} has a name of {bytes.Length} bytes; 1 to {MaxNameBytes} are accepted");
        }

        string name;
        try
        {
            name = StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Error($"the name of entry {index} is not valid UTF-8");
        }

        return IsPlainPath(name) ? name : throw Error($"{Quote(name)}: the name is no plain relative path");
    }

    /// <summary>True for a path that stays inside its folder on every operating system.</summary>
    private static bool IsPlainPath(string name)
    {
        bool isDrive = name.Length > 1 && name[1] == ':';
        if (isDrive || name.Contains('\\') || name.Any(char.IsControl))
        {
            return false;
        }

        string path = name.EndsWith('/') ? name[..^1] : name;
        return path.Split('/').All(part => part is not ("" or "." or ".."));
    }
}
