namespace RawSer.Weights;

/// <summary>A weight file does not fit a module. All reasons are collected; the message is one line with the first few of each kind.</summary>
public sealed class StateDictException : Exception
{
    private const int Shown = 5;

    internal StateDictException(
        string path, IReadOnlyList<string> missing, IReadOnlyList<string> unexpected, IReadOnlyList<StateDictMismatch> mismatches)
        : base(Describe(path, missing, unexpected, mismatches))
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
        string path, IReadOnlyList<string> missing, IReadOnlyList<string> unexpected, IReadOnlyList<StateDictMismatch> mismatches)
    {
        List<string> parts = [];
        AddPart(parts, "missing", missing);
        AddPart(parts, "unexpected", unexpected);
        AddPart(parts, "different", [.. mismatches.Select(m => m.ToString())]);
        return $"{WeightFileException.Printable(path)} does not fit the network: {string.Join("; ", parts)}{Hint(missing, unexpected)}";
    }

    private static void AddPart(List<string> parts, string kind, IReadOnlyList<string> names)
    {
        if (names.Count > 0)
        {
            string more = names.Count > Shown ? $", and {names.Count - Shown} more" : "";
            parts.Add($"{names.Count} {kind} ({string.Join(", ", names.Take(Shown).Select(WeightFileException.Printable))}{more})");
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
    public override string ToString() => $"{Name}: expected {Expected}, found {Found}";
}
