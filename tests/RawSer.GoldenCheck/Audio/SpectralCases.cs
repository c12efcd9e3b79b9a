using RawSer.Audio.Features;
using RawSer.Kernels;
using RawSer.Kernels.Spectral;

namespace RawSer.GoldenCheck.Audio;

/// <summary>librosa: STFT, mel filters and spectrograms, decibels, MFCC, profiles.</summary>
internal static class SpectralCases
{
    public static void Register(HandlerTable table)
    {
        table.Op("librosa.stft", Stft);
        table.Op("librosa.filters.mel", Filters);
        table.Op("librosa.hz_to_mel", (golden, run) => run.Output("mel", Map(
            golden.Input("hz"), hz => AudioAttributes.Scale(golden.Attrs).FromHz(hz))));
        table.Op("librosa.mel_frequencies", (golden, run) => run.Output("hz", GoldenTensor.Vector(AudioAttributes.Scale(golden.Attrs).Frequencies(
            golden.Attrs.Int("n_mels"), golden.Attrs.Double("fmin"), golden.Attrs.Double("fmax")))));
        table.Op("librosa.feature.melspectrogram", MelSpectrogram);
        table.Op("librosa.power_to_db", (golden, run) => ToDecibels(golden, run, amplitude: false));
        table.Op("librosa.amplitude_to_db", (golden, run) => ToDecibels(golden, run, amplitude: true));
        table.Op("librosa.feature.mfcc", Mfcc);
        table.Op("librosa.feature.mfcc_from_db", MfccFromDecibels);
        table.Op("profile", Profile);
    }

    private static void Stft(GoldenCase golden, GoldenRun run)
    {
        float[] clip = golden.Input(0).Floats;
        var plan = new StftPlan(AudioAttributes.Stft(golden.Attrs));
        int frames = plan.FrameCount(clip.Length);
        float[] spectrum = new float[plan.Bins * frames * 2];
        plan.Transform(clip, SpectrumKind.Complex, spectrum, new StftWorkspace());
        run.Output("y", spectrum, [plan.Bins, frames, 2]);
    }

    private static void Filters(GoldenCase golden, GoldenRun run)
    {
        var bank = new MelFilterBank(AudioAttributes.Mel(golden.Attrs));
        if (golden.Attrs.Choice("layout", ("dense", true), ("sparse_rows", false)))
        {
            run.Output("y", bank.ToDense(), [bank.Count, bank.Bins]);
            return;
        }

        run.Output("start", bank.Starts.ToArray(), [bank.Count]);
        run.Output("count", bank.Counts.ToArray(), [bank.Count]);
        run.Output("values", bank.Weights.ToArray(), [bank.Weights.Length]);
        run.Equal("columns", bank.Bins, golden.Attrs.Ints("shape")[1]);
    }

    private static void MelSpectrogram(GoldenCase golden, GoldenRun run)
    {
        (float[] values, int rows, int frames) = AudioAttributes.MelSpectrogram(
            golden.Input(0).Floats, AudioAttributes.Stft(golden.Attrs, 512), AudioAttributes.Mel(golden.Attrs), golden.Attrs.Double("power", 2));
        run.Output("y", values, [rows, frames]);
    }

    private static void ToDecibels(GoldenCase golden, GoldenRun run, bool amplitude)
    {
        GoldenTensor input = golden.Input("s");
        float[] values = input.Floats, levels = new float[values.Length];
        double reference = golden.Attrs.IsString("ref") ? golden.Attrs.Choice("ref", ("max", values.Max())) : golden.Attrs.Double("ref", 1);
        double amin = golden.Attrs.Double("amin", amplitude ? 1e-5 : 1e-10);
        double? topDb = AudioAttributes.TopDb(golden.Attrs, 80);
        if (amplitude)
        {
            Decibels.FromAmplitude(values, reference, amin, topDb, levels);
        }
        else
        {
            Decibels.FromPower(values, reference, amin, topDb, levels);
        }

        run.Output("y", levels, input.Shape);
    }

