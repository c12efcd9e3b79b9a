namespace RawSer.Testing.OpCases;

internal static class ReductionOps
{
    public static IEnumerable<OpCase> Cases { get; } =
    [
        new("sum all", t => t[0].Sum(), OpInput.Uniform([5, 7])) { Timed = [OpInput.Uniform([32, 128, 1024])] },
        new("sum rows", t => t[0].Sum(-1), OpInput.Uniform([5, 7])) { Timed = [OpInput.Uniform([4096, 1024])] },
        new("sum columns", t => t[0].Sum(0), OpInput.Uniform([5, 7])) { Timed = [OpInput.Uniform([4096, 1024])] },
        new("sum channels", t => t[0].Sum([0, 2, 3]), OpInput.Uniform([2, 3, 4, 5])) { Timed = [OpInput.Uniform([32, 16, 64, 128])] },
        new("masked_mean", t => t[0].MaskedMean(1, Tensor.From([true, false, true, false, true, true], [2, 3, 1], t[0].Device)), OpInput.Uniform([2, 3, 4])),
        new("mean outer", t => t[0].Mean([0, 2], keepDim: true), OpInput.Uniform([4, 3, 5])),
        new("var", t => t[0].Var([1]), OpInput.Uniform([4, 9])) { Roundings = 32 },
        new("std", t => t[0].Std([0, 2], 0), OpInput.Uniform([4, 3, 5])) { Roundings = 32 },
        new("max along", t => t[0].Max(1).Values, OpInput.Distinct([4, 6, 3])) { Timed = [OpInput.Uniform([4096, 1024])] },
        new("min along", t => t[0].Min(0).Values, OpInput.Distinct([4, 6, 3])),
        new("amax", t => t[0].Amax([0, 2]), OpInput.Distinct([4, 3, 5])),
        new("amin all", t => t[0].Min(), OpInput.Distinct([4, 3])),
        new("argmax", t => t[0].ArgMax(1), OpInput.Distinct([4, 6, 3])) { Differentiable = false },
        new("argmin all", t => t[0].ArgMin(), OpInput.Distinct([4, 6])) { Differentiable = false },
        new("logsumexp", t => t[0].LogSumExp([0, 2]), OpInput.Uniform([4, 3, 5], -3, 3)) { Roundings = 32 },
        new("norm 2", t => t[0].Norm([1]), OpInput.Uniform([4, 6])),
        new("norm 1", t => t[0].Norm([0], 1), OpInput.Uniform([4, 6], -1, 1, 0.02, 0)),
        new("norm 3", t => t[0].Norm([1], 3), OpInput.Uniform([4, 6], -1, 1, 0.1, 0)) { Roundings = 64 },
        new("norm infinity", t => t[0].Norm([1], double.PositiveInfinity), OpInput.Distinct([4, 5])),
        new("cumsum", t => t[0].CumSum(1), OpInput.Uniform([3, 7, 2])),
    ];
}
