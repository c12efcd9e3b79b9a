using System.Buffers;
using System.Globalization;
using System.Text;

namespace RawSer.Weights;

/// <summary>Names of files, folders and tensors as part of a line: they may hold anything, line breaks and terminal commands too.</summary>
public static class PrintableText
{
    // C0, DEL and C1 controls; the separators that Unicode knows as line breaks.
    private static readonly SearchValues<char> s_unprintable = SearchValues.Create([.. Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7F, 0x21)).Append(0x2028).Append(0x2029).Select(c => (char)c)]);

    /// <summary>The text with control characters and line separators as <c>\n</c>, <c>\r</c>, <c>\t</c> or <c>\uXXXX</c>; itself if there are none.</summary>
    public static string Of(string text)
    {
        if (!text.AsSpan().ContainsAny(s_unprintable))
        {
            return text;
        }

        StringBuilder escaped = new();
        foreach (char c in text)
        {
            _ = c switch
            {
                '\n' => escaped.Append("\\n"),
                '\r' => escaped.Append("\\r"),
                '\t' => escaped.Append("\\t"),
                _ when s_unprintable.Contains(c) => escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => escaped.Append(c),
            };
        }

        return escaped.ToString();
    }
}
