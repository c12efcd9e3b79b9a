using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using RawSer.Testing;

namespace RawSer.Kernels.Tests;

/// <summary>What the real assembler makes of each kernel for sm_80, as docs/kernels.md holds it.</summary>
internal static class KernelTable
{
    public const int Sm = 80;

    private const string Begin = "<!-- table -->\n";

    public static string Path { get; } = System.IO.Path.Combine(RepositoryRoot.Path, "docs", "kernels.md");

    /// <summary>One kernel.</summary>
    internal sealed record Row(string Name, int Registers, int SharedBytes, int Instructions, string Mix)
    {
        public Row(AssembledKernel kernel)
            : this(kernel.Name, kernel.Registers, kernel.SharedBytes, kernel.Instructions.Count, string.Join(", ", kernel.Mix().Take(6).Select(entry => $"{entry.Opcode} {entry.Count}")))
        {
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"| {Name} | {Registers} | {SharedBytes} | {Instructions} | {Mix} |");
    }

    public static IReadOnlyList<Row> Read() =>
        [.. Regex.Matches(File.ReadAllText(Path), @"^\| (\w+) \| (\d+) \| (\d+) \| (\d+) \| ([^|]*) \|$", RegexOptions.Multiline).Select(match => new Row(
            match.Groups[1].Value, Number(match.Groups[2]), Number(match.Groups[3]), Number(match.Groups[4]), match.Groups[5].Value))];

    /// <summary>Writes the rows in place of those that stand in the file.</summary>
    public static void Write(IEnumerable<Row> rows)
    {
        string text = File.ReadAllText(Path);
        StringBuilder table = new(text[..(text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)]);
        table.Append("| kernel | registers | shared bytes | instructions | most frequent |\n|---|---:|---:|---:|---|\n");
        foreach (Row row in rows.OrderBy(row => row.Name, StringComparer.Ordinal))
        {
            table.Append(row).Append('\n');
        }

        File.WriteAllText(Path, table.ToString());
    }

    private static int Number(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);
}
