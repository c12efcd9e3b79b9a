using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;
using RawSer.Testing;

namespace RawSer.Gpu.Tests.Compiler;

/// <summary>Kernels whose threads work together, executed: shared memory, barriers, warps, atomics, tiles, tensor cores.</summary>
public sealed class BlockTests
{
    private static readonly float[] Numbers = [.. Enumerable.Range(0, 4096).Select(i => ((i * 37) % 101) - 50f)];

    private static void BlockSum(ArrayView<float> input, ArrayView<float> output, int n)
    {
        var shared = SharedMemory.Allocate<float>(128);
        float sum = 0;
        for (int i = Group.IdxX; i < n; i += Group.DimX)
        {
            sum += input[i];
        }

        shared[Group.IdxX] = sum;
        Group.Barrier();
        for (int step = 64; step > 0; step >>= 1)
        {
            if (Group.IdxX < step)
            {
                shared[Group.IdxX] += shared[Group.IdxX + step];
            }

            Group.Barrier();
        }

        if (Group.IdxX == 0)
        {
            output[Grid.IdxX] = shared[0];
        }
    }

    [Test]
    public void SharedMemoryAndBarriers()
    {
        using var gpu = new Gpu();
        var (input, output) = (gpu.Upload(Numbers), gpu.Upload(new float[1]));
        Kernel.Create<ArrayView<float>, ArrayView<float>, int>(BlockSum).Launch(gpu.Device, new LaunchShape(1, 128), input, output, 1000);
        Assert.That(gpu.Read(output)[0], Is.EqualTo(Numbers.Take(1000).Sum()));

        var kernel = Ptx.Compile(typeof(BlockTests), nameof(BlockSum));
        Ptx.AssertClean(kernel);
        Assert.Multiple(() =>
        {
            Assert.That(kernel.SharedBytes, Is.EqualTo(512));
            Assert.That(kernel.Count(@"\[%rd\d+[^\]]*\]"), Is.EqualTo(2), "shared addresses have 32 bits: only the global load and store use 64");
            Assert.That(kernel.Count("bar.sync"), Is.EqualTo(8), "the tree is unrolled");
        });
    }

    private static void WarpSums(ArrayView<float> input, ArrayView<float> sums, ArrayView<long> maxima, ArrayView<uint> votes)
    {
        int i = Grid.GlobalIndex.X;
        float sum = input[i];
        long max = (long)input[i] * 1_000_000_000L;
        for (int offset = Warp.WarpSize / 2; offset > 0; offset /= 2)
        {
            sum += Warp.ShuffleXor(sum, offset);
            max = Math.Max(max, Warp.ShuffleDown(max, offset));
        }

        uint positive = Vote.Ballot(input[i] > 0);
        if (Warp.IsFirstLane)
        {
            sums[i / 32] = sum;
            maxima[i / 32] = max;
            votes[i / 32] = positive;
        }
    }

    [Test]
    public void Warps()
    {
        using var gpu = new Gpu();
        var (input, sums, maxima, votes) = (gpu.Upload(Numbers), gpu.Upload(new float[8]), gpu.Upload(new long[8]), gpu.Upload(new uint[8]));
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<long>, ArrayView<uint>>(WarpSums).Launch(gpu.Device, new LaunchShape(2, 128), input, sums, maxima, votes);
        for (var w = 0; w < 8; w++)
        {
            var part = Numbers.Skip(32 * w).Take(32).ToArray();
            Assert.Multiple(() =>
            {
                Assert.That(gpu.Read(sums)[w], Is.EqualTo(part.Sum()));
                Assert.That(gpu.Read(maxima)[w], Is.EqualTo((long)part.Max() * 1_000_000_000L));
                Assert.That(gpu.Read(votes)[w], Is.EqualTo((uint)part.Select((x, i) => x > 0 ? 1L << i : 0).Sum()));
            });
        }
    }

    private static void Histogram(ArrayView<int> input, ArrayView<int> counts, ArrayView<float> largest, ArrayView<int> order)
    {
        int i = Grid.GlobalIndex.X;
        Atomic.Add(ref counts[input[i] & 7], 1);
        Atomic.Max(ref largest[0], input[i]);
        order[Atomic.Add(ref counts[8], 1)] = i;
    }

