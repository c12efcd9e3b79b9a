using RawSer.Testing;

namespace RawSer.Kernels.Tests.Normalization;

/// <summary>Normalisations on the emulator against the reference in double: every way a block reads, several parts, tails, offsets.</summary>
[Category("OneInstructionSet")]
public sealed class CudaNormalizationTests
{
    private static readonly object[] BatchCases =
    [
        new object[] { new[] { 3, 5, 7, 9 }, 1, 0.0 },
        new object[] { new[] { 2, 3, 8, 12 }, 1, 5.0 },
        new object[] { new[] { 3, 3, 7, 5 }, 2, 0.0 },
        new object[] { new[] { 2, 40, 3 }, 1, 100.0 },
        new object[] { new[] { 150, 40 }, 1, 3.0 },
        new object[] { new[] { 300, 34 }, -1, -40.0 },
        new object[] { new[] { 7, 3 }, 1, 1.0 },
        new object[] { new[] { 2, 2, 5001 }, 1, 10.0 },
        new object[] { new[] { 2, 1, 4608 }, 1, 10.0 },
        new object[] { new[] { 1, 1, 1 }, 1, 1.0 },
    ];

    [TestCaseSource(nameof(BatchCases))]
    public void Batch_norm_agrees_with_the_reference_in_double(int[] shape, int axis, double offset)
    {
        using DenseArrays arrays = new();
        using OnEmulator emulator = new();
        Random random = new(7);
        int channels = ((Shape)shape)[axis];
        View x = arrays.Normal(random, shape, offset), dy = arrays.Normal(random, shape);
        View weight = arrays.Normal(random, [channels]), bias = arrays.Normal(random, [channels]);
        View[] got = Outputs(DType.F32), expected = Outputs(DType.F64);
        Run(ReferenceBackend.Instance, arrays.As(x, DType.F64), arrays.As(dy, DType.F64), arrays.As(weight, DType.F64), arrays.As(bias, DType.F64), expected);
        Run(emulator.Backend, emulator.Send(x), emulator.Send(dy), emulator.Send(weight), emulator.Send(bias), [.. got.Select(emulator.Send)]);
        emulator.Fetch();
        long n = x.Count / channels;
        double size = Math.Max(1, Math.Abs(offset));
        string[] names = ["mean", "variance", "y", "dweight", "dbias", "dx", "dx with constant statistics", "y without parameters"];
        Tolerance[] tolerances =
        [
            Tolerance.Accumulated(DType.F32, 4, size), new(1e-5, 1e-10), Tolerance.Accumulated(DType.F32, 64, size), Tolerance.Accumulated(DType.F32, n, 16 * size),
            Tolerance.Accumulated(DType.F32, n, 4), Tolerance.Accumulated(DType.F32, 128, 4 * size), Tolerance.Accumulated(DType.F32, 32, 4),
            Tolerance.Accumulated(DType.F32, 64, size),
        ];
        Assert.Multiple(() =>
        {
            for (int i = 0; i < got.Length; i++)
            {
                DenseArrays.AssertClose(got[i], expected[i], tolerances[i], names[i]);
            }
        });

        View[] Outputs(DType type) =>
        [
            arrays.Empty([channels], type), arrays.Empty([channels], type), arrays.Empty(shape, type), arrays.Empty([channels], type),
            arrays.Empty([channels], type), arrays.Empty(shape, type), arrays.Empty(shape, type), arrays.Empty(shape, type),
        ];

        void Run(Backend backend, View input, View upstream, View w, View b, View[] y)
        {
            backend.BatchStatistics(input, axis, y[0], y[1]);
            backend.BatchNorm(input, axis, y[0], y[1], w, b, 1e-3, y[2]);
            backend.BatchNormParameterGradients(input, upstream, axis, y[0], y[1], 1e-3, y[3], y[4]);
            backend.BatchNormBackward(input, upstream, axis, y[0], y[1], w, y[3], y[4], 1e-3, y[5]);
            backend.BatchNormBackward(input, upstream, axis, y[0], y[1], w, default, default, 1e-3, y[6]);
            backend.BatchNorm(input, axis, y[0], y[1], default, default, 1e-3, y[7]);
        }
    }

    [TestCase(new[] { 3, 2, 40 }, 1)]
    [TestCase(new[] { 64, 2 }, -1)]
    public void A_large_offset_does_not_spoil_the_variance(int[] shape, int axis)
    {
        using DenseArrays arrays = new();
        using OnEmulator emulator = new();
        int channels = ((Shape)shape)[axis];
        View x = arrays.Of(shape, i => 100_000 + ((i * 7919 % 64) / 64.0)); // multiples of 1/64 are exact at this size
        View mean = arrays.Empty([channels]), variance = arrays.Empty([channels]), exactMean = arrays.Empty([channels], DType.F64), exactVariance = arrays.Empty([channels], DType.F64);
        ReferenceBackend.Instance.BatchStatistics(arrays.As(x, DType.F64), axis, exactMean, exactVariance);
        emulator.Backend.BatchStatistics(emulator.Send(x), axis, emulator.Send(mean), emulator.Send(variance));
        emulator.Fetch();
        DenseArrays.AssertClose(variance, exactVariance, new Tolerance(1e-5, 0), "variance");
    }

