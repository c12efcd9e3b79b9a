using System.Buffers.Binary;
using RawSer.Weights.Containers;

namespace RawSer.Weights;

/// <summary>
/// A memory-mapped safetensors file of any size. Opening reads and checks the header only. Not safe against another program that shortens
/// the file meanwhile (as with any mapped file); <see cref="SafetensorsWriter"/> replaces files as a whole instead.
/// </summary>
public sealed unsafe class SafetensorsFile : WeightSource
{
    private const int PrefixBytes = 8;

    private readonly MappedFile _mapping;

    private SafetensorsFile(string path, MappedFile mapping, List<WeightEntry> entries, Dictionary<string, string> metadata)
        : base(path, entries, metadata) => _mapping = mapping;

    /// <summary>Opens a file and checks its header completely.</summary>
    /// <exception cref="WeightFileException">The file is missing, unreadable, truncated or not valid.</exception>
    public static new SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        MappedFile mapping = MappedFile.Open(path);
        try
        {
            var length = (int)HeaderLength(path, mapping);
            long dataStart = PrefixBytes + (long)length;
            var header = new ReadOnlySpan<byte>(mapping.Data + PrefixBytes, length);
            var (entries, metadata) = SafetensorsHeader.Parse(path, header, dataStart, mapping.Length - dataStart);
            return new SafetensorsFile(path, mapping, entries, metadata);
        }
        catch
        {
            mapping.Dispose();
            throw;
        }
    }

    /// <summary>The stored bytes of a tensor, without a copy. Valid until the file is disposed; aligned to nothing.</summary>
    /// <exception cref="WeightFileException">The tensor has more than 2^31 - 1 bytes; see <see cref="Pointer"/>.</exception>
    public ReadOnlySpan<byte> Bytes(WeightEntry entry) => entry.Length <= int.MaxValue
        ? new ReadOnlySpan<byte>(Pointer(entry), (int)entry.Length)
        : throw new WeightFileException(Path, entry.Name, $"{entry.Length} bytes do not fit into one span; read it in parts");

    /// <summary>Address of the first byte of a tensor. Valid until the file is disposed; aligned to nothing.</summary>
    public byte* Pointer(WeightEntry entry)
    {
        ObjectDisposedException.ThrowIf(_mapping.Data is null, this);
        return _mapping.Data + entry.Offset;
    }

    /// <inheritdoc/>
    public override void ReadBytes(WeightEntry entry, long byteOffset, Span<byte> destination)
    {
        CheckRange(entry, byteOffset, destination.Length);
        new ReadOnlySpan<byte>(Pointer(entry) + byteOffset, destination.Length).CopyTo(destination);
    }

    internal override CopyReason? WhyNotInPlace(WeightEntry entry) => null;

    internal override PrivateMapping MapPrivate(WeightEntry entry) => _mapping.MapPrivate(entry.Offset, entry.Length);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _mapping.Dispose();

    private static ulong HeaderLength(string path, MappedFile mapping)
    {
        if (mapping.Length < PrefixBytes)
        {
            string problem = mapping.Length == 0 ? "the file is empty" : $"the file has only {mapping.Length} bytes";
            throw new WeightFileException(path, null, $"too short for a safetensors header: {problem}");
        }

        var start = new ReadOnlySpan<byte>(mapping.Data, PrefixBytes);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (length > SafetensorsHeader.MaxBytes)
        {
            throw new WeightFileException(
                path, null, $"not a safetensors file: header length {length} is too large (limit {SafetensorsHeader.MaxBytes}){WeightFormats.LooksLike(start)}");
        }

        if (length > (ulong)(mapping.Length - PrefixBytes))
        {
            throw new WeightFileException(path, null, $"truncated: the header has a length of {length} bytes, the file has {mapping.Length}");
        }

        return length;
    }
}
