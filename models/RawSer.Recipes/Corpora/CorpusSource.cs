namespace RawSer.Recipes.Corpora;

/// <summary>How the files of a source are named.</summary>
public enum CorpusKind
{
    /// <summary>Find out from the file names.</summary>
    Recognise,

    /// <summary>One of the known corpora: <see cref="CorpusGrammar.Known"/>.</summary>
    Known,

    /// <summary>One folder per class; below it, optionally one folder per speaker.</summary>
    FolderPerClass,

    /// <summary>A CSV file that lists the clips.</summary>
    Manifest,
}

/// <summary>Where clips come from: <c>--data DIR</c>, <c>--data CORPUS=DIR</c> or <c>--data FILE.csv</c>.</summary>
/// <param name="Path">Full path of a folder or of a CSV manifest.</param>
/// <param name="Kind">How the files are named.</param>
/// <param name="Grammar">The grammar of a known corpus; null otherwise.</param>
public sealed record CorpusSource(string Path, CorpusKind Kind, CorpusGrammar? Grammar = null)
{
    private const string Expected = "expected RAVDESS, SAVEE, TESS, CREMA-D, FOLDER (one folder per class) or MANIFEST (a CSV file)";

    /// <summary>Reads the value of <c>--data</c>.</summary>
    /// <exception cref="FormatException">The corpus before <c>=</c> is unknown: the text is wrong, whatever is on disk.</exception>
    /// <exception cref="CorpusException">The path does not exist, or is a file where a folder is expected, or the other way round.</exception>
    public static CorpusSource Parse(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0 || Directory.Exists(text) || File.Exists(text))
        {
            string bare = Existing(text, text);
            return new CorpusSource(bare, File.Exists(bare) ? CorpusKind.Manifest : CorpusKind.Recognise);
        }

        string name = text[..equals];
        string plain = name.Replace("-", "", StringComparison.Ordinal).ToUpperInvariant();
        CorpusGrammar? grammar = CorpusGrammar.Known.FirstOrDefault(g => g.Corpus.Replace("-", "", StringComparison.Ordinal) == plain);
        CorpusKind kind = grammar is not null ? CorpusKind.Known
            : plain == "FOLDER" ? CorpusKind.FolderPerClass
            : plain == "MANIFEST" ? CorpusKind.Manifest
            : throw new FormatException($"--data {text}: corpus '{name}' is unknown; {Expected}");
        string path = Existing(text[(equals + 1)..], text);
        bool file = File.Exists(path);
        return file == (kind == CorpusKind.Manifest)
            ? new CorpusSource(path, kind, grammar)
            : throw new CorpusException($"--data {text}: {name} takes {(file ? "a folder, and this is a file" : "a CSV file, and this is a folder")}");
    }

    private static string Existing(string path, string argument) =>
        Directory.Exists(path) || File.Exists(path)
            ? System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path))
            : throw new CorpusException($"--data {argument}: '{path}' does not exist; give a folder of clips, CORPUS=FOLDER or a CSV manifest");
}

/// <summary>A corpus, its labels or its split cannot be used as asked. The message is one line that says what, where, and what would be right.</summary>
public sealed class CorpusException : Exception
{
    /// <summary>With a message for the user.</summary>
    public CorpusException(string message)
        : base(message)
    {
    }

    /// <summary>With a message for the user and the cause.</summary>
    public CorpusException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Without a message.</summary>
    public CorpusException()
    {
    }
}
