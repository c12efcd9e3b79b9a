using RawSer.Audio.Features;
using RawSer.Kernels;
using RawSer.Kernels.Spectral;

namespace RawSer.GoldenCheck.Audio;

/// <summary>librosa: deltas, frame energies, spectral shape, chroma.</summary>
internal static class ShapeCases
{
    public static void Register(HandlerTable table)
    {
        table.Op("librosa.feature.delta", Delta);
        table.Op("librosa.feature.rms", (golden, run) => Row(run, FrameFeatures.Rms(
            golden.Input(0).Floats, golden.Attrs.Int("frame_length", 2048), golden.Attrs.Int("hop_length", 512), golden.Attrs.Bool("center", true),
            SignalPadding.Parse(golden.Attrs.String("pad_mode", "constant")))));
        table.Op("librosa.feature.zero_crossing_rate", (golden, run) =>
        {
            if (!golden.Attrs.Bool("zero_pos", true) || golden.Attrs.Bool("pad", false))
            {
                throw new GoldenUnsupportedException("zeros as a sign of their own, and the first sample as a crossing");
            }

            Row(run, FrameFeatures.ZeroCrossingRate(
                golden.Input(0).Floats, golden.Attrs.Int("frame_length", 2048), golden.Attrs.Int("hop_length", 512), golden.Attrs.Bool("center", true),
                golden.Attrs.Double("threshold", 1e-10)));
        });
        table.Op("librosa.feature.spectral_centroid", (golden, run) => Row(run, SpectralShape.Centroid(Magnitude(golden))));
        table.Op("librosa.feature.spectral_bandwidth", (golden, run) => Row(run, SpectralShape.Bandwidth(Magnitude(golden), golden.Attrs.Double("p", 2))));
        table.Op("librosa.feature.spectral_flatness", (golden, run) => Row(run, SpectralShape.Flatness(
            Magnitude(golden), golden.Attrs.Double("amin", 1e-10), golden.Attrs.Double("power", 2))));
        table.Op("librosa.feature.spectral_rolloff", (golden, run) => Row(run, SpectralShape.Rolloff(
            Magnitude(golden), golden.Attrs.Double("roll_percent", 0.85))));
        table.Op("librosa.feature.chroma_stft", ChromaStft);
    }

    private static void Delta(GoldenCase golden, GoldenRun run)
    {
        GoldenTensor input = golden.Input("s");
        DeltaEdge edge = golden.Attrs.String("mode", "interp") switch
        {
            "interp" => DeltaEdge.Interpolate,
            "nearest" => DeltaEdge.Nearest,
            "mirror" => DeltaEdge.Mirror,
            "constant" => DeltaEdge.Constant,
            "wrap" => DeltaEdge.Wrap,
            string other => throw new GoldenUnsupportedException($"delta mode {other}"),
        };
        run.Output("y", Deltas.SavitzkyGolay(input.Floats, input.Shape[-1], golden.Attrs.Int("width", 9), golden.Attrs.Int("order", 1), edge), input.Shape);
    }

    private static void ChromaStft(GoldenCase golden, GoldenRun run)
    {
        Spectrogram power = Compute(golden, SpectrumKind.Power);
        int classes = golden.Attrs.Int("n_chroma", 12);
        golden.Attrs.Only("norm", "inf");
        double? tuning = golden.Attrs.DoubleOrNull("tuning");
        run.Close("estimated tuning", tuning ?? Chroma.EstimateTuning(power, classes), golden.Attrs.Double("estimated_tuning", tuning ?? double.NaN));

        run.Output("y", Chroma.Compute(power, classes, tuning), [classes, power.Frames]);
    }

    private static Spectrogram Magnitude(GoldenCase golden) => Compute(golden, SpectrumKind.Magnitude);

    private static Spectrogram Compute(GoldenCase golden, SpectrumKind kind) =>
        Spectrogram.Compute(golden.Input(0).Floats, golden.Attrs.Int("sr", 22050), AudioAttributes.Stft(golden.Attrs, 512), kind);

    /// <summary>librosa gives one row per feature: (1, frames).</summary>
    private static void Row(GoldenRun run, float[] values) => run.Output("y", values, [1, values.Length]);

}
