namespace RawSer.Kernels.Tests;

public sealed unsafe class CopyTests
{
    private static readonly int[][] Shapes = [[5], [8, 8], [70, 33], [64, 129], [3, 100, 17], [2, 9, 8, 70], [4, 1, 65, 3], [6, 0, 5]];

    [Test]
    public void Every_permutation_of_the_dimensions_is_copied([ValueSource(nameof(Shapes))] int[] extents)
    {
        Random random = new(1);
        foreach (int[] order in Permutations(extents.Length))
        {
            using GuardedViews views = new();
            // x lies in memory in the order of the permutation; y is dense.
            long[] strides = new long[extents.Length];
            long stride = 1;
            foreach (int d in order.Reverse())
            {
                strides[d] = stride;
                stride *= Math.Max(1, extents[d]);
            }

            View x = views.Random(random, extents, strides), y = views.Random(random, extents), back = views.Random(random, extents, strides);
            CpuBackend.Instance.Copy(x, y);
            CpuBackend.Instance.Copy(y, back);
            Assert.That(GuardedViews.Values(y), Is.EqualTo(GuardedViews.Values(x)), $"order {string.Join(", ", order)}");
            Assert.That(GuardedViews.Values(back), Is.EqualTo(GuardedViews.Values(x)), $"back, order {string.Join(", ", order)}");
            views.CheckGuards();
        }
    }

    [TestCase(DType.U8)]
    [TestCase(DType.F16)]
    [TestCase(DType.I32)]
    [TestCase(DType.I64)]
    public void Types_of_every_size_are_transposed(DType type)
    {
        const int Rows = 75, Columns = 37;
        Storage storage = HostMemoryPool.Shared.Allocate(2 * Rows * Columns * type.Size());
        View x = new(storage, type, Layout.RowMajor([Rows, Columns]).Permute([1, 0])), y = new(storage, type, Layout.RowMajor([Columns, Rows], Rows * Columns));
        Span<byte> bytes = new((void*)storage.Address, 2 * Rows * Columns * type.Size());
        new Random(2).NextBytes(bytes);
        CpuBackend.Instance.Copy(x, y);

        int size = type.Size();
        for (int i = 0; i < Rows * Columns; i++)
        {
            int from = i * size, to = ((Rows * Columns) + (i % Columns * Rows) + (i / Columns)) * size;
            Assert.That(bytes.Slice(to, size).SequenceEqual(bytes.Slice(from, size)), Is.True, $"element {i}");
        }

        storage.Release();
    }

    [Test]
    public void Conversions_are_those_of_the_reference([Values] DType from, [Values] DType to)
    {
        const int Count = 1003;
        Storage storage = HostMemoryPool.Shared.Allocate(Count * (from.Size() + sizeof(double)));
        View values = new(storage, DType.F64, Layout.RowMajor([Count]));
        for (int i = 0; i < Count; i++)
        {
            values.Pointer<double>()[i] = (i % 100) + (from.IsFloat() && to.IsFloat() ? 0.3 * i : 0); // integers hold 0 to 99, also in a byte
        }

        int start = Count * sizeof(double) / from.Size();
        View x = new(storage, from, Layout.RowMajor([Count], start));
        ReferenceBackend.Instance.Copy(values, x);
        Storage results = HostMemoryPool.Shared.Allocate(2 * Count * to.Size());
        View got = new(results, to, Layout.RowMajor([Count])), expected = new(results, to, Layout.RowMajor([Count], Count));
        CpuBackend.Instance.Copy(x, got);
        ReferenceBackend.Instance.Copy(x, expected);
        ReadOnlySpan<byte> bytes = new((void*)results.Address, 2 * Count * to.Size());
        Assert.That(bytes[..(Count * to.Size())].SequenceEqual(bytes[(Count * to.Size())..]), Is.True);
        results.Release();
        storage.Release();
    }

    [Test]
    public void Strides_of_zero_and_below_are_read()
    {
        using GuardedViews views = new();
        View row = views.Random(new Random(3), [40]), y = views.Random(new Random(4), [30, 40]), reversed = views.Random(new Random(5), [40]);
        CpuBackend.Instance.Copy(row.With(row.Layout.BroadcastTo([30, 40])), y);
        CpuBackend.Instance.Copy(row.With(new Layout([40], [-1], row.Layout.Offset + 39)), reversed);
        float[] values = GuardedViews.Values(row);
        Assert.That(GuardedViews.Values(y), Is.EqualTo(Enumerable.Repeat(values, 30).SelectMany(v => v)));
        Assert.That(GuardedViews.Values(reversed), Is.EqualTo(values.Reverse()));
        views.CheckGuards();
    }

    private static IEnumerable<int[]> Permutations(int rank)
    {
        if (rank == 0)
        {
            return [[]];
        }

        return Permutations(rank - 1).SelectMany(shorter => Enumerable.Range(0, rank).Select(at => (int[])[.. shorter[..at], rank - 1, .. shorter[at..]]));
    }
}
