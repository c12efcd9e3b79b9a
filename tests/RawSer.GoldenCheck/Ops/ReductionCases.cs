using RawSer.Kernels;

namespace RawSer.GoldenCheck.Ops;

/// <summary>Functions of many elements. Without dimensions they reduce all.</summary>
internal static class ReductionCases
{
    public static void Register(HandlerTable table)
    {
        table.Op("sum", (golden, run) => run.Result(run.Input("x").Sum(Dims(golden), KeepDim(golden))));
        table.Op("mean", (golden, run) => run.Result(run.Input("x").Mean(Dims(golden), KeepDim(golden))));
        table.Op("var", (golden, run) => run.Result(run.Input("x").Var(Dims(golden), golden.Attrs.Double("correction"), KeepDim(golden))));
        table.Op("std", (golden, run) => run.Result(run.Input("x").Std(Dims(golden), golden.Attrs.Double("correction"), KeepDim(golden))));
        table.Op("amax", (golden, run) => run.Result(run.Input("x").Amax(Dims(golden), KeepDim(golden))));
        table.Op("amin", (golden, run) => run.Result(run.Input("x").Amin(Dims(golden), KeepDim(golden))));
        table.Op("logsumexp", (golden, run) => run.Result(run.Input("x").LogSumExp(Dims(golden), KeepDim(golden))));
        table.Op("norm", (golden, run) => run.Result(run.Input("x").Norm(Dims(golden), golden.Attrs.Double("ord"), KeepDim(golden))));
        table.Op("cumsum", (golden, run) => run.Result(run.Input("x").CumSum(golden.Attrs.Int("dim"))));
        table.Op("max", (golden, run) => Extreme(golden, run, x => x.Max(), (x, dim, keep) => x.Max(dim, keep)));
        table.Op("min", (golden, run) => Extreme(golden, run, x => x.Min(), (x, dim, keep) => x.Min(dim, keep)));
        table.Op("argmax", (golden, run) => Place(golden, run, x => x.ArgMax(), (x, dim, keep) => x.ArgMax(dim, keep)));
        table.Op("argmin", (golden, run) => Place(golden, run, x => x.ArgMin(), (x, dim, keep) => x.ArgMin(dim, keep)));
    }

    private static void Extreme(
        GoldenCase golden, GoldenRun run, Func<Tensor, Tensor> ofAll, Func<Tensor, int, bool, (Tensor Values, Tensor Indices)> along)
    {
        if (golden.Attrs.IntOrNull("dim") is not { } dim)
        {
            run.Result(ofAll(run.Input("x")));
            return;
        }

        (Tensor values, Tensor indices) = along(run.Input("x"), dim, KeepDim(golden));
        run.Results(("y", values), ("index", indices));
    }

    private static void Place(GoldenCase golden, GoldenRun run, Func<Tensor, Tensor> ofAll, Func<Tensor, int, bool, Tensor> along)
    {
        Tensor x = run.Input("x");
        if (golden.Attrs.IntOrNull("dim") is { } dim)
        {
            run.Output("y", along(x, dim, KeepDim(golden)));
        }
        else
        {
            run.Output("y", KeepDim(golden) ? ofAll(x).Reshape([.. Enumerable.Repeat(1, x.Rank)]) : ofAll(x));
        }
    }

    private static int[] Dims(GoldenCase golden) =>
        golden.Attrs.Has("dim") ? golden.Attrs.Ints("dim") : [.. Enumerable.Range(0, golden.Input("x").Shape.Rank)];

    private static bool KeepDim(GoldenCase golden) => golden.Attrs.Bool("keepdim", false);
}
