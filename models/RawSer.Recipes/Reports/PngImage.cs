using System.Buffers.Binary;
using System.IO.Compression;
using RawSer.Models.Pictures;

namespace RawSer.Recipes.Reports;

/// <summary>Writes PNG images with a palette (ISO/IEC 15948): one byte per pixel, rows unfiltered, compressed by zlib.</summary>
public static class PngImage
{
    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(n =>
    {
        uint c = (uint)n;
        for (int k = 0; k < 8; k++)
        {
            c = (c & 1) != 0 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
        }

        return c;
    })];

    /// <summary>Encodes an image.</summary>
    /// <param name="width">Pixels per row.</param>
    /// <param name="height">Rows, from the top.</param>
    /// <param name="indices">Palette index of each pixel, row by row.</param>
    /// <param name="palette">Red, green and blue of each of 256 colours.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static byte[] Encode(int width, int height, ReadOnlySpan<byte> indices, ReadOnlySpan<byte> palette)
    {
        if (width < 1 || height < 1 || indices.Length != (long)width * height || palette.Length != 768)
        {
            throw new ArgumentException($"PNG of {width} x {height} pixels from {indices.Length} indices and {palette.Length} palette bytes: expected width x height and 768");
        }

        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        header[8] = 8; // bits per index
        header[9] = 3; // palette
        header[10..].Clear();
        Chunk(file, "IHDR"u8, header);
        Chunk(file, "PLTE"u8, palette);
        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            for (int y = 0; y < height; y++)
            {
                zlib.WriteByte(0);
                zlib.Write(indices.Slice(y * width, width));
            }
        }

        Chunk(file, "IDAT"u8, data.GetBuffer().AsSpan(0, (int)data.Length));
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    /// <summary>A picture of features: time to the right, row 0 at the bottom, from the smallest value (dark) to the largest (light).</summary>
    /// <param name="features">Values, row by row; not finite ones count as smallest.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="frames">Values per row.</param>
    public static byte[] Spectrogram(ReadOnlySpan<float> features, int rows, int frames)
    {
        if (features.Length != (long)rows * frames)
        {
            throw new ArgumentException($"spectrogram of {rows} x {frames} cells from {features.Length} values");
        }

        float low = float.PositiveInfinity, high = float.NegativeInfinity;
        foreach (float value in features)
        {
            if (float.IsFinite(value))
            {
                (low, high) = (Math.Min(low, value), Math.Max(high, value));
            }
        }

        float scale = high > low ? 1 / (high - low) : 0;
        byte[] indices = new byte[rows * frames];
        for (int row = 0; row < rows; row++)
        {
            for (int frame = 0; frame < frames; frame++)
            {
                float value = features[(row * frames) + frame];
                indices[((rows - 1 - row) * frames) + frame] = float.IsFinite(value) ? (byte)Colormap.Step((value - low) * scale) : (byte)0;
            }
        }

        return Encode(frames, rows, indices, Colormap.Magma.Bytes);
    }

    private static void Chunk(MemoryStream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(type);
        file.Write(data);
        uint crc = Crc(Crc(0xFFFFFFFF, type), data) ^ 0xFFFFFFFF;
        BinaryPrimitives.WriteUInt32BigEndian(number, crc);
        file.Write(number);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            crc = CrcTable[(crc ^ b) & 0xFF] ^ (crc >> 8);
        }

        return crc;
    }
}
