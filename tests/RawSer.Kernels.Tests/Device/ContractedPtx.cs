using System.Globalization;
using System.Text.RegularExpressions;

namespace RawSer.Kernels.Tests;

/// <summary>
/// PTX with every sum and difference that has a product of the same basic block as an operand turned into a fused multiply-add. The
/// assembler may do that to any instruction without <c>.rn</c>, and which ones it takes, PTX does not say; this takes all.
/// </summary>
internal static partial class ContractedPtx
{
    public static string Of(string ptx)
    {
        Dictionary<string, (string A, string B)> products = [];
        List<string> lines = [];
        int negated = 0;
        foreach (string line in ptx.Split('\n'))
        {
            if (Boundary().IsMatch(line))
            {
                products.Clear();
                lines.Add(line);
                continue;
            }

            string text = Fuse(line);
            string written = Written().Match(text).Groups[1].Value;
            foreach (string stale in products.Where(product => product.Key == written || product.Value.A == written || product.Value.B == written).Select(product => product.Key).ToArray())
            {
                products.Remove(stale);
            }

            if (Product().Match(line) is { Success: true } product && product.Groups["to"].Value is var to && product.Groups["a"].Value != to && product.Groups["b"].Value != to)
            {
                products[to] = (product.Groups["a"].Value, product.Groups["b"].Value);
            }

            lines.Add(text);
        }

        string result = string.Join('\n', lines);
        return negated == 0 ? result : Registers().Replace(result, match => $"{match.Value}\n    .reg .f32 %negated<{negated.ToString(CultureInfo.InvariantCulture)}>;", 1);

        string Fuse(string line)
        {
            Match sum = Sum().Match(line);
            if (!sum.Success)
            {
                return line;
            }

            (string indent, string to, string a, string b) = (sum.Groups["indent"].Value, sum.Groups["to"].Value, sum.Groups["a"].Value, sum.Groups["b"].Value);
            bool isSum = sum.Groups["op"].Value == "add";
            if (products.TryGetValue(a, out var left))
            {
                return isSum ? $"{indent}fma.rn.f32 {to}, {left.A}, {left.B}, {b};" : $"{indent}neg.f32 {Negated()}, {b};\n{indent}fma.rn.f32 {to}, {left.A}, {left.B}, %negated{negated - 1};";
            }

            if (products.TryGetValue(b, out var right))
            {
                return isSum
                    ? $"{indent}fma.rn.f32 {to}, {right.A}, {right.B}, {a};"
                    : $"{indent}neg.f32 {Negated()}, {right.A};\n{indent}fma.rn.f32 {to}, %negated{negated - 1}, {right.B}, {a};";
            }

            return line;
        }

        string Negated() => $"%negated{negated++}";
    }

    [GeneratedRegex(@"^\s*(@!?%p\d+\s+)?(bra|ret|bar|call)\b|^\S+:|[{}]")]
    private static partial Regex Boundary();

    [GeneratedRegex(@"^\s*mul\.f32 (?<to>%f\d+), (?<a>\S+), (?<b>\S+);")]
    private static partial Regex Product();

    [GeneratedRegex(@"^(?<indent>\s*)(?<op>add|sub)\.f32 (?<to>%f\d+), (?<a>\S+), (?<b>\S+);")]
    private static partial Regex Sum();

    [GeneratedRegex(@"(%\w+), [^\n]*;$")]
    private static partial Regex Written();

    [GeneratedRegex(@"^\s*\.reg \.f32 [^\n]*", RegexOptions.Multiline)]
    private static partial Regex Registers();
}
