using RawSer.Weights.Containers;

namespace RawSer.Weights.Hdf5;

/// <summary>
/// The HDF5 files that Keras writes (<c>.h5</c> of whole models and weights, <c>.weights.h5</c>), read only: superblock 0 and 1, groups as
/// symbol tables, datasets in one piece. Chunked or compressed datasets and the structures of <c>libver="latest"</c> are refused by name.
/// A tensor's name is its path, for example <c>conv2d/conv2d/kernel:0</c>. Format: "HDF5 File Format Specification" version 3.0.
/// </summary>
public sealed class Hdf5File : WeightSource
{
    private const int CompactClass = 0;
    private const int ContiguousClass = 1;
    private const int SuperblockBytes = 100;

    private readonly MappedFile _file;

    private Hdf5File(MappedFile file, List<WeightEntry> entries, Dictionary<string, string[]> attributes)
        : base(file.Path, entries, Texts(attributes))
    {
        _file = file;
        Attributes = attributes;
    }

    /// <summary>The attributes that hold text, under <c>PATH@NAME</c> (<c>@NAME</c> for the root's): one text or a list of them.</summary>
    public IReadOnlyDictionary<string, string[]> Attributes { get; }

    /// <summary>Opens a file, walks its groups and checks the range of every dataset.</summary>
    /// <exception cref="WeightFileException">The file is missing, unreadable, not valid, or uses parts of the format that Keras does not.</exception>
    public static new Hdf5File Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        MappedFile file = MappedFile.Open(path);
        try
        {
            var bytes = new Hdf5Bytes(file);
            var tree = new Hdf5Tree(bytes);
            tree.Walk(Root(bytes), "", 0);
            return new Hdf5File(file, Describe(path, bytes, tree), tree.Attributes);
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
        _file.Span(entry.Offset + byteOffset, destination.Length).CopyTo(destination);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _file.Dispose();

    /// <summary>Checks the superblock (section II.A); returns the address of the root group's object header.</summary>
    private static ulong Root(Hdf5Bytes bytes)
    {
        ReadOnlySpan<byte> block = bytes.At(0, Math.Min(SuperblockBytes, bytes.Length), WeightFormats.Hdf5Signature, "superblock");
        if (block.Length < SuperblockBytes)
        {
            throw bytes.Error($"truncated: only {block.Length} bytes");
        }

        int version = block[8];
        if (version > 1)
        {
            throw bytes.Error($"superblock version {version}: written with libver='latest' or by another program; Keras and h5py's default write version 0, which is read");
        }

        if (block[13] != 8 || block[14] != 8)
        {
            throw bytes.Error($"offsets of {block[13]} and lengths of {block[14]} bytes; 8 and 8 are read");
        }

        ReadOnlySpan<byte> addresses = block[(version == 0 ? 24 : 28)..];
        (ulong baseAddress, ulong end) = (Hdf5Bytes.U64(addresses), Hdf5Bytes.U64(addresses[16..]));
        return baseAddress != 0 ? throw bytes.Error($"a base address of {baseAddress} is not read")
            : end != (ulong)bytes.Length ? throw bytes.Error($"{(end > (ulong)bytes.Length ? "truncated" : "trailing bytes")}: the file has {bytes.Length} bytes, its superblock says {end}")
            : Hdf5Bytes.U64(addresses[40..]);
    }

    private static List<WeightEntry> Describe(string path, Hdf5Bytes bytes, Hdf5Tree tree)
    {
        var entries = new List<WeightEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        long total = 0;
        foreach ((string name, List<Hdf5Message> messages) in tree.Datasets)
        {
            if (!names.Add(name))
            {
                throw bytes.Error("corrupt: duplicate name in its group", name);
            }

            WeightEntry entry = Dataset(path, bytes, name, messages);
            total += entry.Length;
            if (total > bytes.Length)
            {
                throw bytes.Error("too large: the datasets have more bytes together than the file, so they overlap", name);
            }

            entries.Add(entry);
        }

        return entries;
    }

    private static WeightEntry Dataset(string path, Hdf5Bytes bytes, string name, List<Hdf5Message> messages)
    {
        WeightType type = Hdf5Types.Number(bytes, Message(bytes, messages, Hdf5ObjectHeader.Datatype, name, out _), name);
        long[] shape = Hdf5Types.Shape(bytes, Message(bytes, messages, Hdf5ObjectHeader.Dataspace, name, out _), name) ?? [0];
        long length = Hdf5Types.Count(shape) * (type.Bits() / 8);
        ReadOnlySpan<byte> layout = Message(bytes, messages, Hdf5ObjectHeader.Layout, name, out ulong layoutAt);
        int version = layout.Length < 4 ? 0 : layout[0];
        if (version is not (3 or 4))
        {
            throw bytes.Error($"data layout version {version} is not read", name);
        }

        if (messages.Exists(message => message.Type == Hdf5ObjectHeader.Filters) || layout[1] is not (CompactClass or ContiguousClass))
        {
            throw bytes.Error("its data are chunked or compressed, which Keras does not do: save it without chunks and compression", name);
        }

        bool isCompact = layout[1] == CompactClass;
        if (!isCompact && layout.Length < 18)
        {
            throw bytes.Error("truncated data layout", name);
        }

        ulong at = isCompact ? layoutAt + 4 : Hdf5Bytes.U64(layout[2..]);
        ulong stored = isCompact ? (ulong)Hdf5Bytes.U16(layout[2..]) : Hdf5Bytes.U64(layout[10..]);
        if (at == Hdf5Bytes.Undefined && length == 0)
        {
            return new WeightEntry(path, name, type, shape, 0, 0);
        }

        if (stored != (ulong)length || (isCompact && length > layout.Length - 4))
        {
            throw bytes.Error($"shape {WeightEntry.Format(shape)} of {type.Name()} has a size of {length} bytes, but {stored} are stored", name);
        }

        return at <= (ulong)bytes.Length && length <= bytes.Length - (long)at
            ? new WeightEntry(path, name, type, shape, (long)at, length)
            : throw bytes.Error($"truncated: {length} bytes at address {at} are outside the file of {bytes.Length} bytes", name);
    }

    /// <summary>The one message of a type that a dataset must have.</summary>
    private static ReadOnlySpan<byte> Message(Hdf5Bytes bytes, List<Hdf5Message> messages, int type, string name, out ulong address)
    {
        Hdf5Message[] found = [.. messages.Where(message => message.Type == type)];
        if (found.Length != 1)
        {
            throw bytes.Error($"corrupt: {found.Length} messages of type {type} where a dataset has one", name);
        }

        address = found[0].Address;
        return bytes.At(address, found[0].Length, "a message");
    }

    /// <summary>Single texts, such as keras_version and model_config, are the file's metadata.</summary>
    private static Dictionary<string, string> Texts(Dictionary<string, string[]> attributes)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string key, string[] values) in attributes)
        {
            if (values.Length == 1)
            {
                texts.TryAdd(key.StartsWith('@') ? key[1..] : key, values[0]);
            }
        }

        return texts;
    }
}
