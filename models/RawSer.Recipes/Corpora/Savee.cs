using System.Text.RegularExpressions;

namespace RawSer.Recipes.Corpora;

/// <summary>
/// SAVEE (Haq and Jackson 2009), in both layouts: original <c>AudioData/DC/sa01.wav</c>, where the folder names the speaker, and flat
/// <c>ALL/DC_sa01.wav</c>. Code a, d, f, h, n, sa or su, then the number of the sentence; 15 of each emotion and 30 neutral of each of four men.
/// </summary>
public sealed partial class Savee : CorpusGrammar
{
    private static readonly string[] Speakers = ["DC", "JE", "JK", "KL"];

    /// <inheritdoc/>
    public override string Corpus => "SAVEE";

    /// <inheritdoc/>
    public override string Example => "AudioData/DC/sa01.wav or ALL/DC_sa01.wav";

    /// <inheritdoc/>
    public override NameReading Read(string relativePath, bool forced)
    {
        Match match = Name().Match(Stem(relativePath));
        if (!match.Success)
        {
            return NameReading.Foreign;
        }

        string speaker = (match.Groups["speaker"].Success ? match.Groups["speaker"].Value : Folder(relativePath)).ToUpperInvariant();
        if (!Speakers.Contains(speaker))
        {
            // "a01.wav" alone says too little: only the folder of a known speaker, or the user, makes it SAVEE.
            return forced ? NameReading.Refused($"speaker '{speaker}': expected DC, JE, JK or KL, as folder or before '_'") : NameReading.Foreign;
        }

        string code = match.Groups["code"].Value.ToLowerInvariant();
        string emotion = code switch
        {
            "a" => Emotions.Angry,
            "d" => Emotions.Disgust,
            "f" => Emotions.Fear,
            "h" => Emotions.Happy,
            "n" => Emotions.Neutral,
            "sa" => Emotions.Sad,
            _ => Emotions.Surprise,
        };
        string number = match.Groups["number"].Value;
        int sentence = int.Parse(number);
        int last = code == "n" ? 30 : 15;
        return sentence < 1 || sentence > last
            ? NameReading.Refused($"sentence {number} of code '{code}': expected 01 to {last}")
            : new ClipName($"{speaker}_{code}{number}", speaker, $"{code}{number}", emotion, null, null, "male");
    }

    // Two-letter codes first: "sa01" is sadness, and "s" alone is no code.
    [GeneratedRegex(@"^(?:(?<speaker>[A-Z]{2})_)?(?<code>sa|su|a|d|f|h|n)(?<number>\d\d)$", RegexOptions.IgnoreCase)]
    private static partial Regex Name();
}
