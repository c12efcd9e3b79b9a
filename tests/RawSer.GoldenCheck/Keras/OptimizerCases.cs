using RawSer.Optim;
using RawSer.Training;

namespace RawSer.GoldenCheck.Keras;

/// <summary>Optimisers of Keras over twenty steps of given gradients, with its forms of clipping and schedules.</summary>
internal static class OptimizerCases
{
    private static readonly string[] Names = ["a", "b"];

    public static void Register(HandlerTable table) => table.Kind("optimizer", (golden, run) =>
    {
        GoldenAttributes attrs = golden.Attrs;
        Tensor[] parameters = [.. Enumerable.Range(0, Names.Length).Select(i => run.ToDevice(golden.Input(i)))];
        GoldenTensor[] gradients = [.. Enumerable.Range(Names.Length, Names.Length).Select(golden.Input)];
        using Optimizer optimizer = Create(golden, parameters);
        HashSet<int> recorded = [.. attrs.Ints("steps_recorded")];
        List<float>[] history = [.. Names.Select(_ => new List<float>())];
        for (int step = 0; step < attrs.Int("steps"); step++)
        {
            for (int i = 0; i < Names.Length; i++)
            {
                int count = (int)parameters[i].ElementCount;
                parameters[i].RequiresGrad = true;
                parameters[i].ZeroGrad();
                parameters[i].Backward(run.ToDevice(GoldenTensor.Of(gradients[i].Floats[(step * count)..((step + 1) * count)], parameters[i].Shape)));
            }

            Clip(attrs, parameters);
            optimizer.LearningRate = Rate(attrs, step);
            optimizer.Step();
            for (int i = 0; i < Names.Length && recorded.Contains(step + 1); i++)
            {
                history[i].AddRange(parameters[i].ToArray<float>());
            }
        }

        for (int i = 0; i < Names.Length; i++)
        {
            run.Output($"w_{Names[i]}", history[i].ToArray(), [recorded.Count, .. parameters[i].Shape]);
        }
    });

    private static Optimizer Create(GoldenCase golden, Tensor[] parameters)
    {
        GoldenAttributes attrs = golden.Attrs;
        AdamOptions adam = AdamOptions.Keras with
        {
            Beta1 = attrs.Double("beta1", 0.9),
            Beta2 = attrs.Double("beta2", 0.999),
            Epsilon = attrs.Double("eps", 1e-7),
            Amsgrad = attrs.Bool("amsgrad", false),
            WeightDecay = attrs.Double("weight_decay", 0),
        };
        return golden.Name.Split('_')[0] switch
        {
            "adam" => new Adam(parameters, 0, adam),
            "adamw" => new AdamW(parameters, 0, adam),
            "sgd" => new Sgd(parameters, 0, new SgdOptions { Momentum = attrs.Double("momentum", 0), Nesterov = attrs.Bool("nesterov", false), RateInVelocity = true }),
            "rmsprop" => new RmsProp(parameters, 0, RmsPropOptions.Keras with
            {
                Alpha = attrs.Double("rho"),
                Epsilon = attrs.Double("eps"),
                Momentum = attrs.Double("momentum", 0),
                Centered = attrs.Bool("centered", false),
                EpsilonUnderRoot = golden.Name != "rmsprop_legacy",
            }),
            "adagrad" => new Adagrad(parameters, 0, AdagradOptions.Keras with { InitialSum = attrs.Double("initial_accumulator"), Epsilon = attrs.Double("eps") }),
            string other => throw new GoldenUnsupportedException($"optimiser {other}"),
        };
    }

    private static void Clip(GoldenAttributes attrs, Tensor[] parameters)
    {
        if (attrs.Has("clipnorm"))
        {
            GradientClipping.EachByNorm(parameters, attrs.Double("clipnorm"));
        }
        else if (attrs.Has("global_clipnorm"))
        {
            GradientClipping.ByNorm(parameters, attrs.Double("global_clipnorm"), epsilon: 0);
        }
        else if (attrs.Has("clipvalue"))
        {
            GradientClipping.ByValue(parameters, attrs.Double("clipvalue"));
        }
    }

    private static double Rate(GoldenAttributes attrs, int step) => attrs.String("schedule", attrs.Has("boundaries") ? "piecewise" : "constant") switch
    {
        "piecewise" => KerasSchedules.PiecewiseConstantDecay(step, attrs.Doubles("boundaries"), attrs.Doubles("values")),
        "cosine" => KerasSchedules.CosineDecay(step, attrs.Double("lr"), attrs.Double("decay_steps"), attrs.Double("alpha")),
        "exponential" => KerasSchedules.ExponentialDecay(step, attrs.Double("lr"), attrs.Double("decay_steps"), attrs.Double("decay_rate")),
        _ => attrs.Double("lr"),
    };
}
