using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Gpu.Tests.Dialect;

/// <summary>Where a thread stands, barriers that count, and values that go from thread to thread.</summary>
public sealed class GroupTests
{
    private static readonly LaunchShape Shape = new((2, 3, 2), (4, 2, 8));

    [Kernel]
    private static void Places(ArrayView<int> output)
    {
        ArrayView<int> own = output.SubView(Grid.GlobalLinearIndex * 40, 40);
        int at = 0;
        Put(own, ref at, new Index3D(Grid.IdxX, Grid.IdxY, Grid.IdxZ));
        Put(own, ref at, Grid.Index);
        Put(own, ref at, new Index3D(Grid.DimX, Grid.DimY, Grid.DimZ));
        Put(own, ref at, Grid.Dimension);
        Put(own, ref at, new Index3D(Group.IdxX, Group.IdxY, Group.IdxZ));
        Put(own, ref at, Group.Index);
        Put(own, ref at, new Index3D(Group.DimX, Group.DimY, Group.DimZ));
        Put(own, ref at, Group.Dimension);
        Put(own, ref at, Grid.GlobalIndex);
        Put(own, ref at, Grid.LongGlobalIndex.ToIntIndex());
        own[at++] = Grid.LinearIndex;
        own[at++] = Group.LinearIndex;
        own[at++] = Group.IsFirstThread ? 1 : 0;
        own[at++] = Group.IsLastThread ? 1 : 0;
        own[at++] = Warp.WarpIdx;
        own[at++] = Warp.LaneIdx;
        own[at++] = Warp.IsFirstLane ? 1 : 0;
        own[at++] = Warp.IsLastLane ? 1 : 0;
        own[at++] = Warp.ComputeWarpIdx(Group.LinearIndex);
        own[at] = Warp.ComputeWarpThreadIdx(Group.LinearIndex);
    }

    private static void Put(ArrayView<int> output, ref int at, Index3D index)
    {
        if (at < 30)
        {
            output[at] = (index.X * 10_000) + (index.Y * 100) + index.Z;
            at++;
        }
    }

    [Test]
    public void Each_thread_knows_its_place()
    {
        const int Blocks = 12, Threads = 64;
        using var gpu = new Compiler.Gpu();
        ArrayView<int> output = gpu.Upload(new int[Blocks * Threads * 40]);
        Kernel.Create<ArrayView<int>>(Places).Launch(gpu.Device, Shape, output);
        int[] written = gpu.Read(output);
        for (int block = 0; block < Blocks; block++)
        {
            for (int thread = 0; thread < Threads; thread++)
            {
                int[] grid = [block % 2, block / 2 % 3, block / 6], group = [thread % 4, thread / 4 % 2, thread / 8];
                int gridAt = Number(grid), groupAt = Number(group), global = Number([(grid[0] * 4) + group[0], (grid[1] * 2) + group[1], (grid[2] * 8) + group[2]]);
                Assert.That(written.Skip(((block * Threads) + thread) * 40).Take(20), Is.EqualTo(new[]
                {
                    gridAt, gridAt, 20302, 20302, groupAt, groupAt, 40208, 40208, global, global, block, thread, thread == 0 ? 1 : 0, thread == 63 ? 1 : 0,
                    thread / 32, thread % 32, thread % 32 == 0 ? 1 : 0, thread % 32 == 31 ? 1 : 0, thread / 32, thread % 32,
                }));
            }
        }

        static int Number(int[] index) => (index[0] * 10_000) + (index[1] * 100) + index[2];
    }

    [Kernel]
    private static void GlobalPlaces(ArrayView<long> output)
    {
        ArrayView<long> own = output.SubView(Grid.GlobalLinearIndex * 12, 12);
        LongIndex2D two = Grid.ComputeLongGlobalIndex(new Index2D(70_000, 80_000), new Index2D(1, 2));
        LongIndex3D three = Grid.ComputeLongGlobalIndex(new Index3D(700_000_000, 800_000_000, 900_000_000), new Index3D(1, 2, 3));
        Index2D plane = Grid.ComputeGlobalIndex(new Index2D(Grid.IdxX, Grid.IdxY), new Index2D(Group.IdxX, Group.IdxY));
        Index3D space = Grid.ComputeGlobalIndex(Grid.Index, Group.Index);
        own[0] = Grid.ComputeGlobalIndex(new Index1D(Grid.IdxX), new Index1D(Group.IdxX)).X;
        own[1] = Grid.ComputeLongGlobalIndex(new Index1D(2_000_000_000), new Index1D(3)).X;
        own[2] = plane.X;
        own[3] = plane.Y;
        own[4] = space.X;
        own[5] = space.Y;
        own[6] = space.Z;
        own[7] = two.X;
        own[8] = two.Y;
        own[9] = three.X;
        own[10] = three.Y;
        own[11] = three.Z;
    }

