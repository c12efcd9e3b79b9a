namespace RawSer.GoldenCheck.Ops;

/// <summary>Functions of one tensor, element by element.</summary>
internal static class ElementwiseCases
{
    public static void Register(HandlerTable table)
    {
        Unary(table, "exp", x => x.Exp());
        Unary(table, "log", x => x.Log());
        Unary(table, "log1p", x => x.Log1p());
        Unary(table, "sqrt", x => x.Sqrt());
        Unary(table, "rsqrt", x => x.Rsqrt());
        Unary(table, "reciprocal", x => x.Reciprocal());
        Unary(table, "square", x => x.Square());
        Unary(table, "abs", x => x.Abs());
        Unary(table, "neg", x => -x);
        Unary(table, "erf", x => x.Erf());
        Unary(table, "sigmoid", x => x.Sigmoid());
        Unary(table, "tanh", x => x.Tanh());
        Unary(table, "relu", x => x.Relu());
        Unary(table, "silu", x => x.Silu());
        table.Op("leaky_relu", (golden, run) => run.Result(run.Input("x").LeakyRelu(golden.Attrs.Double("negative_slope"))));
        table.Op("gelu", (golden, run) =>
        {
            Tensor x = run.Input("x");
            run.Result(golden.Attrs.Choice("approximate", ("none", false), ("tanh", true)) ? x.GeluTanh() : x.Gelu());
        });
        table.Op("clamp", (golden, run) => run.Result(run.Input("x").Clamp(golden.Attrs.DoubleOrNull("min"), golden.Attrs.DoubleOrNull("max"))));
        table.Op("pow_scalar", (golden, run) => run.Result(run.Input("x").Pow(golden.Attrs.Double("exponent"))));
    }

    private static void Unary(HandlerTable table, string op, Func<Tensor, Tensor> function) =>
        table.Op(op, (_, run) => run.Result(function(run.Input("x"))));
}
