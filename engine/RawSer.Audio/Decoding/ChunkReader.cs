using System.Buffers.Binary;
using System.Text;

namespace RawSer.Audio.Decoding;

/// <summary>One chunk of an IFF file (RIFF, AIFF): a four-character name, a size and a body, padded to an even number of bytes.</summary>
internal readonly record struct Chunk(string Id, int Header, long Size, int Available)
{
    /// <summary>First byte of the body.</summary>
    public int Body => Header + 8;

    /// <summary>The size goes beyond the end of the file.</summary>
    public bool IsTruncated => Size > Available;
}

/// <summary>Walks over the chunks of a file held in memory; sizes are claims that never lead outside it.</summary>
internal ref struct ChunkReader(ReadOnlySpan<byte> file, string source, bool bigEndian, int position)
{
    private readonly ReadOnlySpan<byte> _file = file;
    private long _position = position;

    public readonly string Source => source;

    public readonly long Position => _position;

    /// <summary>The next chunk, or false at the end of the file. Fewer than 8 trailing bytes are no chunk.</summary>
    public bool Next(out Chunk chunk)
    {
        chunk = default;
        if (_position > _file.Length - 8)
        {
            return false;
        }

        int at = (int)_position;
        uint size = UInt32(at + 4);
        chunk = new Chunk(Name(at), at, size, _file.Length - at - 8);
        _position = End(chunk);
        return true;
    }

    /// <summary>
    /// Where the next chunk starts: behind the pad byte of an odd body, unless a writer forgot it and the next name stands right there.
    /// </summary>
    public readonly long End(Chunk chunk)
    {
        long end = chunk.Body + chunk.Size;
        bool padded = chunk.Size % 2 == 1
            && !(end <= _file.Length - 8 && _file.Slice((int)end, 4).IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0);
        return padded ? end + 1 : end;
    }

    /// <summary>Lets the walk go on after this many bytes of a body whose header gives another size.</summary>
    public void Resume(long end) => _position = end;

    public readonly ushort UInt16(int at) =>
        bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(_file[at..]) : BinaryPrimitives.ReadUInt16LittleEndian(_file[at..]);

    public readonly uint UInt32(int at) =>
        bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(_file[at..]) : BinaryPrimitives.ReadUInt32LittleEndian(_file[at..]);

    public readonly ulong UInt64(int at) =>
        bigEndian ? BinaryPrimitives.ReadUInt64BigEndian(_file[at..]) : BinaryPrimitives.ReadUInt64LittleEndian(_file[at..]);

    public readonly ReadOnlySpan<byte> Bytes(int at, int count) => _file.Slice(at, count);

    /// <summary>Four characters; unprintable ones as escapes.</summary>
    public readonly string Name(int at)
    {
        var text = new StringBuilder();
        foreach (byte b in _file.Slice(at, 4))
        {
            text.Append(b is >= 32 and < 127 ? ((char)b).ToString() : $"\\x{b:x2}");
        }

        return text.ToString();
    }

    /// <summary>Fails if the body of a chunk holds fewer bytes than needed.</summary>
    public readonly void Require(Chunk chunk, int bytes)
    {
        if (Math.Min(chunk.Size, chunk.Available) < bytes)
        {
            throw Error(chunk.Header, chunk.IsTruncated
                ? $"the \"{chunk.Id}\" chunk is truncated: {chunk.Available} bytes are left, its header says {chunk.Size}"
                : $"the \"{chunk.Id}\" chunk is too short: {chunk.Size} bytes, at least {bytes} are needed");
        }
    }

    public readonly AudioFormatException Error(long offset, string reason) => new(source, offset, reason);
}
