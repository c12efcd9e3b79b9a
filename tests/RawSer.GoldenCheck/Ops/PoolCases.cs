using RawSer.Kernels;

namespace RawSer.GoldenCheck.Ops;

/// <summary>Max, average and adaptive average pooling.</summary>
internal static class PoolCases
{
    public static void Register(HandlerTable table)
    {
        table.Op("max_pool1d", (golden, run) => Max(golden, run, (x, options) => x.MaxPool1d(options), (x, options) => x.MaxPool1dWithIndex(options)));
        table.Op("max_pool2d", (golden, run) => Max(golden, run, (x, options) => x.MaxPool2d(options), (x, options) => x.MaxPool2dWithIndex(options)));
        table.Op("avg_pool1d", (golden, run) => run.Result(run.Input("x").AvgPool1d(Options(golden), golden.Attrs.Bool("count_include_pad"))));
        table.Op("avg_pool2d", (golden, run) => run.Result(
            run.Input("x").AvgPool2d(Options(golden), golden.Attrs.Bool("count_include_pad"), golden.Attrs.DoubleOrNull("divisor_override"))));
        table.Op("adaptive_avg_pool1d", (golden, run) => run.Result(run.Input("x").AdaptiveAvgPool1d(golden.Attrs.Int("output_size"))));
        table.Op("adaptive_avg_pool2d", (golden, run) => run.Result(run.Input("x").AdaptiveAvgPool2d(Both(golden, "output_size", 1))));
    }

    private static void Max(
        GoldenCase golden, GoldenRun run, Func<Tensor, PoolOptions, Tensor> pool, Func<Tensor, PoolOptions, (Tensor Values, Tensor Index)> withIndex)
    {
        Tensor x = run.Input("x");
        PoolOptions options = Options(golden);
        run.Result(pool(x, options));
        if (golden.HasOutput("index"))
        {
            (Tensor values, Tensor index) = withIndex(x, options);
            run.Output("y", values);
            run.Output("index", index);
        }
    }

    private static PoolOptions Options(GoldenCase golden) => new(Both(golden, "kernel_size", 1))
    {
        Stride = Both(golden, "stride", 1),
        Padding = Both(golden, "padding", 0),
        Dilation = Both(golden, "dilation", 1),
        Ceiling = golden.Attrs.Bool("ceil_mode"),
    };

    private static Pair Both(GoldenCase golden, string name, int fallback)
    {
        int[] values = golden.Attrs.Ints(name, 2, fallback);
        return (values[0], values[1]);
    }
}
