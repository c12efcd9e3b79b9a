using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Gpu.Tests.Compiler;

/// <content>Tiles in registers, in shared memory and in tensor cores.</content>
public sealed partial class BlockTests
{
    /// <summary>A 32 x 32 tile, 4 x 4 per thread, 64 threads, K in steps of 8, double buffered.</summary>
    [Unroll]
    private static void Gemm(ArrayView<Float4> a, ArrayView<Float4> b, ArrayView<Float4> c, int n4, int k4)
    {
        var tileA = SharedMemory.Allocate<float>(2 * 8 * 36);
        var tileB = SharedMemory.Allocate<float>(2 * 8 * 32);
        var sums = LocalMemory.Allocate<float>(16);
        for (int i = 0; i < 16; i++)
        {
            sums[i] = 0;
        }

        int t = Group.IdxX;
        int tx = t % 8;
        int ty = t / 8;
        int rowA = (Grid.IdxY * 32) + (t / 2);
        int columnB = (Grid.IdxX * 8) + tx;
        Loop(a, b, tileA, tileB, sums, rowA, columnB, tx, ty, t, n4, k4);
        for (int i = 0; i < 4; i++)
        {
            c[(((Grid.IdxY * 32) + (ty * 4) + i) * n4) + columnB] = new Float4(sums[i * 4], sums[(i * 4) + 1], sums[(i * 4) + 2], sums[(i * 4) + 3]);
        }
    }

    private static void Loop(ArrayView<Float4> a, ArrayView<Float4> b, ArrayView<float> tileA, ArrayView<float> tileB, ArrayView<float> sums, int rowA, int columnB, int tx, int ty, int t, int n4, int k4)
    {
        int buffer = 0;
        for (int k = 0; k < k4; k += 2)
        {
            var left = a[(rowA * k4) + k + (t % 2)];
            var right = b[(((k * 4) + ty) * n4) + columnB];
            int startA = (buffer * 288) + (t % 2 * 144) + (t / 2);
            tileA[startA] = left.X;
            tileA[startA + 36] = left.Y;
            tileA[startA + 72] = left.Z;
            tileA[startA + 108] = left.W;
            tileB.Cast<Float4>()[(buffer * 64) + (ty * 8) + tx] = right;
            Group.Barrier();
            Step(tileA.SubView(buffer * 288, 288), tileB.SubView(buffer * 256, 256), sums, tx, ty);
            buffer ^= 1;
        }
    }

    [Unroll]
    private static void Step(ArrayView<float> tileA, ArrayView<float> tileB, ArrayView<float> sums, int tx, int ty)
    {
        for (int k = 0; k < 8; k++)
        {
            for (int i = 0; i < 4; i++)
            {
                for (int j = 0; j < 4; j++)
                {
                    sums[(i * 4) + j] = MathF.FusedMultiplyAdd(tileA[(k * 36) + (ty * 4) + i], tileB[(k * 32) + (tx * 4) + j], sums[(i * 4) + j]);
                }
            }
        }
    }

    [Test]
    public void RegisterTiles()
    {
        const int M = 64, N = 64, K = 32;
        var (a, b) = (Numbers[..(M * K)], Numbers[1000..(1000 + (K * N))]);
        using var gpu = new Gpu();
        var (viewA, viewB, viewC) = (gpu.Upload(a).Cast<Float4>(), gpu.Upload(b).Cast<Float4>(), gpu.Upload(new float[M * N]));
        Kernel.Create<ArrayView<Float4>, ArrayView<Float4>, ArrayView<Float4>, int, int>(Gemm).Launch(gpu.Device, new LaunchShape((N / 32, M / 32), 64), viewA, viewB, viewC.Cast<Float4>(), N / 4, K / 4);
        var c = gpu.Read(viewC);
        for (var i = 0; i < M; i++)
        {
            for (var j = 0; j < N; j++)
            {
                var sum = 0f;
                for (var k = 0; k < K; k++)
                {
                    sum += a[(i * K) + k] * b[(k * N) + j];
                }

                Assert.That(c[(i * N) + j], Is.EqualTo(sum), $"{i}, {j}");
            }
        }

        var kernel = Ptx.Compile(typeof(BlockTests), nameof(Gemm));
        Ptx.AssertClean(kernel);
        Assert.Multiple(() =>
        {
            Assert.That(kernel.Count("fma.rn.f32"), Is.EqualTo(128));
            Assert.That(kernel.Count(@"ld\.shared\.v4\.f32"), Is.EqualTo(16), "one for A and one for B in each of 8 steps");
            Assert.That(kernel.Count(@"ld\.shared\.f32"), Is.Zero);
            Assert.That(kernel.Count(@"\.global\.v4\.f32"), Is.EqualTo(6));
        });
    }

