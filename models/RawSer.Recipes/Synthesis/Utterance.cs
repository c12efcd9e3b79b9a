using RawSer.Recipes.Sampling;

namespace RawSer.Recipes.Synthesis;

/// <summary>A speech sound: how it is excited, its first three formants, and how long it lasts.</summary>
/// <param name="Seconds">Duration at rate 1.</param>
/// <param name="Voicing">Amplitude of the glottal source.</param>
/// <param name="Noise">Amplitude of friction noise.</param>
/// <param name="F1">First formant of the average man, in Hz.</param>
/// <param name="F2">Second formant.</param>
/// <param name="F3">Third formant.</param>
/// <param name="NoiseHz">Centre of the friction noise.</param>
internal readonly record struct Sound(double Seconds, double Voicing, double Noise, double F1, double F2, double F3, double NoiseHz);

/// <summary>The sounds of a sentence. The same name gives the same sounds for every speaker: pseudo-words of consonant and vowel.</summary>
internal static class Utterance
{
    // Mean formants of men (Hillenbrand et al. 1995), rounded to 5 Hz.
    private static readonly (double F1, double F2, double F3)[] Vowels =
        [(340, 2320, 3000), (425, 2035, 2685), (580, 1800, 2605), (590, 1950, 2600), (770, 1335, 2520), (650, 995, 2540), (470, 1120, 2240), (380, 1000, 2345), (625, 1200, 2550)];

    private static readonly Sound[] Consonants =
    [
        new(0.07, 0.5, 0, 280, 1200, 2300, 0), // m
        new(0.07, 0.5, 0, 280, 1700, 2600, 0), // n
        new(0.06, 0.6, 0, 350, 1100, 2700, 0), // l
        new(0.09, 0, 0.5, 350, 1700, 2600, 5500), // s
        new(0.09, 0, 0.4, 350, 1700, 2500, 3200), // sh
        new(0.08, 0.25, 0.25, 300, 1400, 2500, 4500), // z
        new(0.07, 0, 0.2, 350, 1200, 2400, 2200), // f
        new(0.05, 0, 0, 300, 1100, 2300, 0), // closure of p and b
        new(0.05, 0, 0, 300, 1750, 2600, 0), // closure of t and d
    ];

    public static IReadOnlyList<Sound> Of(string sentence, int syllables)
    {
        var random = new CounterRandom(0, $"sentence {sentence}");
        var sounds = new List<Sound>();
        for (int i = 0; i < syllables; i++)
        {
            Sound consonant = Consonants[random.NextInt(Consonants.Length)];
            sounds.Add(consonant);
            (double f1, double f2, double f3) = Vowels[random.NextInt(Vowels.Length)];
            if (consonant is { Voicing: 0, Noise: 0 })
            {
                // A closure ends in a burst.
                sounds.Add(new Sound(0.02, 0, 0.45, f1, consonant.F2, f3, random.Between(1500, 4500)));
            }

            bool last = i == syllables - 1;
            sounds.Add(new Sound(random.Between(0.09, 0.17) * (last ? 1.6 : 1), 1, 0, f1, f2, f3, 0));
        }

        return sounds;
    }
}
