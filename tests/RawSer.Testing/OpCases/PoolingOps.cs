namespace RawSer.Testing.OpCases;

internal static class PoolingOps
{
    private static readonly PoolOptions Overlapping = new(3) { Stride = 2, Padding = 1 };

    public static IEnumerable<OpCase> Cases { get; } =
    [
        new("max_pool2d", t => t[0].MaxPool2d(2), OpInput.Distinct([2, 3, 6, 19])) { Timed = [OpInput.Uniform([32, 16, 128, 94])] },
        new("max_pool2d overlapping", t => t[0].MaxPool2d(Overlapping), OpInput.Distinct([2, 3, 7, 9])) { Timed = [OpInput.Uniform([8, 64, 112, 112])] },
        new("max_pool2d dilated, ceiling", t => t[0].MaxPool2d(new PoolOptions((2, 3)) { Stride = 2, Padding = 1, Dilation = (2, 1), Ceiling = true }), OpInput.Distinct([2, 8, 9])),
        new("max_pool2d same", t => t[0].MaxPool2d(new PoolOptions(3) { Stride = 2, Same = true }), OpInput.Distinct([2, 2, 6, 7])),
        new("max_pool1d", t => t[0].MaxPool1d(new PoolOptions(3) { Stride = 2 }), OpInput.Distinct([2, 3, 20])),
        new("avg_pool2d", t => t[0].AvgPool2d(Overlapping), OpInput.Uniform([2, 3, 7, 9])) { Timed = [OpInput.Uniform([8, 64, 112, 112])] },
        new("avg_pool2d without padding, ceiling", t => t[0].AvgPool2d(Overlapping with { Ceiling = true }, countPadding: false), OpInput.Uniform([2, 3, 7, 9])),
        new("avg_pool1d", t => t[0].AvgPool1d(4), OpInput.Uniform([2, 3, 18])),
        new("adaptive_avg_pool2d", t => t[0].AdaptiveAvgPool2d((3, 4)), OpInput.Uniform([2, 3, 7, 10])),
        new("adaptive_avg_pool1d", t => t[0].AdaptiveAvgPool1d(5), OpInput.Uniform([2, 3, 12])),
    ];
}
