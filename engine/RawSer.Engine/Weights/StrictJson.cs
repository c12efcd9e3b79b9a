using System.Text.Json;
using System.Text.Unicode;

namespace RawSer.Weights;

/// <summary>
/// Forward reader of the JSON in weight files that refuses what lenient parsers let through, because two readers that disagree about a file
/// are how a harmless-looking file becomes another one: invalid UTF-8, lone surrogates, comments, numbers other than plain digits.
/// </summary>
internal ref struct StrictJson
{
    /// <summary>Longest tensor, metadata or file name in bytes.</summary>
    public const int MaxNameBytes = 64 * 1024;

    private readonly string _file;
    private readonly string _part;
    private readonly ReadOnlySpan<byte> _json;
    private readonly int _maxDepth;
    private Utf8JsonReader _reader;

    /// <summary>A reader of <paramref name="json"/>, which messages call <paramref name="part"/> ("header", "index") of the file.</summary>
    public StrictJson(string file, string part, ReadOnlySpan<byte> json, int maxDepth)
    {
        _file = file;
        _part = part;
        _json = json;
        _maxDepth = maxDepth;
        if (!Utf8.IsValid(json))
        {
            throw Error(null, $"{part} is not valid UTF-8 JSON");
        }

        _reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = maxDepth });
    }

    public readonly JsonTokenType Token => _reader.TokenType;

    public readonly WeightFileException Error(string? tensor, string problem) => new(_file, tensor, problem);

    /// <summary>Steps to the next token; false after the last one.</summary>
    public bool Read()
    {
        try
        {
            return _reader.Read();
        }
        catch (JsonException e)
        {
            throw new WeightFileException(_file, null, $"{_part} is {JsonProblem.Describe(e, _json, maxDepth: _maxDepth)}", e);
        }
    }

    /// <summary>Steps into the root object.</summary>
    public void ReadRootObject()
    {
        if (!Read() || Token != JsonTokenType.StartObject)
        {
            throw Error(null, $"{_part} must be a JSON object {{…}}, found {Describe()}");
        }
    }

    /// <summary>Steps to the next property of an object and gives its name, or null at the end of the object.</summary>
    public string? ReadName()
    {
        Read();
        return Token == JsonTokenType.PropertyName ? Text(MaxNameBytes) : null;
    }

    /// <summary>The text of the current string.</summary>
    public readonly string Text(int maxBytes = int.MaxValue)
    {
        if (_reader.ValueSpan.Length > maxBytes)
        {
            throw Error(null, $"{_part} holds a name of {_reader.ValueSpan.Length} bytes, too long: at most {maxBytes} are accepted");
        }

        try
        {
            return _reader.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new WeightFileException(_file, null, $"{_part} holds a string with a lone surrogate, which is not valid UTF-8 JSON", e);
        }
    }

    /// <summary>The current token as a number of plain digits.</summary>
    public readonly bool TryDigits(out ulong value)
    {
        value = 0;
        if (Token != JsonTokenType.Number)
        {
            return false;
        }

        foreach (byte digit in _reader.ValueSpan)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }
        }

        return _reader.TryGetUInt64(out value);
    }

    /// <summary>Steps over the value of the current property.</summary>
    public void SkipValue()
    {
        int depth = _reader.CurrentDepth;
        do
        {
            Read();
        }
        while (_reader.CurrentDepth > depth);
    }

    /// <summary>The current token as it may stand in a message.</summary>
    public readonly string Describe() => Token switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.EndArray => "the end of the array",
        JsonTokenType.EndObject => "the end of the object",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => $"the number {WeightFileException.Printable(System.Text.Encoding.UTF8.GetString(_reader.ValueSpan))}",
        JsonTokenType.None => "nothing",
        _ => System.Text.Encoding.UTF8.GetString(_reader.ValueSpan),
    };
}
