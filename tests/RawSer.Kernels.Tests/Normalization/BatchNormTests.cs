using RawSer.Testing;

namespace RawSer.Kernels.Tests.Normalization;

/// <summary>Batch normalisation on the processor against the reference in double, over shapes, axes and offsets.</summary>
public sealed class BatchNormTests
{
    /// <summary>About the largest of the normal values that a test draws.</summary>
    private const double Largest = 4;

    private static readonly object[] Cases =
    [
        new object[] { new[] { 3, 5, 7, 9 }, 1, 0.0 },
        new object[] { new[] { 3, 5, 7, 9 }, 3, 0.0 },
        new object[] { new[] { 3, 5, 7, 9 }, 2, 0.0 },
        new object[] { new[] { 3, 5, 7, 9 }, 0, 2.0 },
        new object[] { new[] { 2, 3, 64, 94 }, 1, 5.0 },
        new object[] { new[] { 2, 3, 64, 94 }, 3, 5.0 },
        new object[] { new[] { 2, 3, 64, 47 }, -1, -40.0 },
        new object[] { new[] { 4, 16, 11 }, 1, 0.0 },
        new object[] { new[] { 4, 4, 176 }, 1, 100.0 },
        new object[] { new[] { 700, 50 }, 1, 3.0 },
        new object[] { new[] { 1, 2, 50_000 }, 1, 10.0 },
        new object[] { new[] { 1, 1, 1 }, 1, 1.0 },
        new object[] { new[] { 5, 1 }, 1, 1.0 },
        new object[] { new[] { 2, 3, 2, 5 }, 1, 0.0 },
    ];

    [TestCaseSource(nameof(Cases))]
    public void Forward_and_backward_agree_with_the_reference_in_double(int[] shape, int axis, double offset)
    {
        var random = new Random(7);
        using var arrays = new DenseArrays();
        int channels = ((Shape)shape)[axis];
        View x = arrays.Normal(random, shape, offset), dy = arrays.Normal(random, shape);
        View weight = arrays.Normal(random, [channels]), bias = arrays.Normal(random, [channels]);
        Results cpu = Run(arrays, CpuBackend.Instance, DType.F32, x, dy, axis, weight, bias);
        Results reference = Run(arrays, ReferenceBackend.Instance, DType.F64, x, dy, axis, weight, bias);
        long n = x.Count / channels;
        double size = Math.Max(1, Math.Abs(offset));

        Assert.Multiple(() =>
        {
            DenseArrays.AssertClose(cpu.Mean, reference.Mean, Tolerance.Accumulated(DType.F32, 4, size), "mean");
            DenseArrays.AssertClose(cpu.Variance, reference.Variance, new Tolerance(1e-5, 1e-10), "variance");
            // The mean is stored as float, so an offset costs its rounding relative to the deviation.
            DenseArrays.AssertClose(cpu.Y, reference.Y, Tolerance.Accumulated(DType.F32, 64, size), "y");
            DenseArrays.AssertClose(cpu.Weight, reference.Weight, Tolerance.Accumulated(DType.F32, n, Largest * Largest * size), "dweight");
            DenseArrays.AssertClose(cpu.Bias, reference.Bias, Tolerance.Accumulated(DType.F32, n, Largest), "dbias");
            DenseArrays.AssertClose(cpu.X, reference.X, Tolerance.Accumulated(DType.F32, 128, 4 * size), "dx");
            DenseArrays.AssertClose(cpu.XEvaluated, reference.XEvaluated, Tolerance.Accumulated(DType.F32, 32, 4), "dx with constant statistics");
        });
    }

    [Test]
    public void A_large_offset_does_not_spoil_the_variance()
    {
        using var arrays = new DenseArrays();
        foreach (int axis in new[] { 1, 2 })
        {
            View x = arrays.Normal(new Random(1), [64, 40, 64], 4000, 0.05);
            View mean = arrays.Empty([x.Shape[axis]]), variance = arrays.Empty([x.Shape[axis]]);
            View exactMean = arrays.Empty([x.Shape[axis]], DType.F64), exactVariance = arrays.Empty([x.Shape[axis]], DType.F64);
            CpuBackend.Instance.BatchStatistics(x, axis, mean, variance);
            ReferenceBackend.Instance.BatchStatistics(arrays.As(x, DType.F64), axis, exactMean, exactVariance);
            DenseArrays.AssertClose(variance, exactVariance, new Tolerance(1e-5, 0), $"variance over axis {axis}");
        }
    }

