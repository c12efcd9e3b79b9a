using System.IO.Compression;

namespace RawSer.Weights.Containers;

/// <summary>Forward reader of a compressed member of a zip archive (DEFLATE, RFC 1951), which must have exactly the length that the archive says.</summary>
internal sealed unsafe class InflatedMember : IDisposable
{
    private readonly ZipDirectory _zip;
    private readonly ZipEntry _entry;
    private readonly DeflateStream _stream;

    public InflatedMember(ZipDirectory zip, MappedFile file, ZipEntry entry)
    {
        (_zip, _entry) = (zip, entry);
        _stream = new DeflateStream(new UnmanagedMemoryStream(file.Data + entry.DataOffset, entry.StoredLength), CompressionMode.Decompress);
    }

    /// <summary>Fills <paramref name="destination"/> with the next bytes.</summary>
    /// <exception cref="WeightFileException">The data are corrupt or shorter than the archive says.</exception>
    public void Read(Span<byte> destination)
    {
        try
        {
            _stream.ReadExactly(destination);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw _zip.Error($"{ZipDirectory.Quote(_entry.Name)} is corrupt or truncated: its compressed data do not give {_entry.Length} bytes");
        }
    }

    /// <summary>Checks that nothing follows.</summary>
    /// <exception cref="WeightFileException">The data are longer than the archive says.</exception>
    public void CheckEnd()
    {
        bool ended;
        try
        {
            ended = _stream.ReadByte() < 0;
        }
        catch (InvalidDataException)
        {
            ended = false;
        }

        if (!ended)
        {
            throw _zip.Error($"{ZipDirectory.Quote(_entry.Name)} is corrupt: its compressed data give more than the size of {_entry.Length} bytes");
        }
    }

    public void Dispose() => _stream.Dispose();
}
