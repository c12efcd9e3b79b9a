using RawSer.Testing;

namespace RawSer.Kernels.Tests.Elementwise;

/// <summary>Elementwise kernels on random shapes and strides: broadcast, permuted and gappy operands and results.</summary>
public sealed class StridedElementwiseTests
{
    private const int Rounds = 40;

    private static readonly BinaryOp[] s_logical = [BinaryOp.And, BinaryOp.Or, BinaryOp.Xor];

    private static IEnumerable<UnaryOp> UnaryOfFloats() => Enum.GetValues<UnaryOp>().Except([UnaryOp.Not]);

    private static IEnumerable<BinaryOp> BinaryOfFloats() => Enum.GetValues<BinaryOp>().Except(s_logical);

    [Test]
    public void Unary_operations_and_their_gradients([ValueSource(nameof(UnaryOfFloats))] UnaryOp op)
    {
        Random random = new((int)op);
        for (int round = 0; round < Rounds; round++)
        {
            using GuardedViews views = new();
            Shape shape = RandomShape(random);
            View x = RandomView(views, random, shape), dy = RandomView(views, random, shape);
            View y = RandomResult(views, random, shape), expected = views.Copy(y);
            CpuBackend.Instance.Unary(op, x, y, 0.3, 0.4);
            ReferenceBackend.Instance.Unary(op, x, expected, 0.3, 0.4);
            Compare(y, expected, $"{op} of {shape}");

            CpuBackend.Instance.UnaryBackward(op, x, dy, y, 0.3, 0.4);
            ReferenceBackend.Instance.UnaryBackward(op, x, dy, expected, 0.3, 0.4);
            Compare(y, expected, $"gradient of {op} of {shape}");
            views.CheckGuards();
        }
    }

    [Test]
    public void Powers_of_zeros_infinities_and_denormals([Values(-2, -1.5, -1, -0.5, 0, 0.3, 0.5, 1, 1.5, 2, 2.5, 3, 4)] double exponent)
    {
        using GuardedViews views = new();
        View x = views.Of(float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0, -0f, float.Epsilon, -float.Epsilon, float.MaxValue, float.MinValue, 1, -1, 0.25f, -0.25f);
        View dy = views.Random(new Random(1), x.Shape);
        View y = views.Copy(x), expected = views.Copy(x);
        CpuBackend.Instance.Unary(UnaryOp.Power, x, y, exponent, 0);
        ReferenceBackend.Instance.Unary(UnaryOp.Power, x, expected, exponent, 0);
        Compare(y, expected, $"x^{exponent}");

        CpuBackend.Instance.UnaryBackward(UnaryOp.Power, x, dy, y, exponent, 0);
        ReferenceBackend.Instance.UnaryBackward(UnaryOp.Power, x, dy, expected, exponent, 0);
        Compare(y, expected, $"gradient of x^{exponent}");
    }

    [Test]
    public void Binary_operations([ValueSource(nameof(BinaryOfFloats))] BinaryOp op)
    {
        Random random = new((int)op);
        for (int round = 0; round < Rounds; round++)
        {
            using GuardedViews views = new();
            Shape shape = RandomShape(random);
            View a = RandomView(views, random, shape), b = RandomView(views, random, shape);
            View y = RandomResult(views, random, shape), expected = views.Copy(y);
            CpuBackend.Instance.Binary(op, a, b, y);
            ReferenceBackend.Instance.Binary(op, a, b, expected);
            Compare(y, expected, $"{op} of {shape}");
            views.CheckGuards();
        }
    }

    [Test]
    public unsafe void Comparisons_and_masks([Values] Comparison relation)
    {
        Random random = new((int)relation);
        for (int round = 0; round < Rounds; round++)
        {
            using GuardedViews views = new();
            Shape shape = RandomShape(random);
            View a = RandomView(views, random, shape), b = random.Next(4) == 0 ? a : RandomView(views, random, shape);
            Storage storage = HostMemoryPool.Shared.Allocate((2 * shape.ElementCount) + 1);
            View mask = new(storage, DType.Bool, Layout.RowMajor(shape)), expectedMask = new(storage, DType.Bool, Layout.RowMajor(shape, shape.ElementCount));
            CpuBackend.Instance.Compare(relation, a, b, mask);
            ReferenceBackend.Instance.Compare(relation, a, b, expectedMask);
            byte[] got = new ReadOnlySpan<byte>((void*)storage.Address, (int)shape.ElementCount).ToArray();
            byte[] wanted = new ReadOnlySpan<byte>((byte*)storage.Address + shape.ElementCount, (int)shape.ElementCount).ToArray();
            Assert.That(got, Is.EqualTo(wanted), $"{relation} of {shape}");

            View y = RandomResult(views, random, shape), expected = views.Copy(y);
            CpuBackend.Instance.Where(mask, a, b, y);
            ReferenceBackend.Instance.Where(mask, a, b, expected);
            Compare(y, expected, $"where of {shape}");
            CpuBackend.Instance.MaskedFill(a, mask, 2.5, y);
            ReferenceBackend.Instance.MaskedFill(a, mask, 2.5, expected);
            Compare(y, expected, $"masked fill of {shape}");
            views.CheckGuards();
            storage.Release();
        }
    }

