namespace RawSer.Audio.Decoding;

/// <summary>
/// RIFF/WAVE and its relatives RIFX (big endian), RF64 and BW64 (64-bit sizes in a <c>ds64</c> chunk). Unknown chunks are skipped; a size that
/// goes beyond the file is believed only as far as there are bytes.
/// </summary>
internal static class WavDecoder
{
    private const uint UnknownSize = 0xFFFFFFFF;

    /// <summary>The last 14 bytes of the sub-format GUIDs that hold a format tag in their first two bytes.</summary>
    private static readonly byte[][] GuidTails =
    [
        [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71],
        [0, 0, 0x21, 0x07, 0xd3, 0x11, 0x86, 0x44, 0xc8, 0xc1, 0xca, 0, 0, 0],
    ];

    public static bool Recognises(ReadOnlySpan<byte> file) =>
        file.Length >= 4 && (file.StartsWith("RIFF"u8) || file.StartsWith("RIFX"u8) || file.StartsWith("RF64"u8) || file.StartsWith("BW64"u8));

    public static AudioLayout ReadLayout(ReadOnlySpan<byte> file, string source)
    {
        if (file.Length < 12)
        {
            throw new AudioFormatException(source, file.Length, $"the RIFF header is truncated: {file.Length} of 12 bytes");
        }

        bool bigEndian = file.StartsWith("RIFX"u8);
        var reader = new ChunkReader(file, source, bigEndian, 12);
        if (!file[8..].StartsWith("WAVE"u8))
        {
            throw reader.Error(8, $"a RIFF file of form \"{reader.Name(8)}\", not a WAVE file");
        }

        bool sizeUnknown = reader.UInt32(4) is 0 or UnknownSize;
        ulong? longDataSize = null;
        AudioLayout? format = null;
        Chunk? data = null;
        while (reader.Next(out Chunk chunk))
        {
            switch (chunk.Id)
            {
                case "fmt ":
                    if (format is not null)
                    {
                        throw reader.Error(chunk.Header, "duplicate \"fmt \" chunk: the sample format is ambiguous");
                    }

                    format = ReadFormat(reader, chunk, bigEndian);
                    break;
                case "ds64":
                    reader.Require(chunk, 16);
                    longDataSize = reader.UInt64(chunk.Body + 8);
                    break;
                case "data" when data is null:
                    data = chunk = WithSize(chunk, longDataSize, sizeUnknown);
                    reader.Resume(chunk.IsTruncated ? file.Length : reader.End(chunk));
                    break;
                default:
                    if (chunk.IsTruncated && (data is null || format is null))
                    {
                        throw reader.Error(
                            chunk.Header,
                            $"the \"{chunk.Id}\" chunk claims a size of {chunk.Size} bytes, {chunk.Available} are left, and no {(data is null ? "data" : "fmt")} chunk came before");
                    }

                    break;
            }
        }

        if (format is null)
        {
            throw reader.Error(file.Length, data is null ? "truncated: the file ends before its \"fmt \" chunk" : "no \"fmt \" chunk: the sample format is unknown");
        }

        if (data is not { } found)
        {
            throw reader.Error(file.Length, "truncated: the file ends before its data chunk");
        }

        return format with
        {
            DataOffset = found.Body,
            DataBytes = (int)Math.Min(found.Size, found.Available),
            Warning = found.IsTruncated ? $"the data chunk claims {found.Size} bytes, {found.Available} are left: the clip is truncated" : null,
        };
    }

    /// <summary>The data chunk with its true size: from ds64, or to the end of the file when a writer never came back to fill it in.</summary>
    private static Chunk WithSize(Chunk chunk, ulong? longDataSize, bool sizeUnknown)
    {
        if (chunk.Size == UnknownSize)
        {
            return longDataSize is { } size ? chunk with { Size = (long)Math.Min(size, long.MaxValue) } : chunk with { Size = chunk.Available };
        }

        return chunk.Size == 0 && sizeUnknown ? chunk with { Size = chunk.Available } : chunk;
    }

