using RawSer.Testing;

namespace RawSer.Kernels.Tests;

public sealed class ResizeTests
{
    [Test]
    public void A_device_resizes_as_the_reference([Range(0, 59)] int seed)
    {
        var random = new Random(seed);
        using var arrays = new DenseArrays();
        using var emulator = new OnEmulator();
        bool alignCorners = seed % 2 == 0;
        int width = seed % 3 == 0 ? 4 * random.Next(1, 8) : random.Next(1, 30);
        Shape source = [2, random.Next(1, 3), random.Next(1, 12), random.Next(1, 20)], result = [source[0], source[1], random.Next(1, 20), width];
        View x = arrays.Normal(random, source), dy = arrays.Normal(random, result);
        View y = arrays.Empty(result), dx = arrays.Empty(source), expectedY = arrays.Empty(result, DType.F64), expectedDx = arrays.Empty(source, DType.F64);
        ReferenceBackend.Instance.ResizeBilinear(arrays.As(x, DType.F64), expectedY, alignCorners);
        ReferenceBackend.Instance.ResizeBilinearBackward(arrays.As(dy, DType.F64), expectedDx, alignCorners);
        emulator.Backend.ResizeBilinear(emulator.Send(x), emulator.Send(y), alignCorners);
        emulator.Backend.ResizeBilinearBackward(emulator.Send(dy), emulator.Send(dx), alignCorners);
        emulator.Fetch();
        DenseArrays.AssertClose(y, expectedY, Tolerance.Arithmetic(DType.F32) with { Absolute = 1e-5 }, $"y of {source} to {result}");
        DenseArrays.AssertClose(dx, expectedDx, Tolerance.Accumulated(DType.F32, (result[-1] * result[-2] / (source[-1] * source[-2])) + 16, 1), $"dx of {source} to {result}");
    }

    [Test]
    public void Every_use_of_a_pixel_is_found([Values] bool alignCorners)
    {
        for (int source = 1; source < 40; source++)
        {
            for (int result = 1; result < 90; result++)
            {
                ResizeAxis axis = new(source, result, alignCorners);
                for (int i = 0; i < source; i++)
                {
                    axis.Users(i, out int first, out int end);
                    for (int j = 0; j < result; j++)
                    {
                        Assert.That(axis.Share(i, j) == 0 || (j >= first && j < end), $"pixel {i} of {source} in {j} of {result}: {first} to {end}");
                    }
                }
            }
        }
    }
}
