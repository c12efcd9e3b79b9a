using RawSer.Kernels;

namespace RawSer.Testing.OpCases;

internal static class AttentionOps
{
    public static IEnumerable<OpCase> Cases { get; } =
    [
        new("scaled_dot_product_attention", t => t[0].ScaledDotProductAttention(t[1], t[2]), Operand(2, 3, 5, 4), Operand(2, 3, 7, 4), Operand(2, 3, 7, 6))
        {
            Roundings = 128,
            Timed = [Operand(32, 4, 94, 32), Operand(32, 4, 94, 32), Operand(32, 4, 94, 32)],
        },
        new(
            "scaled_dot_product_attention of split heads",
            t => Split(t[0]).ScaledDotProductAttention(Split(t[1]), Split(t[2])).Permute(0, 2, 1, 3),
            OpInput.Uniform([2, 5, 12]), OpInput.Uniform([2, 7, 12]), OpInput.Uniform([2, 7, 12])) { Roundings = 128 },
        new(
            "scaled_dot_product_attention causal, scaled",
            t => t[0].ScaledDotProductAttention(t[1], t[2], causal: true, scale: 0.7), Operand(1, 2, 6, 3), Operand(1, 2, 4, 3), Operand(1, 2, 4, 3)) { Roundings = 128 },
        new(
            "scaled_dot_product_attention masked",
            t => t[0].ScaledDotProductAttention(t[1], t[2], t[3]), Operand(2, 2, 5, 4), Operand(2, 2, 6, 4), Operand(2, 2, 6, 4), OpInput.Mask([2, 1, 5, 6])) { Roundings = 128 },
        new(
            "scaled_dot_product_attention added mask",
            t => t[0].ScaledDotProductAttention(t[1], t[2], t[3]), Operand(2, 2, 5, 4), Operand(2, 2, 6, 4), Operand(2, 2, 6, 4), OpInput.Uniform([2, 5, 6])) { Roundings = 128 },
        new(
            "scaled_dot_product_attention rank 3, dropout",
            t => t[0].ScaledDotProductAttention(t[1], t[2], dropout: 0.3, generator: new Generator(5)),
            OpInput.Uniform([2, 5, 4]), OpInput.Uniform([2, 6, 4]), OpInput.Uniform([2, 6, 3])) { Roundings = 128 },
    ];

    private static OpInput Operand(params int[] shape) => OpInput.Uniform(shape, -1.5, 1.5);

    private static Tensor Split(Tensor x) => x.Reshape(x.Shape[0], x.Shape[1], 3, 4).Permute(0, 2, 1, 3);
}