    private static AudioLayout ReadFormat(in ChunkReader reader, Chunk chunk, bool bigEndian)
    {
        reader.Require(chunk, 16);
        if (chunk.IsTruncated)
        {
            throw reader.Error(chunk.Header, $"the \"fmt \" chunk claims a size of {chunk.Size} bytes, {chunk.Available} are left");
        }

        int tag = reader.UInt16(chunk.Body), channels = reader.UInt16(chunk.Body + 2);
        uint rate = reader.UInt32(chunk.Body + 4);
        int block = reader.UInt16(chunk.Body + 12), bits = reader.UInt16(chunk.Body + 14);
        if (channels is 0 or > AudioLayout.MaxChannels)
        {
            throw reader.Error(chunk.Body + 2, $"{channels} channels: 1 to {AudioLayout.MaxChannels} are possible");
        }

        if (rate is < AudioLayout.MinRate or > AudioLayout.MaxRate)
        {
            throw reader.Error(chunk.Body + 4, $"the sample rate is {rate} Hz: {AudioLayout.MinRate} to {AudioLayout.MaxRate} are possible");
        }

        if (tag == 0xFFFE)
        {
            tag = SubFormat(reader, chunk, bits);
        }

        return tag switch
        {
            1 when bits is >= 1 and <= 32 =>
                new AudioLayout(bits <= 8 ? SampleEncoding.Unsigned8 : SampleEncoding.Signed, (bits + 7) / 8, bigEndian, channels, (int)rate),
            1 => throw reader.Error(chunk.Body + 14, $"integer samples of {bits} bits: 1 to 32 bits are supported"),
            3 when bits is 32 or 64 => new AudioLayout(SampleEncoding.Float, bits / 8, bigEndian, channels, (int)rate),
            3 => throw reader.Error(chunk.Body + 14, $"float samples of {bits} bits: 32 or 64 bits are supported"),
            6 => new AudioLayout(SampleEncoding.ALaw, 1, bigEndian, channels, (int)rate),
            7 => new AudioLayout(SampleEncoding.MuLaw, 1, bigEndian, channels, (int)rate),
            0x11 when bits == 4 && block >= 4 * channels =>
                new AudioLayout(SampleEncoding.ImaAdpcm, 1, bigEndian, channels, (int)rate) { BlockBytes = block },
            0x11 => throw reader.Error(chunk.Body + 12, $"IMA ADPCM (format tag 0x0011) with {bits} bits in blocks of {block} bytes: 4 bits and at least {4 * channels} bytes are needed"),
            _ => throw reader.Error(chunk.Body, $"unsupported codec, format tag 0x{tag:x4}{CodecName(tag)}: PCM, float, A-law, mu-law and IMA ADPCM can be read"),
        };
    }

    /// <summary>The format tag inside an extensible header.</summary>
    private static int SubFormat(in ChunkReader reader, Chunk chunk, int bits)
    {
        if (chunk.Size < 40 || reader.UInt16(chunk.Body + 16) < 22)
        {
            // Some writers leave the extension out; below 32 bits the samples can only be integers.
            return bits < 32 ? 1 : throw reader.Error(chunk.Body + 16, "the extensible \"fmt \" chunk has no sub-format: 32-bit samples may be integer or float");
        }

        ReadOnlySpan<byte> guid = reader.Bytes(chunk.Body + 24, 16);
        foreach (byte[] tail in GuidTails)
        {
            if (guid[2..].SequenceEqual(tail))
            {
                return reader.UInt16(chunk.Body + 24);
            }
        }

        throw reader.Error(chunk.Body + 24, $"unsupported sub-format, GUID {new Guid(guid)}");
    }

    private static string CodecName(int tag) => tag switch
    {
        2 => " (Microsoft ADPCM)",
        0x31 => " (GSM 6.10)",
        0x50 => " (MPEG)",
        0x55 => " (MP3)",
        0xFF => " (AAC)",
        0x161 => " (Windows Media Audio)",
        0xF1AC => " (FLAC)",
        _ => "",
    };
}
