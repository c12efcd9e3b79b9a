using RawSer.Testing;

namespace RawSer.Kernels.Tests.MatMul;

/// <summary>The products of a device, on the emulator, against the reference backend.</summary>
[Category("OneInstructionSet")]
public sealed class CudaMatMulTests
{
    private static readonly int[] s_extents = [1, 2, 3, 4, 7, 8, 12, 16, 20, 31, 32, 33, 36, 64, 65, 68];

    [Test]
    public void Random_shapes_and_layouts_agree_with_the_reference([Range(0, 59)] int seed)
    {
        Random random = new(seed);
        using GuardedViews views = new();
        int m = Pick(random), n = Pick(random), k = seed % 20 == 0 ? 0 : seed % 5 == 0 ? random.Next(200, 500) : Pick(random);
        int[] batch = [.. Enumerable.Range(0, random.Next(3)).Select(_ => random.Next(1, 4))];
        View a = views.Random(random, [.. batch, m, k], Strides(random, batch, m, k, mayRepeat: true));
        View b = views.Random(random, [.. batch, k, n], Strides(random, batch, k, n, mayRepeat: true));
        View y = views.Random(random, [.. batch, m, n], Strides(random, batch, m, n, mayRepeat: false));
        Check(views, multiprocessors: seed % 2 == 0 ? 1 : 64, a, b, y, random.Next(2) == 0);
    }

    [TestCase(128, 132, 20, 1, 1)]
    [TestCase(200, 136, 12, 1, 1)]
    [TestCase(64, 64, 40, 1, 1)]
    [TestCase(32, 36, 24, 4, 1)]
    [TestCase(36, 32, 640, 1, 64)]
    [TestCase(4, 8, 2048, 2, 132)]
    [TestCase(300, 4, 260, 1, 132)]
    public void Aligned_operands_in_both_orders_agree_with_the_reference(int m, int n, int k, int batch, int multiprocessors)
    {
        Random random = new(m + n + k);
        using GuardedViews views = new();
        long perA = m * (k + 4L), perB = k * (n + 8L);
        foreach (bool aInRows in new[] { true, false })
        {
            foreach (bool bInRows in new[] { true, false })
            {
                View a = views.Random(random, [batch, m, k], aInRows ? [perA, k + 4, 1] : [perA, 1, m]);
                View b = views.Random(random, [batch, k, n], bInRows ? [perB, n + 8, 1] : [perB, 1, k]);
                Check(views, multiprocessors, a, b, views.Random(random, [batch, m, n]), accumulate: aInRows);
            }
        }
    }

    [TestCase(1, 300, 70, 1)]
    [TestCase(300, 1, 72, 1)]
    [TestCase(1, 5, 9000, 64)]
    [TestCase(5, 1, 3004, 64)]
    [TestCase(1, 1, 17, 1)]
    public void Vectors_agree_with_the_reference(int m, int n, int k, int multiprocessors)
    {
        Random random = new(m + n + k);
        using GuardedViews views = new();
        foreach (bool inRows in new[] { true, false })
        {
            View a = views.Random(random, [2, m, k], inRows ? [m * k, k, 1] : [m * k, 1, m]), b = views.Random(random, [2, k, n], inRows ? [k * n, n, 1] : [k * n, 1, k]);
            Check(views, multiprocessors, a, b, views.Random(random, [2, m, n]), accumulate: inRows);
        }
    }

    [Test]
    public void A_batch_with_one_right_operand_is_one_product()
    {
        Random random = new(3);
        using GuardedViews views = new();
        View a = views.Random(random, [3, 5, 20, 16]), b = views.Random(random, [3, 5, 16, 24], [0, 0, 1, 16]), y = views.Random(random, [3, 5, 20, 24]);
        DeviceProduct product = new(a, b, y, y);
        Assert.That((product.Rows, product.Columns, product.Products), Is.EqualTo((300, 24, 1)));
        Check(views, 1, a, b, y, accumulate: false);
    }

