using System.Text.RegularExpressions;

namespace RawSer.Recipes.Corpora;

/// <summary>
/// TESS (Pichora-Fuller and Dupuis 2020): <c>OAF_angry/OAF_back_angry.wav</c>; two women (OAF 64 years, YAF 26 years), 200 words in seven emotions.
/// The folders are spelled in several ways; the file name decides. One file is called <c>OA_bite_neutral.wav</c> in every copy.
/// </summary>
public sealed partial class Tess : CorpusGrammar
{
    /// <inheritdoc/>
    public override string Corpus => "TESS";

    /// <inheritdoc/>
    public override string Example => "OAF_angry/OAF_back_angry.wav";

    /// <inheritdoc/>
    public override NameReading Read(string relativePath, bool forced)
    {
        Match match = Name().Match(Stem(relativePath));
        if (!match.Success)
        {
            return NameReading.Foreign;
        }

        string speaker = match.Groups["speaker"].Value.ToUpperInvariant();
        if (speaker is "OA" or "YA")
        {
            speaker += "F";
        }

        string word = match.Groups["word"].Value.ToLowerInvariant();
        string emotion = Emotions.Canonical(match.Groups["emotion"].Value);
        return new ClipName($"{speaker}_{word}_{emotion}", speaker, word, emotion, null, null, "female");
    }

    [GeneratedRegex(@"^(?<speaker>OAF?|YAF?)_(?<word>[A-Za-z'-]+)_(?<emotion>angry|disgust|fear|happy|neutral|ps|sad)$", RegexOptions.IgnoreCase)]
    private static partial Regex Name();
}