    [Test]
    public void Atomics()
    {
        using var gpu = new Gpu();
        var data = Numbers.Take(256).Select(x => (int)x).ToArray();
        var (input, counts, largest, order) = (gpu.Upload(data), gpu.Upload(new int[9]), gpu.Upload([float.NegativeInfinity]), gpu.Upload(new int[256]));
        Kernel.Create<ArrayView<int>, ArrayView<int>, ArrayView<float>, ArrayView<int>>(Histogram).Launch(gpu.Device, new LaunchShape(2, 128), input, counts, largest, order);
        var expected = Enumerable.Range(0, 8).Select(k => data.Count(x => (x & 7) == k)).Append(256).ToArray();
        Assert.Multiple(() =>
        {
            Assert.That(gpu.Read(counts), Is.EqualTo(expected));
            Assert.That(gpu.Read(largest)[0], Is.EqualTo(data.Max()));
            Assert.That(gpu.Read(order).Order(), Is.EqualTo(Enumerable.Range(0, 256)));
        });
        var kernel = Ptx.Compile(typeof(BlockTests), nameof(Histogram));
        Assert.Multiple(() =>
        {
            Assert.That(kernel.Count("red.global.add.u32"), Is.EqualTo(1), "a result that nobody reads");
            Assert.That(kernel.Count("atom.global.add.u32"), Is.EqualTo(1));
            Assert.That(kernel.Count("atom.global.cas.b32"), Is.EqualTo(1));
        });
    }

    /// <summary>The second loop takes up the value of the first, and is the shorter: it is unrolled before it.</summary>
    [Unroll]
    private static void SumOfChosen(ArrayView<float> input, ArrayView<float> output, int count)
    {
        float sum = 0;
        for (int j = 0; j < 4; j++)
        {
            int i = (j * 32) + Group.IdxX;
            sum += i < count ? input[i] : 0;
        }

        for (int offset = Warp.WarpSize / 2; offset > 0; offset /= 2)
        {
            sum += Warp.ShuffleXor(sum, offset);
        }

        output[Group.IdxX] = sum;
    }

    [Test]
    public void LoopsThatFollowEachOther()
    {
        using var gpu = new Gpu();
        var (input, output) = (gpu.Upload(Numbers), gpu.Upload(new float[32]));
        Kernel.Create<ArrayView<float>, ArrayView<float>, int>(SumOfChosen).Launch(gpu.Device, new LaunchShape(1, 32), input, output, 100);
        Assert.That(gpu.Read(output), Is.All.EqualTo(Numbers.Take(100).Sum()));
    }

    /// <summary>A function with several ends, whose result a loop inside of a loop gathers: largest of the warp, then the sum of what it left.</summary>
    [Unroll]
    private static void Weigh(ArrayView<float> input, ArrayView<float> output, int limit, int rows)
    {
        var weights = LocalMemory.Allocate<float>(8);
        for (int i = 0; i < 2; i++)
        {
            float largest = float.NegativeInfinity;
            for (int j = 0; j < 4; j++)
            {
                float score = Score(input, (((i * 4) + j) * 32) + Group.IdxX, limit, rows);
                weights[(i * 4) + j] = score;
                largest = score > largest || float.IsNaN(score) ? score : largest;
            }

            for (int offset = 1; offset < Warp.WarpSize; offset *= 2)
            {
                largest = IntrinsicMath.Max(largest, Warp.ShuffleXor(largest, offset));
            }

            float sum = 0;
            for (int j = 0; j < 4; j++)
            {
                sum += largest - weights[(i * 4) + j];
            }

            output[(i * 32) + Group.IdxX] = sum;
        }
    }

    private static float Score(ArrayView<float> input, int at, int limit, int rows)
    {
        if (at >= limit)
        {
            return -100;
        }

        float score = input[at] * 2;
        if (rows != 0 && at % 7 == 0)
        {
            score = -50;
        }

        return score;
    }

