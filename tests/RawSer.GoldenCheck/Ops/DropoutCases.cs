namespace RawSer.GoldenCheck.Ops;

/// <summary>Dropout with a given mask.</summary>
internal static class DropoutCases
{
    public static void Register(HandlerTable table) => table.Op(
        "dropout_with_mask", (golden, run) => run.Result(run.Input("x").DropoutWithMask(run.Input("keep"), golden.Attrs.Double("p"))));
}
