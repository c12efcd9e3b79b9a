using RawSer.Kernels;
using RawSer.Nn;
using RawSer.Optim;

namespace RawSer.GoldenCheck.Train;

/// <summary>Twenty full-batch steps from given weights: losses, first logits and gradients, final parameters and statistics.</summary>
internal static class TrainCases
{
    /// <summary>PyTorch stacks query, key and value; ours are separate.</summary>
    private static readonly (string Golden, string[] Ours)[] Renamed =
    [
        ("layer.self_attn.in_proj_weight", ["layer.self_attn.q.weight", "layer.self_attn.k.weight", "layer.self_attn.v.weight"]),
        ("layer.self_attn.in_proj_bias", ["layer.self_attn.q.bias", "layer.self_attn.k.bias", "layer.self_attn.v.bias"]),
        ("layer.self_attn.out_proj.weight", ["layer.self_attn.out.weight"]),
        ("layer.self_attn.out_proj.bias", ["layer.self_attn.out.bias"]),
    ];

    public static void Register(HandlerTable table)
    {
        table.Op("train_mlp", (golden, run) => Train(golden, run, new TrainNetworks.Mlp(golden)));
        table.Op("train_cnn", (golden, run) => Train(golden, run, new TrainNetworks.Cnn(golden, keras: false)));
        table.Op("train_keras_cnn", (golden, run) => Train(golden, run, new TrainNetworks.Cnn(golden, keras: true)));
        table.Op("train_encoder", (golden, run) => Train(golden, run, new TrainNetworks.Encoder(golden) { Padding = run.Input("padding") }));
    }

    private static void Train(GoldenCase golden, GoldenRun run, Module network)
    {
        using Module disposed = network;
        string[] stored = [.. golden.InputRoles.Where(role => role is not ("x" or "target" or "padding"))];
        foreach (string name in stored)
        {
            Load(network, name, golden.Input(name).Floats);
        }

        network.To(run.Device);
        network.Train();
        Tensor x = run.ToDevice(golden.Input("x")), target = run.ToDevice(golden.Input("target"));
        GoldenAttributes attrs = golden.Attrs;
        using Adam optimizer = OptimizerOf(attrs, network.Parameters());
        List<float> losses = [];
        for (int step = 0; step < attrs.Int("steps"); step++)
        {
            using TensorScope scope = Tensor.Scope();
            Tensor logits = network.Forward(x), loss = logits.CrossEntropy(target);
            losses.Add(loss.Item<float>());
            network.ZeroGrad();
            loss.Backward();
            if (step == 0)
            {
                run.Output("logits_first", logits);
                foreach (string name in stored.Where(name => golden.HasOutput($"d{name}_first")))
                {
                    run.Output($"d{name}_first", Stacked(network, name, parameter => parameter.Grad!), golden.Input(name).Shape);
                }
            }

            if (attrs.DoubleOrNull("max_norm") is { } maxNorm)
            {
                GradientClipping.ByNorm(network.Parameters(), maxNorm);
            }

            optimizer.LearningRate = attrs.Double("lr") * Math.Min((step + 1) / attrs.Double("warmup", 1), 1);
            optimizer.Step();
        }

        run.Output("losses", GoldenTensor.Vector<float>([.. losses]));
        foreach (string name in stored)
        {
            run.Output($"{name}_final", Stacked(network, name, parameter => parameter), golden.Input(name).Shape);
        }
    }

    private static string[] Ours(string golden)
    {
        foreach ((string name, string[] ours) in Renamed)
        {
            if (name == golden)
            {
                return ours;
            }
        }

        return [golden];
    }

    private static void Load(Module network, string name, float[] values)
    {
        int done = 0;
        foreach (Tensor parameter in Ours(name).Select(network.State))
        {
            int count = (int)parameter.ElementCount;
            parameter.CopyFrom<float>(values.AsSpan(done, count));
            done += count;
        }
    }

    private static float[] Stacked(Module network, string name, Func<Tensor, Tensor> part) =>
        [.. Ours(name).SelectMany(own => part(network.State(own)).ToArray<float>())];

    private static Adam OptimizerOf(GoldenAttributes attrs, IReadOnlyList<Tensor> parameters) => attrs.String("optimizer") switch
    {
        "adam" => new Adam(parameters, attrs.Double("lr")),
        "keras_adam" => new Adam(parameters, attrs.Double("lr"), AdamOptions.Keras with { Epsilon = attrs.Double("eps") }),
        "adamw" => new AdamW(
            parameters, attrs.Double("lr"), new AdamOptions { Epsilon = attrs.Double("eps"), WeightDecay = attrs.Double("weight_decay") }),
        string other => throw new GoldenUnsupportedException($"optimiser {other}"),
    };
}
