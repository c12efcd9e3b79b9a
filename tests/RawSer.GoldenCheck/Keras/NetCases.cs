using RawSer.Kernels;
using RawSer.Models.Ser;
using RawSer.Nn;

namespace RawSer.GoldenCheck.Keras;

/// <summary>The three networks of the report in inference: layer by layer, fused, and with the batch in another order.</summary>
internal static class NetCases
{
    public static void Register(HandlerTable table)
    {
        table.Kind("net_eval", (golden, run) =>
        {
            if (golden.HasOutput("reversed"))
            {
                Reordered(golden, run);
            }
            else
            {
                LayerByLayer(golden, run);
            }
        });
    }

    /// <summary>The network that a case describes, with its weights, on the device of the run.</summary>
    public static SerNetwork Network(GoldenCase golden, GoldenRun run, double dropout = 0)
    {
        GoldenAttributes attrs = golden.Attrs;
        SerArchitecture architecture = attrs.String("net") switch
        {
            "single" => SerArchitecture.Cnn,
            "double" => SerArchitecture.TwoCnn,
            "parallel" => SerArchitecture.CnnTransformer,
            string other => throw new GoldenUnsupportedException($"network {other}"),
        };
        int frames = Features(golden).Shape[-1];
        run.Equal("frames", frames, attrs.Int("frames", frames));
        SerNetworkOptions options = SerNetworkOptions.AsReported(architecture, frames) with
        {
            Attend = attrs.ChoiceOr("attend", AttentionAxis.Batch, ("time", AttentionAxis.Time), ("batch", AttentionAxis.Batch)),
            Dropout = dropout,
            EncoderDropout = dropout,
        };
        SerNetwork network = new(options);
        KerasLayout.Load(network, golden, attrs.String("weights_file"), attrs.Strings("weights"));
        network.To(run.Device);
        return network;
    }

    /// <summary>The rows of the inputs that a step or case uses.</summary>
    public static Tensor Rows(GoldenCase golden, GoldenRun run, ReadOnlySpan<int> rows)
    {
        GoldenTensor all = Features(golden);
        int size = all.Count / all.Shape[0];
        float[] chosen = new float[rows.Length * size];
        for (int i = 0; i < rows.Length; i++)
        {
            all.Floats.AsSpan(rows[i] * size, size).CopyTo(chosen.AsSpan(i * size));
        }

        return Tensor.From(chosen, all.Shape.With(0, rows.Length), run.Device);
    }

    private static GoldenTensor Features(GoldenCase golden) => golden.Tensor(golden.InputNames[0], golden.Attrs.String("inputs_file"));

    private static void LayerByLayer(GoldenCase golden, GoldenRun run)
    {
        using NoGradScope noGrad = Autograd.NoGrad();
        using SerNetwork network = Network(golden, run);
        Tensor x = Rows(golden, run, golden.Attrs.Ints("input_rows"));
        run.Equal("batch", x.Shape[0], golden.Attrs.Int("batch", x.Shape[0]));
        CheckOrder(golden, run);
        golden.Attrs.Describe("stored_slices"); // read where an output is stored in part
        Dictionary<Module, string> names = network.NamedModules().ToDictionary(m => m.Module, m => m.Name);
        GoldenAttributes shapes = golden.Attrs.Object("shapes");
        Tensor? logits = null;
        Module.Observe(
            call =>
            {
                string role = Role(names[call.Module], call.Step);
                if (shapes.Has(role))
                {
                    run.Equal($"shape of {role}", call.Output.Shape, (Shape)shapes.Ints(role));
                }

                if (golden.HasOutput(role) && role != "logits")
                {
                    run.Output(role, Stored(golden, role, call.Output));
                }
            },
            () => logits = network.Forward(x));
        run.Output("logits", logits!);
        run.Output("softmax", logits!.Softmax(-1));
        run.Equal("shape of softmax", logits.Shape, (Shape)shapes.Ints("softmax"));

        Tensor fused = network.Forward(x);
        run.Close("logits of the fused pass", GoldenRun.ToHost(fused).Doubles, golden.Expected("logits").Doubles);
        CheckCounts(golden, run, network);
    }

    /// <summary>The name of a step in the goldens.</summary>
    private static string Role(string module, string? step) => (module, step) switch
    {
        ("", null) => "logits",
        ("", _) => step,
        (_, null) => module,
        _ => $"{module}.{step}".Replace("self_attn.weights", "attn_probs"),
    };

    private static void Reordered(GoldenCase golden, GoldenRun run)
    {
        using NoGradScope noGrad = Autograd.NoGrad();
        using SerNetwork network = Network(golden, run);
        int[] rows = golden.Attrs.Ints("input_rows");
        int[] reversed = [.. rows.Reverse()];
        run.Output("reversed", network.Forward(Rows(golden, run, reversed)).Softmax(-1));
        run.Output("first2", network.Forward(Rows(golden, run, rows.AsSpan(0, 2))).Softmax(-1));
        run.Output("first1", network.Forward(Rows(golden, run, rows.AsSpan(0, 1))).Softmax(-1));
    }

    /// <summary>Some outputs are stored in part, as their attribute says in words.</summary>
    private static Tensor Stored(GoldenCase golden, string role, Tensor output)
    {
        if (!golden.Attrs.Has("stored_slices") || golden.Attrs.Object("stored_slices").StringOrNull(role) is not { } slice)
        {
            return output;
        }

        Shape shape = golden.Expected(role).Shape;
        Tensor part = slice switch
        {
            "every 16th of axis 0" => output.Slice(0, step: 16),
            "first 8 of axis 0" => output.Slice(0, 0, 8),
            "sample 0, queries 0..7" => output.Slice(0, 0, 1).Slice(2, 0, 8),
            _ when slice.StartsWith("sample 0, channels 0..", StringComparison.Ordinal) => output.Slice(0, 0, 1).Slice(1, 0, int.Parse(slice[22..]) + 1),
            _ => throw new GoldenFormatException($"{golden.Name}: slice '{slice}' of {role} is not known"),
        };
        return part.Reshape(shape.AsSpan());
    }

    /// <summary>The order in which the parts meet at the dense layer; another one needs another network.</summary>
    private static void CheckOrder(GoldenCase golden, GoldenRun run)
    {
        string order = golden.Attrs.Choice(
            "net", ("single", "cnn1.flatten"), ("double", "cnn1.flatten cnn2.flatten"), ("parallel", "encoder.mean cnn1.flatten cnn2.flatten"));
        run.Equal("concat_order", order, string.Join(" ", golden.Attrs.Strings("concat_order")));
    }

    private static void CheckCounts(GoldenCase golden, GoldenRun run, SerNetwork network)
    {
        GoldenAttributes counts = golden.Attrs.Object("params_per_layer");
        foreach (NamedModule module in network.NamedModules().Where(m => counts.Has(m.Name)))
        {
            run.Equal($"parameters of {module.Name}", module.Module.NamedState().Sum(s => s.Value.ElementCount), counts.Int(module.Name));
        }

        run.Equal("parameters", network.NamedState().Sum(s => s.Value.ElementCount), golden.Attrs.Int("params_total"));
    }
}
