using System.Buffers.Binary;

namespace RawSer.Audio.Decoding;

/// <summary>AIFF and AIFC: big-endian chunks, samples left-justified in whole bytes, the sample rate as an 80-bit float.</summary>
internal static class AiffDecoder
{
    public static bool Recognises(ReadOnlySpan<byte> file) => file.StartsWith("FORM"u8);

    public static AudioLayout ReadLayout(ReadOnlySpan<byte> file, string source)
    {
        if (file.Length < 12)
        {
            throw new AudioFormatException(source, file.Length, $"the FORM header is truncated: {file.Length} of 12 bytes");
        }

        var reader = new ChunkReader(file, source, bigEndian: true, 12);
        bool compressed = file[8..].StartsWith("AIFC"u8);
        if (!compressed && !file[8..].StartsWith("AIFF"u8))
        {
            throw reader.Error(8, $"an IFF file of form \"{reader.Name(8)}\", not a WAV or AIFF file");
        }

        AudioLayout? format = null;
        Chunk? sound = null;
        while (reader.Next(out Chunk chunk))
        {
            if (chunk.Id == "COMM" && format is null)
            {
                format = ReadCommon(reader, chunk, compressed);
            }
            else if (chunk.Id == "SSND" && sound is null)
            {
                reader.Require(chunk, 8);
                sound = chunk;
            }
            else if (chunk.IsTruncated && (format is null || sound is null))
            {
                throw reader.Error(chunk.Header, $"the \"{chunk.Id}\" chunk claims a size of {chunk.Size} bytes, {chunk.Available} are left");
            }
        }

        if (format is null)
        {
            throw reader.Error(file.Length, sound is null ? "truncated: the file ends before its \"COMM\" chunk" : "no \"COMM\" chunk: the sample format is unknown");
        }

        if (sound is not { } found)
        {
            throw reader.Error(file.Length, "truncated: the file ends before its sound data (\"SSND\" chunk)");
        }

        // The samples start `offset` bytes after the two words of the chunk.
        long offset = reader.UInt32(found.Body);
        long bytes = Math.Min(found.Size, found.Available) - 8 - offset;
        if (bytes < 0)
        {
            throw reader.Error(found.Body, $"the sound data starts {offset} bytes into an \"SSND\" chunk of {found.Size}");
        }

        format = format with { DataOffset = (int)(found.Body + 8 + offset), DataBytes = (int)bytes };
        long there = bytes / (format.BytesPerSample * format.Channels);
        return format.MaxFrames > there
            ? format with { Warning = $"{format.MaxFrames} frames are announced, {there} are left: the clip is truncated" }
            : format;
    }

    private static AudioLayout ReadCommon(in ChunkReader reader, Chunk chunk, bool compressed)
    {
        reader.Require(chunk, compressed ? 22 : 18);
        int channels = reader.UInt16(chunk.Body), bits = reader.UInt16(chunk.Body + 6);
        uint frames = reader.UInt32(chunk.Body + 2);
        if (channels is 0 or > AudioLayout.MaxChannels)
        {
            throw reader.Error(chunk.Body, $"{channels} channels: 1 to {AudioLayout.MaxChannels} are possible");
        }

        double rate = Extended(reader.Bytes(chunk.Body + 8, 10));
        if (!(rate is >= AudioLayout.MinRate and <= AudioLayout.MaxRate))
        {
            throw reader.Error(chunk.Body + 8, FormattableString.Invariant($"the sample rate is {rate:g6} Hz: {AudioLayout.MinRate} to {AudioLayout.MaxRate} are possible"));
        }

        string codec = compressed ? reader.Name(chunk.Body + 18) : "NONE";
        (SampleEncoding encoding, int bytes, bool bigEndian) = codec switch
        {
            "NONE" or "twos" => (SampleEncoding.Signed, (bits + 7) / 8, true),
            "sowt" => (SampleEncoding.Signed, (bits + 7) / 8, false),
            "in24" => (SampleEncoding.Signed, 3, true),
            "in32" => (SampleEncoding.Signed, 4, true),
            "raw " => (SampleEncoding.Unsigned8, 1, true),
            "fl32" or "FL32" => (SampleEncoding.Float, 4, true),
            "fl64" or "FL64" => (SampleEncoding.Float, 8, true),
            "alaw" or "ALAW" => (SampleEncoding.ALaw, 1, true),
            "ulaw" or "ULAW" => (SampleEncoding.MuLaw, 1, true),
            _ => throw reader.Error(chunk.Body + 18, $"unsupported compression \"{codec}\": NONE, twos, sowt, in24, in32, raw, fl32, fl64, alaw and ulaw can be read"),
        };
        if (bytes is 0 || encoding == SampleEncoding.Signed && bytes > 4)
        {
            throw reader.Error(chunk.Body + 6, $"integer samples of {bits} bits: 1 to 32 bits are supported");
        }

        return new AudioLayout(encoding, bytes, bigEndian, channels, (int)Math.Round(rate)) { MaxFrames = frames };
    }

    /// <summary>IEEE 754 extended precision: sign, 15 bits of exponent, 64 bits of mantissa with its leading one.</summary>
    private static double Extended(ReadOnlySpan<byte> bytes)
    {
        int exponent = BinaryPrimitives.ReadUInt16BigEndian(bytes);
        double value = BinaryPrimitives.ReadUInt64BigEndian(bytes[2..]) * Math.Pow(2, (exponent & 0x7FFF) - 16383 - 63);
        return (exponent & 0x8000) != 0 ? -value : value;
    }
}
