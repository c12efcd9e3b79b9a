using System.IO.MemoryMappedFiles;

namespace RawSer.Weights.Containers;

/// <summary>
/// A read-only view of a whole file. Pages are read when they are touched, so that opening costs nothing whatever the size. Parts of it can be mapped once more,
/// to be written to without the file's seeing it (<see cref="MapPrivate"/>).
/// </summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;

    private MappedFile(string path, FileStream stream)
    {
        Path = path;
        Length = stream.Length;
        if (Length == 0)
        {
            return;
        }

        _file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.CopyOnWrite, HandleInheritability.None, leaveOpen: true);
        _view = _file.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        byte* data = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref data);
        Data = data + _view.PointerOffset;
    }

    /// <summary>Path as it was given.</summary>
    public string Path { get; }

    /// <summary>First byte; null for an empty or a closed file.</summary>
    public byte* Data { get; private set; }

    /// <summary>Bytes of the file.</summary>
    public long Length { get; }

    /// <exception cref="WeightFileException">The file is missing or cannot be read.</exception>
    public static MappedFile Open(string path)
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("weight files are read on little-endian machines only");
        }

        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            return new MappedFile(path, stream);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new WeightFileException(path, null, WeightFileException.WhyUnreadable(path, e), e);
        }
    }

    /// <summary>A part of the file, which the caller has checked to be inside.</summary>
    public ReadOnlySpan<byte> Span(long offset, long length)
    {
        if (offset < 0 || length < 0 || length > int.MaxValue || offset > Length - length)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), $"{length} bytes at {offset} are not inside the {Length} bytes of {Path}");
        }

        ObjectDisposedException.ThrowIf(Data is null && Length > 0, this);
        return new ReadOnlySpan<byte>(Data + offset, (int)length);
    }

    /// <summary>The first bytes of the file, at most <paramref name="count"/>.</summary>
    public ReadOnlySpan<byte> Start(int count) => Span(0, Math.Min(count, Length));

    /// <summary>
    /// A part of the file, copy-on-write: what is written stays in this process. It outlives the file object, and on Unix the file's name too. On Windows the
    /// file cannot be replaced or deleted while the part is mapped.
    /// </summary>
    /// <exception cref="IOException">The system has no address space for it.</exception>
    public PrivateMapping MapPrivate(long offset, long length)
    {
        ObjectDisposedException.ThrowIf(_file is null || Data is null, this);
        return new PrivateMapping(_file.CreateViewAccessor(offset, length, MemoryMappedFileAccess.CopyOnWrite));
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
