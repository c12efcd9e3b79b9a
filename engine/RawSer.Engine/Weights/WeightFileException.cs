namespace RawSer.Weights;

/// <summary>
/// A weight file cannot be read or written: it is missing, truncated, malformed, hostile, or does not hold what was asked for.
/// The message is one line: file, tensor (if one is concerned), problem with its numbers.
/// </summary>
public sealed class WeightFileException : Exception
{
    private const int LongestQuote = 120;

    /// <summary>A problem in <paramref name="file"/>, at <paramref name="tensor"/> unless null.</summary>
    public WeightFileException(string file, string? tensor, string problem, Exception? inner = null)
        : base(tensor is null ? $"{Printable(file)}: {problem}" : $"{Printable(file)}: tensor '{Printable(tensor)}': {problem}", inner)
    {
        File = file;
        Tensor = tensor;
    }

    /// <summary>Path of the file as it was given.</summary>
    public string File { get; }

    /// <summary>Name of the tensor concerned, or null.</summary>
    public string? Tensor { get; }

    /// <summary>Why a file could not be opened.</summary>
    internal static string WhyUnreadable(string path, Exception cause) => cause is FileNotFoundException or DirectoryNotFoundException ? "file not found"
        : Directory.Exists(path) ? "it is a folder; give a file"
        : $"cannot be read: {cause.Message}";

    /// <summary>A name from a file as it may stand in a one-line message: as <see cref="PrintableText"/> shows it, shortened when long.</summary>
    internal static string Printable(string text)
    {
        if (text.Length <= LongestQuote)
        {
            return PrintableText.Of(text);
        }

        int end = char.IsHighSurrogate(text[LongestQuote - 1]) ? LongestQuote - 1 : LongestQuote; // no half of a pair
        return $"{PrintableText.Of(text[..end])}… ({text.Length} characters)";
    }
}
