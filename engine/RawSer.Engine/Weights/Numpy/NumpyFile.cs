using RawSer.Weights.Containers;

namespace RawSer.Weights.Numpy;

/// <summary>
/// Arrays as NumPy saves them: one (<c>.npy</c>; its name is "") or several in a zip archive (<c>.npz</c>, plain or compressed). Only numbers
/// and bools, little-endian; arrays in Fortran order are read in row-major order like all others. Pickle is never used.
/// </summary>
public sealed unsafe class NumpyFile : WeightSource
{
    /// <summary>Compressed arrays may be so many times larger than the file, and <see cref="ExpansionBytes"/> more.</summary>
    private const long ExpansionFactor = 8;
    private const long ExpansionBytes = 64 << 20;
    private const string Suffix = ".npy";

    private readonly MappedFile _file;
    private readonly ZipDirectory? _zip;
    private readonly Dictionary<WeightEntry, Member> _members;
    private readonly Lock _lock = new();
    private (WeightEntry Entry, byte[] Bytes)? _inflated;

    private NumpyFile(MappedFile file, ZipDirectory? zip, Dictionary<WeightEntry, Member> members, bool isVerified)
        : base(file.Path, [.. members.Keys], new Dictionary<string, string>())
    {
        _file = file;
        _zip = zip;
        _members = members;
        foreach (Member member in members.Values)
        {
            member.IsVerified = isVerified;
        }
    }

    /// <summary>Opens a .npy or .npz file and checks its headers.</summary>
    /// <exception cref="WeightFileException">The file is missing, unreadable or not valid, or holds objects.</exception>
    public static new NumpyFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        MappedFile file = MappedFile.Open(path);
        try
        {
            return file.Start(2).SequenceEqual("PK"u8) ? OpenArchive(file) : OpenArray(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void ReadBytes(WeightEntry entry, long byteOffset, Span<byte> destination)
    {
        CheckRange(entry, byteOffset, destination.Length);
        if (destination.IsEmpty)
        {
            return;
        }

        Member member = _members[entry];
        ObjectDisposedException.ThrowIf(_file.Data is null, this);
        if (member.Zip is { Method: not ZipEntry.Stored })
        {
            fixed (byte* bytes = Inflated(entry, member))
            {
                Copy(member.Header, bytes + member.Header.DataOffset, byteOffset, destination);
            }

            return;
        }

        Verify(member);
        Copy(member.Header, _file.Data + entry.Offset, byteOffset, destination);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _file.Dispose();

    private static NumpyFile OpenArray(MappedFile file)
    {
        NpyHeader header = NpyHeader.Parse(file.Path, null, file.Start(NpyHeader.MaxBytes), file.Length);
        var entry = new WeightEntry(file.Path, "", header.Type, header.Shape, header.DataOffset, header.DataLength);
        return new NumpyFile(file, null, new() { [entry] = new Member(header, null) }, isVerified: true);
    }

    private static NumpyFile OpenArchive(MappedFile file)
    {
        ZipDirectory zip = ZipDirectory.Read(file);
        var members = new Dictionary<WeightEntry, Member>();
        long limit = ExpansionFactor * file.Length + ExpansionBytes;
        long total = 0;
        foreach (ZipEntry member in zip.Entries)
        {
            if (!member.Name.EndsWith(Suffix, StringComparison.Ordinal))
            {
                throw zip.Error($"npz: {ZipDirectory.Quote(member.Name)} is no {Suffix} array");
            }

            string name = member.Name[..^Suffix.Length];
            NpyHeader header = NpyHeader.Parse(file.Path, name, zip.Start(member, NpyHeader.MaxBytes), member.Length);
            if (member.Length > limit - total)
            {
                throw zip.Error($"npz: with {ZipDirectory.Quote(member.Name)} the arrays are too large: the limit for a file of {file.Length} bytes is {limit}");
            }

            total += member.Length;
            long offset = member.DataOffset + (member.Method == ZipEntry.Stored ? header.DataOffset : 0);
            members.Add(new WeightEntry(file.Path, name, header.Type, header.Shape, offset, header.DataLength), new Member(header, member));
        }

        bool verified = total <= ZipDirectory.VerifiedAtOnce;
        if (verified)
        {
            zip.Entries.ForEach(zip.Verify);
        }

        return new NumpyFile(file, zip, members, verified);
    }

    private static void Copy(NpyHeader header, byte* data, long byteOffset, Span<byte> destination)
    {
        if (header.IsRowMajor)
        {
            new ReadOnlySpan<byte>(data + byteOffset, destination.Length).CopyTo(destination);
        }
        else
        {
            new StridedCopy(header.Shape, header.Strides, header.Type.Bits() / 8).Gather(data, byteOffset, destination);
        }
    }

    /// <summary>A compressed member; the last one is kept, because tensors are read in parts.</summary>
    private byte[] Inflated(WeightEntry entry, Member member)
    {
        lock (_lock)
        {
            if (_inflated?.Entry != entry)
            {
                Verify(member);
                if (member.Zip!.Length > Array.MaxLength)
                {
                    throw new WeightFileException(Path, entry.Name, $"{member.Zip.Length} compressed bytes do not fit into one array: save it uncompressed");
                }

                byte[] bytes = GC.AllocateUninitializedArray<byte>((int)member.Zip.Length);
                using var content = new InflatedMember(_zip!, _file, member.Zip);
                content.Read(bytes);
                _inflated = (entry, bytes);
            }

            return _inflated!.Value.Bytes;
        }
    }

    private void Verify(Member member)
    {
        if (!member.IsVerified)
        {
            _zip!.Verify(member.Zip!);
            member.IsVerified = true;
        }
    }

    private sealed class Member(NpyHeader header, ZipEntry? zip)
    {
        public NpyHeader Header => header;

        public ZipEntry? Zip => zip;

        public bool IsVerified { get; set; }
    }
}
