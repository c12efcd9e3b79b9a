using RawSer.Audio.Features;
using RawSer.Kernels;
using RawSer.Kernels.Spectral;

namespace RawSer.GoldenCheck.Audio;

/// <summary>torchaudio transforms other than Resample.</summary>
internal static class TorchaudioCases
{
    public static void Register(HandlerTable table)
    {
        table.Op("torchaudio.spectrogram", Spectrogram);
        table.Op("torchaudio.melspectrogram", (golden, run) =>
        {
            (float[] values, int rows, int frames) = Mel(golden.Input(0).Floats, golden.Attrs, golden.Attrs.Int("sample_rate"));
            run.Output("y", values, [rows, frames]);
        });
        table.Op("torchaudio.mfcc", Mfcc);
        table.Op("torchaudio.amplitude_to_db", ToDecibels);
        table.Op("torchaudio.compute_deltas", (golden, run) =>
        {
            GoldenTensor input = golden.Input("x");
            run.Output("y", Deltas.Regression(input.Floats, input.Shape[-1], golden.Attrs.Int("win_length", 5)), input.Shape);
        });
    }

    private static void Spectrogram(GoldenCase golden, GoldenRun run)
    {
        float[] clip = golden.Input(0).Floats;
        var plan = new StftPlan(AudioAttributes.TorchaudioStft(golden.Attrs));
        bool complex = golden.Attrs.IsGiven("power") && !golden.Attrs.Has("power");
        SpectrumKind kind = complex ? SpectrumKind.Complex : golden.Attrs.Double("power", 2) switch
        {
            1 => SpectrumKind.Magnitude,
            2 => SpectrumKind.Power,
            double other => throw new GoldenUnsupportedException($"power {other}"),
        };
        int frames = plan.FrameCount(clip.Length);
        float[] values = new float[plan.Bins * frames * (complex ? 2 : 1)];
        plan.Transform(clip, kind, values, new StftWorkspace());
        run.Output("y", values, complex ? [plan.Bins, frames, 2] : [plan.Bins, frames]);
    }

    private static void Mfcc(GoldenCase golden, GoldenRun run)
    {
        if (golden.Attrs.IsGiven("norm") && golden.Attrs.StringOrNull("norm") != "ortho")
        {
            throw new GoldenUnsupportedException("a DCT that is not orthonormal");
        }

        GoldenAttributes mel = golden.Attrs.Has("melkwargs") ? golden.Attrs.Object("melkwargs") : default;
        (float[] values, int rows, int frames) = Mel(golden.Input(0).Floats, mel, golden.Attrs.Int("sample_rate"));
        if (golden.Attrs.Bool("log_mels", false))
        {
            values = Array.ConvertAll(values, x => MathF.Log(x + 1e-6f));
        }
        else
        {
            Decibels.FromPower(values, 1, 1e-10, 80, values);
        }

        var dct = new DctPlan(rows, golden.Attrs.Int("n_mfcc", 40));
        float[] coefficients = new float[dct.Outputs * frames];
        dct.Apply(values, frames, coefficients);
        run.Output("y", coefficients, [dct.Outputs, frames]);
    }

    /// <summary>Of a 4-D tensor every batch item has its own floor; anything else is one item.</summary>
    private static void ToDecibels(GoldenCase golden, GoldenRun run)
    {
        GoldenTensor input = golden.Input("x");
        float[] values = input.Floats, levels = new float[values.Length];
        int item = input.Shape.Rank == 4 ? values.Length / input.Shape[0] : values.Length;
        double factor = golden.Attrs.ChoiceOr("stype", 10.0, ("power", 10.0), ("magnitude", 20.0));
        for (int start = 0; start < values.Length; start += item)
        {
            Decibels.FromPower(values.AsSpan(start, item), 1, 1e-10, golden.Attrs.DoubleOrNull("top_db"), levels.AsSpan(start, item), factor);
        }

        run.Output("y", levels, input.Shape);
    }

    private static (float[] Values, int Rows, int Frames) Mel(float[] clip, GoldenAttributes attrs, int sampleRate) => AudioAttributes.MelSpectrogram(
        clip, AudioAttributes.TorchaudioStft(attrs), AudioAttributes.TorchaudioMel(attrs, sampleRate), attrs.Double("power", 2));
}
