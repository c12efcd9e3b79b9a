namespace RawSer.GoldenCheck.Ops;

/// <summary>Convolutions and transposed convolutions in one and two dimensions.</summary>
internal static class ConvCases
{
    public static void Register(HandlerTable table)
    {
        table.Op("conv1d", (golden, run) =>
        {
            Tensor x = run.Input("x"), w = run.Input("w");
            run.Result(x.Conv1d(w, run.InputOrNull("b"), Window(golden.Attrs, w, 1, 0), golden.Attrs.Int("groups")));
        });
        table.Op("conv2d", (golden, run) =>
        {
            Tensor x = run.Input("x"), w = run.Input("w");
            run.Result(x.Conv2d(w, run.InputOrNull("b"), Window(golden.Attrs, w, 2, 0), Window(golden.Attrs, w, 2, 1), golden.Attrs.Int("groups")));
        });
        table.Op("conv2d_tf_same", (golden, run) =>
        {
            Tensor x = run.Input("x"), w = run.Input("w");
            int[] stride = golden.Attrs.Ints("stride", 2, 1);
            ConvWindow height = ConvWindow.TensorFlowSame(x.Shape[2], w.Shape[2], stride[0]), width = ConvWindow.TensorFlowSame(x.Shape[3], w.Shape[3], stride[1]);
            run.Result(x.Conv2d(w, run.InputOrNull("b"), height, width));
        });
        table.Op("conv_transpose1d", (golden, run) => run.Result(run.Input("x").ConvTranspose1d(
            run.Input("w"), run.InputOrNull("b"), PlainWindow(golden.Attrs, 1, 0), golden.Attrs.Ints("output_padding", 1, 0)[0], golden.Attrs.Int("groups"))));
        table.Op("conv_transpose2d", (golden, run) =>
        {
            int[] outputPadding = golden.Attrs.Ints("output_padding", 2, 0);
            run.Result(run.Input("x").ConvTranspose2d(
                run.Input("w"), run.InputOrNull("b"), PlainWindow(golden.Attrs, 2, 0), PlainWindow(golden.Attrs, 2, 1), outputPadding[0], outputPadding[1], golden.Attrs.Int("groups")));
        });
    }

    private static ConvWindow Window(GoldenAttributes attrs, Tensor w, int axes, int axis) => attrs.IsString("padding")
        ? ConvWindow.Same(w.Shape[2 + axis], attrs.Ints("dilation", axes, 1)[axis])
        : PlainWindow(attrs, axes, axis);

    private static ConvWindow PlainWindow(GoldenAttributes attrs, int axes, int axis) =>
        ConvWindow.Of(attrs.Ints("stride", axes, 1)[axis], attrs.Ints("padding", axes, 0)[axis], attrs.Ints("dilation", axes, 1)[axis]);
}
