using System.Text.RegularExpressions;

namespace RawSer.Recipes.Corpora;

/// <summary>
/// CREMA-D (Cao et al. 2014): <c>AudioWAV/1001_IEO_ANG_HI.wav</c>: actor 1001 to 1091, one of twelve sentences, one of six emotions, level LO, MD, HI
/// or XX. Old copies hold a file <c>1040_ITH_SAD_X.wav</c>, which later became <c>_XX</c>.
/// </summary>
public sealed partial class CremaD : CorpusGrammar
{
    private static readonly string[] Sentences = ["IEO", "TIE", "IOM", "IWW", "TAI", "MTI", "IWL", "ITH", "DFA", "ITS", "TSI", "WSI"];

    private static readonly string[] EmotionCodes = ["ANG", "DIS", "FEA", "HAP", "NEU", "SAD"];

    // The women among the actors (VideoDemographics.csv of the corpus).
    private static readonly int[] Women =
    [
        1002, 1003, 1004, 1006, 1007, 1008, 1009, 1010, 1012, 1013, 1018, 1020, 1021, 1024, 1025, 1028, 1029, 1030, 1037, 1043, 1046, 1047, 1049,
        1052, 1053, 1054, 1055, 1056, 1058, 1060, 1061, 1063, 1072, 1073, 1074, 1075, 1076, 1078, 1079, 1082, 1084, 1089, 1091,
    ];

    /// <inheritdoc/>
    public override string Corpus => "CREMA-D";

    /// <inheritdoc/>
    public override string Example => "AudioWAV/1001_IEO_ANG_HI.wav";

    /// <inheritdoc/>
    public override NameReading Read(string relativePath, bool forced)
    {
        Match match = Name().Match(Stem(relativePath));
        if (!match.Success)
        {
            return NameReading.Foreign;
        }

        string actor = match.Groups["actor"].Value;
        string sentence = match.Groups["sentence"].Value.ToUpperInvariant();
        string code = match.Groups["emotion"].Value.ToUpperInvariant();
        string level = match.Groups["level"].Value.ToUpperInvariant();
        if (level == "X")
        {
            level = "XX";
        }

        int number = int.Parse(actor);
        string? wrong =
            number is < 1001 or > 1091 ? $"actor {actor}: expected 1001 to 1091"
            : !Sentences.Contains(sentence) ? $"sentence code {sentence}: expected one of {string.Join(" ", Sentences)}"
            : !EmotionCodes.Contains(code) ? $"emotion code {code}: expected one of {string.Join(" ", EmotionCodes)}"
            : level is not ("LO" or "MD" or "HI" or "XX") ? $"level code {level}: expected LO, MD, HI or XX"
            : null;
        string? intensity = level switch { "LO" => "low", "MD" => "medium", "HI" => "high", _ => null };
        return wrong is not null
            ? NameReading.Refused(wrong)
            : new ClipName(
                $"{actor}_{sentence}_{code}_{level}",
                actor,
                sentence,
                Emotions.Canonical(code),
                intensity,
                null,
                Women.Contains(number) ? "female" : "male");
    }

    [GeneratedRegex(@"^(?<actor>1\d{3})_(?<sentence>[A-Z]{3})_(?<emotion>[A-Z]{3})_(?<level>[A-Z]{1,2})$", RegexOptions.IgnoreCase)]
    private static partial Regex Name();
}
