using RawSer.Nn;

namespace RawSer.GoldenCheck.Keras;

/// <summary>Pooling, global averages with and without a mask, and flattening.</summary>
internal static class PoolCases
{
    public static void Register(HandlerTable table)
    {
        table.Kind("maxpool2d", (golden, run) => Pool(golden, run, options => new MaxPool2d(options)));
        table.Kind("avgpool2d", (golden, run) => Pool(golden, run, options => new AvgPool2d(options, countPadding: false)));
        table.Kind("globalavgpool1d", (golden, run) => GlobalAverage(golden, run, dims: 1));
        table.Kind("globalavgpool2d", (golden, run) => GlobalAverage(golden, run, dims: 2));
        table.Kind("flatten", (golden, run) =>
        {
            Tensor x = run.Input("x");
            run.Result(new Flatten().Forward(LayerRun.ChannelsFirst(golden) && x.Rank > 2 ? x.MoveDim(1, -1) : x));
        });
    }

    private static void Pool(GoldenCase golden, GoldenRun run, Func<PoolOptions, Module> layer)
    {
        Pair size = Both(golden, "pool_size", 2);
        PoolOptions options = new(size) { Stride = golden.Attrs.Has("strides") ? Both(golden, "strides", 1) : size, Same = LayerRun.Same(golden) };
        run.Result(LayerRun.InLayout(golden, layer(options)).Forward(run.Input("x")));
    }

    /// <summary>The mask is over time, (N, T), and true where a step counts.</summary>
    private static void GlobalAverage(GoldenCase golden, GoldenRun run, int dims)
    {
        Tensor x = run.Input("x");
        bool masked = golden.Attrs.Bool("masked", false);
        if (masked != golden.HasInput("mask") || (masked && dims != 1))
        {
            throw new GoldenUnsupportedException($"a mask over {dims} dimensions, masked {masked}");
        }

        int first = LayerRun.ChannelsFirst(golden) ? 2 : 1;
        if (masked)
        {
            GoldenTensor mask = golden.Input("mask");
            run.Result(x.MaskedMean(first, Tensor.From(mask.Bools, mask.Shape.Insert(first == 1 ? 2 : 1, 1), run.Device)));
            return;
        }

        run.Result(x.Mean([.. Enumerable.Range(first, dims)]));
    }

    private static Pair Both(GoldenCase golden, string name, int fallback)
    {
        int[] values = golden.Attrs.Ints(name, 2, fallback);
        return (values[0], values[1]);
    }
}
