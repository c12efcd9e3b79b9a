using System.Globalization;
using System.Text.RegularExpressions;

namespace RawSer.Gpu.Compiler;

/// <summary>
/// Work and traffic of one thread, counted in the text of a kernel: of all its instructions, or of one round of its main loop. Nothing
/// is executed, so a loop counts once and both sides of a branch count.
/// </summary>
public sealed partial record PtxProfile
{
    private PtxProfile(IReadOnlyList<Line> lines)
    {
        Instructions = lines.Count;
        foreach (Line line in lines)
        {
            string[] parts = line.Opcode.Split('.');
            FloatOperations += Operations(parts);
            if (parts[0] is "ld" or "st" && parts.Contains("global"))
            {
                GlobalBytes += Bytes(parts);
            }

            VectorAccesses += parts[0] is "ld" or "st" && (parts.Contains("v2") || parts.Contains("v4")) ? 1 : 0;
        }
    }

    /// <summary>Instructions.</summary>
    public int Instructions { get; }

    /// <summary>Floating-point operations: a fused one counts as two, a function of the hardware as one, a matrix instruction as its share of a warp's.</summary>
    public int FloatOperations { get; }

    /// <summary>Bytes loaded from and stored to global memory.</summary>
    public int GlobalBytes { get; }

    /// <summary>Loads and stores of 64 or 128 bits or more by one instruction.</summary>
    public int VectorAccesses { get; }

    /// <summary>Floating-point operations for each byte of global memory; NaN without an access.</summary>
    public double Intensity => GlobalBytes == 0 ? double.NaN : (double)FloatOperations / GlobalBytes;

    /// <summary>All instructions of a module with one entry.</summary>
    public static PtxProfile Of(string ptx) => new(Read(ptx).Lines);

    /// <summary>One round of the innermost loop with the most floating-point operations, or else accesses; null when there is no loop.</summary>
    public static PtxProfile? OfMainLoop(string ptx)
    {
        (List<Line> lines, Dictionary<string, int> labels) = Read(ptx);
        List<(int From, int To)> loops = [];
        for (int i = 0; i < lines.Count; i++)
        {
            if (lines[i].Opcode.StartsWith("bra", StringComparison.Ordinal) && labels.TryGetValue(lines[i].Operands, out int start) && start <= i)
            {
                loops.Add((start, i + 1));
            }
        }

        return loops
            .Where(loop => !loops.Any(inner => inner != loop && inner.From >= loop.From && inner.To <= loop.To))
            .Select(loop => new PtxProfile(lines[loop.From..loop.To]))
            .OrderByDescending(loop => loop.FloatOperations)
            .ThenByDescending(loop => loop.GlobalBytes)
            .FirstOrDefault();
    }

    private static (List<Line> Lines, Dictionary<string, int> Labels) Read(string ptx)
    {
        ArgumentNullException.ThrowIfNull(ptx);
        List<Line> lines = [];
        Dictionary<string, int> labels = new(StringComparer.Ordinal);
        int body = ptx.IndexOf("\n{", StringComparison.Ordinal);
        foreach (Match match in Statement().Matches(body < 0 ? "" : ptx[(body + 2)..]))
        {
            if (match.Groups["label"].Success)
            {
                labels[match.Groups["label"].Value] = lines.Count;
            }
            else
            {
                lines.Add(new Line(match.Groups["opcode"].Value, match.Groups["operands"].Value.Trim()));
            }
        }

        return (lines, labels);
    }

    private static int Operations(string[] parts)
    {
        if (parts[0] == "mma" && Shape().Match(string.Join('.', parts)) is { Success: true } shape)
        {
            int Side(int group) => int.Parse(shape.Groups[group].ValueSpan, CultureInfo.InvariantCulture);
            return 2 * Side(1) * Side(2) * Side(3) / 32;
        }

        return parts[^1] is not ("f32" or "f64" or "f16" or "bf16") ? 0 : parts[0] switch
        {
            "fma" or "mad" => 2,
            "add" or "sub" or "mul" or "div" or "min" or "max" or "sqrt" or "rsqrt" or "rcp" or "ex2" or "lg2" or "sin" or "cos" or "tanh" => 1,
            _ => 0,
        };
    }

    private static int Bytes(string[] parts)
    {
        int bits = int.Parse(parts[^1].AsSpan(1), CultureInfo.InvariantCulture);
        return bits / 8 * (parts.Contains("v4") ? 4 : parts.Contains("v2") ? 2 : 1);
    }

    private readonly record struct Line(string Opcode, string Operands);

    // A label, or an instruction with its guard; declarations begin with a dot and braces and comments are skipped.
    [GeneratedRegex(@"(?:^|[;{}:\s])\s*(?:(?<label>[A-Za-z_$][\w$]*):|(?:@!?%\w+\s+)?(?<=^|[\s;{}])(?<opcode>[a-z][a-z0-9_]*(?:\.[\w:]+)*)(?<operands>\s[^;]*)?;)", RegexOptions.Multiline)]
    private static partial Regex Statement();

    [GeneratedRegex(@"\.m(\d+)n(\d+)k(\d+)\.")]
    private static partial Regex Shape();
}
