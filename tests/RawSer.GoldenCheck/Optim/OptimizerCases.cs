using RawSer.Kernels;
using RawSer.Optim;

namespace RawSer.GoldenCheck.Optim;

/// <summary>PyTorch's optimisers over ten steps of given gradients, and gradient clipping.</summary>
internal static class OptimizerCases
{
    public static void Register(HandlerTable table)
    {
        table.Op("sgd", (golden, run) => Steps(golden, run, groups => new Sgd(groups, new SgdOptions
        {
            Momentum = golden.Attrs.Double("momentum"),
            Dampening = golden.Attrs.Double("dampening"),
            WeightDecay = golden.Attrs.Double("weight_decay"),
            Nesterov = golden.Attrs.Bool("nesterov"),
        })));
        table.Op("adam", (golden, run) => Steps(golden, run, groups => new Adam(groups, Adam(golden))));
        table.Op("adamw", (golden, run) => Steps(golden, run, groups => new AdamW(groups, Adam(golden))));
        table.Op("keras_adam", (golden, run) => Steps(golden, run, groups => new Adam(groups, Adam(golden) with { EpsilonBeforeCorrection = true })));
        table.Op("rmsprop", (golden, run) => Steps(golden, run, groups => new RmsProp(groups, new RmsPropOptions
        {
            Alpha = golden.Attrs.Double("alpha"),
            Epsilon = golden.Attrs.Double("eps"),
            WeightDecay = golden.Attrs.Double("weight_decay"),
            Momentum = golden.Attrs.Double("momentum"),
            Centered = golden.Attrs.Bool("centered"),
        })));
        table.Op("clip_grad_norm", (golden, run) =>
        {
            Tensor[] parameters = Gradients(golden, run);
            run.Output("norm", GradientClipping.ByNorm(parameters, golden.Attrs.Double("max_norm"), golden.Attrs.Double("norm_type")));
            Clipped(golden, run, parameters);
        });
        table.Op("clip_grad_value", (golden, run) =>
        {
            Tensor[] parameters = Gradients(golden, run);
            GradientClipping.ByValue(parameters, golden.Attrs.Double("clip_value"));
            Clipped(golden, run, parameters);
        });
    }

    private static AdamOptions Adam(GoldenCase golden) => new()
    {
        Beta1 = golden.Attrs.Doubles("betas")[0],
        Beta2 = golden.Attrs.Doubles("betas")[1],
        Epsilon = golden.Attrs.Double("eps"),
        WeightDecay = golden.Attrs.Double("weight_decay", 0),
        Amsgrad = golden.Attrs.Bool("amsgrad", false),
    };

    private static void Steps(GoldenCase golden, GoldenRun run, Func<IEnumerable<ParameterGroup>, Optimizer> create)
    {
        string[] names = [.. golden.InputRoles.Where(role => !role.EndsWith("_grads", StringComparison.Ordinal))];
        Tensor[] parameters = [.. names.Select(run.Input)];
        GoldenTensor[] gradients = [.. names.Select(name => golden.Input($"{name}_grads"))];
        List<float>[] history = [.. names.Select(_ => new List<float>())];
        double rate = golden.Attrs.Double("lr");
        double[] rates = [.. names.Select(name => golden.Attrs.Has("lr_by_parameter") ? golden.Attrs.Object("lr_by_parameter").Double(name) : rate)];
        using Optimizer optimizer = create(golden.Attrs.Has("lr_by_parameter")
            ? parameters.Select((parameter, i) => new ParameterGroup([parameter], rates[i]))
            : [new ParameterGroup(parameters, rate)]);

        for (int step = 0; step < gradients[0].Shape[0]; step++)
        {
            for (int i = 0; i < names.Length; i++)
            {
                parameters[i].RequiresGrad = true;
                parameters[i].ZeroGrad();
                if (!IsMissing(golden, names[i], step))
                {
                    int count = (int)parameters[i].ElementCount;
                    parameters[i].Backward(run.ToDevice(GoldenTensor.Of(gradients[i].Floats[(step * count)..((step + 1) * count)], parameters[i].Shape)));
                }
            }

            if (golden.Attrs.Has("max_norm"))
            {
                GradientClipping.ByNorm(parameters, golden.Attrs.Double("max_norm"));
            }

            if (golden.Attrs.Has("warmup"))
            {
                optimizer.LearningRate = rate * Math.Min((step + 1.0) / golden.Attrs.Int("warmup"), 1);
            }

            optimizer.Step();
            for (int i = 0; i < names.Length; i++)
            {
                history[i].AddRange(parameters[i].ToArray<float>());
            }
        }

        for (int i = 0; i < names.Length; i++)
        {
            run.Output($"{names[i]}_steps", history[i].ToArray(), gradients[i].Shape);
        }

        foreach ((string name, Tensor? tensor, _) in optimizer.State(names))
        {
            if (tensor is not null)
            {
                run.Output(name.Replace('.', '_'), tensor);
            }
        }
    }

    private static bool IsMissing(GoldenCase golden, string name, int step) =>
        golden.Attrs.Has("missing") && golden.Attrs.Object("missing").Has(name) && golden.Attrs.Object("missing").Ints(name).Contains(step);

    /// <summary>Parameters whose gradients are the inputs of the case.</summary>
    private static Tensor[] Gradients(GoldenCase golden, GoldenRun run) =>
    [
        .. golden.InputRoles.Select(role =>
        {
            GoldenTensor gradient = golden.Input(role);
            Tensor parameter = Tensor.Zeros(gradient.Shape, DType.F32, run.Device);
            parameter.RequiresGrad = true;
            parameter.Backward(run.ToDevice(gradient));
            return parameter;
        }),
    ];

    private static void Clipped(GoldenCase golden, GoldenRun run, Tensor[] parameters)
    {
        string[] roles = [.. golden.InputRoles];
        for (int i = 0; i < roles.Length; i++)
        {
            run.Output($"{roles[i]}_clipped", parameters[i].Grad!);
        }
    }
}
