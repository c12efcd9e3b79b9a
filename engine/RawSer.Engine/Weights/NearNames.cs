namespace RawSer.Weights;

/// <summary>What a mistyped name may have meant, for messages.</summary>
public static class NearNames
{
    private const int GreatestDistance = 3;

    /// <summary>The names that are nearest to a word, if any differs in three letters at most and in no more than half of the word; leading hyphens do not count as letters.</summary>
    public static IReadOnlyList<string> Of(string word, IEnumerable<string> names)
    {
        int limit = Math.Min(GreatestDistance, word.TrimStart('-').Length / 2);
        (string Name, int Distance)[] near = [.. names.Distinct().Select(name => (name, Distance(word, name))).Where(n => n.Item2 <= limit)];
        return [.. near.Where(n => n.Distance == near.Min(other => other.Distance)).Select(n => n.Name)];
    }

    /// <summary>The same as the end of a message, <c>; did you mean a or b?</c>; empty if no name is near.</summary>
    public static string Suggestion(string word, IEnumerable<string> names) =>
        Of(word, names) is { Count: > 0 } near ? $"; did you mean {string.Join(" or ", near)}?" : "";

    // Levenshtein's distance.
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int best = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                (diagonal, row[j]) = (row[j], best);
            }
        }

        return row[b.Length];
    }
}