    /// <summary>One plan from the clip to coefficients, in double on the processor, in single precision where a device has no other.</summary>
    private static void Mfcc(GoldenCase golden, GoldenRun run)
    {
        StftOptions stft = AudioAttributes.Stft(golden.Attrs, 512);
        MelFilterBank filters = new(AudioAttributes.Mel(golden.Attrs, "mel_norm"));
        MelFeaturePlan plan = new(
            new MelSpectrogramPlan(new StftPlan(run.Device.Backend is HostBackend ? stft : stft with { Precision = TransformPrecision.Single }), filters, golden.Attrs.Double("power", 2)),
            new MelLevelOptions(RelativeToMaximum: false, 1e-10, 80),
            new DctPlan(filters.Count, golden.Attrs.Int("n_mfcc", 20), golden.Attrs.Double("lifter", 0)));
        float[] clip = golden.Input(0).Floats;
        int frames = plan.FrameCount(clip.Length);
        StftPlan.CheckClip(clip);
        using Tensor waves = Tensor.From(clip, [1, clip.Length], run.Device), features = Tensor.Empty([1, plan.Rows, frames], DType.F32, run.Device);
        run.Device.Backend.MelFeatures(waves.View, plan, features.View);
        run.Output("y", features.ToArray<float>(), [plan.Rows, frames]);
    }

    private static void MfccFromDecibels(GoldenCase golden, GoldenRun run)
    {
        GoldenTensor input = golden.Input("s");
        Cepstrum(golden, run, input.Floats, input.Shape[0], input.Shape[1]);
    }

    private static void Cepstrum(GoldenCase golden, GoldenRun run, float[] levels, int rows, int frames)
    {
        var dct = new DctPlan(rows, golden.Attrs.Int("n_mfcc", 20), golden.Attrs.Double("lifter", 0));
        float[] coefficients = new float[dct.Outputs * frames];
        dct.Apply(levels, frames, coefficients);
        run.Output("y", coefficients, [dct.Outputs, frames]);
    }

    /// <summary>The named profile, and the attributes must be those that it stands for.</summary>
    private static void Profile(GoldenCase golden, GoldenRun run)
    {
        GoldenAttributes a = golden.Attrs;
        bool mel = a.Choice("feature", ("mel_db", true), ("mfcc", false));
        a.Only("dct_norm", "ortho");
        FeatureProfile named = FeatureProfile.Get($"{a.String("profile")}-{(mel ? "mel" : "mfcc")}");
        FeatureProfile asked = named with
        {
            SampleRate = a.Int("sr"),
            FftSize = a.Int("n_fft"),
            HopLength = a.Int("hop_length"),
            WindowLength = a.Int("win_length"),
            Window = Window.Parse(a.String("window")),
            Center = a.Bool("center"),
            PadMode = SignalPadding.Parse(a.String("pad_mode")),
            Power = a.Double("power"),
            MelCount = a.Int("n_mels"),
            MinHz = a.Double("fmin"),
            MaxHz = a.Double("fmax"),
            MelScale = AudioAttributes.Scale(a),
            MelNorm = a.ChoiceOr("norm", MelNorm.None, ("slaney", MelNorm.Slaney)),
            Amin = a.Double("amin"),
            TopDb = a.Double("top_db"),
            Lifter = a.Double("lifter", 0),
            CoefficientCount = a.Int("n_mfcc", named.CoefficientCount),
            Reference = Reference(a),
        };
        run.Equal("settings of the profile", named.Key, asked.Key);
        var extractor = new FeatureExtractor(named);
        using Tensor features = extractor.ExtractTensor([golden.Input(0).Floats], run.Device);
        run.Output("y", features.ToArray<float>(), [extractor.Rows, extractor.Frames]);
    }

    private static DecibelReference Reference(GoldenAttributes attrs) => attrs.IsString("ref")
        ? attrs.Choice("ref", ("max", DecibelReference.Maximum))
        : attrs.Double("ref", 1) == 1 ? DecibelReference.One : throw new GoldenUnsupportedException($"a profile with reference {attrs.Double("ref")}");

    private static GoldenTensor Map(GoldenTensor input, Func<double, double> function) =>
        GoldenTensor.Of(Array.ConvertAll(input.Doubles, x => function(x)), input.Shape);
}
