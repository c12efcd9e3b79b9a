using System.Runtime.InteropServices;
using System.Security.Cryptography;
using RawSer.CommandLine;
using RawSer.Weights;

namespace RawSer.WeightTools;

/// <summary>Copies of tensors in parts of bounded size.</summary>
internal static class Conversion
{
    private const int ChunkBytes = 1 << 20;
    private const long ExpansionFactor = 8;
    private const long ExpansionBytes = 64 << 20;

    /// <summary>Writes all tensors of a source as a safetensors file; <paramref name="floats"/> asks for F32 instead of F16, BF16 and F64.</summary>
    public static void Save(WeightSource source, string path, bool floats)
    {
        // Names that share bytes become copies: the format has no aliases.
        long total = source.Entries.Sum(entry => entry.Length);
        long limit = ExpansionFactor * new FileInfo(source.Path).Length + ExpansionBytes;
        bool isShared = source.Entries.Select(entry => (entry.File, entry.Offset)).Distinct().Count() < source.Entries.Count(entry => entry.Length > 0);
        if (isShared && total > limit)
        {
            throw CommandFailure.OfData($"{source.Path}: too large with its shared tensors copied: {total} bytes, the limit for this file is {limit}");
        }

        var writer = new SafetensorsWriter();
        foreach ((string key, string value) in source.Metadata)
        {
            writer.AddMetadata(key, value);
        }

        try
        {
            foreach (WeightEntry entry in source.Entries)
            {
                bool isConverted = floats && entry.Type is (WeightType.F16 or WeightType.BF16 or WeightType.F64);
                writer.Add(
                    entry.Name,
                    isConverted ? WeightType.F32 : entry.Type,
                    entry.Extents,
                    stream => Copy(source, entry, stream, isConverted));
            }
        }
        catch (ArgumentException e)
        {
            throw CommandFailure.OfData($"{source.Path}: {e.Message}");
        }

        writer.Save(path);
    }

    /// <summary>Reads a tensor from the first byte to the last.</summary>
    public static void ForEachChunk(WeightSource source, WeightEntry entry, Action<ReadOnlyMemory<byte>> action)
    {
        byte[] chunk = new byte[(int)Math.Min(entry.Length, ChunkBytes)];
        for (long done = 0; done < entry.Length; done += chunk.Length)
        {
            int count = (int)Math.Min(chunk.Length, entry.Length - done);
            source.ReadBytes(entry, done, chunk.AsSpan(0, count));
            action(chunk.AsMemory(0, count));
        }
    }

    /// <summary>The SHA-256 of a file, as lower-case hexadecimal digits.</summary>
    public static string Sha256(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static void Copy(WeightSource source, WeightEntry entry, Stream stream, bool isConverted)
    {
        if (!isConverted)
        {
            ForEachChunk(source, entry, bytes => stream.Write(bytes.Span));
            return;
        }

        float[] values = new float[(int)Math.Min(entry.ElementCount, ChunkBytes / sizeof(float))];
        for (long done = 0; done < entry.ElementCount; done += values.Length)
        {
            Span<float> part = values.AsSpan(0, (int)Math.Min(values.Length, entry.ElementCount - done));
            source.ReadFloats(entry, done, part);
            stream.Write(MemoryMarshal.AsBytes(part));
        }
    }
}
