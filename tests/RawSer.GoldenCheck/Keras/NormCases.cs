using RawSer.Nn;

namespace RawSer.GoldenCheck.Keras;

/// <summary>Batch and layer normalisation.</summary>
internal static class NormCases
{
    private static readonly (string Role, string State)[] s_batch =
        [("gamma", "weight"), ("beta", "bias"), ("moving_mean", "running_mean"), ("moving_var", "running_var")];

    private static readonly (string Role, string State)[] s_layer = [("gamma", "weight"), ("beta", "bias")];

    public static void Register(HandlerTable table)
    {
        table.Kind("batchnorm", Batch);
        table.Kind("layernorm", Layer);
    }

    private static void Batch(GoldenCase golden, GoldenRun run)
    {
        GoldenAttributes attrs = golden.Attrs;
        Kernels.Shape shape = golden.Input("x").Shape;
        int axis = attrs.Int("axis", -1);
        bool training = attrs.Bool("training"), trainable = attrs.Bool("trainable", true);
        BatchNormOptions options = BatchNormOptions.Keras(axis, shape.Rank) with { Epsilon = attrs.Double("epsilon", 1e-3), Momentum = 1 - attrs.Double("momentum", 0.99) };
        run.Equal("scale", golden.HasInput("gamma"), attrs.Bool("scale", golden.HasInput("gamma")));
        run.Equal("center", golden.HasInput("beta"), attrs.Bool("center", golden.HasInput("beta")));
        bool follows = training && trainable;
        bool bessel = options.UnbiasedRunningVariance && follows;
        run.Equal("Bessel correction of the moving variance", bessel, attrs.Bool("bessel_in_moving_var", bessel));

        using BatchNorm norm = new(shape[axis], options);
        if (training)
        {
            norm.Train();
        }

        if (!trainable)
        {
            norm.Freeze();
        }

        LayerRun.Run(golden, run, norm, norm.Forward, s_batch);
        Moved("mean", norm.RunningMean);
        Moved("var", norm.RunningVariance);

        void Moved(string statistic, Tensor got)
        {
            if (follows)
            {
                run.Output($"new_moving_{statistic}", got);
            }
            else
            {
                run.Check($"moving {statistic} stays", got.ToArray<float>().AsSpan().SequenceEqual(golden.Input($"moving_{statistic}").Floats));
            }
        }
    }

    /// <summary>Axes that are not the last ones are moved there and back.</summary>
    private static void Layer(GoldenCase golden, GoldenRun run)
    {
        Kernels.Shape shape = golden.Input("x").Shape;
        int[] axes = [.. (golden.Attrs.Has("axis") ? golden.Attrs.Ints("axis") : [-1]).Select(axis => shape.Dim(axis)).Order()];
        int[] order = [.. Enumerable.Range(0, shape.Rank).Except(axes), .. axes];
        int[] back = [.. Enumerable.Range(0, shape.Rank).Select(d => Array.IndexOf(order, d))];
        using LayerNorm norm = new(Kernels.Shape.Create([.. axes.Select(axis => shape[axis])]), golden.Attrs.Double("epsilon", 1e-3));
        LayerRun.Run(golden, run, norm, x => norm.Forward(x.Permute(order)).Permute(back), s_layer);
    }
}
