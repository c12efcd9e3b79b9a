using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using RawSer.Models.Wav2Vec2;
using RawSer.Weights;

namespace RawSer.Cli.Commands;

/// <summary>
/// Embeddings on disk: rows of all clips one after the other (an utterance has one row). The clips stand in the metadata of safetensors, in the first columns
/// of csv, and beside npy in a file with the suffix <c>.clips.json</c>.
/// </summary>
internal static class EmbeddingFile
{
    public static IReadOnlyList<string> Suffixes { get; } = [".npy", ".safetensors", ".csv"];

    public static void CheckSuffix(string path)
    {
        if (!Suffixes.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase))
        {
            throw CommandFailure.OfUsage($"--out {path}: expected a name that ends with {string.Join(", ", Suffixes)}");
        }
    }

    /// <summary>Writes a file.</summary>
    /// <returns>Its shape, for people.</returns>
    public static string Save(string path, List<(string Clip, SpeechEmbedding Embedding)> clips, IReadOnlyDictionary<string, string> metadata)
    {
        int features = clips[0].Embedding.Features, rows = clips.Sum(c => c.Embedding.Frames);
        string names = new JsonArray([.. clips.Select(c => (JsonNode)new JsonObject { ["clip"] = c.Clip, ["frames"] = c.Embedding.Frames })]).ToJsonString();
        switch (Path.GetExtension(path).ToLowerInvariant())
        {
            case ".csv":
                using (StreamWriter writer = new(path, append: false, new UTF8Encoding(false)))
                {
                    WriteCsv(writer, clips, features);
                }

                break;
            case ".npy":
                using (FileStream stream = File.Create(path))
                {
                    WriteNpy(stream, clips, rows, features);
                }

                File.WriteAllText($"{path}.clips.json", names);
                break;
            default:
                SafetensorsWriter file = new();
                foreach ((string key, string value) in metadata)
                {
                    file.AddMetadata(key, value);
                }

                file.AddMetadata("clips", names);
                file.Add<float>("embeddings", [rows, features], clips.SelectMany(c => c.Embedding.Values).ToArray());
                file.Save(path);
                break;
        }

        return $"({rows}, {features})";
    }

    private static void WriteCsv(StreamWriter writer, List<(string Clip, SpeechEmbedding Embedding)> clips, int features)
    {
        writer.WriteLine($"clip,frame,{string.Join(',', Enumerable.Range(0, features).Select(i => $"e{i}"))}");
        foreach ((string clip, SpeechEmbedding embedding) in clips)
        {
            string name = clip.AsSpan().IndexOfAny(",\"\n\r") >= 0 ? $"\"{clip.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : clip;
            for (int frame = 0; frame < embedding.Frames; frame++)
            {
                IEnumerable<string> values = embedding.Values.Skip(frame * features).Take(features).Select(v => v.ToString("G9", CultureInfo.InvariantCulture));
                writer.WriteLine($"{name},{frame},{string.Join(',', values)}");
            }
        }
    }

    /// <summary>NumPy's format, version 1.0: magic, length of the header, a Python literal padded with spaces to a multiple of 64 bytes, the values.</summary>
    private static void WriteNpy(FileStream stream, List<(string Clip, SpeechEmbedding Embedding)> clips, int rows, int features)
    {
        const int Fixed = 10, Alignment = 64;
        string header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {features}), }}";
        int padded = ((Fixed + header.Length + 1 + Alignment - 1) / Alignment * Alignment) - Fixed;
        stream.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)padded, (byte)(padded >> 8)]);
        stream.Write(Encoding.ASCII.GetBytes(header.PadRight(padded - 1) + "\n"));
        foreach ((_, SpeechEmbedding embedding) in clips)
        {
            stream.Write(MemoryMarshal.AsBytes(embedding.Values.AsSpan()));
        }
    }
}
