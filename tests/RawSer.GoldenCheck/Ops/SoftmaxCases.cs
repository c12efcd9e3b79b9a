namespace RawSer.GoldenCheck.Ops;

/// <summary>softmax and log_softmax.</summary>
internal static class SoftmaxCases
{
    public static void Register(HandlerTable table)
    {
        table.Op("softmax", (golden, run) => run.Result(run.Input("x").Softmax(golden.Attrs.Int("dim"))));
        table.Op("log_softmax", (golden, run) => run.Result(run.Input("x").LogSoftmax(golden.Attrs.Int("dim"))));
    }
}