    [Test]
    public void Places_in_the_grid_are_computed_from_any_index()
    {
        using var gpu = new Compiler.Gpu();
        ArrayView<long> output = gpu.Upload(new long[12 * 64 * 12]);
        Kernel.Create<ArrayView<long>>(GlobalPlaces).Launch(gpu.Device, Shape, output);
        const int Block = 1 + 4 + 6, Thread = 3 + 4 + 40; // block (1, 2, 1), thread (3, 1, 5)

        Assert.That(gpu.Read(output).Skip(((Block * 64) + Thread) * 12).Take(12), Is.EqualTo(new long[]
        {
            7, 8_000_000_003, 7, 5, 7, 5, 13, 280_001, 160_002, 2_800_000_001, 1_600_000_002, 7_200_000_003,
        }));
    }

    [Kernel]
    private static void Barriers(ArrayView<int> output, ArrayView<int> flags)
    {
        int t = Group.LinearIndex;
        int count = Group.BarrierPopCount(flags[t] == 1);
        bool all = Group.BarrierAnd(flags[t] < 2);
        bool none = Group.BarrierAnd(flags[t] == 1);
        bool any = Group.BarrierOr(flags[t] == 1);
        bool two = Group.BarrierOr(flags[t] == 2);
        int sent = Group.Broadcast(t * 3, 37);
        double wide = Group.Broadcast(t + 0.5, 5);
        Group.Barrier();
        output[t] = count + (all ? 1000 : 0) + (none ? 10_000 : 0) + (any ? 100_000 : 0) + (two ? 1_000_000 : 0);
        output[64 + t] = sent;
        output[128 + t] = (int)(wide * 2);
    }

    [Test]
    public void Barriers_count_and_broadcast()
    {
        using var gpu = new Compiler.Gpu();
        ArrayView<int> output = gpu.Upload(new int[192]), flags = gpu.Upload(Enumerable.Range(0, 64).Select(i => i % 3 == 0 ? 1 : 0).ToArray());
        Kernel.Create<ArrayView<int>, ArrayView<int>>(Barriers).Launch(gpu.Device, new LaunchShape(1, (8, 8)), output, flags);
        int[] written = gpu.Read(output);

        Assert.That(written[..64], Is.All.EqualTo(22 + 1000 + 100_000));
        Assert.That(written[64..128], Is.All.EqualTo(111));
        Assert.That(written[128..], Is.All.EqualTo(11));
    }

    /// <summary>Two numbers of different sizes, so that a shuffle takes it in parts.</summary>
    private struct Parts
    {
        public long Whole;
        public short Half;
        public byte Byte;
    }

    [Kernel]
    private static void Shuffles(ArrayView<int> output, ArrayView<long> wide)
    {
        int lane = Warp.LaneIdx, value = 100 + lane, row = 0;
        Put(output, ref row, Warp.Shuffle(value, 5));
        Put(output, ref row, Warp.Shuffle(value, 31 - lane));
        Put(output, ref row, Warp.Shuffle(value, 3, 8));
        Put(output, ref row, Warp.ShuffleDown(value, 3));
        Put(output, ref row, Warp.ShuffleDown(value, 3, 16));
        Put(output, ref row, Warp.ShuffleUp(value, 3));
        Put(output, ref row, Warp.ShuffleUp(value, 3, 16));
        Put(output, ref row, Warp.ShuffleXor(value, 9));
        Put(output, ref row, Warp.ShuffleXor(value, 1, 2));
        Put(output, ref row, Warp.Broadcast(value, 30));
        Put(output, ref row, Vote.All(lane >= 0) ? 1 : 0);
        Put(output, ref row, Vote.All(lane > 0) ? 1 : 0);
        Put(output, ref row, Vote.Any(lane > 30) ? 1 : 0);
        Put(output, ref row, Vote.Any(lane > 31) ? 1 : 0);
        Put(output, ref row, (int)Vote.Ballot(lane % 4 == 1));
        Put(output, ref row, Warp.WarpSize);
        Warp.Barrier();

        Parts parts = Warp.Shuffle(new Parts { Whole = 5_000_000_000 + lane, Half = (short)(-lane), Byte = (byte)(200 + lane) }, lane ^ 1);
        wide[lane] = parts.Whole;
        wide[32 + lane] = (parts.Half * 1000) - parts.Byte;
        wide[64 + lane] = Warp.ShuffleXor(5_000_000_000 + lane, 2);
        wide[96 + lane] = (long)(Warp.ShuffleDown(lane + 0.25, 1) * 4);
    }

