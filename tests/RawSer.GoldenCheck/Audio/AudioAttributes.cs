using RawSer.Audio.Features;
using RawSer.Kernels.Spectral;

namespace RawSer.GoldenCheck.Audio;

/// <summary>Arguments of librosa and torchaudio as options of the library, with the defaults of those.</summary>
internal static class AudioAttributes
{
    /// <summary>librosa.stft: hop win // 4.</summary>
    public static StftOptions Stft(GoldenAttributes attrs, int? defaultHop = null) => new(attrs.Int("n_fft", 2048))
    {
        HopLength = attrs.IntOrNull("hop_length") ?? defaultHop,
        WindowLength = attrs.IntOrNull("win_length"),
        Window = Window.Parse(attrs.String("window", "hann")),
        Center = attrs.Bool("center", true),
        PadMode = SignalPadding.Parse(attrs.String("pad_mode", "constant")),
    };

    /// <summary>torchaudio.transforms.Spectrogram: n_fft 400, hop win // 2, reflect, float32.</summary>
    public static StftOptions TorchaudioStft(GoldenAttributes attrs)
    {
        int size = attrs.Int("n_fft", 400), window = attrs.Int("win_length", size);
        return Stft(attrs, window / 2) with
        {
            FftSize = size,
            WindowLength = window,
            PadMode = SignalPadding.Parse(attrs.String("pad_mode", "reflect")),
            Normalized = attrs.Bool("normalized", false),
            Precision = TransformPrecision.Single,
        };
    }

    /// <summary>librosa.filters.mel; the norm is "norm", or "mel_norm" in librosa.feature.mfcc.</summary>
    public static MelOptions Mel(GoldenAttributes attrs, string norm = "norm") => new(attrs.Int("sr"), attrs.Int("n_fft", 2048), attrs.Int("n_mels", 128))
    {
        MinHz = attrs.Double("fmin", 0),
        MaxHz = attrs.DoubleOrNull("fmax"),
        Scale = Scale(attrs),
        Norm = Norm(attrs, norm, MelNorm.Slaney),
    };

    /// <summary>torchaudio.transforms.MelSpectrogram: HTK, no norm, bins from 0 to sr // 2.</summary>
    public static MelOptions TorchaudioMel(GoldenAttributes attrs, int sampleRate) => new(sampleRate, attrs.Int("n_fft", 400), attrs.Int("n_mels", 128))
    {
        MinHz = attrs.Double("f_min", 0),
        MaxHz = attrs.Double("f_max", sampleRate / 2),
        Scale = attrs.ChoiceOr("mel_scale", MelScale.Htk, ("htk", MelScale.Htk), ("slaney", MelScale.Slaney)),
        Norm = Norm(attrs, "norm", MelNorm.None),
        LastBinHz = sampleRate / 2,
    };

    public static MelScale Scale(GoldenAttributes attrs) => attrs.Bool("htk", false) ? MelScale.Htk : MelScale.Slaney;

    /// <summary>The mel spectrogram of a clip, (filters, frames).</summary>
    public static (float[] Values, int Rows, int Frames) MelSpectrogram(float[] clip, StftOptions stft, MelOptions mel, double power)
    {
        var plan = new MelSpectrogramPlan(new StftPlan(stft), new MelFilterBank(mel), power);
        int frames = plan.Stft.FrameCount(clip.Length);
        float[] values = new float[plan.Filters.Count * frames];
        plan.Transform(clip, values, new StftWorkspace());
        return (values, plan.Filters.Count, frames);
    }

    /// <summary>librosa's top_db: null switches it off, and only absence means 80.</summary>
    public static double? TopDb(GoldenAttributes attrs, double? absent) =>
        attrs.IsGiven("top_db") ? attrs.DoubleOrNull("top_db") : absent;

    /// <summary>A norm of null is none, and only absence means the default.</summary>
    private static MelNorm Norm(GoldenAttributes attrs, string name, MelNorm absent) =>
        attrs.StringOrNull(name) is { } given ? given == "slaney" ? MelNorm.Slaney : throw new GoldenUnsupportedException($"mel norm {given}")
        : attrs.IsGiven(name) ? MelNorm.None : absent;
}
