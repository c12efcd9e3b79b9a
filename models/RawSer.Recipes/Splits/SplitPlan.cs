namespace RawSer.Recipes.Splits;

/// <summary>What must not be shared between the parts of a split.</summary>
public enum SplitKind
{
    /// <summary>Nothing: clips are drawn at random, stratified by class, as in the report. Speakers and sentences are then in every part.</summary>
    Clip,

    /// <summary>Speakers (the default of the corrected recipes).</summary>
    Speaker,

    /// <summary>The test part is a whole corpus; validation is speaker-disjoint from training.</summary>
    Corpus,

    /// <summary>Sentences or words.</summary>
    Sentence,
}

/// <summary>How clips are divided into training, validation and test.</summary>
public sealed record SplitPlan
{
    /// <summary>What the parts must not share.</summary>
    public SplitKind Kind { get; init; } = SplitKind.Speaker;

    /// <summary>Share of the clips in the validation part.</summary>
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>Share of the clips in the test part, where there are no folds.</summary>
    public double TestShare { get; init; } = 0.1;

    /// <summary>Seed of everything that is drawn.</summary>
    public ulong Seed { get; init; }

    /// <summary>Number of folds for cross-validation; 0 for a single split. <see cref="SplitKind.Corpus"/> has one fold per corpus.</summary>
    public int Folds { get; init; }

    /// <summary>The fold that is tested, from 0.</summary>
    public int Fold { get; init; }

    /// <summary>The corpus that is tested, for <see cref="SplitKind.Corpus"/>; null takes the fold's number among the corpora in alphabetical order.</summary>
    public string? TestCorpus { get; init; }

    /// <summary>
    /// Speakers of the training part, for <see cref="SplitKind.Speaker"/>: names (<c>DC</c>, <c>RAVDESS/07</c>) or ranges (<c>01-12</c>). When one of the
    /// three lists is given, speakers of no list train, unless this list is given too: then they are left out.
    /// </summary>
    public IReadOnlyList<string> TrainSpeakers { get; init; } = [];

    /// <summary>Speakers of the validation part; see <see cref="TrainSpeakers"/>.</summary>
    public IReadOnlyList<string> ValidationSpeakers { get; init; } = [];

    /// <summary>Speakers of the test part; see <see cref="TrainSpeakers"/>.</summary>
    public IReadOnlyList<string> TestSpeakers { get; init; } = [];
}