    private static void Put(ArrayView<int> output, ref int row, int value)
    {
        output[(row * 32) + Warp.LaneIdx] = value;
        row++;
    }

    [Test]
    public void Lanes_exchange_values()
    {
        using var gpu = new Compiler.Gpu();
        ArrayView<int> output = gpu.Upload(new int[16 * 32]);
        ArrayView<long> wide = gpu.Upload(new long[4 * 32]);
        Kernel.Create<ArrayView<int>, ArrayView<long>>(Shuffles).Launch(gpu.Device, new LaunchShape(1, 32), output, wide);
        int[][] rows = [.. gpu.Read(output).Chunk(32)];
        long[][] more = [.. gpu.Read(wide).Chunk(32)];
        Func<int, int>[] expected =
        [
            _ => 105, lane => 131 - lane, lane => 100 + (lane / 8 * 8) + 3, lane => 100 + (lane + 3 < 32 ? lane + 3 : lane),
            lane => 100 + (lane % 16 + 3 < 16 ? lane + 3 : lane), lane => 100 + (lane >= 3 ? lane - 3 : lane), lane => 100 + (lane % 16 >= 3 ? lane - 3 : lane),
            lane => 100 + (lane ^ 9), lane => 100 + (lane ^ 1), _ => 130, _ => 1, _ => 0, _ => 1, _ => 0, _ => 0x22222222, _ => 32,
        ];

        Assert.Multiple(() =>
        {
            for (int row = 0; row < expected.Length; row++)
            {
                Assert.That(rows[row], Is.EqualTo(Enumerable.Range(0, 32).Select(expected[row])), $"row {row}");
            }

            Assert.That(more[0], Is.EqualTo(Enumerable.Range(0, 32).Select(lane => 5_000_000_000 + (lane ^ 1))));
            Assert.That(more[1], Is.EqualTo(Enumerable.Range(0, 32).Select(lane => (-1000L * (lane ^ 1)) - (200 + (lane ^ 1)))));
            Assert.That(more[2], Is.EqualTo(Enumerable.Range(0, 32).Select(lane => 5_000_000_000 + (lane ^ 2))));
            Assert.That(more[3], Is.EqualTo(Enumerable.Range(0, 32).Select(lane => (4L * (lane < 31 ? lane + 1 : lane)) + 1)));
        });
    }