    [Test]
    public void Bias_and_activation_agree_with_the_composition([Range(0, 23)] int seed)
    {
        Random random = new(seed);
        using GuardedViews views = new();
        int m = Pick(random), n = Pick(random), k = seed == 5 ? 0 : Pick(random) * (seed % 6 == 0 ? 20 : 1);
        int[] batch = [.. Enumerable.Range(0, random.Next(3)).Select(_ => random.Next(1, 4))];
        View a = views.Random(random, [.. batch, m, k]);
        View b = views.Random(random, [.. batch, k, n], Strides(random, batch, k, n, mayRepeat: true));
        View y = views.Random(random, [.. batch, m, n]), expected = views.Copy(y);
        View bias = (seed % 4) switch
        {
            0 => views.Random(random, [n]),
            1 => views.Random(random, [m, 1]),
            2 => views.Random(random, [1, 1]),
            _ => views.Random(random, [.. batch, m, n]),
        };
        bias = bias.With(bias.Layout.BroadcastTo(y.Shape));
        UnaryOp? activation = (seed % 5) switch { 0 => null, 1 => UnaryOp.Relu, 2 => UnaryOp.Sigmoid, _ => UnaryOp.Gelu };
        ReferenceBackend.Instance.MatMulBias(a, b, bias, expected, activation);
        using OnEmulator device = new(seed % 3 == 0 ? 64 : 1);
        device.Backend.MatMulBias(device.Send(a), device.Send(b), device.Send(bias), device.Send(y), activation);
        device.Fetch();
        AssertClose(y, expected, k + 1);
        views.CheckGuards();
    }

    [Test]
    public void Not_a_number_and_infinity_stay_in_their_row_and_column()
    {
        using GuardedViews views = new();
        Random random = new(2);
        View a = views.Random(random, [50, 60]), b = views.Random(random, [60, 72]), y = views.Random(random, [50, 72]);
        unsafe
        {
            a.Pointer<float>()[(7 * 60) + 3] = float.NaN;
            b.Pointer<float>()[(11 * 72) + 13] = float.PositiveInfinity;
        }

        using OnEmulator device = new();
        device.Backend.MatMul(device.Send(a), device.Send(b), device.Send(y));
        device.Fetch();
        float[] values = GuardedViews.Values(y);
        for (int i = 0; i < values.Length; i++)
        {
            Assert.That(float.IsFinite(values[i]), Is.EqualTo(i / 72 != 7 && i % 72 != 13), $"element {i / 72}, {i % 72}");
        }
    }

    [TestCase(4096, 4096, 4096, 1, 132, 128, 1)]
    [TestCase(64, 64, 8192, 1, 132, 32, 32)]
    [TestCase(32, 7, 512, 1, 132, 32, 8)]
    [TestCase(100, 100, 64, 1000, 132, 128, 1)]
    public void Plans_keep_the_device_busy(int rows, int columns, int depth, int products, int multiprocessors, int extent, int parts)
    {
        TilePlan plan = TilePlan.Choose(rows, columns, depth, products, multiprocessors);
        Assert.That((plan.Extent, plan.Parts(depth)), Is.EqualTo((extent, parts)));
    }

    private static void Check(GuardedViews views, int multiprocessors, View a, View b, View y, bool accumulate)
    {
        View expected = views.Copy(y);
        ReferenceBackend.Instance.MatMul(a, b, expected, accumulate);
        using OnEmulator device = new(multiprocessors);
        device.Backend.MatMul(device.Send(a), device.Send(b), device.Send(y), accumulate);
        device.Fetch();
        AssertClose(y, expected, a.Shape[-1] + 1);
        views.CheckGuards();
    }

    private static int Pick(Random random) => s_extents[random.Next(s_extents.Length)];

    /// <summary>Row-major, column-major, rows with gaps, every second element, or batches that repeat.</summary>
    private static long[] Strides(Random random, int[] batch, int rows, int columns, bool mayRepeat)
    {
        long step = random.Next(4) == 0 ? 2 : 1, gap = random.Next(3) * (random.Next(2) == 0 ? 4 : 1);
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

    private static void AssertClose(View y, View expected, int terms) =>
        Assert.That(
            Closeness.Mismatch<float>(GuardedViews.Values(y), GuardedViews.Values(expected), Tolerance.Accumulated(DType.F32, terms, 1), y.Shape.AsSpan()), Is.Null);
}
