using RawSer.Testing;

namespace RawSer.Kernels.Tests;

public sealed class AddNoiseTests
{
    [TestCase(3, 5)]
    [TestCase(4, 1000)]
    [TestCase(5, 9001)]
    public void The_ratio_is_met_on_every_backend(int rows, int samples)
    {
        var random = new Random(rows);
        using var arrays = new DenseArrays();
        using var emulator = new OnEmulator();
        View x = arrays.Of([rows, samples], i => i / samples == 1 ? 0 : random.NextDouble() - 0.3), noise = arrays.Empty([rows, samples]);
        CpuBackend.Instance.RandomNormal(noise, new RandomSource(5, 6, 7), 0, 1);
        Silence(noise, (rows - 1) * samples, samples);
        View ratios = arrays.Of([rows], row => (20 * row) - 10);
        View expected = arrays.Empty(x.Shape, DType.F64), cpu = arrays.Empty(x.Shape), device = arrays.Empty(x.Shape);
        ReferenceBackend.Instance.AddNoise(arrays.As(x, DType.F64), arrays.As(noise, DType.F64), arrays.As(ratios, DType.F64), expected);
        CpuBackend.Instance.AddNoise(x, noise, ratios, cpu);
        View deviceNoise = emulator.Send(arrays.As(noise, DType.F32)), sent = emulator.Send(x);
        emulator.Backend.AddNoise(sent, deviceNoise, emulator.Send(ratios), emulator.Send(device));
        emulator.Fetch();
        DenseArrays.AssertClose(cpu, expected, Tolerance.Arithmetic(DType.F32) with { Absolute = 1e-6 }, "cpu");
        DenseArrays.AssertClose(device, expected, Tolerance.Transcendental(DType.F32) with { Absolute = 1e-5 }, "device");
        double[] clean = DenseArrays.Values(x), noisy = DenseArrays.Values(device);
        for (int row = 0; row < rows; row++)
        {
            double signal = 0, added = 0;
            for (int i = row * samples; i < (row + 1) * samples; i++)
            {
                signal += clean[i] * clean[i];
                added += (noisy[i] - clean[i]) * (noisy[i] - clean[i]);
            }

            Assert.That(row == 1 || row == rows - 1 ? added : 10 * Math.Log10(signal / added), Is.EqualTo(row == 1 || row == rows - 1 ? 0 : (20 * row) - 10).Within(1e-3), $"row {row}");
        }
    }

    private static unsafe void Silence(View noise, int first, int count) => new Span<float>(noise.Pointer<float>() + first, count).Clear();
}
