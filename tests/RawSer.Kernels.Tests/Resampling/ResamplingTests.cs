using RawSer.Kernels.Resampling;
using RawSer.Testing;

namespace RawSer.Kernels.Tests;

public sealed class ResamplingTests
{
    [TestCase(1, 7, 3, 5)]
    [TestCase(3, 200, 20, 147)]
    [TestCase(2, 90, 50, 1)]
    public void Cpu_and_device_give_the_sums_of_the_definition(int signals, int samples, int wing, int phases)
    {
        var random = new Random(samples);
        using var arrays = new DenseArrays();
        using var emulator = new OnEmulator();
        int outputs = samples * 2 / 3;
        var plan = ResamplingPlan.Create(new PolyphaseKernel(new WavyFilter(phases, wing)), new Steps(phases), outputs - 1, outputs);
        View x = arrays.Normal(random, [signals, samples]);
        View expected = arrays.Empty([signals, outputs], DType.F64), cpu = arrays.Empty([signals, outputs]), device = arrays.Empty([signals, outputs]);
        ReferenceBackend.Instance.Resample(arrays.As(x, DType.F64), plan, expected);
        CpuBackend.Instance.Resample(x, plan, cpu);
        emulator.Backend.Resample(emulator.Send(x), plan, emulator.Send(device));
        emulator.Fetch();
        Tolerance tolerance = Tolerance.Accumulated(DType.F32, 2 * wing, 1);
        DenseArrays.AssertClose(cpu, expected, tolerance, "cpu");
        DenseArrays.AssertClose(device, expected, tolerance, "device");
    }

    [Test]
    public void A_filter_without_a_table_is_refused_by_a_device()
    {
        using var arrays = new DenseArrays();
        using var emulator = new OnEmulator();
        var plan = ResamplingPlan.Create(new PolyphaseKernel(new WavyFilter(1 << 20, 50)), new Steps(1), 2, 2);
        Assert.That(
            () => emulator.Backend.Resample(emulator.Send(arrays.Empty([1, 4])), plan, emulator.Send(arrays.Empty([1, 2]))),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("1048576 phases"));
    }

    /// <summary>Some smooth taps that differ from phase to phase.</summary>
    private sealed class WavyFilter(int phases, int wing) : PolyphaseFilter(phases, wing, wing)
    {
        public override void Fill(int phase, Span<float> taps)
        {
            for (int i = 0; i <= 2 * Left; i++)
            {
                taps[i] = MathF.Cos((0.3f * i) + phase) / (1 + Left);
            }
        }
    }

    /// <summary>One and a half samples at a time, or so.</summary>
    private struct Steps(int phases) : IOutputClock
    {
        private int _next;

        public (int Sample, int Phase) Next()
        {
            int at = _next * 3 * phases / 2;
            _next++;
            return (at / phases, at % phases);
        }
    }
}