    [Test]
    public void A_large_offset_does_not_spoil_the_result([Range(1, 12)] int seed)
    {
        using var arrays = new DenseArrays();
        View x = arrays.Normal(new Random(seed), [4, 3, 6, 5], 300, 0.5), exact = arrays.As(x, DType.F64);
        View exactMean = arrays.Empty([3], DType.F64), exactVariance = arrays.Empty([3], DType.F64), expected = arrays.Empty([4, 3, 6, 5], DType.F64);
        ReferenceBackend.Instance.BatchStatistics(exact, 1, exactMean, exactVariance);
        ReferenceBackend.Instance.BatchNorm(exact, 1, exactMean, exactVariance, default, default, 1e-5, expected);
        foreach (Backend backend in new Backend[] { CpuBackend.Instance, ReferenceBackend.Instance })
        {
            View mean = arrays.Empty([3]), variance = arrays.Empty([3]), y = arrays.Empty([4, 3, 6, 5]);
            backend.BatchStatistics(x, 1, mean, variance);
            backend.BatchNorm(x, 1, mean, variance, default, default, 1e-5, y);

            // The mean is stored as float: half a unit in the last place of 300 is 1.5e-5, over a deviation of 0.5.
            DenseArrays.AssertClose(y, expected, new Tolerance(0, 6e-5), $"{backend.GetType().Name}");
        }
    }

    [Test]
    public void Outliers_in_the_pilot_cost_no_digits()
    {
        using var arrays = new DenseArrays();
        var random = new Random(2);
        // The first eighth of every block lies far from the rest.
        View x = arrays.Of([2, 3, 4096], i => (i % 4096 < 512 ? 1000 : 0) + random.NextDouble());
        View mean = arrays.Empty([3]), variance = arrays.Empty([3]), exactMean = arrays.Empty([3], DType.F64), exactVariance = arrays.Empty([3], DType.F64);
        CpuBackend.Instance.BatchStatistics(x, 1, mean, variance);
        ReferenceBackend.Instance.BatchStatistics(arrays.As(x, DType.F64), 1, exactMean, exactVariance);
        DenseArrays.AssertClose(variance, exactVariance, new Tolerance(1e-5, 0), "variance");
    }

    [Test]
    public void Running_statistics_move_by_the_momentum_with_the_unbiased_factor()
    {
        using var arrays = new DenseArrays();
        foreach (Backend backend in new Backend[] { CpuBackend.Instance, ReferenceBackend.Instance })
        {
            View batch = arrays.Of([3], i => i + 1), running = arrays.Of([3], _ => 10);
            backend.UpdateRunningStatistics(batch, 0.25, 2, running);
            Assert.That(DenseArrays.Values(running), Is.EqualTo(new[] { 8.0, 8.5, 9.0 }), backend.Name);
        }
    }

    private static Results Run(DenseArrays arrays, Backend backend, DType type, View x, View dy, int axis, View weight, View bias)
    {
        const double Epsilon = 1e-5;
        (x, dy, weight, bias) = (arrays.As(x, type), arrays.As(dy, type), arrays.As(weight, type), arrays.As(bias, type));
        Results r = new(
            arrays.Empty(weight.Shape, type), arrays.Empty(weight.Shape, type), arrays.Empty(x.Shape, type),
            arrays.Empty(x.Shape, type), arrays.Empty(x.Shape, type), arrays.Empty(weight.Shape, type), arrays.Empty(weight.Shape, type));
        backend.BatchStatistics(x, axis, r.Mean, r.Variance);
        backend.BatchNorm(x, axis, r.Mean, r.Variance, weight, bias, Epsilon, r.Y);
        backend.BatchNormParameterGradients(x, dy, axis, r.Mean, r.Variance, Epsilon, r.Weight, r.Bias);
        backend.BatchNormBackward(x, dy, axis, r.Mean, r.Variance, weight, r.Weight, r.Bias, Epsilon, r.X);
        backend.BatchNormBackward(x, dy, axis, r.Mean, r.Variance, weight, default, default, Epsilon, r.XEvaluated);
        return r;
    }

    private sealed record Results(View Mean, View Variance, View Y, View X, View XEvaluated, View Weight, View Bias);
}
