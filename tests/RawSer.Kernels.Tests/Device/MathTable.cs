using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using RawSer.Testing;

namespace RawSer.Kernels.Tests;

/// <summary>The table of errors in docs/kernel-dialect.md.</summary>
internal static class MathTable
{
    private const string Begin = "<!-- errors of MathX -->\n", End = "<!-- end -->";

    public static string Path { get; } = System.IO.Path.Combine(RepositoryRoot.Path, "docs", "kernel-dialect.md");

    /// <summary>One function: its bound, and the largest error measured.</summary>
    internal sealed record Row(string Name, string Arguments, string Bound, string Measured)
    {
        public Row(MathAccuracy function, double measured)
            : this(function.Name, function.Arguments, Number(function, function.Bound), Number(function, measured))
        {
        }

        public override string ToString() => $"| {Name} | {Arguments} | {Bound} | {Measured} |";

        private static string Number(MathAccuracy function, double error) =>
            function.IsAbsolute ? error.ToString("0.0e0", CultureInfo.InvariantCulture) + " abs." : error.ToString("0.0##", CultureInfo.InvariantCulture);
    }

    public static IReadOnlyList<Row> Read()
    {
        string text = File.ReadAllText(Path);
        int begin = text.IndexOf(Begin, StringComparison.Ordinal);
        return [.. Regex.Matches(text[begin..text.IndexOf(End, begin, StringComparison.Ordinal)], @"^\| ([A-Z][^|]*) \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$", RegexOptions.Multiline)
            .Select(match => new Row(match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Value, match.Groups[4].Value))];
    }

    public static void Write(IEnumerable<Row> rows)
    {
        string text = File.ReadAllText(Path);
        int begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        StringBuilder table = new("| function | arguments | bound | measured |\n|---|---|---:|---:|\n");
        foreach (Row row in rows)
        {
            table.Append(row).Append('\n');
        }

        File.WriteAllText(Path, $"{text[..begin]}{table}{text[text.IndexOf(End, begin, StringComparison.Ordinal)..]}");
    }
}
