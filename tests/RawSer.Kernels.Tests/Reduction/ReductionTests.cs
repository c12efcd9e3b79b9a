using RawSer.Testing;

namespace RawSer.Kernels.Tests;

public sealed unsafe class ReductionTests
{
    private static readonly int[][] Shapes = [[1], [17], [5, 0, 3], [3, 5], [2, 3, 4, 5], [70, 65], [1100, 130], [4, 7, 300], [100_003], [3, 40_000], [2100, 3], [8, 16, 33, 20]];

    private static readonly ReduceOp[] Ops = Enum.GetValues<ReduceOp>();

    [Test]
    public void Every_reduction_of_every_dimension_is_that_of_the_reference([ValueSource(nameof(Shapes))] int[] extents, [ValueSource(nameof(Ops))] ReduceOp op)
    {
        Random random = new(1);
        for (int mask = 0; mask < 1 << extents.Length; mask++)
        {
            int[] kept = [.. extents.Select((extent, d) => (mask >> d & 1) != 0 ? 1 : extent)];
            foreach (bool transposed in new[] { false, true })
            {
                using GuardedViews views = new();
                View x = transposed ? Transposed(views, random, extents) : views.Random(random, extents);
                View got = views.Random(random, kept), expected = views.Random(random, kept);
                CpuBackend.Instance.Reduce(op, x, got);
                ReferenceBackend.Instance.Reduce(op, x, expected);

                long terms = got.Count == 0 ? 1 : Math.Max(1, x.Count / got.Count);
                // Sums inside a block round to float: 64 additions for each lane, then the lanes.
                Tolerance tolerance = op is ReduceOp.Max or ReduceOp.Min ? Tolerance.Exact
                    : Tolerance.Accumulated(DType.F32, Math.Min(terms, 80), op == ReduceOp.Mean ? 0.5 / terms * Math.Min(terms, 4096) : 0.5 * Math.Min(terms, 64));
                string? mismatch = Closeness.Mismatch<float>(GuardedViews.Values(got), GuardedViews.Values(expected), tolerance);
                Assert.That(mismatch, Is.Null, $"{op} ({string.Join(", ", extents)}) to ({string.Join(", ", kept)}), transposed {transposed}");
                views.CheckGuards();
            }
        }
    }

    [Test]
    public void Long_sums_keep_the_digits_of_double()
    {
        const int Count = 10_000_000;
        using GuardedViews views = new();
        View x = views.Random(new Random(2), [Count]), y = views.Random(new Random(3), [1]);
        double exact = 0;
        for (int i = 0; i < Count; i++)
        {
            x.Pointer<float>()[i] += 1;
            exact += x.Pointer<float>()[i];
        }

        CpuBackend.Instance.Reduce(ReduceOp.Sum, x, y);
        Assert.That(*y.Pointer<float>(), Is.EqualTo(exact).Within(1e-7 * exact));
    }

    [Test]
    public void Arguments_of_extremes_are_the_first_and_nan_wins([Values(0, 1, 2)] int dim, [Values(ReduceOp.Max, ReduceOp.Min)] ReduceOp op)
    {
        Random random = new(4);
        int[] extents = [9, 40, 35];
        using GuardedViews views = new();
        View x = views.Random(random, extents);
        for (int i = 0; i < x.Count; i++)
        {
            x.Pointer<float>()[i] = random.Next(100) == 0 ? float.NaN : random.Next(6); // many ties
        }

        int[] kept = [.. extents];
        kept[dim] = 1;
        View got = views.Random(random, kept), expected = views.Random(random, kept);
        Storage storage = HostMemoryPool.Shared.Allocate(2 * got.Count * sizeof(long));
        View gotIndex = new(storage, DType.I64, Layout.RowMajor(kept)), expectedIndex = new(storage, DType.I64, Layout.RowMajor(kept, got.Count));
        CpuBackend.Instance.ArgReduce(op, x, dim, got, gotIndex);
        ReferenceBackend.Instance.ArgReduce(op, x, dim, expected, expectedIndex);

        long[] gotPlaces = new ReadOnlySpan<long>(gotIndex.Pointer<long>(), (int)got.Count).ToArray();
        long[] expectedPlaces = new ReadOnlySpan<long>(expectedIndex.Pointer<long>(), (int)got.Count).ToArray();
        Assert.That(gotPlaces, Is.EqualTo(expectedPlaces));
        Assert.That(GuardedViews.Values(got), Is.EqualTo(GuardedViews.Values(expected)));
        views.CheckGuards();
        storage.Release();
    }

    private static View Transposed(GuardedViews views, Random random, int[] extents)
    {
        long[] strides = new long[extents.Length];
        long stride = 1;
        for (int d = 0; d < extents.Length; d++)
        {
            strides[d] = stride;
            stride *= Math.Max(1, extents[d]);
        }

        return views.Random(random, extents, strides);
    }
}
