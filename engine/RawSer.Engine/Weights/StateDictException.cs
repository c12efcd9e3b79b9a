namespace RawSer.Weights;

/// <summary>A weight file does not fit a module. All reasons are collected, and the message is one line that lists them, with shapes.</summary>
public sealed class StateDictException : Exception
{
    /// <summary>How many tensors of a kind a message lists; the largest published networks have fewer.</summary>
    internal const int Shown = 1000;

    /// <param name="path">The file.</param>
    /// <param name="missing">Names without a counterpart in the file.</param>
    /// <param name="unexpected">Names of the file without a counterpart.</param>
    /// <param name="mismatches">Other shapes or types.</param>
    /// <param name="shapes">Shapes of missing and unexpected tensors by name, as far as they are known.</param>
    /// <param name="tied">Names of the file that stand for the same bytes, for example <c>lm_head.weight = embedding.weight</c>.</param>
    internal StateDictException(
        string path,
        IReadOnlyList<string> missing,
        IReadOnlyList<string> unexpected,
        IReadOnlyList<StateDictMismatch> mismatches,
        IReadOnlyDictionary<string, string>? shapes = null,
        IReadOnlyList<string>? tied = null)
        : base(Describe(path, missing, unexpected, mismatches, shapes ?? new Dictionary<string, string>(), tied ?? []))
    {
        Path = path;
        Missing = missing;
        Unexpected = unexpected;
        Mismatches = mismatches;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Names that the module has and the file has not.</summary>
    public IReadOnlyList<string> Missing { get; }

    /// <summary>Names that the file has and the module has not.</summary>
    public IReadOnlyList<string> Unexpected { get; }

    /// <summary>Tensors of another shape or type.</summary>
    public IReadOnlyList<StateDictMismatch> Mismatches { get; }

    private static string Describe(
        string path,
        IReadOnlyList<string> missing,
        IReadOnlyList<string> unexpected,
        IReadOnlyList<StateDictMismatch> mismatches,
        IReadOnlyDictionary<string, string> shapes,
        IReadOnlyList<string> tied)
    {
        List<string> parts = [];
        AddPart(parts, "missing", WithShapes(missing));
        AddPart(parts, "unexpected", WithShapes(unexpected));
        AddPart(parts, "different", mismatches.Select(m => m.ToString()));
        AddPart(parts, "tied", tied);
        return $"{WeightFileException.Printable(path)} does not fit the network: {string.Join("; ", parts)}{Hint(missing, unexpected)}";

        IEnumerable<string> WithShapes(IReadOnlyList<string> names) =>
            names.Select(name => WeightFileException.Printable(name) + (shapes.TryGetValue(name, out string? shape) ? $" {shape}" : ""));
    }

    private static void AddPart(List<string> parts, string kind, IEnumerable<string> items)
    {
        string[] all = [.. items];
        if (all.Length > 0)
        {
            string more = all.Length > Shown ? $", and {all.Length - Shown} more" : "";
            parts.Add($"{all.Length} {kind} ({string.Join(", ", all.Take(Shown))}{more})");
        }
    }

    /// <summary>A file whose names all carry one prefix more, or less, is the most frequent misfit.</summary>
    private static string Hint(IReadOnlyList<string> missing, IReadOnlyList<string> unexpected)
    {
        if (missing.Count == 0 || missing.Count > unexpected.Count)
        {
            return "";
        }

        string name = missing[0];
        string? longer = unexpected.FirstOrDefault(u => u.EndsWith("." + name, StringComparison.Ordinal));
        string prefix = longer?[..^name.Length] ?? "";
        return prefix.Length > 0 && missing.All(m => unexpected.Contains(prefix + m)) ? $"; the names in the file begin with '{prefix}': rename \"{prefix}\" to \"\"" : "";
    }
}

/// <summary>A tensor that differs between a module and a file.</summary>
/// <param name="Name">Name in the module.</param>
/// <param name="Expected">What the module has, for example <c>shape (7, 512)</c>.</param>
/// <param name="Found">What the file has.</param>
public sealed record StateDictMismatch(string Name, string Expected, string Found)
{
    /// <inheritdoc/>
    public override string ToString() => $"{WeightFileException.Printable(Name)}: expected {Expected}, found {Found}";
}
