using RawSer.Kernels;
using RawSer.Nn;

namespace RawSer.GoldenCheck.Keras;

/// <summary>Convolutions: paddings valid, same and causal, channels last or first; kernels are (extents, in, out) in both.</summary>
internal static class ConvCases
{
    public static void Register(HandlerTable table)
    {
        table.Kind("conv2d", TwoDimensional);
        table.Kind("conv1d", OneDimensional);
    }

    private static void TwoDimensional(GoldenCase golden, GoldenRun run)
    {
        GoldenAttributes attrs = golden.Attrs;
        attrs.Only("kernel", "HWIO");
        Shape kernel = golden.Input("w").Shape;
        int groups = attrs.Int("groups", 1);
        int[] strides = attrs.Ints("strides", 2, 1), dilation = attrs.Ints("dilation", 2, 1);
        run.Equal("filters", kernel[3], attrs.Int("filters", kernel[3]));
        run.Equal("kernel_size", (kernel[0], kernel[1]), attrs.Ints("kernel_size", 2, 0) is [int rows, int columns] ? (rows, columns) : default);
        Conv2d convolution = new(
            kernel[2] * groups,
            kernel[3],
            (kernel[0], kernel[1]),
            ConvWindow.Of(strides[0], dilation: dilation[0]),
            ConvWindow.Of(strides[1], dilation: dilation[1]),
            groups,
            bias: golden.HasInput("b"),
            same: LayerRun.Same(golden));
        Run(golden, run, convolution);
    }

    private static void OneDimensional(GoldenCase golden, GoldenRun run)
    {
        GoldenAttributes attrs = golden.Attrs;
        attrs.Only("kernel", "WIO");
        Shape kernel = golden.Input("w").Shape;
        int groups = attrs.Int("groups", 1), stride = attrs.Int("strides", 1), dilation = attrs.Int("dilation", 1);
        run.Equal("filters", kernel[2], attrs.Int("filters", kernel[2]));
        run.Equal("kernel_size", kernel[0], attrs.Int("kernel_size", kernel[0]));
        bool causal = attrs.String("padding", "valid") == "causal";
        ConvWindow window = causal ? ConvWindow.Causal(kernel[0], stride, dilation) : ConvWindow.Of(stride, dilation: dilation);
        Run(golden, run, new Conv1d(kernel[1] * groups, kernel[2], kernel[0], window, groups, bias: golden.HasInput("b"), same: !causal && LayerRun.Same(golden)));
    }

    private static void Run(GoldenCase golden, GoldenRun run, Module convolution)
    {
        using Module layer = LayerRun.InLayout(golden, convolution);
        LayerRun.Load(golden, run, convolution, LayerRun.WeightAndBias);
        LayerRun.Compare(golden, run, convolution, layer.Forward, LayerRun.WeightAndBias);
    }
}
