using RawSer.Recipes.Sampling;

namespace RawSer.Recipes.Synthesis;

/// <summary>What stays the same in all utterances of a speaker and their recording.</summary>
/// <param name="PitchHz">Mean fundamental frequency.</param>
/// <param name="Formants">Factor on the formants: inverse of the length of the vocal tract, 1 for the average man.</param>
/// <param name="Rate">Factor on the speaking rate.</param>
/// <param name="Melody">Range of the melody, in semitones.</param>
/// <param name="Breath">Share of breath noise.</param>
/// <param name="Effort">Habitual vocal effort.</param>
/// <param name="GainDb">Gain of the recording.</param>
/// <param name="NoiseDb">Noise floor of the recording, in dB of full scale.</param>
/// <param name="Expression">How strongly the speaker acts emotions.</param>
internal sealed record Voice(
    double PitchHz, double Formants, double Rate, double Melody, double Breath, double Effort, double GainDb, double NoiseDb, double Expression)
{
    public static Voice Draw(CounterRandom random, bool female) => new(
        PitchHz: (female ? 200 : 115) * Math.Exp(0.12 * random.NextGaussian()),
        Formants: (female ? 1.16 : 1) * Math.Exp(0.04 * random.NextGaussian()),
        Rate: Math.Exp(0.08 * random.NextGaussian()),
        Melody: random.Between(2.5, 4.5),
        Breath: random.Between(0.02, 0.08),
        Effort: 0.25 * random.NextGaussian(),
        GainDb: 2 * random.NextGaussian(),
        NoiseDb: random.Between(-72, -60),
        Expression: random.Between(0.75, 1.25));
}
