using RawSer.Kernels;

namespace RawSer.GoldenCheck.Ops;

/// <summary>Matrix products of all ranks and strides, and the linear layer.</summary>
internal static class MatrixCases
{
    public static void Register(HandlerTable table)
    {
        table.Op("matmul", (golden, run) =>
        {
            Tensor a = run.Input("a"), b = run.Input("b");
            run.Result(Swap(a, golden.Attrs.Has("transpose_a") && golden.Attrs.Bool("transpose_a"))
                .MatMul(Swap(b, golden.Attrs.Has("transpose_b") && golden.Attrs.Bool("transpose_b"))));
        });
        table.Op("matmul_strided", (_, run) => run.Result(run.Input("a").Slice(0, step: 2).Slice(1, start: 1).MatMul(run.Input("b").Slice(1, step: 3))));
        table.Op("matmul_permuted_heads", (_, run) => run.Result(run.Input("a").Permute(0, 2, 1, 3).MatMul(run.Input("b").Permute(0, 2, 3, 1))));
        table.Op("linear", (_, run) => run.Result(run.Input("x").Linear(run.Input("w"), run.InputOrNull("b"))));
    }

    private static Tensor Swap(Tensor x, bool swap) => swap ? x.Transpose(-2, -1) : x;
}
