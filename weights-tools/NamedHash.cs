using System.Text.RegularExpressions;

namespace RawSer.WeightTools;

/// <summary>The first digits of its SHA-256 that a file of PyTorch's hub has in its name: <c>vgg16-397923af.pth</c>.</summary>
internal static partial class NamedHash
{
    /// <summary>The digits; null if the name has none.</summary>
    public static string? Of(string path) => Pattern().Match(Path.GetFileName(path)) is { Success: true } match ? match.Groups[1].Value : null;

    /// <summary>What is wrong with a file that is not the one it is named after; null if nothing is.</summary>
    /// <param name="path">The file.</param>
    /// <param name="sha256">Its SHA-256 in hexadecimal.</param>
    /// <param name="expected">The first digits of the SHA-256 that it should have; null for none.</param>
    public static string? Problem(string path, string sha256, string? expected) => expected is null || sha256.StartsWith(expected, StringComparison.Ordinal)
        ? null
        : $"{path}: its SHA-256 is {sha256}, expected {expected}: the file is damaged or another one";

    [GeneratedRegex("-([0-9a-f]{8,64})\\.(pth|pt)$")]
    private static partial Regex Pattern();
}
