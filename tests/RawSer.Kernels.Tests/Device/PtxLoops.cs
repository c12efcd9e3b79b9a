using System.Text.RegularExpressions;

namespace RawSer.Kernels.Tests;

/// <summary>The loops of a PTX text.</summary>
internal static class PtxLoops
{
    /// <summary>The lines from each label to a branch that goes back to it.</summary>
    public static IEnumerable<string> Of(string ptx)
    {
        string[] lines = ptx.Split('\n');
        Dictionary<string, int> labels = [];
        for (int i = 0; i < lines.Length; i++)
        {
            if (Regex.Match(lines[i], @"^(\w+):") is { Success: true } label)
            {
                labels[label.Groups[1].Value] = i;
            }

            if (Regex.Match(lines[i], @"\bbra(?:\.uni)? (\w+);") is { Success: true } branch && labels.TryGetValue(branch.Groups[1].Value, out int start))
            {
                yield return string.Join('\n', lines[start..(i + 1)]);
            }
        }
    }
}
