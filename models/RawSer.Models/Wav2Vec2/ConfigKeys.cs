using System.Text.Json;

namespace RawSer.Models.Wav2Vec2;

/// <summary>The keys of a JSON object with their defaults; a value of the wrong kind is refused with its key. Null counts as absent.</summary>
internal readonly struct ConfigKeys
{
    private readonly JsonElement _root;

    public ConfigKeys(JsonElement root) =>
        _root = root.ValueKind == JsonValueKind.Object ? root : throw new FormatException($"expected a JSON object, found {root.ValueKind}");

    public int Int(string key, int fallback) => !TryGet(key, out JsonElement value) ? fallback
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number
        : throw Wrong(key, value, "a whole number");

    public double Number(string key, double fallback) => !TryGet(key, out JsonElement value) ? fallback
        : value.ValueKind == JsonValueKind.Number && value.GetDouble() is var number && double.IsFinite(number) ? number
        : throw Wrong(key, value, "a number");

    public bool Bool(string key, bool fallback) => !TryGet(key, out JsonElement value) ? fallback
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw Wrong(key, value, "true or false");

    public string Text(string key, string fallback) => !TryGet(key, out JsonElement value) ? fallback
        : value.ValueKind == JsonValueKind.String ? value.GetString()!
        : throw Wrong(key, value, "a text");

    public IReadOnlyList<int> Ints(string key, IReadOnlyList<int> fallback)
    {
        if (!TryGet(key, out JsonElement value))
        {
            return fallback;
        }

        return value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out _))
            ? [.. value.EnumerateArray().Select(item => item.GetInt32())]
            : throw Wrong(key, value, "an array of whole numbers");
    }

    public string FirstText(string key) =>
        TryGet(key, out JsonElement value) && value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 && value[0].ValueKind == JsonValueKind.String
            ? value[0].GetString()! : "";

    /// <summary>What stands beside the key's text.</summary>
    /// <param name="key">The key.</param>
    /// <param name="fallback">The text if there is none; null if the key must be there.</param>
    /// <param name="choices">All texts that are known.</param>
    public T Choice<T>(string key, string? fallback, params ReadOnlySpan<(string Text, T Value)> choices)
    {
        string text = TryGet(key, out JsonElement value) && value.ValueKind != JsonValueKind.String ? throw Wrong(key, value, "a text") : Text(key, fallback ?? "");
        List<string> known = [];
        foreach ((string choice, T result) in choices)
        {
            if (choice == text)
            {
                return result;
            }

            known.Add(choice);
        }

        throw new FormatException(TryGet(key, out _) ? $"{key} '{text}' is not known; known: {string.Join(", ", known)}" : $"no {key}; expected one of {string.Join(", ", known)}");
    }

    /// <summary>The names in <c>id2label</c> by their number, or numbered ones (<c>num_labels</c>, 2 if absent).</summary>
    public IReadOnlyList<string> Labels()
    {
        if (!TryGet("id2label", out JsonElement map))
        {
            return [.. Enumerable.Range(0, Math.Max(0, Int("num_labels", 2))).Select(i => $"LABEL_{i}")];
        }

        SortedDictionary<int, string> names = [];
        if (map.ValueKind != JsonValueKind.Object
            || !map.EnumerateObject().All(label => int.TryParse(label.Name, out int id) && label.Value.ValueKind == JsonValueKind.String && names.TryAdd(id, label.Value.GetString()!))
            || !names.Keys.SequenceEqual(Enumerable.Range(0, names.Count)))
        {
            throw Wrong("id2label", map, "names for the numbers from 0 on");
        }

        return [.. names.Values];
    }

    /// <summary>Refuses a part of the network that does not exist here.</summary>
    public void RefuseUnless(string key, bool? value)
    {
        if (TryGet(key, out JsonElement found) && !(value is { } expected && found.ValueKind == (expected ? JsonValueKind.True : JsonValueKind.False)))
        {
            throw new FormatException($"{key} {found.GetRawText()} is not supported; expected {(value is null ? "null" : value == true ? "true" : "false")}");
        }
    }

    private bool TryGet(string key, out JsonElement value) => _root.TryGetProperty(key, out value) && value.ValueKind != JsonValueKind.Null;

    private static FormatException Wrong(string key, JsonElement value, string expected)
    {
        string text = value.GetRawText();
        return new FormatException($"{key} {(text.Length > 40 ? text[..40] + "…" : text)}: expected {expected}");
    }
}
