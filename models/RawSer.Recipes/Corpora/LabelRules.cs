namespace RawSer.Recipes.Corpora;

/// <summary>What becomes of the SAVEE labels.</summary>
public enum SaveeLabels
{
    /// <summary>The emotion that the file name states.</summary>
    Correct,

    /// <summary>
    /// <c>surprise</c> for every clip, as in the report: its class totals (1863 four times over, neutral 1775, surprise 1072) come out only this way,
    /// because its reader of file names ended in <c>else surprise</c>.
    /// </summary>
    Report,
}

/// <summary>What becomes of clips that are labelled calm (RAVDESS only).</summary>
public enum CalmLabels
{
    /// <summary>They count as neutral, as in the report.</summary>
    Neutral,

    /// <summary>Calm is a class of its own.</summary>
    Keep,

    /// <summary>They are left out.</summary>
    Drop,
}

/// <summary>What the label of a CREMA-D clip is.</summary>
public enum CremaDLabels
{
    /// <summary>The emotion that the actor was asked for, which the file name states.</summary>
    Intended,

    /// <summary>The emotion that most listeners to the voice alone heard (<see cref="Clip.Votes"/>); clips without one are left out.</summary>
    Perceived,
}

/// <summary>From the names of clips, and the votes of listeners, to class numbers.</summary>
/// <param name="Savee">What becomes of SAVEE labels.</param>
/// <param name="CremaD">Which labels CREMA-D has.</param>
/// <param name="Calm">What becomes of calm clips.</param>
/// <param name="Classes">
/// The classes in the order of their numbers; clips of other emotions are left out. Null: the seven emotions of the report when no clip has another one,
/// else the classes that occur, in alphabetical order.
/// </param>
public sealed record LabelRules(SaveeLabels Savee = SaveeLabels.Correct, CremaDLabels CremaD = CremaDLabels.Intended, CalmLabels Calm = CalmLabels.Neutral, IReadOnlyList<string>? Classes = null)
{
    /// <summary>The class name of a clip; null when it is left out.</summary>
    public string? ClassOf(Clip clip) =>
        Savee == SaveeLabels.Report && clip.Corpus == "SAVEE" ? Emotions.Surprise
        : IsByVotes(clip) ? (clip.Votes?.Contains(':', StringComparison.Ordinal) is false ? clip.Votes : null)
        : clip.Emotion != Emotions.Calm ? clip.Emotion
        : Calm switch { CalmLabels.Neutral => Emotions.Neutral, CalmLabels.Keep => Emotions.Calm, _ => null };

    /// <summary>Labels the clips.</summary>
    /// <exception cref="CorpusException">No clip has one of the classes, or there is only one class.</exception>
    public LabelledClips Apply(IReadOnlyList<Clip> clips)
    {
        string?[] names = [.. clips.Select(ClassOf)];
        string[] present = [.. names.OfType<string>().Distinct().Order(StringComparer.Ordinal)];
        string[] classes = Classes is not null ? [.. Classes] : present.All(Emotions.Seven.Contains) ? [.. Emotions.Seven] : present;
        if (classes.Distinct().Count() != classes.Length)
        {
            throw new CorpusException($"classes {string.Join(", ", classes)}: a class is named twice");
        }

        if (present.Intersect(classes).Count() < 2)
        {
            string found = present.Length switch { 0 => "no class", 1 => $"the class {present[0]} alone", _ => $"the classes {string.Join(", ", present)}" };
            throw new CorpusException($"the clips have {found}; at least two {(classes.Length < 2 ? "classes" : $"of {string.Join(", ", classes)}")} are needed");
        }

        var kept = new List<Clip>(clips.Count);
        var labels = new List<int>(clips.Count);
        var dropped = new List<RefusedFile>();
        for (int i = 0; i < clips.Count; i++)
        {
            int label = names[i] is null ? -1 : Array.IndexOf(classes, names[i]);
            if (label >= 0)
            {
                kept.Add(clips[i]);
                labels.Add(label);
            }
            else
            {
                dropped.Add(new RefusedFile(clips[i].Path, names[i] is null && IsByVotes(clips[i])
                    ? clips[i].Votes is { } tied ? $"as many listeners heard one as the other: {tied}" : "no votes of listeners are known"
                    : $"label '{names[i] ?? clips[i].Emotion}' is not among the classes {string.Join(", ", classes)}"));
            }
        }

        return new LabelledClips(kept, [.. labels], classes, dropped);
    }

    private bool IsByVotes(Clip clip) => CremaD == CremaDLabels.Perceived && clip.Corpus == "CREMA-D";
}

/// <summary>Clips with class numbers.</summary>
/// <param name="Clips">The clips.</param>
/// <param name="Labels">Class number of each clip.</param>
/// <param name="Classes">Class names by number.</param>
/// <param name="Dropped">Clips that no class takes, with the reason.</param>
public sealed record LabelledClips(IReadOnlyList<Clip> Clips, IReadOnlyList<int> Labels, IReadOnlyList<string> Classes, IReadOnlyList<RefusedFile> Dropped)
{
    /// <summary>Number of clips per class among some clips (all when null).</summary>
    public int[] ClassCounts(IEnumerable<int>? clips = null)
    {
        int[] counts = new int[Classes.Count];
        foreach (int clip in clips ?? Enumerable.Range(0, Clips.Count))
        {
            counts[Labels[clip]]++;
        }

        return counts;
    }
}
