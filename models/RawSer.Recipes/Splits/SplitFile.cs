using System.Text.Json;
using RawSer.Recipes.Corpora;
using RawSer.Weights;

namespace RawSer.Recipes.Splits;

/// <summary>
/// A split as JSON: for every clip its part, corpus, relative path, class and, where the file was opened, its SHA-256. It is found again on another
/// machine by content first and by corpus and path else.
/// </summary>
public static class SplitFile
{
    /// <summary>Writes a split.</summary>
    public static void Write(Stream stream, LabelledClips clips, Split split)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteNumber("version", 1);
        json.WriteStartArray("classes");
        foreach (string name in clips.Classes)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
        foreach (SplitPart part in Enum.GetValues<SplitPart>())
        {
            json.WriteStartArray(Name(part));
            foreach (int i in split[part])
            {
                Clip clip = clips.Clips[i];
                json.WriteStartObject();
                json.WriteString("corpus", clip.Corpus);
                json.WriteString("path", clip.RelativePath);
                json.WriteString("class", clips.Classes[clips.Labels[i]]);
                if (clip.Audio is ClipAudio audio)
                {
                    json.WriteString("sha256", audio.Sha256);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>Reads a split and finds its clips among those at hand.</summary>
    /// <param name="stream">The JSON text.</param>
    /// <param name="name">Name of the file, for messages.</param>
    /// <param name="clips">The clips at hand.</param>
    /// <exception cref="CorpusException">The file is not a split, its classes differ, or some of its clips are missing (the message counts them and names the first).</exception>
    public static Split Read(Stream stream, string name, LabelledClips clips)
    {
        using JsonDocument document = Parse(stream, name);
        JsonElement root = document.RootElement;
        string[] classes = [.. Property(root, "classes", JsonValueKind.Array, name).EnumerateArray().Select(c => c.GetString() ?? "")];
        if (!classes.SequenceEqual(clips.Classes))
        {
            throw new CorpusException($"{name}: the split has the classes {string.Join(", ", classes)}; the clips have {string.Join(", ", clips.Classes)}");
        }

        var byHash = new Dictionary<string, int>();
        var byPath = new Dictionary<(string, string), int>();
        for (int i = 0; i < clips.Clips.Count; i++)
        {
            byPath.TryAdd((clips.Clips[i].Corpus, clips.Clips[i].RelativePath), i);
            if (clips.Clips[i].Audio is ClipAudio audio)
            {
                byHash.TryAdd(audio.Sha256, i);
            }
        }

        var parts = new Dictionary<SplitPart, List<int>>();
        int missing = 0;
        string? firstMissing = null;
        foreach (SplitPart part in Enum.GetValues<SplitPart>())
        {
            parts[part] = [];
            foreach (JsonElement entry in Property(root, Name(part), JsonValueKind.Array, name).EnumerateArray())
            {
                (string, string) key = (Text(entry, "corpus", name), Text(entry, "path", name));
                string? hash = entry.TryGetProperty("sha256", out JsonElement value) ? value.GetString() : null;

                // Equal recordings under two names have one hash: the path decides between them.
                bool sameFile = byPath.TryGetValue(key, out int index) && (hash is null || clips.Clips[index].Audio is not ClipAudio audio || audio.Sha256 == hash);
                if (sameFile || (hash is not null && byHash.TryGetValue(hash, out index)))
                {
                    parts[part].Add(index);
                }
                else
                {
                    missing++;
                    firstMissing ??= $"{key.Item1} {key.Item2}";
                }
            }

            parts[part].Sort();
        }

        return missing == 0
            ? new Split(parts[SplitPart.Train], parts[SplitPart.Validation], parts[SplitPart.Test])
            : throw new CorpusException($"{name}: {missing} of its clips are not in the data at hand (by content or by path), the first: {firstMissing}; give the same --data");
    }

    private static string Name(SplitPart part) => part.ToString().ToLowerInvariant();

    private static JsonDocument Parse(Stream stream, string name)
    {
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        try
        {
            return JsonDocument.Parse(bytes.ToArray());
        }
        catch (JsonException e)
        {
            throw new CorpusException($"{name}: not a split file: {JsonProblem.Describe(e, bytes.ToArray())}", e);
        }
    }

    private static JsonElement Property(JsonElement parent, string key, JsonValueKind kind, string file) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(key, out JsonElement value) && value.ValueKind == kind
            ? value
            : throw new CorpusException($"{file}: not a split file: '{key}' is missing or is not {kind.ToString().ToLowerInvariant()}");

    private static string Text(JsonElement parent, string key, string file) => Property(parent, key, JsonValueKind.String, file).GetString()!;
}
