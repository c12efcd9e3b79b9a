using RawSer.Gpu;
using RawSer.Kernels.Spectral;
using RawSer.Testing;

namespace RawSer.Kernels.Tests.Device;

/// <summary>
/// Kernels count in 32 bits, and a GPU of today has memory for more: what is too large is refused in words, and what is not gets a grid that the
/// hardware takes. Nothing runs; the memory has addresses only.
/// </summary>
public sealed class LargeViewTests
{
    private const int Most = int.MaxValue - 65535;

    private static readonly GpuProperties s_properties = new()
    {
        Name = "idle",
        SmVersion = 90,
        PtxVersion = 78,
        MultiprocessorCount = 132,
        TotalMemory = 1L << 40,
        SharedMemoryPerBlockOptIn = 227 * 1024,
    };

    private readonly IdleDevice _device = new(s_properties);
    private CudaBackend _backend = null!;

    private delegate void Operation(CudaBackend on, Func<int[], View> f);

    [OneTimeSetUp]
    public void Open() => _backend = new(_device);

    [OneTimeTearDown]
    public void Close() => _device.Dispose();

    private static IEnumerable<TestCaseData> TooLarge()
    {
        TestCaseData Case(string name, Operation work) => new TestCaseData(work).SetArgDisplayNames(name);
        int[] beyond = [1 << 16, 1 << 15], near = [Most + 1];
        yield return Case("a map", (on, f) => on.Unary(UnaryOp.Exp, f(beyond), f(beyond)));
        yield return Case("a map, just so", (on, f) => on.Unary(UnaryOp.Exp, f(near), f(near)));
        yield return Case("a map of four", (on, f) => on.Binary(BinaryOp.Add, f(beyond), f(beyond), f(beyond)));
        yield return Case("a copy of a transposed view", (on, f) => on.Copy(Transposed(f(beyond)), f([1 << 15, 1 << 16])));
        yield return Case("a fill", (on, f) => on.Fill(f(beyond), 1));
        yield return Case("a sum", (on, f) => on.Reduce(ReduceOp.Sum, f(beyond), f([1 << 16, 1])));
        yield return Case("softmax", (on, f) => on.Softmax(f(beyond), f(beyond), 1, log: false));
        yield return Case("softmax of many short rows", (on, f) => on.Softmax(f([1 << 27, 4]), f([1 << 27, 4]), 1, log: false)); // 2^32 threads
        yield return Case("a convolution", (on, f) => on.Convolution(f([1 << 15, 8, 128, 128]), f([8, 8, 3, 3]), f([1 << 15, 8, 128, 128]), new(1, 1, 1, 1, 1, 1, 1)));
        yield return Case("random numbers", (on, f) => on.RandomUniform(f([1 << 17, 1 << 17]), new(1, 2, 3), 0, 1)); // 2^32 counters
        yield return Case("features through more levels than they are", (on, f) =>
        {
            MelFeaturePlan plan = Mfcc();
            on.MelFeatures(f([20_000, 65_536]), plan, f([20_000, plan.Rows, plan.FrameCount(65_536)]));
        });
    }

    private static IEnumerable<TestCaseData> Large()
    {
        TestCaseData Case(string name, Operation work) => new TestCaseData(work).SetArgDisplayNames(name);
        yield return Case("a map", (on, f) => on.Unary(UnaryOp.Exp, f([Most]), f([Most])));
        yield return Case("a fill", (on, f) => on.Fill(f([Most]), 1));
        yield return Case("random numbers", (on, f) => on.RandomUniform(f([1 << 16, 1 << 16]), new(1, 2, 3), 0, 1));
        yield return Case("softmax along columns", (on, f) => on.Softmax(f([4, 1 << 28]), f([4, 1 << 28]), 0, log: false));
        yield return Case("the first layer on many images", (on, f) => on.Convolution(f([70_000, 1, 8, 8]), f([16, 1, 3, 3]), f([70_000, 16, 8, 8]), new(1, 1, 1, 1, 1, 1, 1)));
        yield return Case("rows that are added", (on, f) => on.IndexAdd(f([2, 1 << 29]), 0, new(f([2]).Storage, DType.I64, Layout.RowMajor([1])), f([1, 1 << 29])));
        yield return Case("many products", (on, f) => on.MatMul(f([100_000, 16, 16]), f([100_000, 16, 16]), f([100_000, 16, 16])));
    }

    [TestCaseSource(nameof(TooLarge))]
    public void What_32_bits_cannot_count_is_refused(Delegate work)
    {
        int queued = _device.Queued;
        Assert.That(() => ((Operation)work)(_backend, Floats), Throws.TypeOf<NotSupportedException>().With.Message.Contains("supported"));
        Assert.That(_device.Queued, Is.EqualTo(queued));
    }

    [TestCaseSource(nameof(Large))]
    public void What_they_can_gets_a_grid_of_the_hardware(Delegate work)
    {
        int launches = _device.Launches;
        ((Operation)work)(_backend, Floats);
        Assert.That(_device.Launches, Is.GreaterThan(launches));
        Assert.That(_device.Grid.X, Is.Positive);
        Assert.That(_device.Grid.Y, Is.InRange(1, 65535));
        Assert.That(_device.Grid.Z, Is.InRange(1, 65535));
    }

    private static View Transposed(View view) => view.With(view.Layout.Permute([1, 0]));

    private static MelFeaturePlan Mfcc()
    {
        StftPlan stft = new(new StftOptions(256) { HopLength = 64, Precision = TransformPrecision.Single });
        return new(new MelSpectrogramPlan(stft, new MelFilterBank(new MelOptions(16000, 256, 128)), 2), new MelLevelOptions(true, 1e-10, 80), new DctPlan(128, 13, 22));
    }

    private View Floats(int[] extents)
    {
        Shape shape = extents;
        return new View(_backend.Memory.Allocate(shape.ElementCount * sizeof(float)), DType.F32, Layout.RowMajor(shape));
    }
}
