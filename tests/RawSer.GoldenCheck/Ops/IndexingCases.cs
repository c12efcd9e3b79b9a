namespace RawSer.GoldenCheck.Ops;

/// <summary>Reading and adding at places given by indices or masks.</summary>
internal static class IndexingCases
{
    public static void Register(HandlerTable table)
    {
        table.Op("embedding", (golden, run) => run.Result(run.Input("w").Embedding(run.Input("index"), golden.Attrs.IntOrNull("padding_idx"))));
        table.Op("gather", (golden, run) => run.Result(run.Input("x").Gather(golden.Attrs.Int("dim"), run.Input("index"))));
        table.Op("scatter_add", (golden, run) => run.Result(run.Input("x").ScatterAdd(golden.Attrs.Int("dim"), run.Input("index"), run.Input("src"))));
        table.Op("index_select", (golden, run) => run.Result(run.Input("x").IndexSelect(golden.Attrs.Int("dim"), run.Input("index"))));
        table.Op("index_add", (golden, run) => run.Result(run.Input("x").IndexAdd(golden.Attrs.Int("dim"), run.Input("index"), run.Input("src"))));
        table.Op("masked_fill", (golden, run) => run.Result(run.Input("x").MaskedFill(run.Input("mask"), golden.Attrs.Double("value"))));
    }
}
