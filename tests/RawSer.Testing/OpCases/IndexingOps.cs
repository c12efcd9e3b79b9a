namespace RawSer.Testing.OpCases;

internal static class IndexingOps
{
    public static IEnumerable<OpCase> Cases { get; } =
    [
        new("embedding", t => t[0].Embedding(t[1], paddingIndex: null), OpInput.Uniform([6, 4]), OpInput.Indices([3, 5], 6))
        {
            Timed = [OpInput.Uniform([5000, 768]), OpInput.Indices([32, 128], 5000)],
        },
        new("index_select", t => t[0].IndexSelect(1, t[1]), OpInput.Uniform([3, 5, 2]), OpInput.Indices([9], 5)),
        new("index_add", t => t[0].IndexAdd(0, t[1], t[2]), OpInput.Uniform([5, 3]), OpInput.Indices([8], 5), OpInput.Uniform([8, 3])),
        new("gather", t => t[0].Gather(1, t[1]), OpInput.Uniform([4, 6, 3]), OpInput.Indices([3, 5, 2], 6)),
        new("scatter_add", t => t[0].ScatterAdd(0, t[1], t[2]), OpInput.Uniform([4, 6]), OpInput.Indices([5, 5], 4), OpInput.Uniform([6, 6])),
    ];
}
