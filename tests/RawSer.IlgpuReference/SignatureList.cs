using System.Text.RegularExpressions;

namespace RawSer.IlgpuReference;

/// <summary>A type of the list.</summary>
/// <param name="Name">Its name with the namespace and the types around it, as the list writes it.</param>
/// <param name="Head">Kind, name, bases and constraints, as C# writes them.</param>
internal sealed record ListedType(string Name, string Head)
{
    /// <summary>Its members, as C# declares them without bodies; values of an enum.</summary>
    public List<string> Members { get; } = [];

    public List<ListedType> Nested { get; } = [];

    public bool IsAlgorithm => Name.StartsWith("ILGPU.Algorithm", StringComparison.Ordinal);
}

/// <summary>The lists of ILGPU's API, lines of "type :: member", as a tree of types.</summary>
internal static partial class SignatureList
{
    /// <summary>The types by namespace; those inside others are in them.</summary>
    public static ILookup<string, ListedType> Read(IEnumerable<string> lines)
    {
        var types = new Dictionary<string, ListedType>();
        foreach (string line in lines.Where(line => line.Length > 0 && line[0] != '#'))
        {
            string[] parts = line.Split(" :: ", 2);
            if (parts[1].StartsWith("type ", StringComparison.Ordinal))
            {
                types.Add(parts[0], new ListedType(parts[0], parts[1][5..]));
            }
            else
            {
                types[parts[0]].Members.AddRange(Expand(parts[1]));
            }
        }

        var outer = new List<(string Namespace, ListedType Type)>();
        foreach (ListedType type in types.Values)
        {
            string around = string.Join('.', Segments(type.Name).SkipLast(1));
            if (types.TryGetValue(around, out ListedType? parent))
            {
                parent.Nested.Add(type);
            }
            else
            {
                outer.Add((around, type));
            }
        }

        return outer.ToLookup(entry => entry.Namespace, entry => entry.Type);
    }

    /// <summary>The parts of a dotted name; dots inside type arguments do not count.</summary>
    public static string[] Segments(string name) => BetweenSegments().Split(name);

    /// <summary>"M&lt;T1&gt;(T1 arg1) where T1 : struct * ..3" stands for three members.</summary>
    private static IEnumerable<string> Expand(string member)
    {
        Match family = Family().Match(member);
        if (!family.Success)
        {
            return [member];
        }

        string first = family.Groups[1].Value;
        return Enumerable.Range(1, int.Parse(family.Groups[2].Value, null)).Select(n => OfFirst().Replace(first, match =>
        {
            string separator = match.Value.StartsWith("where", StringComparison.Ordinal) ? " " : ", ";
            return string.Join(separator, Enumerable.Range(1, n).Select(i => match.Value.Replace("1", $"{i}", StringComparison.Ordinal)));
        }));
    }

    [GeneratedRegex(@"\.(?![^<]*>)")]
    private static partial Regex BetweenSegments();

    [GeneratedRegex(@"^(.*) \* \.\.(\d+)$")]
    private static partial Regex Family();

    [GeneratedRegex(@"where T1 : struct|\bT1 arg1\b|\bT1\b")]
    private static partial Regex OfFirst();
}
