using System.Globalization;
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

    /// <summary>Writes a file.</summary>
    /// <returns>Its shape, for people.</returns>
    public static string Save(string path, List<(string Clip, SpeechEmbedding Embedding)> clips, IReadOnlyDictionary<string, string> metadata)
    {
        int features = clips[0].Embedding.Features, rows = clips.Sum(c => c.Embedding.Frames);
        string names = new JsonArray([.. clips.Select(c => (JsonNode)new JsonObject { ["clip"] = c.Clip, ["frames"] = c.Embedding.Frames })]).ToJsonString();
        switch (Path.GetExtension(path).ToLowerInvariant())
        {
            case ".csv":
                ArrayFile.Write(path, stream =>
                {
                    using StreamWriter writer = new(stream, new UTF8Encoding(false), leaveOpen: true);
                    WriteCsv(writer, clips, features);
                });
                break;
            case ".npy":
                ArrayFile.WriteNpy(path, [rows, features], clips.Select(c => c.Embedding.Values), names);
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
}
