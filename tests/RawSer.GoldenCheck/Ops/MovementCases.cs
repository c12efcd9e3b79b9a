using System.Text.Json;

namespace RawSer.GoldenCheck.Ops;

/// <summary>Operations that only move elements, and operations on strided views.</summary>
internal static class MovementCases
{
    public static void Register(HandlerTable table)
    {
        table.Op("concat", (golden, run) => run.Result(Tensor.Concat(Numbered(golden, run), golden.Attrs.Int("dim"))));
        table.Op("stack", (golden, run) => run.Result(Tensor.Stack(Numbered(golden, run), golden.Attrs.Int("dim"))));
        table.Op("split", (golden, run) =>
            run.Results([.. run.Input("x").Split(golden.Attrs.Ints("sections"), golden.Attrs.Int("dim")).Select((part, i) => ($"y{i}", part))]));
        table.Op("slice", (golden, run) => run.Result(Slice(run.Input("x"), golden.Attrs.Get("slices"))));
        table.Op("flip", (golden, run) => run.Result(run.Input("x").Flip(golden.Attrs.Ints("dims"))));
        table.Op("pad", (golden, run) => run.Result(run.Input("x").Pad(golden.Attrs.Ints("pad"), Mode(golden), golden.Attrs.Double("value", 0))));
        table.Op("permute", (golden, run) => run.Result(run.Input("x").Permute(golden.Attrs.Ints("dims"))));
        table.Op("repeat", (golden, run) => run.Result(run.Input("x").Repeat(golden.Attrs.Ints("repeats"))));
        table.Op("expand", (golden, run) => run.Result(run.Input("x").Expand(golden.Attrs.Ints("size"))));
        table.Op("roll", (golden, run) => run.Result(run.Input("x").Roll(golden.Attrs.Int("shifts"), golden.Attrs.Int("dims"))));
        table.Op("unfold", (golden, run) => run.Result(
            run.Input("x").Unfold(golden.Attrs.Int("dimension"), golden.Attrs.Int("size"), golden.Attrs.Int("step"))));
        table.Op("reshape_transposed", (golden, run) =>
        {
            golden.Attrs.Only("view", "x.transpose(0,1).reshape(-1, last)");
            Tensor x = run.Input("x");
            run.Result(x.Transpose(0, 1).Reshape(-1, x.Shape[-1]));
        });
        table.Op("relu_of_strided_view", (golden, run) =>
        {
            golden.Attrs.Only("view", "relu(x.transpose(0,2)[::2, 1:])");
            run.Result(run.Input("x").Transpose(0, 2).Slice(0, step: 2).Slice(1, 1).Relu());
        });
        table.Op("sum_of_expanded", (golden, run) =>
        {
            golden.Attrs.Only("view", "(x.expand(5,-1,n) * w).sum(0)");
            Tensor x = run.Input("x"), w = run.Input("w");
            run.Result((x.Expand(w.Shape[0], -1, x.Shape[-1]) * w).Sum(0));
        });
    }

    private static Tensor[] Numbered(GoldenCase golden, GoldenRun run) =>
        [.. Enumerable.Range(0, 100).Select(i => $"x{i}").TakeWhile(golden.HasInput).Select(run.Input)];

    /// <summary>[start, stop, step] per leading dimension, null where a bound is left out.</summary>
    private static Tensor Slice(Tensor x, JsonElement slices)
    {
        int dim = 0;
        foreach (JsonElement slice in slices.EnumerateArray())
        {
            x = x.Slice(dim++, Bound(slice[0]), Bound(slice[1]), slice[2].GetInt32());
        }

        return x;
    }

    private static int? Bound(JsonElement bound) => bound.ValueKind == JsonValueKind.Null ? null : bound.GetInt32();

    private static PaddingMode Mode(GoldenCase golden) => golden.Attrs.String("mode") switch
    {
        "constant" => PaddingMode.Constant,
        "reflect" => PaddingMode.Reflect,
        "replicate" => PaddingMode.Replicate,
        string other => throw new GoldenUnsupportedException($"padding mode '{other}'"),
    };
}
