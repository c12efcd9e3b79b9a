using RawSer.Recipes.Corpora;

namespace RawSer.Recipes.Splits;

/// <summary>What two parts of a split have in common.</summary>
/// <param name="What"><c>speaker</c>, <c>sentence</c> or <c>recording</c> (equal file content).</param>
/// <param name="Learned">The part that is learned from.</param>
/// <param name="Judged">The part that is judged.</param>
/// <param name="Shared">What occurs in both, for example the speakers.</param>
/// <param name="Total">Number of different ones in the judged part.</param>
/// <param name="ClipsAffected">Clips of the judged part that belong to a shared one.</param>
/// <param name="Clips">Clips of the judged part for which it is known.</param>
public sealed record Leakage(string What, SplitPart Learned, SplitPart Judged, IReadOnlyList<string> Shared, int Total, int ClipsAffected, int Clips);

/// <summary>Finds what a network could remember instead of recognise: speakers, sentences and recordings that are on both sides of a split.</summary>
public static class LeakageAudit
{
    /// <summary>Audits training against validation and against test, by speaker, sentence and content; what no clip states is left out.</summary>
    public static IReadOnlyList<Leakage> Run(IReadOnlyList<Clip> clips, Split split)
    {
        var findings = new List<Leakage>();
        foreach (SplitPart judged in (SplitPart[])[SplitPart.Test, SplitPart.Validation])
        {
            Audit("speaker", c => c.SpeakerKey);
            Audit("sentence", c => c.SentenceKey);
            Audit("recording", c => c.Audio?.Sha256);

            void Audit(string what, Func<Clip, string?> key)
            {
                HashSet<string> learned = [.. split.Train.Select(i => key(clips[i])).OfType<string>()];
                string[] keys = [.. split[judged].Select(i => key(clips[i])).OfType<string>()];
                if (learned.Count > 0 && keys.Length > 0)
                {
                    string[] shared = [.. keys.Where(learned.Contains).Distinct().Order(StringComparer.Ordinal)];
                    findings.Add(new Leakage(what, SplitPart.Train, judged, shared, keys.Distinct().Count(), keys.Count(learned.Contains), keys.Length));
                }
            }
        }

        return findings;
    }
}
