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
            run.Result(Swap(a, golden.Attrs.Bool("transpose_a", false)).MatMul(Swap(b, golden.Attrs.Bool("transpose_b", false))));
        });
        table.Op("matmul_strided", (golden, run) =>
        {
            golden.Attrs.Only("a_view", "a[::2, 1:]");
            golden.Attrs.Only("b_view", "b[:, ::3]");
            run.Result(run.Input("a").Slice(0, step: 2).Slice(1, start: 1).MatMul(run.Input("b").Slice(1, step: 3)));
        });
        table.Op("matmul_permuted_heads", (golden, run) =>
        {
            golden.Attrs.Only("a_view", "a.permute(0,2,1,3)");
            golden.Attrs.Only("b_view", "b.permute(0,2,3,1)");
            run.Result(run.Input("a").Permute(0, 2, 1, 3).MatMul(run.Input("b").Permute(0, 2, 3, 1)));
        });
        table.Op("linear", (golden, run) =>
            run.Result(run.Input("x").Linear(run.Input("w"), golden.Attrs.Bool("bias", golden.HasInput("b")) ? run.Input("b") : null)));
    }

    private static Tensor Swap(Tensor x, bool swap) => swap ? x.Transpose(-2, -1) : x;
}
