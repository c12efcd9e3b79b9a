namespace RawSer.Recipes.Corpora;

/// <summary>One recording of a corpus, as its file name describes it.</summary>
public sealed record Clip
{
    /// <summary>Full path of the audio file.</summary>
    public required string Path { get; init; }

    /// <summary>Path below the corpus folder, with forward slashes: how a split file names the clip.</summary>
    public required string RelativePath { get; init; }

    /// <summary>The corpus, for example <c>RAVDESS</c>.</summary>
    public required string Corpus { get; init; }

    /// <summary>The emotion or class that the file name states, in canonical spelling (<see cref="Emotions.Canonical"/>).</summary>
    public required string Emotion { get; init; }

    /// <summary>The speaker within the corpus, or null where the corpus does not say.</summary>
    public string? Speaker { get; init; }

    /// <summary>What is said: a sentence or word code, or null.</summary>
    public string? Sentence { get; init; }

    /// <summary>How strongly, in the corpus's own words, or null.</summary>
    public string? Intensity { get; init; }

    /// <summary>Number of the take of this sentence, counted from 1, or null.</summary>
    public int? Take { get; init; }

    /// <summary>
    /// The emotion that most listeners heard, or several with colons between where they are tied; null where nobody was asked or the votes were not read
    /// (<see cref="CremaDVotes"/>).
    /// </summary>
    public string? Votes { get; init; }

    /// <summary><c>female</c>, <c>male</c>, or null where the name does not tell.</summary>
    public string? Sex { get; init; }

    /// <summary>What the audio file itself holds; null after a scan of names alone.</summary>
    public ClipAudio? Audio { get; init; }

    /// <summary>The speaker among all corpora, for example <c>RAVDESS/07</c>; null where unknown.</summary>
    public string? SpeakerKey => Speaker is null ? null : $"{Corpus}/{Speaker}";

    /// <summary>The sentence among all corpora, for example <c>CREMA-D/IEO</c>; null where unknown.</summary>
    public string? SentenceKey => Sentence is null ? null : $"{Corpus}/{Sentence}";
}

/// <summary>What was read from an audio file.</summary>
/// <param name="SampleRate">Samples per second and channel.</param>
/// <param name="Channels">Number of channels.</param>
/// <param name="Seconds">Duration.</param>
/// <param name="Sha256">SHA-256 of the file's bytes, 64 lower-case hexadecimal digits.</param>
public sealed record ClipAudio(int SampleRate, int Channels, double Seconds, string Sha256);

/// <summary>A file that is not part of the corpus, and why.</summary>
/// <param name="Path">Full path.</param>
/// <param name="Reason">One line: what is wrong, and what would be right.</param>
public sealed record RefusedFile(string Path, string Reason);
