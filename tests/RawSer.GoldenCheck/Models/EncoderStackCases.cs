using System.Text.Json;
using RawSer.Nn;
using RawSer.Testing;
using RawSer.Weights.Synthesis;

namespace RawSer.GoldenCheck.Models;

/// <summary>Stacks of PyTorch's transformer encoder layers with procedural weights: over the frames of a clip, over a batch, and pre-norm.</summary>
internal static class EncoderStackCases
{
    /// <summary>Whether a case of kind <c>transformer_encoder</c> is one of these (the Keras goldens use the same word for a layer).</summary>
    public static bool Takes(GoldenCase golden) => golden.Attrs.IsGiven("procedural");

    public static void Run(GoldenCase golden, GoldenRun run)
    {
        GoldenAttributes attrs = golden.Attrs;
        attrs.Describe("float32_deviation", "attends_over");
        using JsonDocument procedural = JsonDocument.Parse(File.ReadAllText(golden.PathOf(attrs.String("procedural"))));
        JsonElement root = procedural.RootElement;
        int seed = root.GetProperty("seed").GetInt32();
        Dictionary<string, ProceduralTensor> tensors = ProceduralValues.List(root.GetProperty("tensors"));
        TransformerEncoderOptions options = TransformerEncoderOptions.PyTorch(attrs.Int("d_model"), attrs.Int("heads"), attrs.Int("ff"), dropout: 0) with
        {
            Activation = attrs.Choice("activation", ("relu", FeedForwardActivation.Relu), ("gelu", FeedForwardActivation.Gelu)),
            NormFirst = attrs.Bool("norm_first"),
            NormEpsilon = attrs.Double("layer_norm_eps"),
        };
        using Sequential layers = new([.. Enumerable.Range(0, attrs.Int("layers")).Select(_ => new TransformerEncoderLayer(options))]);
        foreach (NamedTensor parameter in layers.NamedParameters())
        {
            parameter.Value.CopyFrom<float>(Weight($"layers.{parameter.Name}"));
        }

        layers.To(run.Device);
        run.Equal("parameters", layers.ParameterCount, attrs.Long("parameters"));
        Tensor x = ProceduralValues.OnDevice(run, tensors[$"{golden.Name}/x"], seed);
        x.RequiresGrad = true;
        Tensor sequence = attrs.Bool("batch_first") ? x : x.Transpose(0, 1);
        Tensor result = layers.Forward(sequence);
        Tensor y = attrs.Bool("batch_first") ? result : result.Transpose(0, 1);
        y.Backward(ProceduralValues.OnDevice(run, tensors[$"{golden.Name}/r"], seed));
        run.Output("y", y);

        // A rectifier whose input is nothing but rounding switches in float32 and moves dx; where PyTorch's own float32 did, ours may too.
        double share = Math.Max(golden.Tolerance.Relative, 2 * attrs.Object("float32_deviation").Double("dx"));
        run.Output("dx", GoldenRun.ToHost(x.Grad!), new Tolerance(0, share * golden.Expected("dx").Doubles.Max(Math.Abs)));
        CheckGradients(run, layers, root.GetProperty("gradients"), new Tolerance(attrs.Double("grad_l2_rtol"), 0));

        float[] Weight(string name)
        {
            (string packed, int third) = Packed(name);
            float[] values = ProceduralValues.Values(tensors[packed], seed);
            return third < 0 ? values : values[(third * values.Length / 3)..((third + 1) * values.Length / 3)];
        }
    }

    private static void CheckGradients(GoldenRun run, Module layers, JsonElement expected, Tolerance tolerance)
    {
        // The gradient of a key bias is zero but for rounding; together with its neighbours it is judged all the same.
        Dictionary<string, double> squares = [];
        foreach (NamedTensor parameter in layers.NamedParameters())
        {
            string name = Packed($"layers.{parameter.Name}").Name;
            squares[name] = squares.GetValueOrDefault(name) + GoldenRun.ToHost(parameter.Value.Grad!).Doubles.Sum(value => value * value);
        }

        foreach (JsonProperty gradient in expected.EnumerateObject())
        {
            run.Close($"norm of the gradient of {gradient.Name}", Math.Sqrt(squares[gradient.Name]), gradient.Value.GetProperty("l2").GetDouble(), tolerance);
        }
    }

    /// <summary>PyTorch's name of a parameter, and which third of its rows it is (-1 for all): queries, keys and values lie in one matrix there.</summary>
    private static (string Name, int Third) Packed(string name)
    {
        string[] parts = ["q", "k", "v"];
        for (int i = 0; i < parts.Length; i++)
        {
            if (name.Contains($"self_attn.{parts[i]}.", StringComparison.Ordinal))
            {
                return (name.Replace($"self_attn.{parts[i]}.", "self_attn.in_proj_", StringComparison.Ordinal), i);
            }
        }

        return (name.Replace("self_attn.out.", "self_attn.out_proj.", StringComparison.Ordinal), -1);
    }
}