    [Kernel]
    private static void Memories(ArrayView<int> output)
    {
        int t = Group.IdxX;
        ref int single = ref SharedMemory.Allocate<int>();
        ArrayView<int> line = SharedMemory.Allocate<int>(32);
        ArrayView1D<int, Stride1D.Dense> dense = SharedMemory.Allocate1D<int>(new Index1D(32));
        ArrayView1D<int, Stride1D.General> spread = SharedMemory.Allocate1D<int, Stride1D.General>(new Index1D(32), new Stride1D.General(3));
        ArrayView2D<int, Stride2D.General> plane = SharedMemory.Allocate2D<int, Stride2D.General>(new Index2D(4, 8), new Stride2D.General(new Index2D(9, 1)));
        ArrayView2D<int, Stride2D.DenseX> columns = SharedMemory.Allocate2DDenseX<int>(new Index2D(4, 8));
        ArrayView2D<int, Stride2D.DenseY> rows = SharedMemory.Allocate2DDenseY<int>(new Index2D(4, 8));
        ArrayView3D<int, Stride3D.General> space = SharedMemory.Allocate3D<int, Stride3D.General>(new Index3D(2, 2, 8), new Stride3D.General(new Index3D(18, 9, 1)));
        ArrayView3D<int, Stride3D.DenseXY> outer = SharedMemory.Allocate3DDenseXY<int>(new Index3D(2, 2, 8));
        ArrayView3D<int, Stride3D.DenseZY> inner = SharedMemory.Allocate3DDenseZY<int>(new Index3D(2, 2, 8));
        ArrayView<int> dynamic = SharedMemory.GetDynamic<int>();
        if (t == 31)
        {
            single = 1000;
        }

        line[t] = t;
        dense[new Index1D(t)] = t + 1;
        spread[new Index1D(t)] = t + 2;
        plane[t / 8, t % 8] = t + 3;
        columns[t / 8, t % 8] = t + 4;
        rows[t / 8, t % 8] = t + 5;
        space[t / 16, t / 8 % 2, t % 8] = t + 6;
        outer[t / 16, t / 8 % 2, t % 8] = t + 7;
        inner[t / 16, t / 8 % 2, t % 8] = t + 8;
        dynamic[t] = t + 9;
        Group.Barrier();
        int o = 31 - t;
        output[t] = single + line[o] + dense[new Index1D(o)] + spread[new Index1D(o)] + plane[o / 8, o % 8] + columns[o / 8, o % 8] + rows[o / 8, o % 8]
            + space[o / 16, o / 8 % 2, o % 8] + outer[o / 16, o / 8 % 2, o % 8] + inner[o / 16, o / 8 % 2, o % 8] + dynamic[o];
        output[32 + t] = dynamic.IntLength;

        ArrayView<int> own = LocalMemory.Allocate<int>(4);
        ArrayView1D<int, Stride1D.Dense> ownDense = LocalMemory.Allocate1D<int>(new Index1D(4));
        ArrayView1D<int, Stride1D.General> ownSpread = LocalMemory.Allocate1D<int, Stride1D.General>(new Index1D(4), new Stride1D.General(2));
        ArrayView2D<int, Stride2D.DenseY> ownRows = LocalMemory.Allocate2D<int, Stride2D.DenseY>(new Index2D(2, 2), new Stride2D.DenseY(2));
        ArrayView3D<int, Stride3D.DenseZY> ownSpace = LocalMemory.Allocate3D<int, Stride3D.DenseZY>(new Index3D(1, 2, 2), new Stride3D.DenseZY(4, 2));
        for (int i = 0; i < 4; i++)
        {
            own[i] = t + i;
            ownDense[new Index1D(i)] = 2 * i;
            ownSpread[new Index1D(i)] = 3 * i;
            ownRows[i / 2, i % 2] = 4 * i;
            ownSpace[0, i / 2, i % 2] = 5 * i;
        }

        int k = t % 4;
        output[64 + t] = own[k] + ownDense[new Index1D(k)] + ownSpread[new Index1D(k)] + ownRows[k / 2, k % 2] + ownSpace[0, k / 2, k % 2];
        MemoryFence.GroupLevel();
        MemoryFence.DeviceLevel();
        MemoryFence.SystemLevel();
    }

    [Test]
    public void Shared_and_local_memory_of_every_shape()
    {
        using var gpu = new Compiler.Gpu();
        ArrayView<int> output = gpu.Upload(new int[96]);
        Kernel.Create<ArrayView<int>>(Memories).Launch(gpu.Device, new LaunchShape(1, 32, 32 * sizeof(int)), output);

        Assert.That(gpu.Read(output), Is.EqualTo(Enumerable.Range(0, 32).Select(t => 1000 + (10 * (31 - t)) + 45)
            .Concat(Enumerable.Repeat(32, 32)).Concat(Enumerable.Range(0, 32).Select(t => t + (15 * (t % 4))))));
        CompiledKernel kernel = KernelCompiler.Compile(((Action<ArrayView<int>>)Memories).Method, new KernelOptions { TargetSm = 80 });
        Assert.That(new[] { "membar.cta;", "membar.gl;", "membar.sys;" }.Select(fence => kernel.Ptx.Split(fence).Length), Is.All.EqualTo(2), kernel.Ptx);
    }
}
