using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;

namespace RawSer.Weights;

/// <summary>
/// A memory-mapped safetensors file of any size. Opening reads and checks the header only. Not safe against another program that shortens
/// the file meanwhile (as with any mapped file); <see cref="SafetensorsWriter"/> replaces files as a whole instead.
/// </summary>
public sealed unsafe class SafetensorsFile : WeightSource
{
    private const int PrefixBytes = 8;

    private readonly Mapping _mapping;

    private SafetensorsFile(string path, Mapping mapping, List<WeightEntry> entries, Dictionary<string, string> metadata)
        : base(path, entries, metadata) => _mapping = mapping;

    /// <summary>Opens a file and checks its header completely.</summary>
    /// <exception cref="WeightFileException">The file is missing, unreadable, truncated or not valid.</exception>
    public static new SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Mapping mapping = Mapping.Open(path);
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

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _mapping.Dispose();

    private static ulong HeaderLength(string path, Mapping mapping)
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
                path, null, $"not a safetensors file: header length {length} is too large (limit {SafetensorsHeader.MaxBytes}){LooksLike(start)}");
        }

        if (length > (ulong)(mapping.Length - PrefixBytes))
        {
            throw new WeightFileException(path, null, $"truncated: the header has a length of {length} bytes, the file has {mapping.Length}");
        }

        return length;
    }

    /// <summary>Names the files that people pass by mistake.</summary>
    private static string LooksLike(ReadOnlySpan<byte> start) =>
        start.StartsWith("version "u8) ? "; it looks like a Git LFS pointer: fetch the real file"
        : start.StartsWith("PK\u0003\u0004"u8) ? "; it looks like a zip archive (PyTorch .pt/.pth or .npz)"
        : start[1..].StartsWith("HDF"u8) ? "; it looks like HDF5 (Keras .h5)"
        : start.StartsWith("GGUF"u8) ? "; it looks like GGUF"
        : start[0] == 0x1f && start[1] == 0x8b ? "; it looks like gzip"
        : start[0] == 0x80 && start[1] <= 5 ? "; it looks like a pickle (PyTorch)"
        : start[0] == '<' ? "; it looks like a web page"
        : start[0] == '{' ? "; it looks like JSON without the length field"
        : "";

    /// <summary>A read-only view of a whole file.</summary>
    private sealed class Mapping : IDisposable
    {
        private readonly MemoryMappedFile? _file;
        private readonly MemoryMappedViewAccessor? _view;

        private Mapping(FileStream stream)
        {
            Length = stream.Length;
            if (Length == 0)
            {
                return;
            }

            _file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            _view = _file.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
            byte* data = null;
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref data);
            Data = data + _view.PointerOffset;
        }

        public byte* Data { get; private set; }

        public long Length { get; }

        public static Mapping Open(string path)
        {
            if (!BitConverter.IsLittleEndian)
            {
                throw new PlatformNotSupportedException("weight files are read on little-endian machines only");
            }

            try
            {
                using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
                return new Mapping(stream);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
            {
                bool missing = e is FileNotFoundException or DirectoryNotFoundException;
                throw new WeightFileException(path, null, missing ? "file not found" : $"cannot be read: {e.Message}", e);
            }
        }

        public void Dispose()
        {
            if (Data is not null)
            {
                Data = null;
                _view!.SafeMemoryMappedViewHandle.ReleasePointer();
                _view.Dispose();
                _file!.Dispose();
            }
        }
    }
}
