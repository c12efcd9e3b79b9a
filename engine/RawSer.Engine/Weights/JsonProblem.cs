using System.Text;
using System.Text.Json;

namespace RawSer.Weights;

/// <summary>
/// Says in one line where a text stops being JSON and what could stand there. The messages of System.Text.Json are about settings of its reader, and differ
/// between its versions.
/// </summary>
public static class JsonProblem
{
    private const int DefaultDepth = 64; // System.Text.Json's

    /// <summary>For example <c>not valid JSON: line 3, column 17: expected ',' or '}', found '"'</c>. Columns count bytes from 1.</summary>
    /// <param name="failure">What System.Text.Json threw over the text.</param>
    /// <param name="utf8">The text.</param>
    /// <param name="comments">Whether comments and trailing commas are allowed in it.</param>
    /// <param name="maxDepth">How many objects and arrays may be in one another.</param>
    public static string Describe(JsonException failure, ReadOnlySpan<byte> utf8, bool comments = false, int maxDepth = DefaultDepth)
    {
        ArgumentNullException.ThrowIfNull(failure);
        (long line, long column) = (failure.LineNumber ?? 0, failure.BytePositionInLine ?? 0);
        int at = Position(utf8, line, column);
        return $"not valid JSON: line {line + 1}, column {column + 1}: {Expected(utf8, at, comments, maxDepth)}, {Found(utf8[at..])}";
    }

    /// <inheritdoc cref="Describe(JsonException, ReadOnlySpan{byte}, bool, int)"/>
    public static string Describe(JsonException failure, string text, bool comments = false) => Describe(failure, Encoding.UTF8.GetBytes(text), comments);

    private static int Position(ReadOnlySpan<byte> utf8, long line, long column)
    {
        int at = 0;
        for (; line > 0 && utf8[at..].IndexOf((byte)'\n') is >= 0 and int length; line--)
        {
            at += length + 1;
        }

        return (int)Math.Min(utf8.Length, at + column);
    }

    private static string Found(ReadOnlySpan<byte> rest)
    {
        if (rest.TrimStart(" \t\r\n"u8).IsEmpty)
        {
            return "but the text ends there";
        }

        Rune.DecodeFromUtf8(rest, out Rune found, out _);
        return $"found '{PrintableText.Of(found.ToString())}'";
    }

    /// <summary>What may follow the tokens in front of <paramref name="at"/>.</summary>
    private static string Expected(ReadOnlySpan<byte> utf8, int at, bool comments, int maxDepth)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions
        {
            AllowTrailingCommas = comments,
            CommentHandling = comments ? JsonCommentHandling.Skip : JsonCommentHandling.Disallow,
            MaxDepth = maxDepth + 1,
        });
        var containers = new Stack<JsonTokenType>();
        JsonTokenType last = JsonTokenType.None;
        long end = 0;
        try
        {
            while (reader.Read())
            {
                (last, end) = (reader.TokenType, reader.BytesConsumed);
                if (last is JsonTokenType.StartObject or JsonTokenType.StartArray)
                {
                    containers.Push(last);
                    if (containers.Count > maxDepth)
                    {
                        return $"expected at most {maxDepth} objects and arrays in one another";
                    }
                }
                else if (last is JsonTokenType.EndObject or JsonTokenType.EndArray)
                {
                    containers.Pop();
                }
            }
        }
        catch (JsonException)
        {
            // The same failure once more; what was read before it is what counts.
        }

        ReadOnlySpan<byte> between = utf8[(int)Math.Min(end, at)..at];
        bool hasComma = between.IndexOf((byte)',') >= 0 && between.IndexOf((byte)'"') is var quote && (quote < 0 || quote > between.IndexOf((byte)','));
        bool inObject = containers.TryPeek(out JsonTokenType container) && container == JsonTokenType.StartObject;
        bool wantsName = inObject && (last == JsonTokenType.StartObject || (hasComma && last != JsonTokenType.PropertyName));
        bool endsInNumber = at == utf8.Length && !between.IsEmpty && between[^1] is >= (byte)'0' and <= (byte)'9' && !between.Contains((byte)'"');
        return endsInNumber && !wantsName ? inObject ? "expected ',' or '}'" : "expected ',' or ']'"
            : wantsName ? EndsText(between) ? "expected ':' and a value" : between.Contains((byte)'"') ? "expected the rest of a name in double quotes" : "expected a name in double quotes"
            : last is JsonTokenType.None or JsonTokenType.PropertyName or JsonTokenType.StartArray || hasComma
                ? between.Trim(" \t\r\n,:"u8).IsEmpty ? "expected a value" : "expected the rest of a value"
            : containers.Count == 0 ? "expected the end of the text"
            : inObject ? "expected ',' or '}'" : "expected ',' or ']'";
    }

    /// <summary>Whether a text in double quotes has begun and ended.</summary>
    private static bool EndsText(ReadOnlySpan<byte> between)
    {
        int start = between.IndexOf((byte)'"');
        if (start < 0)
        {
            return false;
        }

        for (int i = start + 1; i < between.Length; i++)
        {
            if (between[i] == '"')
            {
                return true;
            }

            i += between[i] == '\\' ? 1 : 0;
        }

        return false;
    }
}
