namespace RawSer.Recipes.Corpora;

/// <summary>The rule by which a corpus names its files.</summary>
public abstract class CorpusGrammar
{
    /// <summary>Name of the corpus, for example <c>RAVDESS</c>.</summary>
    public abstract string Corpus { get; }

    /// <summary>One line that shows a well-formed name, for messages.</summary>
    public abstract string Example { get; }

    /// <summary>The grammars of RAVDESS, SAVEE, TESS and CREMA-D.</summary>
    public static IReadOnlyList<CorpusGrammar> Known { get; } = [new Ravdess(), new Savee(), new Tess(), new CremaD()];

    /// <summary>
    /// Reads a file name. <paramref name="relativePath"/> is the path below the corpus folder with forward slashes; only the name and the folder that
    /// holds it count, so that nested copies read alike.
    /// </summary>
    /// <param name="relativePath">For example <c>Actor_01/03-01-05-01-02-01-01.wav</c>.</param>
    /// <param name="forced">The user says that this is the corpus: names that are too short to be recognised by themselves are accepted.</param>
    public abstract NameReading Read(string relativePath, bool forced);

    /// <summary>File name without its suffix.</summary>
    protected static string Stem(string relativePath) => Path.GetFileNameWithoutExtension(relativePath);

    /// <summary>Name of the folder that holds the file; empty at the top.</summary>
    protected static string Folder(string relativePath) => Path.GetFileName(Path.GetDirectoryName(relativePath) ?? "");
}

/// <summary>What a grammar makes of a file name: a description, a refusal, or nothing of its own.</summary>
public readonly record struct NameReading
{
    private NameReading(ClipName? name, string? refusal) => (Name, Refusal) = (name, refusal);

    /// <summary>The name belongs to another corpus.</summary>
    public static NameReading Foreign => default;

    /// <summary>What the name says; null unless the name is well-formed.</summary>
    public ClipName? Name { get; }

    /// <summary>Why a file of this corpus is left out; null otherwise.</summary>
    public string? Refusal { get; }

    /// <summary>True when the name is of this corpus, taken or refused.</summary>
    public bool IsOwn => Name is not null || Refusal is not null;

    /// <summary>A file of this corpus that is left out.</summary>
    public static NameReading Refused(string reason) => new(null, reason);

    /// <summary>A well-formed name.</summary>
    public static implicit operator NameReading(ClipName name) => new(name, null);
}

/// <summary>The fields of a well-formed file name; see <see cref="Clip"/>.</summary>
/// <param name="Key">Identity of the recording within its corpus: two files of one key are copies of each other.</param>
/// <param name="Speaker">Speaker within the corpus.</param>
/// <param name="Sentence">Sentence or word code.</param>
/// <param name="Emotion">Canonical emotion.</param>
/// <param name="Intensity">Strength, or null.</param>
/// <param name="Take">Take, counted from 1, or null.</param>
/// <param name="Sex"><c>female</c>, <c>male</c> or null.</param>
public sealed record ClipName(string Key, string Speaker, string Sentence, string Emotion, string? Intensity, int? Take, string? Sex);
