using System.Text.Json;

namespace RawSer.GoldenCheck;

/// <summary>
/// The <c>attrs</c> of a case. An attribute that is null counts as absent; a required one that is absent names itself; one that the handler
/// never reads makes the case unsupported, because it may have meant something.
/// </summary>
public readonly struct GoldenAttributes
{
    private readonly JsonElement _object;
    private readonly string _where;
    private readonly AttributesRead? _read; // null in a default value, which has no attributes
    private readonly string _path;

    internal GoldenAttributes(JsonElement attributes, string where, AttributesRead? read = null, string path = "")
    {
        _object = attributes;
        _where = where;
        _read = read ?? new AttributesRead();
        _path = path;
    }

    /// <summary>The JSON itself, for tables.</summary>
    public JsonElement Json
    {
        get
        {
            _read?.Add(_path);
            return _object;
        }
    }

    /// <summary>True if the attribute is there and not null.</summary>
    public bool Has(string name) => TryGet(name, out _);

    /// <summary>True if the attribute is there, also as null (where null means something else than absence).</summary>
    public bool IsGiven(string name) => _object.ValueKind == JsonValueKind.Object && _object.TryGetProperty(name, out _);

    /// <summary>A number that must be whole.</summary>
    public int Int(string name) => (int)Long(name);

    /// <summary>A whole number, or the fallback if absent.</summary>
    public int Int(string name, int fallback) => Has(name) ? Int(name) : fallback;

    /// <summary>A whole number, or null if absent.</summary>
    public int? IntOrNull(string name) => Has(name) ? Int(name) : null;

    /// <summary>A number that must be whole.</summary>
    public long Long(string name)
    {
        double value = Double(name);
        return value == Math.Floor(value) ? (long)value : throw Wrong(name, "whole number");
    }

    /// <summary>A number; the strings "inf" and "-inf" are infinities.</summary>
    public double Double(string name) => ToDouble(name, Get(name));

    /// <summary>A number, or the fallback if absent.</summary>
    public double Double(string name, double fallback) => Has(name) ? Double(name) : fallback;

    /// <summary>A number, or null if absent.</summary>
    public double? DoubleOrNull(string name) => Has(name) ? Double(name) : null;

    /// <summary>A number rounded to F32.</summary>
    public float Float(string name) => (float)Double(name);

    /// <summary>A number rounded to F32, or the fallback if absent.</summary>
    public float Float(string name, float fallback) => Has(name) ? Float(name) : fallback;

    /// <summary>A truth value.</summary>
    public bool Bool(string name) => Get(name).ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(name, "truth value"),
    };

    /// <summary>A truth value, or the fallback if absent.</summary>
    public bool Bool(string name, bool fallback) => Has(name) ? Bool(name) : fallback;

    /// <summary>A text.</summary>
    public string String(string name) =>
        Get(name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : throw Wrong(name, "text");

    /// <summary>A text, or the fallback if absent.</summary>
    public string String(string name, string fallback) => Has(name) ? String(name) : fallback;

    /// <summary>A text, or null if absent.</summary>
    public string? StringOrNull(string name) => Has(name) ? String(name) : null;

    /// <summary>What stands beside the attribute's text; a text that is not among the choices makes the case unsupported.</summary>
    public T Choice<T>(string name, params ReadOnlySpan<(string Text, T Value)> choices)
    {
        string text = String(name);
        foreach ((string choice, T value) in choices)
        {
            if (choice == text)
            {
                return value;
            }
        }

        throw new GoldenUnsupportedException($"{name} '{text}'");
    }

    /// <summary>The same, or the fallback if the attribute is absent.</summary>
    public T ChoiceOr<T>(string name, T fallback, params ReadOnlySpan<(string Text, T Value)> choices) => Has(name) ? Choice(name, choices) : fallback;

    /// <summary>True if the attribute is a text (where others give a number, for example padding "same").</summary>
    public bool IsString(string name) => TryGet(name, out JsonElement value) && value.ValueKind == JsonValueKind.String;

    /// <summary>True if the attribute is an array (where others give one number).</summary>
    public bool IsArray(string name) => TryGet(name, out JsonElement value) && value.ValueKind == JsonValueKind.Array;

    /// <summary>An array of whole numbers; a single number is an array of one.</summary>
    public int[] Ints(string name) => Array.ConvertAll(Doubles(name), value =>
        value == Math.Floor(value) && Math.Abs(value) <= int.MaxValue ? (int)value : throw new GoldenFormatException($"attribute {value} is no whole number"));

    /// <summary>Whole numbers, one per dimension; a single number stands for all <paramref name="count"/>.</summary>
    public int[] Ints(string name, int count, int fallback)
    {
        int[] values = Has(name) ? Ints(name) : [fallback];
        return values.Length == 1 && count != 1 ? [.. Enumerable.Repeat(values[0], count)] : values;
    }

    /// <summary>An array of numbers, null for NaN, truth values as 0 and 1; a single number is an array of one.</summary>
    public double[] Doubles(string name)
    {
        GoldenAttributes self = this;
        JsonElement value = Get(name);
        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(item => self.ToDouble(name, item))] : [ToDouble(name, value)];
    }

    /// <summary>An array of texts.</summary>
    public string[] Strings(string name) => [.. Get(name).EnumerateArray().Select(item => item.GetString()!)];

    /// <summary>An attribute as JSON.</summary>
    public JsonElement Get(string name)
    {
        _read?.Add(_path + name);
        return Need(name);
    }

    /// <summary>An attribute that is an object.</summary>
    public GoldenAttributes Object(string name) =>
        Need(name) is { ValueKind: JsonValueKind.Object } value ? Inside(name, value) : throw Wrong(name, "object");

    /// <summary>An attribute that is an array of objects.</summary>
    public GoldenAttributes[] Objects(string name)
    {
        GoldenAttributes self = this;
        return [.. Need(name).EnumerateArray().Select(item => self.Inside(name, item))];
    }

    /// <summary>Attributes that describe the data for people and change nothing about what is to be computed.</summary>
    public void Describe(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            _read?.Add(_path + name);
        }
    }

    /// <summary>An attribute for which only one text is known here; any other makes the case unsupported.</summary>
    public void Only(string name, string value)
    {
        if (Has(name) && String(name) != value)
        {
            throw new GoldenUnsupportedException($"{name} '{String(name)}'");
        }
    }

    private bool TryGet(string name, out JsonElement value)
    {
        value = default;
        return _object.ValueKind == JsonValueKind.Object && _object.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    /// <summary>Attributes that were never read.</summary>
    internal IEnumerable<string> Missed() => _read?.Missed(_object, _path) ?? [];

    private JsonElement Need(string name) =>
        TryGet(name, out JsonElement value) ? value : throw new GoldenFormatException($"{_where}: no attribute '{name}'");

    private GoldenAttributes Inside(string name, JsonElement value) => new(value, $"{_where}.{name}", _read, $"{_path}{name}{AttributesRead.Separator}");

    private double ToDouble(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.Null => double.NaN,
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        JsonValueKind.String when value.GetString() is "inf" or "Infinity" => double.PositiveInfinity,
        JsonValueKind.String when value.GetString() is "-inf" or "-Infinity" => double.NegativeInfinity,
        JsonValueKind.String when value.GetString() is "nan" or "NaN" => double.NaN,
        _ => throw Wrong(name, "number"),
    };

    private GoldenFormatException Wrong(string name, string what) => new($"{_where}: attribute '{name}' is {Get(name).GetRawText()}, no {what}");
}

/// <summary>A golden directory does not have the format that the harness reads.</summary>
public sealed class GoldenFormatException(string message, Exception? inner = null) : Exception(message, inner);
