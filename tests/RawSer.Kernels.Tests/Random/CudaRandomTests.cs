using System.Runtime.InteropServices;
using RawSer.Gpu.Emulator;

namespace RawSer.Kernels.Tests;

/// <summary>The device draws the host's numbers, for counts that end inside a block of 64 and seeds beyond 32 bits.</summary>
[Category("OneInstructionSet")]
public sealed class CudaRandomTests
{
    private static readonly RandomSource s_source = new(0x9F3C_1234_5678_9ABC, 7, (1UL << 33) + 3);

    [TestCase(1)]
    [TestCase(64)]
    [TestCase(1000)]
    public void Uniform_numbers_are_the_hosts_to_the_bit(int count)
    {
        float[] numbers = Draw((backend, y) => backend.RandomUniform(y, s_source, -1.5, 2), count, out float[] expected);
        Assert.That(numbers, Is.EqualTo(expected));
    }

    [TestCase(33)]
    [TestCase(1000)]
    public void Normal_numbers_are_the_hosts(int count)
    {
        float[] numbers = Draw((backend, y) => backend.RandomNormal(y, s_source, 0.5, 2), count, out float[] expected);
        Assert.That(numbers, Is.EqualTo(expected).Within(2).Ulps);
    }

    [Test]
    public void Dropout_keeps_what_the_host_keeps()
    {
        float[] kept = Draw(Dropout, 777, out float[] expected);
        Assert.That(kept, Is.EqualTo(expected));

        static void Dropout(Backend backend, View y)
        {
            View mask = new(backend.Memory.Allocate(y.Count), DType.Bool, Layout.RowMajor(y.Shape));
            backend.Fill(y, 3);
            backend.Dropout(y, y, mask, s_source, 0.3);
            backend.DropoutMask(mask, s_source, 0.3);
            backend.MaskScale(y, mask, y, 2);
            mask.Storage.Release();
        }
    }

    private static float[] Draw(Action<Backend, View> draw, int count, out float[] expected)
    {
        using EmulatorDevice device = new();
        expected = On(CpuBackend.Instance);
        return On(new CudaBackend(device));

        float[] On(Backend backend)
        {
            View y = new(backend.Memory.Allocate(count * sizeof(float)), DType.F32, Layout.RowMajor([count]));
            draw(backend, y);
            float[] values = new float[count];
            backend.Download(y.Storage, 0, MemoryMarshal.AsBytes(values.AsSpan()));
            y.Storage.Release();
            return values;
        }
    }
}
