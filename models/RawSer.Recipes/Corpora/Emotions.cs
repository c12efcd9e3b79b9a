using System.Collections.Frozen;

namespace RawSer.Recipes.Corpora;

/// <summary>The emotion names that RawSer uses, and the spellings that corpora use for them.</summary>
public static class Emotions
{
    /// <summary>Anger.</summary>
    public const string Angry = "angry";

    /// <summary>Calm: an emotion of RAVDESS only, which the report counts as neutral.</summary>
    public const string Calm = "calm";

    /// <summary>Disgust.</summary>
    public const string Disgust = "disgust";

    /// <summary>Fear.</summary>
    public const string Fear = "fear";

    /// <summary>Happiness.</summary>
    public const string Happy = "happy";

    /// <summary>No emotion.</summary>
    public const string Neutral = "neutral";

    /// <summary>Sadness.</summary>
    public const string Sad = "sad";

    /// <summary>Surprise; TESS calls it pleasant surprise.</summary>
    public const string Surprise = "surprise";

    /// <summary>The seven classes of the report, in the alphabetical order of its tables.</summary>
    public static IReadOnlyList<string> Seven { get; } = [Angry, Disgust, Fear, Happy, Neutral, Sad, Surprise];

    private static readonly FrozenDictionary<string, string> Spellings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["ang"] = Angry,
        ["anger"] = Angry,
        ["angry"] = Angry,
        ["calm"] = Calm,
        ["dis"] = Disgust,
        ["disgust"] = Disgust,
        ["disgusted"] = Disgust,
        ["fea"] = Fear,
        ["fear"] = Fear,
        ["fearful"] = Fear,
        ["afraid"] = Fear,
        ["hap"] = Happy,
        ["happy"] = Happy,
        ["happiness"] = Happy,
        ["joy"] = Happy,
        ["neu"] = Neutral,
        ["neutral"] = Neutral,
        ["sad"] = Sad,
        ["sadness"] = Sad,
        ["sur"] = Surprise,
        ["surprise"] = Surprise,
        ["surprised"] = Surprise,
        ["ps"] = Surprise,
        ["pleasant_surprise"] = Surprise,
        ["pleasant_surprised"] = Surprise,
        ["pleasant surprise"] = Surprise,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The canonical name of a spelling, for example <c>fear</c> for <c>Fearful</c>; an unknown name in lower case, so that any class is allowed.</summary>
    public static string Canonical(string spelling)
    {
        string trimmed = spelling.Trim();
        return Spellings.TryGetValue(trimmed, out string? name) ? name : trimmed.ToLowerInvariant();
    }
}