    private static void CopyTile(ArrayView<Float4> input, ArrayView<Float4> output)
    {
        var tile = SharedMemory.Allocate<Float4>(64);
        int t = Group.IdxX;
        AsyncCopy.Copy(ref tile[t], ref input[t]);
        AsyncCopy.CopyOrZero(ref tile[t + 32], ref input[t + 32], t < 16);
        AsyncCopy.Commit();
        AsyncCopy.Wait(0);
        Group.Barrier();
        output[t] = tile[31 - t];
        output[t + 32] = tile[63 - t];
    }

    [Test]
    public void AsynchronousCopies()
    {
        var data = Numbers[..256];
        var expected = Enumerable.Range(0, 64).Select(i => i < 32 ? 31 - i : 95 - i).SelectMany(i => i < 48 ? data[(4 * i)..((4 * i) + 4)] : new float[4]).ToArray();
        foreach (var sm in (int[])[70, 80])
        {
            using var gpu = new Gpu(sm);
            var (input, output) = (gpu.Upload(data), gpu.Upload(new float[256]));
            Kernel.Create<ArrayView<Float4>, ArrayView<Float4>>(CopyTile).Launch(gpu.Device, new LaunchShape(1, 32), input.Cast<Float4>(), output.Cast<Float4>());
            Assert.That(gpu.Read(output), Is.EqualTo(expected), $"sm_{sm}");
            var kernel = Ptx.Compile(typeof(BlockTests), nameof(CopyTile), new KernelOptions { TargetSm = sm });
            Assert.That(kernel.Count(@"cp\.async\.cg"), Is.EqualTo(sm == 80 ? 2 : 0));
            Assert.That(kernel.TargetSm, Is.EqualTo(sm));
        }
    }

    private static void Tile(ArrayView<float> a, ArrayView<float> b, ArrayView<float> c)
    {
        int row = Warp.LaneIdx / 4;
        int column = Warp.LaneIdx % 4;
        TileA left;
        left.A0 = TensorCore.ToTf32(a[(row * 8) + column]);
        left.A1 = TensorCore.ToTf32(a[((row + 8) * 8) + column]);
        left.A2 = TensorCore.ToTf32(a[(row * 8) + column + 4]);
        left.A3 = TensorCore.ToTf32(a[((row + 8) * 8) + column + 4]);
        TileB right;
        right.B0 = TensorCore.ToTf32(b[(column * 8) + row]);
        right.B1 = TensorCore.ToTf32(b[((column + 4) * 8) + row]);
        TileAccumulator sum = default;
        TensorCore.MultiplyTf32(ref sum, left, right);
        c[(row * 8) + (column * 2)] = sum.C0;
        c[(row * 8) + (column * 2) + 1] = sum.C1;
        c[((row + 8) * 8) + (column * 2)] = sum.C2;
        c[((row + 8) * 8) + (column * 2) + 1] = sum.C3;
    }

    [Test]
    public void TensorCores()
    {
        var (a, b) = (Numbers[..128], Numbers[200..264]);
        var expected = new float[128];
        for (var i = 0; i < 128; i++)
        {
            for (var k = 0; k < 8; k++)
            {
                expected[i] += a[(i / 8 * 8) + k] * b[(k * 8) + (i % 8)];
            }
        }

        foreach (var sm in (int[])[70, 80])
        {
            using var gpu = new Gpu(sm);
            var (viewA, viewB, viewC) = (gpu.Upload(a), gpu.Upload(b), gpu.Upload(new float[128]));
            Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>>(Tile).Launch(gpu.Device, new LaunchShape(1, 32), viewA, viewB, viewC);
            Assert.That(gpu.Read(viewC), Is.EqualTo(expected), $"sm_{sm}");
        }
    }
}
