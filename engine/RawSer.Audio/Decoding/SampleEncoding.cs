using System.Buffers.Binary;

namespace RawSer.Audio.Decoding;

/// <summary>How the samples of a file are stored.</summary>
internal enum SampleEncoding
{
    /// <summary>Unsigned bytes around 128 (WAV).</summary>
    Unsigned8,

    /// <summary>Two's complement of 1 to 4 bytes.</summary>
    Signed,

    /// <summary>IEEE float of 4 or 8 bytes.</summary>
    Float,

    /// <summary>G.711 A-law.</summary>
    ALaw,

    /// <summary>G.711 mu-law.</summary>
    MuLaw,

    /// <summary>IMA ADPCM in blocks.</summary>
    ImaAdpcm,
}

/// <summary>What a header says: where the samples lie and how they are stored.</summary>
internal sealed record AudioLayout(SampleEncoding Encoding, int BytesPerSample, bool BigEndian, int Channels, int SampleRate)
{
    /// <summary>Highest number of channels that is taken for a real one.</summary>
    public const int MaxChannels = 1024;

    /// <summary>Sample rates outside these limits in Hz are taken for damage.</summary>
    public const int MinRate = 100, MaxRate = 1_000_000;

    /// <summary>First byte of the samples in the file.</summary>
    public int DataOffset { get; init; }

    /// <summary>Bytes of samples that are really there.</summary>
    public int DataBytes { get; init; }

    /// <summary>Bytes of a block of <see cref="SampleEncoding.ImaAdpcm"/>.</summary>
    public int BlockBytes { get; init; }

    /// <summary>Frames that the header announces, where it does so apart from the byte count (AIFF).</summary>
    public long MaxFrames { get; init; } = long.MaxValue;

    /// <summary>What is wrong with a file that can be used nevertheless.</summary>
    public string? Warning { get; init; }

    /// <summary>Whole frames that are there.</summary>
    public int Frames => (int)Math.Min(
        MaxFrames,
        Encoding == SampleEncoding.ImaAdpcm ? ImaAdpcm.FrameCount(DataBytes, BlockBytes, Channels) : DataBytes / (BytesPerSample * Channels));

    /// <summary>Decodes frames [first, first + count) to interleaved floats: integers over 2^(bits - 1) of the container, floats as they are.</summary>
    public float[] Read(ReadOnlySpan<byte> file, int first, int count)
    {
        ReadOnlySpan<byte> data = file.Slice(DataOffset, DataBytes);
        if (Encoding == SampleEncoding.ImaAdpcm)
        {
            return ImaAdpcm.Decode(data, BlockBytes, Channels, first, count);
        }

        float[] samples = new float[count * Channels];
        data = data.Slice(first * Channels * BytesPerSample, samples.Length * BytesPerSample);
        switch (Encoding)
        {
            case SampleEncoding.Unsigned8:
                for (int i = 0; i < samples.Length; i++)
                {
                    samples[i] = (data[i] - 128) / 128f;
                }

                break;
            case SampleEncoding.ALaw:
                G711.DecodeALaw(data, samples);
                break;
            case SampleEncoding.MuLaw:
                G711.DecodeMuLaw(data, samples);
                break;
            case SampleEncoding.Float:
                ReadFloats(data, samples);
                break;
            default:
                ReadIntegers(data, samples);
                break;
        }

        return samples;
    }

    private void ReadFloats(ReadOnlySpan<byte> data, Span<float> samples)
    {
        for (int i = 0; i < samples.Length; i++)
        {
            ReadOnlySpan<byte> at = data.Slice(i * BytesPerSample, BytesPerSample);
            samples[i] = BytesPerSample == 4
                ? BigEndian ? BinaryPrimitives.ReadSingleBigEndian(at) : BinaryPrimitives.ReadSingleLittleEndian(at)
                : (float)(BigEndian ? BinaryPrimitives.ReadDoubleBigEndian(at) : BinaryPrimitives.ReadDoubleLittleEndian(at));
        }
    }

    private void ReadIntegers(ReadOnlySpan<byte> data, Span<float> samples)
    {
        for (int i = 0; i < samples.Length; i++)
        {
            ReadOnlySpan<byte> at = data.Slice(i * BytesPerSample, BytesPerSample);
            samples[i] = BytesPerSample switch
            {
                1 => (sbyte)at[0] / 128f,
                2 => (BigEndian ? BinaryPrimitives.ReadInt16BigEndian(at) : BinaryPrimitives.ReadInt16LittleEndian(at)) / 32768f,
                3 => (BigEndian ? ((sbyte)at[0] << 16) | (at[1] << 8) | at[2] : ((sbyte)at[2] << 16) | (at[1] << 8) | at[0]) / 8388608f,
                _ => (BigEndian ? BinaryPrimitives.ReadInt32BigEndian(at) : BinaryPrimitives.ReadInt32LittleEndian(at)) / 2147483648f,
            };
        }
    }
}
