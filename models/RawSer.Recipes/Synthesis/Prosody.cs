using RawSer.Recipes.Corpora;

namespace RawSer.Recipes.Synthesis;

/// <summary>
/// How an emotion changes a voice. The directions follow reviews of vocal expression (Murray and Arnott 1993; Banse and Scherer 1996; Juslin and Laukka
/// 2003); the amounts are chosen so that classes overlap.
/// </summary>
/// <param name="Pitch">Shift of the pitch level, in semitones.</param>
/// <param name="Range">Factor on the range of the melody.</param>
/// <param name="Rise">Slope of the melody over the utterance, in semitones from start to end.</param>
/// <param name="Rate">Factor on the speaking rate.</param>
/// <param name="Level">Loudness, in dB.</param>
/// <param name="Effort">Vocal effort: positive makes the glottal pulse sharper and the spectrum flatter.</param>
/// <param name="Jitter">Added irregularity of the period, as a share of it.</param>
/// <param name="Breath">Added share of breath noise.</param>
/// <param name="Tremor">Depth of a 6 Hz tremor of the pitch, in semitones.</param>
/// <param name="Smile">Factor on the formants: above 1 with spread lips.</param>
internal readonly record struct Prosody(
    double Pitch, double Range, double Rise, double Rate, double Level, double Effort, double Jitter, double Breath, double Tremor, double Smile)
{
    private static readonly Prosody Plain = new(0, 1, -2, 1, 0, 0, 0, 0, 0, 1);

    public static Prosody Of(string emotion) => emotion switch
    {
        Emotions.Angry => new(4, 1.5, -4, 1.18, 8, 1.5, 0.015, 0, 0, 1.00),
        Emotions.Calm => new(-0.5, 0.7, -2, 0.92, -2, -0.3, 0, 0.03, 0, 1.00),
        Emotions.Disgust => new(-2, 0.8, -4, 0.80, -2, 0.6, 0.05, 0, 0, 0.91),
        Emotions.Fear => new(5, 0.7, 0, 1.25, -2, -0.5, 0.03, 0.25, 1.0, 1.04),
        Emotions.Happy => new(5, 1.7, 1, 1.06, 4, 0.7, 0, 0, 0, 1.10),
        Emotions.Sad => new(-2, 0.5, -3, 0.74, -9, -1.3, 0.008, 0.15, 0.2, 0.96),
        Emotions.Surprise => new(8, 2.4, 9, 0.92, 3, 0.2, 0, 0.05, 0, 1.05),
        _ => Plain,
    };

    /// <summary>This emotion at another strength: 0 is neutral, 1 as it is.</summary>
    public Prosody At(double strength)
    {
        double Blend(double plain, double full) => plain + (strength * (full - plain));
        return new Prosody(
            Blend(Plain.Pitch, Pitch), Blend(Plain.Range, Range), Blend(Plain.Rise, Rise), Blend(Plain.Rate, Rate), Blend(Plain.Level, Level),
            Blend(Plain.Effort, Effort), Blend(Plain.Jitter, Jitter), Blend(Plain.Breath, Breath), Blend(Plain.Tremor, Tremor), Blend(Plain.Smile, Smile));
    }
}