    [TestCase(256, 0)]
    [TestCase(250, 1)]
    [TestCase(40, 1)]
    public void AValueLeavesALoopOfCallsInsideOfALoop(int limit, int rows)
    {
        using var gpu = new Gpu();
        var (input, output) = (gpu.Upload(Numbers), gpu.Upload(new float[64]));
        Kernel.Create<ArrayView<float>, ArrayView<float>, int, int>(Weigh).Launch(gpu.Device, new LaunchShape(1, 32), input, output, limit, rows);
        float Of(int at) => at >= limit ? -100 : rows != 0 && at % 7 == 0 ? -50 : Numbers[at] * 2;
        var expected = Enumerable.Range(0, 64).Select(o =>
        {
            var block = Enumerable.Range(o / 32 * 128, 128).Select(Of).Max();
            return Enumerable.Range(0, 4).Sum(j => block - Of((o / 32 * 128) + (j * 32) + (o % 32)));
        });
        Assert.That(gpu.Read(output), Is.EqualTo(expected).Within(1e-3f));
    }

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

    private static void Scaled(ArrayView<float> data, float factor, SpecializedValue<int> count)
    {
        var values = LocalMemory.Allocate<float>(count);
        for (int i = 0; i < count; i++)
        {
            values[i] = data[(Group.IdxX * count) + i] * factor;
        }

        for (int i = 0; i < count; i++)
        {
            data[(Group.IdxX * count) + i] = values[count - 1 - i];
        }
    }

    [Test]
    public void SpecialisedValuesAreConstants()
    {
        using var gpu = new Gpu();
        var kernel = Kernel.Create<ArrayView<float>, float, SpecializedValue<int>>(Scaled);
        foreach (var count in (int[])[2, 4, 2])
        {
            var data = gpu.Upload(Numbers[..64]);
            kernel.Launch(gpu.Device, new LaunchShape(1, 64 / count), data, 2f, SpecializedValue.New(count));
            Assert.That(gpu.Read(data), Is.EqualTo(Numbers[..64].Chunk(count).SelectMany(c => c.Reverse()).Select(x => 2 * x)));
        }

        var compiled = Ptx.Compile(typeof(BlockTests), nameof(Scaled), new KernelOptions { Specialised = new Dictionary<string, object> { ["count"] = 4 } });
        Ptx.AssertClean(compiled);
        Assert.That(compiled.Name, Does.EndWith("_Scaled__count_4"));
    }

    [Test]
    public void LaunchesAllocateNothing()
    {
        using var gpu = new Gpu();
        var device = new IdleDevice(gpu.Device.Properties);
        var kernel = Kernel.Create<ArrayView<float>, float, SpecializedValue<int>>(Scaled);
        kernel.Launch(device, new LaunchShape(1, 1), default, 1f, SpecializedValue.New(2));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            kernel.Launch(device, new LaunchShape(1, 1), default, 1f, SpecializedValue.New(2));
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That((device.Launches, device.Modules, device.ParameterBytes), Is.EqualTo((101, 1, 24)));
    }

    private static void GuardedQuads(ArrayView<Float4> from, ArrayView<Float4> to, int inner, int count)
    {
        var i = Grid.GlobalIndex.X;
        Float4 read = default, other = default;
        if (i < inner)
        {
            read = from[i];
        }

        if (!(i < inner))
        {
            other = to[i];
        }

        if (i < count)
        {
            to[i] = new Float4(read.X + other.X, read.Y + other.Y, read.Z + other.Z, read.W + other.W);
        }
    }

    [Test]
    public void Guarded_accesses_of_four_neighbours_are_one_under_a_predicate()
    {
        var kernel = Ptx.Compile(typeof(BlockTests), nameof(GuardedQuads));
        Assert.Multiple(() =>
        {
            Assert.That(kernel.Count(@"@%p\d+ ld\.global\.v4\.f32"), Is.EqualTo(2), kernel.Ptx);
            Assert.That(kernel.Count(@"@%p\d+ st\.global\.v4\.f32"), Is.EqualTo(1));
            Assert.That(kernel.Count("selp"), Is.Zero);
        });
        using var gpu = new Gpu();
        var to = gpu.Upload(Enumerable.Range(100, 32).Select(x => (float)x).ToArray());
        Kernel.Create<ArrayView<Float4>, ArrayView<Float4>, int, int>(GuardedQuads).Launch(
            gpu.Device, new LaunchShape(1, 8), gpu.Upload(Enumerable.Range(0, 32).Select(x => (float)x).ToArray()).Cast<Float4>(), to.Cast<Float4>(), 3, 6);
        Assert.That(gpu.Read(to), Is.EqualTo(Enumerable.Range(0, 32).Select(x => x < 12 ? (float)x : x + 100)));
    }
}
