namespace RawSer.GoldenCheck.Ops;

/// <summary>Functions of two tensors with broadcasting.</summary>
internal static class BinaryCases
{
    public static void Register(HandlerTable table)
    {
        table.Op("add", (_, run) => Run(run, (a, b) => a.Add(b)));
        table.Op("sub", (_, run) => Run(run, (a, b) => a.Subtract(b)));
        table.Op("mul", (_, run) => Run(run, (a, b) => a.Multiply(b)));
        table.Op("div", (_, run) => Run(run, (a, b) => a.Divide(b)));
        table.Op("pow", (_, run) => Run(run, (a, b) => a.Pow(b)));
        table.Op("maximum", (_, run) => Run(run, (a, b) => a.Maximum(b)));
        table.Op("minimum", (_, run) => Run(run, (a, b) => a.Minimum(b)));
        table.Op("where", (_, run) => run.Result(Tensor.Where(run.Input("cond"), run.Input("a"), run.Input("b"))));
    }

    /// <summary>The second operand may be the first once more.</summary>
    private static void Run(GoldenRun run, Func<Tensor, Tensor, Tensor> op)
    {
        Tensor a = run.Input("a");
        run.Result(op(a, run.Case.Attrs.Bool("same_tensor_twice", false) ? a : run.Input("b")));
    }
}
