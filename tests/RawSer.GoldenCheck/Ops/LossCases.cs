namespace RawSer.GoldenCheck.Ops;

/// <summary>Losses of predictions against targets.</summary>
internal static class LossCases
{
    public static void Register(HandlerTable table)
    {
        table.Op("cross_entropy", (golden, run) => run.Result(run.Input("x").CrossEntropy(
            run.Input("target"),
            run.InputOrNull("weight"),
            golden.Attrs.Int("ignore_index"),
            golden.Attrs.Double("label_smoothing"),
            Reduction(golden))));
        table.Op("nll_loss", (golden, run) => run.Result(run.Input("x").NllLoss(
            run.Input("target"), run.InputOrNull("weight"), golden.Attrs.Int("ignore_index"), Reduction(golden))));
        table.Op("mse_loss", (golden, run) => run.Result(run.Input("x").MseLoss(run.Input("target"), Reduction(golden))));
        table.Op("l1_loss", (golden, run) => run.Result(run.Input("x").L1Loss(run.Input("target"), Reduction(golden))));
        table.Op("smooth_l1_loss", (golden, run) => run.Result(
            run.Input("x").SmoothL1Loss(run.Input("target"), golden.Attrs.Double("beta"), Reduction(golden))));
        table.Op("binary_cross_entropy_with_logits", (golden, run) => run.Result(run.Input("x").BinaryCrossEntropyWithLogits(
            run.Input("target"), run.InputOrNull("weight"), run.InputOrNull("pos_weight"), Reduction(golden))));
        table.Op("keras_categorical_crossentropy", (golden, run) => run.Result(
            run.Input("x").KerasCategoricalCrossEntropy(run.Input("target"), golden.Attrs.Double("epsilon"))));
    }

    private static LossReduction Reduction(GoldenCase golden) => golden.Attrs.String("reduction") switch
    {
        "mean" => LossReduction.Mean,
        "sum" => LossReduction.Sum,
        "none" => LossReduction.None,
        string other => throw new GoldenUnsupportedException($"reduction '{other}'"),
    };
}
