using System.Buffers.Binary;

namespace RawSer.Audio.Decoding;

/// <summary>Sample formats that are written.</summary>
public enum WavSampleFormat
{
    /// <summary>16-bit integers: rounded and clipped to [-1, 1).</summary>
    Pcm16,

    /// <summary>32-bit floats, unclipped.</summary>
    Float32,
}

/// <summary>Writes RIFF/WAVE files.</summary>
public static class WavWriter
{
    /// <summary>Encodes interleaved samples.</summary>
    /// <exception cref="ArgumentException">The channels don't divide the samples, a rate or count is not positive, a PCM sample is NaN, or the file would exceed 2 GiB.</exception>
    public static byte[] Encode(ReadOnlySpan<float> samples, int channels, int sampleRate, WavSampleFormat format = WavSampleFormat.Pcm16)
    {
        if (channels is <= 0 or > AudioLayout.MaxChannels || sampleRate <= 0 || samples.Length % channels != 0)
        {
            throw new ArgumentException($"{samples.Length} samples in {channels} channels at {sampleRate} Hz don't make a WAV file");
        }

        int bytes = format == WavSampleFormat.Pcm16 ? 2 : 4;
        if ((long)samples.Length * bytes > int.MaxValue - 64)
        {
            throw new ArgumentException($"{samples.Length} samples of {bytes} bytes exceed the 2 GiB of a WAV file", nameof(samples));
        }

        byte[] file = new byte[44 + samples.Length * bytes];
        Span<byte> f = file;
        "RIFF"u8.CopyTo(f);
        BinaryPrimitives.WriteInt32LittleEndian(f[4..], file.Length - 8);
        "WAVEfmt "u8.CopyTo(f[8..]);
        BinaryPrimitives.WriteInt32LittleEndian(f[16..], 16);
        BinaryPrimitives.WriteInt16LittleEndian(f[20..], (short)(format == WavSampleFormat.Pcm16 ? 1 : 3));
        BinaryPrimitives.WriteInt16LittleEndian(f[22..], (short)channels);
        BinaryPrimitives.WriteInt32LittleEndian(f[24..], sampleRate);
        BinaryPrimitives.WriteInt32LittleEndian(f[28..], sampleRate * channels * bytes);
        BinaryPrimitives.WriteInt16LittleEndian(f[32..], (short)(channels * bytes));
        BinaryPrimitives.WriteInt16LittleEndian(f[34..], (short)(8 * bytes));
        "data"u8.CopyTo(f[36..]);
        BinaryPrimitives.WriteInt32LittleEndian(f[40..], samples.Length * bytes);
        Span<byte> data = f[44..];
        for (int i = 0; i < samples.Length; i++)
        {
            if (format == WavSampleFormat.Float32)
            {
                BinaryPrimitives.WriteSingleLittleEndian(data[(4 * i)..], samples[i]);
                continue;
            }

            float scaled = MathF.Round(samples[i] * 32768);
            if (float.IsNaN(scaled))
            {
                throw new ArgumentException($"sample {i} is NaN: it has no 16-bit value", nameof(samples));
            }

            BinaryPrimitives.WriteInt16LittleEndian(data[(2 * i)..], (short)Math.Clamp(scaled, short.MinValue, short.MaxValue));
        }

        return file;
    }

    /// <summary>Writes a waveform to a file; missing folders are created.</summary>
    public static void Write(string path, Waveform waveform, WavSampleFormat format = WavSampleFormat.Pcm16)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        File.WriteAllBytes(path, Encode(waveform.Samples, waveform.Channels, waveform.SampleRate, format));
    }
}
