using RawSer.Testing;

namespace RawSer.Kernels.Tests;

public sealed class IndexingTests
{
    /// <summary>Shapes, a dimension, and how many indices.</summary>
    private static readonly object[] s_rows =
    [
        new object[] { new[] { 5 }, 0, 9 }, new object[] { new[] { 3, 4, 8 }, 0, 40 }, new object[] { new[] { 3, 7, 5 }, 1, 70 },
        new object[] { new[] { 33, 6 }, 1, 1 }, new object[] { new[] { 2, 40, 132 }, 1, 33 }, new object[] { new[] { 4, 1, 3 }, 1, 5 },
    ];

    [TestCaseSource(nameof(s_rows))]
    public void Rows_are_selected_and_added_on_a_device_in_the_order_of_the_reference(int[] extents, int dim, int count)
    {
        var random = new Random(count);
        using var arrays = new DenseArrays();
        using var emulator = new OnEmulator();
        Shape shape = extents, picked = shape.With(dim, count);
        View x = arrays.Normal(random, shape), index = Indices(arrays, random, [count], shape[dim]), update = arrays.Normal(random, picked);
        View y = arrays.Empty(picked), expected = arrays.Empty(picked), sum = arrays.As(x, DType.F32), expectedSum = arrays.As(x, DType.F32);
        CpuBackend.Instance.IndexSelect(x, dim, index, expected);
        CpuBackend.Instance.IndexAdd(expectedSum, dim, index, update);
        View deviceIndex = emulator.Send(index);
        emulator.Backend.IndexSelect(emulator.Send(x), dim, deviceIndex, emulator.Send(y));
        emulator.Backend.IndexAdd(emulator.Send(sum), dim, deviceIndex, emulator.Send(update));
        emulator.Fetch();
        DenseArrays.AssertClose(y, expected, Tolerance.Exact, "selected");
        DenseArrays.AssertClose(sum, expectedSum, Tolerance.Exact, "added");
    }

    [Test]
    public void Elements_of_any_size_are_selected([Values(DType.U8, DType.F16, DType.F32, DType.I64)] DType type, [Values(3, 16)] int width)
    {
        var random = new Random(2);
        using var arrays = new DenseArrays();
        using var emulator = new OnEmulator();
        View x = arrays.Empty([6, width], type), index = Indices(arrays, random, [11], 6), y = arrays.Empty([11, width], type), expected = arrays.Empty([11, width], type);
        random.NextBytes(Bytes(x));
        ReferenceBackend.Instance.IndexSelect(x, 0, index, expected);
        emulator.Backend.IndexSelect(emulator.Send(x), 0, emulator.Send(index), emulator.Send(y));
        emulator.Fetch();
        Assert.That(Bytes(y).ToArray(), Is.EqualTo(Bytes(expected).ToArray()));
    }

    [TestCase(3, 4)]
    [TestCase(2, 150)]
    [TestCase(300, 66)]
    public void Elements_are_gathered_and_scattered_on_a_device_in_the_order_of_the_reference(int lines, int count)
    {
        foreach (int dim in (int[])[0, 1])
        {
            var random = new Random(count);
            using var arrays = new DenseArrays();
            using var emulator = new OnEmulator();
            Shape shape = dim == 0 ? [37, lines + 2] : [lines + 2, 37], places = dim == 0 ? [count, lines] : [lines, count];
            View x = arrays.Normal(random, shape), index = Indices(arrays, random, places, 37), source = arrays.Normal(random, places);
            View y = arrays.Empty(places), expected = arrays.Empty(places), sum = arrays.As(x, DType.F32), expectedSum = arrays.As(x, DType.F32);
            CpuBackend.Instance.Gather(x, dim, index, expected);
            CpuBackend.Instance.ScatterAdd(expectedSum, dim, index, source);
            View deviceIndex = emulator.Send(index);
            emulator.Backend.Gather(emulator.Send(x), dim, deviceIndex, emulator.Send(y));
            emulator.Backend.ScatterAdd(emulator.Send(sum), dim, deviceIndex, emulator.Send(source));
            emulator.Fetch();
            DenseArrays.AssertClose(y, expected, Tolerance.Exact, $"gathered, dimension {dim}");
            DenseArrays.AssertClose(sum, expectedSum, Tolerance.Exact, $"scattered, dimension {dim}");
        }
    }

    [TestCase("index_select")]
    [TestCase("index_add")]
    [TestCase("gather")]
    [TestCase("scatter_add")]
    public void A_bad_index_is_reported_when_the_host_waits_and_only_once(string operation)
    {
        foreach (long bad in (long[])[-1, 5, long.MinValue, (1L << 32) + 1])
        {
            using var arrays = new DenseArrays();
            using var emulator = new OnEmulator();
            Shape shape = operation is "gather" or "scatter_add" ? [3, 80] : [80];
            View index = Indices(arrays, new Random(1), shape, 5);
            Write(index, 70, bad);
            View table = emulator.Send(arrays.Of(operation is "gather" or "scatter_add" ? [3, 5] : [5, 4], i => i));
            View items = emulator.Send(arrays.Of(operation is "gather" or "scatter_add" ? [3, 80] : [80, 4], i => i)), where = emulator.Send(index);
            switch (operation)
            {
                case "index_select": emulator.Backend.IndexSelect(table, 0, where, items); break;
                case "index_add": emulator.Backend.IndexAdd(table, 0, where, items); break;
                case "gather": emulator.Backend.Gather(table, 1, where, items); break;
                default: emulator.Backend.ScatterAdd(table, 1, where, items); break;
            }

            Assert.That(emulator.Fetch, Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains($"{operation}: index {bad} into a dimension of extent 5, expected 0 to 4"));
            Assert.That(emulator.Fetch, Throws.Nothing);
        }
    }

    private static View Indices(DenseArrays arrays, Random random, Shape shape, int extent)
    {
        View index = arrays.Empty(shape, DType.I64);
        for (int i = 0; i < index.Count; i++)
        {
            Write(index, i, random.Next(extent));
        }

        return index;
    }

    private static unsafe void Write(View index, int place, long value) => index.Pointer<long>()[place] = value;

    private static unsafe Span<byte> Bytes(View view) =>
        new((byte*)view.Storage.Address + (view.Layout.Offset * view.DType.Size()), (int)view.Count * view.DType.Size());
}
