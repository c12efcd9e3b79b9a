using RawSer.Models.Wav2Vec2;
using RawSer.Testing;

namespace RawSer.GoldenCheck.Models;

/// <summary>The objective of pre-training: codes, targets, losses, gradients.</summary>
internal static class PretrainingCases
{
    public static void Register(HandlerTable table) => table.Kind("pretraining", Pretraining);

    private static void Pretraining(GoldenCase golden, GoldenRun run)
    {
        SpeechFolders.Describe(golden);
        golden.Attrs.Describe("equal_negatives");
        HuggingFaceFolder folder = SpeechFolders.Folder(golden);
        using PretrainingNetwork network = new(folder.Config);
        folder.Load(network);
        network.To(run.Device);
        GoldenTensor? gumbel = golden.InputOrNull("gumbel_noise");
        if (gumbel is not null)
        {
            network.Quantizer.Train(); // the rest has no dropout in these cases
            network.Quantizer.Temperature = golden.Attrs.Double("temperature");
        }

        GoldenTensor indices = golden.Input("sampled_negative_indices");
        bool[] mask = golden.Input("mask_time_indices").Bools;
        PretrainingOutput output = network.Losses(
            run.ToDevice(golden.Input("input_values")), mask, indices.Ints, SpeechFolders.Lengths(golden), gumbel is null ? null : run.ToDevice(gumbel));
        long[] codes = output.Quantized.Codes.ToArray<long>();
        run.Output("codes", GoldenTensor.Of(codes, output.Quantized.Codes.Shape), Tolerance.Exact);
        run.Output("negative_is_positive", EqualCodes(codes, output.Quantized.Codes.Shape[-1], indices));
        run.Output("quantized", output.Quantized.Vectors);
        run.Output("projected_states", output.Predictions);
        run.Output("projected_quantized_states", output.Targets);
        run.Output("codevector_perplexity", output.Quantized.Perplexity);
        run.Output("contrastive_loss", output.Contrastive);
        run.Output("diversity_loss", output.Diversity);
        run.Output("loss", output.Loss);
        output.Loss.Backward();
        SpeechFolders.Gradients(golden, run, network);
    }

    private static GoldenTensor EqualCodes(long[] codes, int groups, GoldenTensor negatives)
    {
        int count = negatives.Shape[2];
        int[] rows = negatives.Ints;
        bool[] equal = new bool[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            equal[i] = codes.AsSpan(rows[i] * groups, groups).SequenceEqual(codes.AsSpan(i / count * groups, groups));
        }

        return GoldenTensor.Of(equal, negatives.Shape);
    }
}
