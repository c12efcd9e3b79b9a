using System.Globalization;
using RawSer.Audio.Resampling;
using RawSer.Kernels.Spectral;

namespace RawSer.Audio.Features;

/// <summary>What a profile ends in.</summary>
public enum FeatureKind
{
    /// <summary>The mel spectrogram in dB: (mels, frames).</summary>
    MelDecibels,

    /// <summary>Mel-frequency cepstral coefficients: (coefficients, frames).</summary>
    Mfcc,
}

/// <summary>The power of 0 dB.</summary>
public enum DecibelReference
{
    /// <summary>1.</summary>
    One,

    /// <summary>The largest value of the clip.</summary>
    Maximum,
}

/// <summary>
/// Everything that determines the features of a clip, under a name and a version: same profile, same numbers. <see cref="Key"/> changes with
/// every field, so cached features of another setting are never mistaken for these.
/// </summary>
public sealed record FeatureProfile
{
    /// <summary>Raised whenever a change of the code changes the numbers of existing profiles.</summary>
    public const int AlgorithmVersion = 1;

    /// <summary>Name for people and recipes.</summary>
    public required string Name { get; init; }

    /// <summary>What comes out.</summary>
    public FeatureKind Kind { get; init; } = FeatureKind.Mfcc;

    /// <summary>Rate in Hz to which clips are resampled.</summary>
    public int SampleRate { get; init; } = 16000;

    /// <summary>Method of resampling, see <see cref="Resampling.Resampler.Get"/>.</summary>
    public string Resampler { get; init; } = Resampling.Resampler.SoxrHq;

    /// <summary>Seconds of a file that are skipped.</summary>
    public double Offset { get; init; }

    /// <summary>Seconds of a file that are used; shorter clips are padded with zeros at their end.</summary>
    public double Duration { get; init; } = 3;

    /// <summary>Length of the transform.</summary>
    public int FftSize { get; init; } = 2048;

    /// <summary>Samples between frames.</summary>
    public int HopLength { get; init; } = 512;

    /// <summary>Samples of the window; the FFT size when null.</summary>
    public int? WindowLength { get; init; }

    /// <summary>Shape of the window.</summary>
    public WindowShape Window { get; init; } = WindowShape.Hann;

    /// <summary>Frames are centred: half an FFT size of padding at both ends.</summary>
    public bool Center { get; init; } = true;

    /// <summary>Padding of centred frames.</summary>
    public PadMode PadMode { get; init; } = PadMode.Constant;

    /// <summary>Exponent of the magnitude spectrum.</summary>
    public double Power { get; init; } = 2;

    /// <summary>Mel filters.</summary>
    public int MelCount { get; init; } = 128;

    /// <summary>Lower edge of the filters in Hz.</summary>
    public double MinHz { get; init; }

    /// <summary>Upper edge of the filters in Hz; half the sample rate when null.</summary>
    public double? MaxHz { get; init; }

    /// <summary>Frequency scale of the filters.</summary>
    public MelScale MelScale { get; init; } = MelScale.Slaney;

    /// <summary>Scaling of the filters.</summary>
    public MelNorm MelNorm { get; init; } = MelNorm.Slaney;

    /// <summary>The power of 0 dB.</summary>
    public DecibelReference Reference { get; init; } = DecibelReference.One;

    /// <summary>Smallest power.</summary>
    public double Amin { get; init; } = 1e-10;

    /// <summary>Dynamic range in dB below the loudest value of the clip; null for no limit.</summary>
    public double? TopDb { get; init; } = 80;

    /// <summary>Cepstral coefficients.</summary>
    public int CoefficientCount { get; init; } = 128;

    /// <summary>Lifter of the coefficients; 0 for none.</summary>
    public double Lifter { get; init; }

    /// <summary>Arithmetic of the transform.</summary>
    public TransformPrecision Precision { get; init; } = TransformPrecision.Single;

    /// <summary>Samples of a clip after resampling and padding.</summary>
    public int SampleCount => (int)(Duration * SampleRate);

    /// <summary>Rows of the features.</summary>
    public int Rows => Kind == FeatureKind.Mfcc ? Math.Min(CoefficientCount, MelCount) : MelCount;

    /// <summary>Columns of the features.</summary>
    public int Frames => Center ? 1 + (SampleCount + 2 * (FftSize / 2) - FftSize) / HopLength : 1 + (SampleCount - FftSize) / HopLength;

    /// <summary>All fields in one line.</summary>
    public string Key => string.Create(
        CultureInfo.InvariantCulture,
        $"v{AlgorithmVersion} {Kind} sr={SampleRate} resampler={Resampler} offset={Offset:r} duration={Duration:r} n_fft={FftSize} hop={HopLength} " +
        $"win={WindowLength ?? FftSize} window={Window} center={Center} pad={PadMode} power={Power:r} n_mels={MelCount} fmin={MinHz:r} fmax={MaxHz ?? SampleRate / 2.0:r} " +
        $"mel={MelScale} norm={MelNorm} ref={Reference} amin={Amin:r} top_db={TopDb:r} n_mfcc={(Kind == FeatureKind.Mfcc ? CoefficientCount : 0)} lifter={Lifter:r} {Precision}");

    /// <summary>The profiles that have a name, in the order of <see cref="Names"/>.</summary>
    private static readonly FeatureProfile[] Named = [.. CreateNamed()];

    /// <summary>Names that <see cref="Get"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Named.Select(p => p.Name)];

    /// <summary>The profile of that name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static FeatureProfile Get(string name) => Array.Find(Named, p => p.Name == name)
        ?? throw new ArgumentException($"unknown feature profile \"{name}\": use one of {string.Join(", ", Names)}", nameof(name));

    private static IEnumerable<FeatureProfile> CreateNamed()
    {
        // Reflection at the ends and resampy's filter were librosa's defaults until 0.8; zeros and soxr came with 0.9 and 0.10.
        var current = new FeatureProfile { Name = "librosa-0.11" };
        FeatureProfile old = current with { Name = "librosa-0.8", PadMode = PadMode.Reflect, Resampler = Resampling.Resampler.OldKaiserBest };

        // The settings of the parallel CNN and transformer network from which the report took its front end; with librosa 0.8 and 0.9.
        FeatureProfile reflect = old with { Name = "ancestor-reflect", FftSize = 1024, WindowLength = 512, Window = WindowShape.Hamming };
        FeatureProfile constant = reflect with { Name = "ancestor-constant", PadMode = PadMode.Constant };
        FeatureProfile report = reflect with { Name = "report", Offset = 0.5 };
        FeatureProfile iliazenkov = report with { Name = "iliazenkov", SampleRate = 48000, CoefficientCount = 40 };
        foreach (FeatureProfile profile in (FeatureProfile[])[current, old, reflect, constant, report, iliazenkov])
        {
            yield return profile with { Name = $"{profile.Name}-mfcc" };
            yield return profile with
            {
                Name = $"{profile.Name}-mel",
                Kind = FeatureKind.MelDecibels,
                HopLength = 256,
                Reference = DecibelReference.Maximum,
            };
        }

        FeatureProfile torchaudio = current with
        {
            Name = "torchaudio-mfcc",
            Resampler = Resampling.Resampler.TorchaudioHann,
            FftSize = 400,
            HopLength = 200,
            PadMode = PadMode.Reflect,
            MelScale = MelScale.Htk,
            MelNorm = MelNorm.None,
            CoefficientCount = 40,
        };
        yield return torchaudio;
        yield return torchaudio with { Name = "torchaudio-mel", Kind = FeatureKind.MelDecibels };
    }
}