    [TestCase(new[] { 5, 32 }, 0.0)]
    [TestCase(new[] { 3, 70 }, 50.0)]
    [TestCase(new[] { 140, 33 }, 0.0)]
    [TestCase(new[] { 2, 1100 }, 5.0)]
    [TestCase(new[] { 2, 1101 }, 0.0)]
    [TestCase(new[] { 9, 1 }, 0.0)]
    public void Layer_norm_agrees_with_the_reference_in_double(int[] shape, double offset) => CheckRows(
        shape, [shape[0]], shape[1], offset,
        (b, x, w, shift, y, mean, inverse) => b.LayerNorm(x, w, shift, 1e-5, y, mean, inverse),
        (b, x, dy, w, mean, inverse, dx, dw, db) => b.LayerNormBackward(x, dy, w, mean, inverse, dx, dw, db));

    [TestCase(new[] { 2, 6, 5, 8 }, 3, 0.0)]
    [TestCase(new[] { 2, 6, 5, 7 }, 2, 10.0)]
    [TestCase(new[] { 3, 8 }, 2, 0.0)]
    [TestCase(new[] { 3, 64 }, 4, 0.0)]
    [TestCase(new[] { 2, 4, 700 }, 2, 3.0)]
    [TestCase(new[] { 2, 4, 5 }, 4, 0.0)]
    public void Group_norm_agrees_with_the_reference_in_double(int[] shape, int groups, double offset) => CheckRows(
        shape, [shape[0], groups], shape[1], offset,
        (b, x, w, shift, y, mean, inverse) => b.GroupNorm(x, groups, w, shift, 1e-5, y, mean, inverse),
        (b, x, dy, w, mean, inverse, dx, dw, db) => b.GroupNormBackward(x, dy, groups, w, mean, inverse, dx, dw, db));

    [Test]
    public void No_elements_have_no_mean_and_no_gradients()
    {
        using DenseArrays arrays = new();
        using OnEmulator emulator = new();
        View x = arrays.Empty([0, 3, 4]), mean = arrays.Empty([3]), variance = arrays.Empty([3]), dweight = arrays.Empty([3]), dbias = arrays.Empty([3]);
        View sent = emulator.Send(x), sentMean = emulator.Send(mean), sentVariance = emulator.Send(variance);
        emulator.Backend.BatchStatistics(sent, 1, sentMean, sentVariance);
        emulator.Backend.BatchNormParameterGradients(sent, sent, 1, sentMean, sentVariance, 1e-5, emulator.Send(dweight), emulator.Send(dbias));
        emulator.Fetch();
        Assert.Multiple(() =>
        {
            Assert.That(DenseArrays.Values(mean).Concat(DenseArrays.Values(variance)), Is.All.NaN);
            Assert.That(DenseArrays.Values(dweight).Concat(DenseArrays.Values(dbias)), Is.All.Zero);
        });
    }

    private delegate void Forward(Backend backend, View x, View weight, View bias, View y, View mean, View inverse);

    private delegate void Backward(Backend backend, View x, View dy, View weight, View mean, View inverse, View dx, View dweight, View dbias);

    private static void CheckRows(Shape shape, Shape rows, int parameters, double offset, Forward forward, Backward backward)
    {
        using DenseArrays arrays = new();
        using OnEmulator emulator = new();
        Random random = new(8);
        View x = arrays.Normal(random, shape, offset), dy = arrays.Normal(random, shape);
        View weight = arrays.Normal(random, [parameters]), bias = arrays.Normal(random, [parameters]);
        View[] got = Outputs(DType.F32), expected = Outputs(DType.F64);
        Run(ReferenceBackend.Instance, arrays.As(x, DType.F64), arrays.As(dy, DType.F64), arrays.As(weight, DType.F64), arrays.As(bias, DType.F64), expected);
        Run(emulator.Backend, emulator.Send(x), emulator.Send(dy), emulator.Send(weight), emulator.Send(bias), [.. got.Select(emulator.Send)]);
        emulator.Fetch();
        double size = Math.Max(1, Math.Abs(offset));
        long length = x.Count / rows.ElementCount;
        Assert.Multiple(() =>
        {
            for (int i = 0; i < got.Length; i++)
            {
                DenseArrays.AssertClose(got[i], expected[i], Tolerance.Accumulated(DType.F32, Math.Max(128, length), 16 * size), $"output {i}");
            }
        });

        View[] Outputs(DType type) =>
        [
            arrays.Empty(shape, type), arrays.Empty(rows, type), arrays.Empty(rows, type), arrays.Empty(shape, type), arrays.Empty([parameters], type),
            arrays.Empty([parameters], type), arrays.Empty(shape, type), arrays.Empty([parameters], type),
        ];

        void Run(Backend backend, View input, View upstream, View w, View b, View[] y)
        {
            forward(backend, input, w, b, y[0], y[1], y[2]);
            backward(backend, input, upstream, w, y[1], y[2], y[3], y[4], y[5]);
            forward(backend, input, default, default, y[6], y[1], y[2]);
            backward(backend, input, upstream, default, y[1], y[2], default, y[7], default);
        }
    }
}
