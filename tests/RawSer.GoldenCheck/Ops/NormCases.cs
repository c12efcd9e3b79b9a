namespace RawSer.GoldenCheck.Ops;

/// <summary>Batch, layer, group, instance and weight normalisation.</summary>
internal static class NormCases
{
    public static void Register(HandlerTable table)
    {
        table.Op("batch_norm", BatchNorm);
        table.Op("layer_norm", (golden, run) => run.Result(run.Input("x").LayerNorm(
            run.InputOrNull("weight"), run.InputOrNull("bias"), golden.Attrs.Double("eps"), golden.Attrs.Ints("normalized_shape").Length)));
        table.Op("group_norm", (golden, run) => run.Result(run.Input("x").GroupNorm(
            golden.Attrs.Int("num_groups"), run.InputOrNull("weight"), run.InputOrNull("bias"), golden.Attrs.Double("eps"))));
        table.Op("instance_norm", (golden, run) => run.Result(run.Input("x").InstanceNorm(
            run.InputOrNull("weight"), run.InputOrNull("bias"), golden.Attrs.Double("eps"))));
        table.Op("weight_norm", (golden, run) => run.Result(run.Input("v").WeightNorm(run.Input("g"), golden.Attrs.Int("dim"))));
        table.Op("wav2vec2_positional_conv", (golden, run) =>
        {
            Tensor x = run.Input("x"), weight = run.Input("v").WeightNorm(run.Input("g"), 2);
            run.Equal("kernel_size", weight.Shape[2], golden.Attrs.Int("kernel_size", weight.Shape[2]));
            Tensor positions = x.Permute(0, 2, 1).Conv1d(weight, run.Input("b"), padding: golden.Attrs.Int("padding"), groups: golden.Attrs.Int("groups"));
            run.Result(positions.Slice(-1, 0, x.Shape[1]).Gelu().Permute(0, 2, 1)); // an even kernel gives one frame too many
        });
    }

    private static void BatchNorm(GoldenCase golden, GoldenRun run)
    {
        BatchNormOptions options = new()
        {
            Axis = golden.Attrs.Int("axis"),
            Momentum = golden.Attrs.Double("momentum"),
            Epsilon = golden.Attrs.Double("eps"),
        };
        Tensor? mean = run.InputOrNull("running_mean"), variance = run.InputOrNull("running_var");
        run.Result(run.Input("x").BatchNorm(
            run.InputOrNull("weight"), run.InputOrNull("bias"), mean, variance, golden.Attrs.Bool("training"), options));
        if (golden.HasOutput("running_mean_out"))
        {
            run.Output("running_mean_out", mean!);
            run.Output("running_var_out", variance!);
        }
        else if (mean is not null)
        {
            run.Check("running mean unchanged", GoldenRun.ToHost(mean).Doubles.SequenceEqual(golden.Input("running_mean").Doubles));
        }
    }
}
