using RawSer.Testing;

namespace RawSer.Kernels.Tests.Pooling;

/// <summary>Poolings on the processor against the reference, over random windows.</summary>
public sealed class PoolingTests
{
    [Test]
    public void Max_pooling_agrees_with_the_reference_over_random_windows()
    {
        var random = new Random(3);
        for (int trial = 0; trial < 200; trial++)
        {
            using var arrays = new DenseArrays();
            int height = random.Next(1, 20), width = random.Next(1, 40);
            PoolWindows windows;
            try
            {
                windows = new(RandomAxis(random, height, dilated: true), RandomAxis(random, width, dilated: true));
            }
            catch (ArgumentException)
            {
                continue; // the window does not fit
            }

            // Few different values, so that ties are common; now and then NaN.
            View x = arrays.Of([2, 3, height, width], _ => random.Next(50) == 0 ? double.NaN : random.Next(5));
            Shape pooled = [2, 3, windows.Rows.Output, windows.Columns.Output];
            View dy = arrays.Normal(random, pooled);
            (View Y, View Index, View X) cpu = Max(arrays, CpuBackend.Instance, x, dy, windows), reference = Max(arrays, ReferenceBackend.Instance, x, dy, windows);
            DenseArrays.AssertClose(cpu.Y, reference.Y, Tolerance.Exact, $"y of {windows}");
            DenseArrays.AssertClose(cpu.Index, reference.Index, Tolerance.Exact, $"index of {windows}");
            DenseArrays.AssertClose(cpu.X, reference.X, Tolerance.Exact, $"dx of {windows}");

            View valuesOnly = arrays.Empty(pooled);
            CpuBackend.Instance.MaxPool(x, windows, valuesOnly, default);
            DenseArrays.AssertClose(valuesOnly, reference.Y, Tolerance.Exact, $"y without places of {windows}");
        }
    }

    [Test]
    public void Max_pooling_on_a_device_is_the_reference_to_the_bit([Range(0, 59)] int seed)
    {
        var random = new Random(seed);
        using var arrays = new DenseArrays();
        using var emulator = new OnEmulator();
        (int height, int width, PoolWindows windows) = RandomWindows(random, dilated: true, tiles: seed % 3 == 0);
        View x = arrays.Of([2, 2, height, width], _ => random.Next(50) == 0 ? double.NaN : random.Next(5));
        Shape pooled = [2, 2, windows.Rows.Output, windows.Columns.Output];
        View dy = arrays.Normal(random, pooled);
        (View Y, View Index, View X) reference = Max(arrays, ReferenceBackend.Instance, x, dy, windows);
        View y = arrays.Empty(pooled), place = arrays.Empty(pooled, windows.PlaceType), index = arrays.Empty(pooled, DType.I64), dx = arrays.Empty(x.Shape);
        View devicePlace = emulator.Send(place);
        emulator.Backend.MaxPool(emulator.Send(x), windows, emulator.Send(y), devicePlace);
        emulator.Backend.MaxPoolIndex(devicePlace, windows, emulator.Send(index));
        emulator.Backend.MaxPoolBackward(emulator.Send(dy), devicePlace, windows, emulator.Send(dx));
        emulator.Fetch();
        DenseArrays.AssertClose(y, reference.Y, Tolerance.Exact, $"y of {windows}");
        DenseArrays.AssertClose(index, reference.Index, Tolerance.Exact, $"index of {windows}");
        DenseArrays.AssertClose(dx, reference.X, Tolerance.Exact, $"dx of {windows}");

        emulator.Backend.MaxPool(emulator.Send(x), windows, emulator.Send(y), default);
        emulator.Fetch();
        DenseArrays.AssertClose(y, reference.Y, Tolerance.Exact, $"y without places of {windows}");
    }

