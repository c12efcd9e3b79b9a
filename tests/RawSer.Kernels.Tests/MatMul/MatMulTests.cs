using RawSer.Kernels;
using RawSer.Testing;

namespace RawSer.Kernels.Tests.MatMul;

/// <summary>The products of the cpu backend against the reference backend.</summary>
public sealed class MatMulTests
{
    private static readonly int[] s_extents = [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 23, 24, 25, 31, 32, 33, 47, 48, 49, 63, 65, 94, 96, 97, 100, 130];

    [Test]
    public void Random_shapes_and_layouts_agree_with_the_reference([Range(0, 199)] int seed)
    {
        Random random = new(seed);
        using GuardedViews views = new();
        int m = Pick(random), n = Pick(random), k = seed % 20 == 0 ? random.Next(400, 1300) : seed % 33 == 0 ? 0 : Pick(random);
        int[] batch = [.. Enumerable.Range(0, random.Next(3)).Select(_ => random.Next(1, 5))];
        View a = views.Random(random, [.. batch, m, k], Strides(random, batch, m, k, mayRepeat: true));
        View b = views.Random(random, [.. batch, k, n], Strides(random, batch, k, n, mayRepeat: true));
        View y = views.Random(random, [.. batch, m, n], Strides(random, batch, m, n, mayRepeat: false));
        View expected = views.Copy(y);
        bool accumulate = random.Next(2) == 0;

        CpuBackend.Instance.MatMul(a, b, y, accumulate);
        ReferenceBackend.Instance.MatMul(a, b, expected, accumulate);

        AssertClose(y, expected, k + 1);
        views.CheckGuards();
    }

    [Test]
    public void Bias_and_activation_agree_with_the_composition([Range(0, 59)] int seed)
    {
        Random random = new(seed);
        using GuardedViews views = new();
        int m = Pick(random), n = Pick(random), k = Pick(random);
        int[] batch = [.. Enumerable.Range(0, random.Next(3)).Select(_ => random.Next(1, 5))];
        View a = views.Random(random, [.. batch, m, k]);
        View b = views.Random(random, [.. batch, k, n], Strides(random, batch, k, n, mayRepeat: true));
        View y = views.Random(random, [.. batch, m, n]);
        View expected = views.Copy(y);
        View bias = (seed % 4) switch
        {
            0 => views.Random(random, [n]),
            1 => views.Random(random, [m, 1]),
            2 => views.Random(random, [1, 1]),
            _ => views.Random(random, [.. batch, m, n]),
        };
        bias = bias.With(bias.Layout.BroadcastTo(y.Shape));
        UnaryOp? activation = (seed % 3) switch { 0 => null, 1 => UnaryOp.Relu, _ => UnaryOp.Sigmoid };

        CpuBackend.Instance.MatMulBias(a, b, bias, y, activation);
        ReferenceBackend.Instance.MatMulBias(a, b, bias, expected, activation);

        AssertClose(y, expected, k + 1);
        views.CheckGuards();
    }

    [TestCase(2, 2, 1)]
    [TestCase(3, 50, 0)]
    [TestCase(9, 49, 17)]
    [TestCase(94, 128, 128)]
    [TestCase(94, 512, 128)]
    [TestCase(94, 128, 512)]
    [TestCase(95, 384, 1100)]
    [TestCase(149, 768, 768)]
    [TestCase(3008, 130, 64)]
    public void Packed_operands_give_the_bits_of_plain_ones(int m, int n, int k)
    {
        Random random = new(m + n + k);
        using GuardedViews views = new();
        View a = views.Random(random, [m, k], [k + 3, 1]), bias = views.Random(random, [n]);
        View y = views.Random(random, [m, n]), expected = views.Copy(y), alone = views.Copy(y);
        bias = bias.With(bias.Layout.BroadcastTo(y.Shape));
        foreach (View b in new[] { views.Random(random, [k, n]), views.Random(random, [k, n], [1, k]) })
        {
            using PackedMatrix packed = CpuBackend.Instance.Pack(b)!;
            foreach (UnaryOp? activation in new UnaryOp?[] { null, UnaryOp.Relu, UnaryOp.Sigmoid })
            {
                CpuBackend.Instance.MatMulBias(a, b, bias, expected, activation);
                CpuBackend.Instance.MatMulPacked(a, packed, bias, y, activation);
                WorkerPool.Shared.Run(2, new PackedInsidePool(a, packed, bias, alone, activation));
                Assert.That(GuardedViews.Values(y), Is.EqualTo(GuardedViews.Values(expected)), $"{activation}");
                Assert.That(GuardedViews.Values(alone), Is.EqualTo(GuardedViews.Values(expected)), $"{activation} on one thread");
            }
        }

        views.CheckGuards();
    }

