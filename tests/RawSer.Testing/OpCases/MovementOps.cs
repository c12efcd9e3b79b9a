namespace RawSer.Testing.OpCases;

internal static class MovementOps
{
    public static IEnumerable<OpCase> Cases { get; } =
    [
        new("concat", t => Tensor.Concat([t[0], t[1]], 1), OpInput.Uniform([2, 3, 4]), OpInput.Uniform([2, 1, 4])),
        new("stack", t => Tensor.Stack([t[0], t[1]], -1), OpInput.Uniform([2, 3]), OpInput.Uniform([2, 3])),
        new("split", t => t[0].Split([1, 4, 2], 1)[1], OpInput.Uniform([2, 7])),
        new("slice", t => t[0].Slice(0, 1, -1).Slice(1, 0, null, 2), OpInput.Uniform([5, 7])),
        new("select", t => t[0].Select(1, -2), OpInput.Uniform([3, 4, 2])),
        new("flip", t => t[0].Flip(0, 2), OpInput.Uniform([3, 4, 2])) { Timed = [OpInput.Uniform([32, 128, 1024])] },
        new("pad constant", t => t[0].Pad([1, -1, 2, 0], value: 1.5), OpInput.Uniform([2, 3, 4])),
        new("pad reflect", t => t[0].Pad([2, 3, 1, 0], PaddingMode.Reflect), OpInput.Uniform([2, 3, 4])),
        new("pad replicate", t => t[0].Pad([5, 1], PaddingMode.Replicate), OpInput.Uniform([2, 4])),
        new("move_dim", t => t[0].MoveDim(0, -1).Clone(), OpInput.Uniform([2, 3, 4])),
        new("permute", t => t[0].Permute(2, 0, 1).Clone(), OpInput.Uniform([2, 3, 4])) { Timed = [OpInput.Uniform([32, 128, 1024])] },
        new("transpose", t => t[0].Transpose(0, 1).Clone(), OpInput.Uniform([3, 4])) { Timed = [OpInput.Uniform([2048, 2048])] },
        new("reshape of a view", t => t[0].Transpose(0, 1).Reshape(-1), OpInput.Uniform([3, 4])),
        new("repeat", t => t[0].Repeat(2, 3, 1), OpInput.Uniform([2, 4])),
        new("expand", t => t[0].Expand(3, -1, 4), OpInput.Uniform([2, 1])),
        new("roll", t => t[0].Roll(-2, 1), OpInput.Uniform([2, 5])),
        new("unfold", t => t[0].Unfold(-1, 4, 2), OpInput.Uniform([2, 11])),
        new("resize_bilinear", t => t[0].ResizeBilinear(7, 4), OpInput.Uniform([2, 2, 4, 6])) { Roundings = 32 },
        new("resize_bilinear aligned", t => t[0].ResizeBilinear(3, 9, alignCorners: true), OpInput.Uniform([2, 2, 4, 6])) { Roundings = 32 },
    ];
}
