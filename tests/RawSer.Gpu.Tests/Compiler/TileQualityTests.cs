using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;
using RawSer.Testing;

namespace RawSer.Gpu.Tests.Compiler;

/// <summary>What NVIDIA's assembler makes of a 128 x 128 matrix tile written in plain C#: 256 threads, 8 x 8 sums each, double
/// buffered shared memory, K in steps of 8.</summary>
public sealed class TileQualityTests
{
    [Kernel(MaxThreadsPerGroup = 256)]
    [Unroll]
    private static void Tile128(ArrayView<Float4> a, ArrayView<Float4> b, ArrayView<Float4> c, int n4, int k4)
    {
        var tileA = SharedMemory.Allocate<float>(2 * 8 * 132);
        var tileB = SharedMemory.Allocate<float>(2 * 8 * 128);
        var sums = LocalMemory.Allocate<float>(64);
        for (int i = 0; i < 64; i++)
        {
            sums[i] = 0;
        }

        int t = Group.IdxX;
        int tx = t % 16;
        int ty = t / 16;
        int row = Grid.IdxY * 128;
        int column4 = Grid.IdxX * 32;
        Loop(a, b, tileA, tileB, sums, ((row + (t / 2)) * k4) + (t % 2), ((t / 32) * n4) + column4 + (t % 32), tx, ty, t, n4, k4);
        for (int i = 0; i < 8; i++)
        {
            for (int j = 0; j < 2; j++)
            {
                int at = (i * 8) + (j * 4);
                c[((row + (ty * 8) + i) * n4) + column4 + (tx * 2) + j] = new Float4(sums[at], sums[at + 1], sums[at + 2], sums[at + 3]);
            }
        }
    }

    private static void Loop(ArrayView<Float4> a, ArrayView<Float4> b, ArrayView<float> tileA, ArrayView<float> tileB, ArrayView<float> sums, int fromA, int fromB, int tx, int ty, int t, int n4, int k4)
    {
        Store(tileA, tileB, a[fromA], b[fromB], 0, t);
        Group.Barrier();
        int buffer = 0;
        int k = 2;
        for (; k < k4; k += 2)
        {
            Float4 nextA = a[fromA + k];
            Float4 nextB = b[fromB + (k * 4 * n4)];
            Step(tileA.SubView(buffer * 1056, 1056), tileB.SubView(buffer * 1024, 1024), sums, tx, ty);
            buffer ^= 1;
            Store(tileA, tileB, nextA, nextB, buffer, t);
            Group.Barrier();
        }

        Step(tileA.SubView(buffer * 1056, 1056), tileB.SubView(buffer * 1024, 1024), sums, tx, ty);
    }

    private static void Store(ArrayView<float> tileA, ArrayView<float> tileB, Float4 a, Float4 b, int buffer, int t)
    {
        int at = (buffer * 1056) + (t % 2 * 528) + (t / 2);
        tileA[at] = a.X;
        tileA[at + 132] = a.Y;
        tileA[at + 264] = a.Z;
        tileA[at + 396] = a.W;
        tileB.Cast<Float4>()[(buffer * 256) + t] = b;
    }

    [Unroll]
    private static void Step(ArrayView<float> tileA, ArrayView<float> tileB, ArrayView<float> sums, int tx, int ty)
    {
        for (int k = 0; k < 8; k++)
        {
            for (int i = 0; i < 8; i++)
            {
                for (int j = 0; j < 8; j++)
                {
                    sums[(i * 8) + j] = MathF.FusedMultiplyAdd(tileA[(k * 132) + (ty * 8) + i], tileB[(k * 128) + (tx * 8) + j], sums[(i * 8) + j]);
                }
            }
        }
    }

    [Test]
    public void TextHasNoMemoryForRegistersAndLoadsVectors()
    {
        var kernel = Ptx.Compile(typeof(TileQualityTests), nameof(Tile128));
        Ptx.AssertClean(kernel);
        Assert.Multiple(() =>
        {
            Assert.That(kernel.Count("fma.rn.f32"), Is.EqualTo(2 * 512));
            Assert.That(kernel.Count("ld.shared.v4.f32"), Is.EqualTo(2 * 32));
            Assert.That(kernel.Count("ld.shared.f32"), Is.Zero);
            Assert.That(kernel.Count("ld.global.v4.f32"), Is.EqualTo(4));
            Assert.That(kernel.Count("st.global.v4.f32"), Is.EqualTo(16));
        });
    }

    [Test]
    public void MultipliesTheMatrices()
    {
        const int M = 128, N = 128, K = 24;
        var a = Enumerable.Range(0, M * K).Select(i => (float)((i * 7 % 23) - 11)).ToArray();
        var b = Enumerable.Range(0, K * N).Select(i => (float)((i * 5 % 19) - 9)).ToArray();
        using var gpu = new Gpu();
        var c = gpu.Upload(new float[M * N]);
        Kernel.Create<ArrayView<Float4>, ArrayView<Float4>, ArrayView<Float4>, int, int>(Tile128)
            .Launch(gpu.Device, new LaunchShape(1, 256), gpu.Upload(a).Cast<Float4>(), gpu.Upload(b).Cast<Float4>(), c.Cast<Float4>(), N / 4, K / 4);
        var expected = new float[M * N];
        for (var i = 0; i < M; i++)
        {
            for (var j = 0; j < N; j++)
            {
                for (var k = 0; k < K; k++)
                {
                    expected[(i * N) + j] += a[(i * K) + k] * b[(k * N) + j];
                }
            }
        }

        Assert.That(gpu.Read(c), Is.EqualTo(expected));
    }

    [TestCase(70)]
    [TestCase(80)]
    [TestCase(90)]
    public void AssemblesWithoutSpillsAndMultipliesMost(int sm)
    {
        if (RealAssembler.Find() is not { } assembler)
        {
            Assert.Ignore(RealAssembler.Missing);
            return;
        }

        var kernel = assembler.Assemble(Ptx.Compile(typeof(TileQualityTests), nameof(Tile128), new KernelOptions { TargetSm = sm }).Ptx, sm).Single();
        var loop = kernel.MainLoop();
        var share = (double)AssembledKernel.Count(loop, "FFMA") / loop.Count;
        TestContext.Out.WriteLine($"sm_{sm}: {kernel.Registers} registers, {loop.Count} instructions in the loop, {share:P1} FFMA");
        Assert.Multiple(() =>
        {
            Assert.That((kernel.SpillBytes, kernel.StackBytes), Is.EqualTo((0, 0)));
            Assert.That(kernel.Registers, Is.LessThanOrEqualTo(128));
            Assert.That(share, Is.GreaterThanOrEqualTo(0.85));
            Assert.That(AssembledKernel.Count(loop, "LDS.128"), Is.EqualTo(AssembledKernel.Count(loop, "LDS")), "all shared loads have 128 bits");
        });
    }
}
