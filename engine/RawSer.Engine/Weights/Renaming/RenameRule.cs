using System.Text;

namespace RawSer.Weights.Renaming;

/// <summary>
/// One line of a map: how a name looks, what it becomes, and how the values are laid out anew. In a pattern <c>{#}</c> stands for a number
/// and <c>{*}</c> for any text; what they matched is put into the new name in the same order.
/// </summary>
public sealed record RenameRule
{
    private const string NumberMark = "{#}";
    private const string TextMark = "{*}";

    /// <summary>Patterns of the name; the first that fits counts.</summary>
    public required IReadOnlyList<string> From { get; init; }

    /// <summary>The new name, or null: the tensor is left out.</summary>
    public required string? To { get; init; }

    /// <summary>Shape before <see cref="Axes"/>, or null for the tensor's own.</summary>
    public long[]? Shape { get; init; }

    /// <summary>For each axis of the result the axis it comes from, or null.</summary>
    public int[]? Axes { get; init; }

    /// <summary>Shape after <see cref="Axes"/>, or null.</summary>
    public long[]? Final { get; init; }

    /// <summary>
    /// With weight normalisation: the name of the magnitudes g, <see cref="From"/> being the directions v; the result is g v / |v|, the norm
    /// taken over all axes but <see cref="NormAxis"/>.
    /// </summary>
    public string? Magnitude { get; init; }

    /// <summary>The axis that keeps its own norm.</summary>
    public int NormAxis { get; init; }

    /// <summary>Whether values keep their order, so that a copy is enough.</summary>
    internal bool IsCopy => Axes is null && Magnitude is null;

    /// <summary>What the marks of the first fitting pattern match in a name; null if none fits.</summary>
    internal List<string>? Match(string name)
    {
        foreach (string pattern in From)
        {
            var parts = new List<string>();
            if (Fits(pattern, name, parts))
            {
                return parts;
            }
        }

        return null;
    }

    /// <summary>A name with its marks filled.</summary>
    internal static string Fill(string pattern, List<string> parts)
    {
        var text = new StringBuilder();
        int next = 0;
        while (NextMark(pattern) is var at and >= 0)
        {
            text.Append(pattern, 0, at).Append(next < parts.Count ? parts[next++] : "");
            pattern = pattern[(at + NumberMark.Length)..];
        }

        return text.Append(pattern).ToString();
    }

    /// <summary>How many marks a pattern has.</summary>
    internal static int Marks(string pattern) => pattern.Split(NumberMark).Length + pattern.Split(TextMark).Length - 2;

    private static int NextMark(string pattern)
    {
        int number = pattern.IndexOf(NumberMark, StringComparison.Ordinal);
        int text = pattern.IndexOf(TextMark, StringComparison.Ordinal);
        return number < 0 ? text : text < 0 ? number : Math.Min(number, text);
    }

    private static bool Fits(string pattern, string name, List<string> parts)
    {
        int at = NextMark(pattern);
        if (at < 0)
        {
            return pattern == name;
        }

        if (!name.AsSpan().StartsWith(pattern.AsSpan(0, at), StringComparison.Ordinal))
        {
            return false;
        }

        string rest = name[at..];
        string after = pattern[(at + NumberMark.Length)..];
        int longest = pattern[at..].StartsWith(NumberMark, StringComparison.Ordinal) ? rest.TakeWhile(char.IsAsciiDigit).Count() : rest.Length;
        for (int length = longest; length > 0; length--)
        {
            parts.Add(rest[..length]);
            if (Fits(after, rest[length..], parts))
            {
                return true;
            }

            parts.RemoveAt(parts.Count - 1);
        }

        return false;
    }
}
