using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;
using RawSer.Testing;

namespace RawSer.Gpu.Tests.Compiler;

/// <summary>Kernels whose threads work together, executed: shared memory, barriers, warps, atomics, tiles, tensor cores.</summary>
public sealed partial class BlockTests
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
