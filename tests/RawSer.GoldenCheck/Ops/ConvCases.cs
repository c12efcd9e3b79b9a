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
            if (golden.Attrs.Has("pad_before_after"))
            {
                int[][] pads = [.. golden.Attrs.Get("pad_before_after").EnumerateArray().Select(pair => pair.EnumerateArray().Select(pad => pad.GetInt32()).ToArray())];
                run.Equal("padding of rows", (height.PadBefore, height.PadAfter), (pads[0][0], pads[0][1]));
                run.Equal("padding of columns", (width.PadBefore, width.PadAfter), (pads[1][0], pads[1][1]));
            }

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

    /// <summary>PyTorch's 'same' is for stride 1 only; 'valid' is no padding.</summary>
    private static ConvWindow Window(GoldenAttributes attrs, Tensor w, int axes, int axis)
    {
        if (!attrs.IsString("padding"))
        {
            return PlainWindow(attrs, axes, axis);
        }

        int stride = attrs.Ints("stride", axes, 1)[axis], dilation = attrs.Ints("dilation", axes, 1)[axis];
        bool same = attrs.Choice("padding", ("same", true), ("valid", false));
        return !same ? ConvWindow.Of(stride, dilation: dilation)
            : stride == 1 ? ConvWindow.Same(w.Shape[2 + axis], dilation)
            : throw new GoldenUnsupportedException($"padding 'same' with stride {stride}");
    }

    private static ConvWindow PlainWindow(GoldenAttributes attrs, int axes, int axis) =>
        ConvWindow.Of(attrs.Ints("stride", axes, 1)[axis], attrs.Ints("padding", axes, 0)[axis], attrs.Ints("dilation", axes, 1)[axis]);
}