    [Test]
    public void Average_pooling_on_a_device_agrees_with_the_reference([Range(0, 59)] int seed)
    {
        var random = new Random(seed);
        using var arrays = new DenseArrays();
        using var emulator = new OnEmulator();
        (int height, int width, PoolWindows windows) = RandomWindows(random, dilated: false, tiles: false);
        if (seed % 3 == 0)
        {
            windows = new(PoolAxis.Adaptive(height, random.Next(1, 9)), PoolAxis.Adaptive(width, random.Next(1, 9)));
        }

        (bool countPadding, double divisor) = (random.Next(2) == 0, random.Next(3) == 0 ? 3.0 : 0);
        View x = arrays.Normal(random, [2, 2, height, width]), dy = arrays.Normal(random, [2, 2, windows.Rows.Output, windows.Columns.Output]);
        (View Y, View X) reference = Average(arrays, ReferenceBackend.Instance, DType.F64, x, dy, windows, countPadding, divisor);
        View y = arrays.Empty(dy.Shape), dx = arrays.Empty(x.Shape);
        emulator.Backend.AveragePool(emulator.Send(x), windows, countPadding, divisor, emulator.Send(y));
        emulator.Backend.AveragePoolBackward(emulator.Send(dy), windows, countPadding, divisor, emulator.Send(dx));
        emulator.Fetch();
        DenseArrays.AssertClose(y, reference.Y, Tolerance.Accumulated(DType.F32, 64, 1), $"y of {windows}");
        DenseArrays.AssertClose(dx, reference.X, Tolerance.Accumulated(DType.F32, 64, 1), $"dx of {windows}");
    }

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(40)]
    public void Windows_of_many_cells_on_a_device(int width)
    {
        using var arrays = new DenseArrays();
        using var emulator = new OnEmulator();
        PoolWindows windows = new(PoolAxis.Windows(120, 50, 35), PoolAxis.Windows(width, width, 1)), whole = new(PoolAxis.Adaptive(120, 1), PoolAxis.Adaptive(width, 1));
        View x = arrays.Normal(new Random(4), [2, 1, 120, width]), dy = arrays.Normal(new Random(5), [2, 1, windows.Rows.Output, 1]);
        (View Y, View Index, View X) reference = Max(arrays, ReferenceBackend.Instance, x, dy, windows);
        View y = arrays.Empty(dy.Shape), place = arrays.Empty(dy.Shape, windows.PlaceType), dx = arrays.Empty(x.Shape), mean = arrays.Empty([2, 1, 1, 1]);
        View devicePlace = emulator.Send(place);
        emulator.Backend.MaxPool(emulator.Send(x), windows, emulator.Send(y), devicePlace);
        emulator.Backend.MaxPoolBackward(emulator.Send(dy), devicePlace, windows, emulator.Send(dx));
        emulator.Backend.AveragePool(emulator.Send(x), whole, false, 0, emulator.Send(mean));
        emulator.Fetch();
        DenseArrays.AssertClose(y, reference.Y, Tolerance.Exact, "y");
        DenseArrays.AssertClose(dx, reference.X, Tolerance.Exact, "dx");
        View expected = arrays.Empty(mean.Shape);
        ReferenceBackend.Instance.AveragePool(x, whole, false, 0, expected);
        DenseArrays.AssertClose(mean, expected, Tolerance.Accumulated(DType.F32, 120 * width, 1), "mean");
    }

    [Test]
    public void A_divisor_of_the_host_divides_on_the_device()
    {
        var random = new Random(1);
        int[] numbers = [0, 1, 2, 3, 5, 6, 7, 10, 641, 46341, 65535, 65536, int.MaxValue - 1, int.MaxValue];
        foreach (int divisor in numbers.Skip(1).Concat(Enumerable.Range(0, 200).Select(_ => random.Next(1, 1 << random.Next(1, 31)))))
        {
            DeviceDivisor by = new(divisor);
            foreach (int number in numbers.Concat([divisor - 1, divisor, (int)Math.Min(int.MaxValue, 2L * divisor) - 1, int.MaxValue / divisor * divisor, random.Next()]))
            {
                Assert.That((by.Divide(number, out int rest), rest), Is.EqualTo((number / divisor, number % divisor)), $"{number} / {divisor}");
            }
        }
    }

    [Test]
    public void Windows_of_many_cells_number_their_places_in_ints()
    {
        using var arrays = new DenseArrays();
        PoolWindows windows = new(PoolAxis.None(1), PoolAxis.Windows(1000, 400, 300));
        Assert.That(windows.PlaceType, Is.EqualTo(DType.I32));
        View x = arrays.Normal(new Random(4), [2, 1, 1000]), dy = arrays.Normal(new Random(5), [2, 1, windows.Columns.Output]);
        (View Y, View Index, View X) cpu = Max(arrays, CpuBackend.Instance, x, dy, windows), reference = Max(arrays, ReferenceBackend.Instance, x, dy, windows);
        DenseArrays.AssertClose(cpu.Index, reference.Index, Tolerance.Exact, "index");
        DenseArrays.AssertClose(cpu.X, reference.X, Tolerance.Exact, "dx");
    }

    [Test]
    public void Average_pooling_agrees_with_the_reference_over_random_windows()
    {
        var random = new Random(6);
        for (int trial = 0; trial < 200; trial++)
        {
            using var arrays = new DenseArrays();
            int height = random.Next(1, 20), width = random.Next(1, 40);
            PoolWindows windows;
            try
            {
                windows = trial % 4 == 0
                    ? new(PoolAxis.Adaptive(height, random.Next(1, 9)), PoolAxis.Adaptive(width, random.Next(1, 9)))
                    : new(RandomAxis(random, height, dilated: false), RandomAxis(random, width, dilated: false));
            }
            catch (ArgumentException)
            {
                continue;
            }

            (bool countPadding, double divisor) = (random.Next(2) == 0, random.Next(3) == 0 ? 3.0 : 0);
            View x = arrays.Normal(random, [2, 3, height, width]), dy = arrays.Normal(random, [2, 3, windows.Rows.Output, windows.Columns.Output]);
            (View Y, View X) cpu = Average(arrays, CpuBackend.Instance, DType.F32, x, dy, windows, countPadding, divisor);
            (View Y, View X) reference = Average(arrays, ReferenceBackend.Instance, DType.F64, x, dy, windows, countPadding, divisor);
            DenseArrays.AssertClose(cpu.Y, reference.Y, Tolerance.Accumulated(DType.F32, 64, 1), $"y of {windows}");
            DenseArrays.AssertClose(cpu.X, reference.X, Tolerance.Accumulated(DType.F32, 64, 1), $"dx of {windows}");
        }
    }

    [TestCase(4, 8, 1, 0, 1, "kernel 8 with dilation 1 does not fit an extent of 4")]
    [TestCase(4, 0, 1, 0, 1, "kernel 0, stride 1, dilation 1: each must be at least 1")]
    [TestCase(4, 2, 1, 2, 1, "padding 2 must be between 0 and half the kernel (1)")]
    [TestCase(2, 2, 1, 1, 3, "has no cell inside an extent of 2")]
    public void Windows_that_make_no_sense_are_refused_by_name(int input, int kernel, int stride, int padding, int dilation, string message) =>
        Assert.That(() => PoolAxis.Windows(input, kernel, stride, padding, dilation), Throws.ArgumentException.With.Message.Contains(message));

    private static (int Height, int Width, PoolWindows Windows) RandomWindows(Random random, bool dilated, bool tiles)
    {
        while (true)
        {
            int height = random.Next(1, 20), width = random.Next(1, 30), vector = 2 << random.Next(2), rows = random.Next(1, 5);
            try
            {
                return tiles
                    ? (height, width * vector, new(PoolAxis.Windows(height, rows, rows), PoolAxis.Windows(width * vector, vector, vector)))
                    : (height, width, new(RandomAxis(random, height, dilated), RandomAxis(random, width, dilated)));
            }
            catch (ArgumentException)
            {
                // the window does not fit
            }
        }
    }

    private static PoolAxis RandomAxis(Random random, int input, bool dilated)
    {
        int kernel = random.Next(1, 6), stride = random.Next(2) == 0 ? kernel : random.Next(1, 5);
        return random.Next(5) == 0
            ? PoolAxis.Same(input, kernel, stride)
            : PoolAxis.Windows(input, kernel, stride, random.Next(2) * random.Next(0, (kernel / 2) + 1), dilated ? random.Next(1, 4) : 1, random.Next(2) == 0);
    }

    private static (View Y, View Index, View X) Max(DenseArrays arrays, Backend backend, View x, View dy, PoolWindows windows)
    {
        View y = arrays.Empty(dy.Shape), place = arrays.Empty(dy.Shape, windows.PlaceType), index = arrays.Empty(dy.Shape, DType.I64), dx = arrays.Empty(x.Shape);
        backend.MaxPool(x, windows, y, place);
        backend.MaxPoolIndex(place, windows, index);
        backend.MaxPoolBackward(dy, place, windows, dx);
        return (y, index, dx);
    }

    private static (View Y, View X) Average(
        DenseArrays arrays, Backend backend, DType type, View x, View dy, PoolWindows windows, bool countPadding, double divisor)
    {
        View y = arrays.Empty(dy.Shape, type), dx = arrays.Empty(x.Shape, type);
        backend.AveragePool(arrays.As(x, type), windows, countPadding, divisor, y);
        backend.AveragePoolBackward(arrays.As(dy, type), windows, countPadding, divisor, dx);
        return (y, dx);
    }
}
