namespace RawSer.Audio.Decoding;

/// <summary>ITU-T G.711 companding: 8-bit codes to 13 or 14 bit samples, scaled as 16 bit.</summary>
internal static class G711
{
    private static readonly float[] ALaw = [.. Enumerable.Range(0, 256).Select(c => ExpandALaw((byte)c) / 32768f)];
    private static readonly float[] MuLaw = [.. Enumerable.Range(0, 256).Select(c => ExpandMuLaw((byte)c) / 32768f)];

    public static void DecodeALaw(ReadOnlySpan<byte> codes, Span<float> samples) => Decode(ALaw, codes, samples);

    public static void DecodeMuLaw(ReadOnlySpan<byte> codes, Span<float> samples) => Decode(MuLaw, codes, samples);

    private static void Decode(float[] table, ReadOnlySpan<byte> codes, Span<float> samples)
    {
        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = table[codes[i]];
        }
    }

    /// <summary>Even bits are inverted; sign (1 is positive), 3 bits of segment, 4 bits of step.</summary>
    private static int ExpandALaw(byte code)
    {
        int bits = code ^ 0x55, segment = (bits >> 4) & 7, step = ((bits & 15) << 4) + 8;
        int magnitude = segment == 0 ? step : (step + 256) << (segment - 1);
        return (bits & 0x80) != 0 ? magnitude : -magnitude;
    }

    /// <summary>All bits are inverted; the segments start at a bias of 132.</summary>
    private static int ExpandMuLaw(byte code)
    {
        const int Bias = 0x84;
        int bits = ~code, segment = (bits >> 4) & 7;
        int magnitude = ((((bits & 15) << 3) + Bias) << segment) - Bias;
        return (bits & 0x80) != 0 ? -magnitude : magnitude;
    }
}