    [Test]
    public unsafe void Logic_of_masks([Values(1, 16, 45, 700)] int length)
    {
        Storage storage = HostMemoryPool.Shared.Allocate(4 * length);
        Span<byte> bytes = new((void*)storage.Address, 4 * length);
        for (int i = 0; i < 2 * length; i++)
        {
            bytes[i] = (byte)(i % 3 == 0 ? 0 : i % 5 == 0 ? 7 : 1); // anything but 0 is true
        }

        View a = Part(0), b = Part(1), got = Part(2), expected = Part(3);
        foreach (BinaryOp op in s_logical)
        {
            CpuBackend.Instance.Binary(op, a, b, got);
            ReferenceBackend.Instance.Binary(op, a, b, expected);
            Assert.That(bytes.Slice(2 * length, length).SequenceEqual(bytes[(3 * length)..]), Is.True, op.ToString());
        }

        CpuBackend.Instance.Unary(UnaryOp.Not, a, got);
        ReferenceBackend.Instance.Unary(UnaryOp.Not, a, expected);
        Assert.That(bytes.Slice(2 * length, length).SequenceEqual(bytes[(3 * length)..]), Is.True, "Not");
        storage.Release();

        View Part(int i) => new(storage, DType.U8, Layout.RowMajor([length], i * length));
    }

    [Test]
    public void A_result_may_be_its_argument()
    {
        using GuardedViews views = new();
        foreach (int length in new[] { 1, 3, 15, 16, 17, 31, 100, 1000 })
        {
            View x = views.Random(new Random(length), [length]), expected = views.Copy(x);
            ReferenceBackend.Instance.Unary(UnaryOp.Exp, x, expected);
            CpuBackend.Instance.Unary(UnaryOp.Exp, x, x);
            Compare(x, expected, $"exp in place of {length}");
        }
    }

    private static void Compare(View got, View expected, string what) =>
        Assert.That(Closeness.Mismatch<float>(GuardedViews.Values(got), GuardedViews.Values(expected), Tolerance.Transcendental(DType.F32) with { Absolute = 2e-6 }), Is.Null, what);

    private static Shape RandomShape(Random random)
    {
        int[] extents = new int[random.Next(1, 5)];
        for (int d = 0; d < extents.Length; d++)
        {
            extents[d] = random.Next(5) == 0 ? random.Next(1, 70) : random.Next(1, 9);
        }

        return extents;
    }

    /// <summary>An operand: dense, permuted, with gaps or broadcast in some dimensions.</summary>
    private static View RandomView(GuardedViews views, Random random, Shape shape)
    {
        View view = RandomResult(views, random, shape);
        long[] strides = [.. view.Strides];
        for (int d = 0; d < shape.Rank; d++)
        {
            strides[d] = random.Next(5) == 0 ? 0 : strides[d];
        }

        return view.With(new Layout(shape, strides, view.Layout.Offset));
    }

    /// <summary>A result: each element once, in any order and with gaps.</summary>
    private static View RandomResult(GuardedViews views, Random random, Shape shape)
    {
        int[] order = [.. Enumerable.Range(0, shape.Rank)];
        if (random.Next(2) == 0)
        {
            random.Shuffle(order);
        }

        long[] strides = new long[shape.Rank];
        long stride = random.Next(3) == 0 ? 2 : 1;
        foreach (int d in order.Reverse())
        {
            strides[d] = stride;
            stride = (stride * shape[d]) + (random.Next(4) == 0 ? 3 : 0);
        }

        return views.Random(random, shape, strides);
    }
}