    [TestCase(1, 149, 48, 6144)]
    [TestCase(16, 149, 48, 600)]
    [TestCase(128, 94, 32, 94)]
    [TestCase(3, 20, 16, 1100)]
    [TestCase(2, 2000, 16, 700)]
    public void An_operand_that_is_a_panel_already_gives_the_bits_of_another(int batch, int m, int n, int k)
    {
        Random random = new(m + n + k);
        using GuardedViews views = new();
        View a = views.Random(random, [batch, m, k]), dense = views.Random(random, [batch, k, n]), spread = views.Random(random, [batch, k, n], [k * (n + 5), n + 5, 1]);
        CpuBackend.Instance.Copy(dense, spread);
        View y = views.Random(random, [batch, m, n]), expected = views.Copy(y), reference = views.Copy(y);

        CpuBackend.Instance.MatMul(a, dense, y);
        CpuBackend.Instance.MatMul(a, spread, expected);
        ReferenceBackend.Instance.MatMul(a, dense, reference);

        Assert.That(GuardedViews.Values(y), Is.EqualTo(GuardedViews.Values(expected)));
        AssertClose(y, reference, k);
        views.CheckGuards();
    }

    [TestCase(1024, 1024, 64)]
    [TestCase(3008, 128, 128)]
    [TestCase(128, 130, 3008)]
    [TestCase(70, 2000, 600)]
    [TestCase(1, 3000, 700)]
    [TestCase(3000, 1, 700)]
    public void Large_products_agree_with_the_reference(int m, int n, int k)
    {
        Random random = new(m + n + k);
        using GuardedViews views = new();
        View a = views.Random(random, [m, k]), b = views.Random(random, [k, n], [1, k]);
        View y = views.Random(random, [m, n]), expected = views.Copy(y);
        CpuBackend.Instance.MatMul(a, b, y);
        ReferenceBackend.Instance.MatMul(a, b, expected);
        AssertClose(y, expected, k);
        views.CheckGuards();
    }

    [TestCase(512, 512, 700)]
    [TestCase(128, 2000, 1100)]
    [TestCase(5000, 1, 300)]
    [TestCase(1, 5000, 300)]
    public void Results_do_not_depend_on_the_number_of_threads(int m, int n, int k)
    {
        Random random = new(1);
        using GuardedViews views = new();
        View a = views.Random(random, [3, m, k]), b = views.Random(random, [3, k, n]);
        View many = views.Random(random, [3, m, n]), one = views.Copy(many);
        CpuBackend.Instance.MatMul(a, b, many);
        WorkerPool.Shared.Run(2, new InsidePool(a, b, one));
        Assert.That(GuardedViews.Values(many), Is.EqualTo(GuardedViews.Values(one)));
    }

    [Test]
    public void Nan_and_infinity_stay_in_their_row_and_column()
    {
        using GuardedViews views = new();
        Random random = new(2);
        View a = views.Random(random, [50, 60]), b = views.Random(random, [60, 70]), y = views.Random(random, [50, 70]);
        unsafe
        {
            a.Pointer<float>()[(7 * 60) + 3] = float.NaN;
            b.Pointer<float>()[(11 * 70) + 13] = float.PositiveInfinity;
        }

        CpuBackend.Instance.MatMul(a, b, y);
        float[] values = GuardedViews.Values(y);
        for (int i = 0; i < values.Length; i++)
        {
            bool touched = i / 70 == 7 || i % 70 == 13;
            Assert.That(float.IsFinite(values[i]), Is.EqualTo(!touched), $"element {i / 70}, {i % 70}");
        }
    }

    /// <summary>Inside a part of a job, the pool runs everything on the calling thread.</summary>
    private readonly struct InsidePool(View a, View b, View y) : IParallelBody
    {
        public void Invoke(int index)
        {
            if (index == 0)
            {
                CpuBackend.Instance.MatMul(a, b, y);
            }
        }
    }

    private readonly struct PackedInsidePool(View a, PackedMatrix b, View bias, View y, UnaryOp? activation) : IParallelBody
    {
        public void Invoke(int index)
        {
            if (index == 0)
            {
                CpuBackend.Instance.MatMulPacked(a, b, bias, y, activation);
            }
        }
    }

    private static int Pick(Random random) => s_extents[random.Next(s_extents.Length)];

    /// <summary>Row-major, column-major, rows with gaps, every second element, or batches that repeat.</summary>
    private static long[] Strides(Random random, int[] batch, int rows, int columns, bool mayRepeat)
    {
        long step = random.Next(4) == 0 ? 2 : 1, gap = random.Next(3);
        (long row, long column) = random.Next(2) == 0
            ? ((Math.Max(1, columns) * step) + gap, step)
            : (step, (Math.Max(1, rows) * step) + gap);
        List<long> strides = [row, column];
        long next = Math.Max(row * Math.Max(1, rows), column * Math.Max(1, columns));
        for (int d = batch.Length - 1; d >= 0; d--)
        {
            bool repeats = mayRepeat && random.Next(3) == 0;
            strides.Insert(0, repeats ? 0 : next);
            next *= repeats ? 1 : batch[d];
        }

        return [.. strides];
    }

    private static void AssertClose(View y, View expected, int terms)
    {
        string? mismatch = Closeness.Mismatch<float>(
            GuardedViews.Values(y), GuardedViews.Values(expected), Tolerance.Accumulated(DType.F32, terms, 1), y.Shape.AsSpan());
        Assert.That(mismatch, Is.Null);
    }
}
