using RawSer.Testing;

namespace RawSer.Kernels.Tests.Normalization;

/// <summary>The fused block of normalisation, ReLU and max pooling against its composition.</summary>
public sealed class BatchNormPoolTests
{
    private static readonly object[] Cases =
    [
        new object[] { new[] { 3, 4, 12, 94 }, 1, 2, 2 },
        new object[] { new[] { 3, 4, 12, 94 }, 3, 2, 2 },
        new object[] { new[] { 2, 3, 16, 47 }, 1, 4, 4 },
        new object[] { new[] { 2, 3, 16, 47 }, 3, 4, 4 },
        new object[] { new[] { 2, 5, 16, 11 }, 1, 4, 4 },
        new object[] { new[] { 2, 5, 16, 11 }, 3, 4, 4 },
        new object[] { new[] { 2, 3, 17, 25 }, 1, 8, 8 },
        new object[] { new[] { 2, 3, 17, 25 }, 3, 8, 8 },
        new object[] { new[] { 2, 3, 10, 17 }, 1, 3, 3 },
        new object[] { new[] { 2, 3, 10, 17 }, 3, 3, 5 },
        new object[] { new[] { 2, 3, 5, 33 }, 1, 1, 2 },
        new object[] { new[] { 2, 3, 9, 16 }, 3, 1, 1 },
        new object[] { new[] { 1, 1, 127, 35 }, 1, 63, 4 },
        new object[] { new[] { 2, 3, 4, 20 }, 2, 2, 2 },
        new object[] { new[] { 2, 3, 40, 40 }, 1, 20, 20 },
        new object[] { new[] { 5, 20, 6, 4 }, 0, 2, 2 },
        new object[] { new[] { 2, 1, 2, 3, 8, 9 }, 2, 2, 2 },
    ];

    [TestCaseSource(nameof(Cases))]
    public void Equals_its_composition(int[] shape, int axis, int kernelRows, int kernelColumns)
    {
        var random = new Random(11);
        using var arrays = new DenseArrays();
        int channels = ((Shape)shape)[axis];
        View x = arrays.Normal(random, shape, 1, 2), weight = arrays.Normal(random, [channels]), bias = arrays.Normal(random, [channels]);
        PoolWindows windows = new(PoolAxis.Windows(shape[^2], kernelRows, kernelRows), PoolAxis.Windows(shape[^1], kernelColumns, kernelColumns));
        View dy = arrays.Normal(random, ((Shape)shape).With(-2, windows.Rows.Output).With(-1, windows.Columns.Output));

        Results cpu = Run(arrays, CpuBackend.Instance, DType.F32, x, dy, axis, weight, bias, windows);
        Results reference = Run(arrays, ReferenceBackend.Instance, DType.F64, x, dy, axis, weight, bias, windows);

        Assert.Multiple(() =>
        {
            DenseArrays.AssertClose(cpu.Y, reference.Y, Tolerance.Accumulated(DType.F32, 64, 1), "y");
            DenseArrays.AssertClose(cpu.YInference, cpu.Y, Tolerance.Exact, "y without saved tensors");
            DenseArrays.AssertClose(cpu.SavedAlone, cpu.Saved, Tolerance.Exact, "saved tensor in the place of y");
            DenseArrays.AssertClose(reference.SavedAlone, reference.Saved, Tolerance.Exact, "saved tensor in the place of y");
            DenseArrays.AssertClose(cpu.Weight, reference.Weight, Tolerance.Accumulated(DType.F32, 256, 4), "dweight");
            DenseArrays.AssertClose(cpu.Bias, reference.Bias, Tolerance.Accumulated(DType.F32, 256, 4), "dbias");
            DenseArrays.AssertClose(cpu.X, reference.X, Tolerance.Accumulated(DType.F32, 64, 8), "dx");
        });
    }

    [TestCase(1)]
    [TestCase(3)]
    public void Ties_go_to_the_first_and_a_constant_plane_is_safe(int axis)
    {
        using var arrays = new DenseArrays();
        int[] shape = [2, 3, 8, 24];
        View x = arrays.Of(shape, i => i / 3 % 2), dy = arrays.Of([2, 3, 4, 12], i => i + 1);
        int channels = ((Shape)shape)[axis];
        View weight = arrays.Of([channels], i => i % 3 - 1), bias = arrays.Of([channels], i => i % 2); // weight 0 too: all elements of a window tie
        PoolWindows windows = new(PoolAxis.Windows(8, 2, 2), PoolAxis.Windows(24, 2, 2));

        Results cpu = Run(arrays, CpuBackend.Instance, DType.F32, x, dy, axis, weight, bias, windows);
        Results reference = Run(arrays, ReferenceBackend.Instance, DType.F64, x, dy, axis, weight, bias, windows);

        DenseArrays.AssertClose(cpu.X, reference.X, Tolerance.Accumulated(DType.F32, 256, 400), "dx");
        DenseArrays.AssertClose(cpu.Weight, reference.Weight, Tolerance.Accumulated(DType.F32, 256, 400), "dweight");
    }

    [TestCase(1)]
    [TestCase(3)]
    public void Not_a_number_reaches_the_pooled_result(int axis)
    {
        using var arrays = new DenseArrays();
        View x = arrays.Of([1, 2, 4, 16], i => i is 17 or 5 ? double.NaN : i);
        int channels = x.Shape[axis];
        View mean = arrays.Of([channels], _ => 0), variance = arrays.Of([channels], _ => 1), y = arrays.Empty([1, 2, 2, 8]);
        PoolWindows windows = new(PoolAxis.Windows(4, 2, 2), PoolAxis.Windows(16, 2, 2));
        CpuBackend.Instance.BatchNormReluMaxPool(x, axis, mean, variance, default, default, 0, windows, y, default, default);
        double[] values = DenseArrays.Values(y);
        Assert.That(Enumerable.Range(0, values.Length).Where(i => double.IsNaN(values[i])), Is.EqualTo(new[] { 0, 2 }));
    }

    private static Results Run(
        DenseArrays arrays, Backend backend, DType type, View x, View dy, int axis, View weight, View bias, PoolWindows windows)
    {
        const double Epsilon = 1e-3;
        (x, dy, weight, bias) = (arrays.As(x, type), arrays.As(dy, type), arrays.As(weight, type), arrays.As(bias, type));
        View mean = arrays.Empty(weight.Shape, type), variance = arrays.Empty(weight.Shape, type);
        View place = arrays.Empty(dy.Shape, windows.PlaceType);
        Results r = new(
            arrays.Empty(dy.Shape, type), arrays.Empty(dy.Shape, type), arrays.Empty(dy.Shape, type), arrays.Empty(dy.Shape, type), arrays.Empty(x.Shape, type),
            arrays.Empty(weight.Shape, type), arrays.Empty(weight.Shape, type));
        backend.BatchStatistics(x, axis, mean, variance);
        backend.BatchNormReluMaxPool(x, axis, mean, variance, weight, bias, Epsilon, windows, r.SavedAlone, place, r.SavedAlone);
        backend.BatchNormReluMaxPool(x, axis, mean, variance, weight, bias, Epsilon, windows, r.Y, place, r.Saved);
        backend.BatchNormReluMaxPool(x, axis, mean, variance, weight, bias, Epsilon, windows, r.YInference, default, default);
        backend.BatchNormReluMaxPoolBackward(x, dy, place, r.Saved, axis, mean, variance, weight, Epsilon, windows, r.X, r.Weight, r.Bias);
        return r;
    }

    private sealed record Results(View Y, View YInference, View Saved, View SavedAlone, View X, View Weight, View Bias);
}
