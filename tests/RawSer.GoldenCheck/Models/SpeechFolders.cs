using RawSer.Kernels;
using RawSer.Models.Wav2Vec2;
using RawSer.Nn;
using RawSer.Testing;

namespace RawSer.GoldenCheck.Models;

/// <summary>The model folder of a case and what all cases of speech encoders share.</summary>
internal static class SpeechFolders
{
    public static HuggingFaceFolder Folder(GoldenCase golden) => HuggingFaceFolder.Open(golden.PathOf(golden.Attrs.String("model")));

    /// <summary>Samples of each clip by the sums of the attention mask; null without one.</summary>
    public static int[]? Lengths(GoldenCase golden)
    {
        if (golden.InputOrNull("attention_mask") is not { } mask)
        {
            return null;
        }

        int length = mask.Shape[1];
        int[] lengths = [.. mask.Longs.Chunk(length).Select(row => (int)row.Sum())];
        return lengths.Zip(mask.Longs.Chunk(length)).All(pair => pair.Second.Take(pair.First).All(v => v == 1))
            ? lengths
            : throw new GoldenUnsupportedException("an attention mask that is no run of ones at the beginning");
    }

    /// <summary>A mask input of 0 and 1 as Bool.</summary>
    public static Tensor? Mask(GoldenCase golden, GoldenRun run, string role) =>
        golden.InputOrNull(role) is { } mask ? Tensor.From(mask.Bools, mask.Shape, run.Device) : null;

    /// <summary>The name of a parameter in transformers 5.</summary>
    public static string StoredName(string ours) => ours
        .Replace(".weight_g", ".parametrizations.weight.original0", StringComparison.Ordinal)
        .Replace(".weight_v", ".parametrizations.weight.original1", StringComparison.Ordinal);

    /// <summary>Compares all expected outputs <c>grad.NAME</c> with the gradients of a network, relative to the largest of each tensor.</summary>
    public static void Gradients(GoldenCase golden, GoldenRun run, Module network)
    {
        foreach (NamedTensor parameter in network.NamedParameters())
        {
            string role = $"grad.{StoredName(parameter.Name)}";
            if (golden.HasOutput(role))
            {
                Tensor gradient = parameter.Value.Grad ?? Tensor.Zeros(parameter.Value.Shape, DType.F32, run.Device);
                run.Output(role, GoldenRun.ToHost(gradient), GradientTolerance(golden, role));
            }
        }
    }

    /// <summary>What the case allows for a gradient: a share of its largest value.</summary>
    public static Tolerance GradientTolerance(GoldenCase golden, string role) => new(
        0, golden.Attrs.Double("grad_atol") + (golden.Attrs.Double("grad_rtol_of_max") * golden.Expected(role).Doubles.Max(Math.Abs)));

    /// <summary>Attributes that say how the values were made.</summary>
    public static void Describe(GoldenCase golden) =>
        golden.Attrs.Describe("architecture", "float32_deviation", "frames", "lengths", "optional", "grad_rtol_of_max", "grad_atol");
}
