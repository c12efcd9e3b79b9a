using RawSer.Audio.Augmentation;
using RawSer.Audio.Features;

namespace RawSer.GoldenCheck.Audio;

/// <summary>Noise at an exact ratio, and the normalisation of waveforms for Wav2Vec2.</summary>
internal static class PreparationCases
{
    public static void Register(HandlerTable table)
    {
        table.Op("awgn_exact_snr", (golden, run) =>
        {
            float[] clip = golden.Input(0).Floats, noisy = new float[clip.Length];
            double gain = AdditiveNoise.Add(clip, golden.Input(1).Floats, golden.Attrs.Double("snr_db"), noisy);
            run.Close("gain", gain, golden.Attrs.Double("gain"));
            if (run.Device != Device.Cpu)
            {
                using Tensor clips = Tensor.From(clip, [1, clip.Length], run.Device), noise = Tensor.From(golden.Input(1).Floats, [1, clip.Length], run.Device);
                using Tensor ratios = Tensor.From([golden.Attrs.Float("snr_db", 0)], [1], run.Device), result = AdditiveNoise.Add(clips, noise, ratios);
                noisy = result.ToArray<float>();
            }

            run.Output("y", noisy, [noisy.Length]);
        });
        table.Op("hf.Wav2Vec2FeatureExtractor", Extractor);
    }

    private static void Extractor(GoldenCase golden, GoldenRun run)
    {
        GoldenAttributes a = golden.Attrs;
        var normalizer = new WaveformNormalizer
        {
            Normalize = a.Bool("do_normalize", true),
            ReturnMask = a.Bool("return_attention_mask", false),
            PaddingValue = a.Float("padding_value", 0),
            MaxLength = a.IntOrNull("max_length"),
            Truncate = a.Bool("truncation", false),
            PadToMultipleOf = a.IntOrNull("pad_to_multiple_of"),
            Padding = a.IsString("padding")
                ? a.Choice("padding", ("longest", ClipPadding.Longest), ("max_length", ClipPadding.MaxLength), ("do_not_pad", ClipPadding.None))
                : a.Bool("padding", false) ? ClipPadding.Longest : ClipPadding.None,
        };
        float[][] clips = [.. Enumerable.Range(0, golden.InputNames.Count).Select(i => golden.Input(i).Floats)];
        WaveformBatch batch = normalizer.Prepare(clips, a.Int("sampling_rate"));
        run.Output("input_values", batch.Values, [batch.Count, batch.Length]);
        if (batch.Mask is { } mask)
        {
            run.Output("attention_mask", mask, [batch.Count, batch.Length]);
        }
    }
}
