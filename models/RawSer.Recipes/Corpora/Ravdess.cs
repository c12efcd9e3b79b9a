namespace RawSer.Recipes.Corpora;

/// <summary>
/// RAVDESS (Livingstone and Russo 2018): <c>Actor_NN/MM-VC-EM-IN-ST-RE-AC.wav</c>, seven two-digit codes: modality (03 audio only), vocal channel
/// (01 speech, 02 song), emotion, intensity, statement, repetition, actor (odd numbers are men). Speech, audio only: 60 clips of each of 24 actors.
/// </summary>
public sealed class Ravdess : CorpusGrammar
{
    private static readonly string[] EmotionCodes =
        [Emotions.Neutral, Emotions.Calm, Emotions.Happy, Emotions.Sad, Emotions.Angry, Emotions.Fear, Emotions.Disgust, Emotions.Surprise];

    private static readonly string[] Statements = ["kids", "dogs"];

    /// <inheritdoc/>
    public override string Corpus => "RAVDESS";

    /// <inheritdoc/>
    public override string Example => "Actor_01/03-01-05-01-02-01-01.wav";

    /// <inheritdoc/>
    public override NameReading Read(string relativePath, bool forced)
    {
        string stem = Stem(relativePath);
        Span<int> codes = stackalloc int[7];
        if (!TryCodes(stem, codes))
        {
            return NameReading.Foreign;
        }

        if (codes[0] != 3)
        {
            return NameReading.Refused(codes[0] switch
            {
                1 => "modality 01 is audio with video: only 03, audio, is used",
                2 => "modality 02 is video without sound: only 03, audio, is used",
                _ => $"modality code {codes[0]:00}: expected 03",
            });
        }

        if (codes[1] != 1)
        {
            return NameReading.Refused(codes[1] == 2 ? "vocal channel 02 is song: only 01, speech, is used" : $"vocal channel code {codes[1]:00}: expected 01");
        }

        return OutOfRange(codes) is string wrong
            ? NameReading.Refused(wrong)
            : new ClipName(
                stem,
                $"{codes[6]:00}",
                Statements[codes[4] - 1],
                EmotionCodes[codes[2] - 1],
                codes[3] == 1 ? "normal" : "strong",
                codes[5],
                codes[6] % 2 == 1 ? "male" : "female");
    }

    private static string? OutOfRange(ReadOnlySpan<int> codes) =>
        codes[2] is < 1 or > 8 ? $"emotion code {codes[2]:00}: expected 01 to 08"
        : codes[3] is < 1 or > 2 ? $"intensity code {codes[3]:00}: expected 01 or 02"
        : codes[4] is < 1 or > 2 ? $"statement code {codes[4]:00}: expected 01 or 02"
        : codes[5] is < 1 or > 2 ? $"repetition code {codes[5]:00}: expected 01 or 02"
        : codes[6] is < 1 or > 24 ? $"actor {codes[6]:00}: expected 01 to 24"
        : null;

    private static bool TryCodes(string stem, Span<int> codes)
    {
        if (stem.Length != 20)
        {
            return false;
        }

        for (int i = 0; i < 7; i++)
        {
            char tens = stem[3 * i], ones = stem[(3 * i) + 1];
            if (!char.IsAsciiDigit(tens) || !char.IsAsciiDigit(ones) || (i < 6 && stem[(3 * i) + 2] != '-'))
            {
                return false;
            }

            codes[i] = (10 * (tens - '0')) + (ones - '0');
        }

        return true;
    }
}
