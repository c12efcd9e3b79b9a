using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;
using RawSer.Gpu.Emulator;

namespace RawSer.Gpu.Tests.Dialect;

/// <summary>Atomic operations and reductions, each by 64 threads or on its own.</summary>
public sealed class AtomicTests
{
    private const int Threads = 64;

    // What a thread brings: a permutation with both signs.
    private static int Own(int t) => ((t * 37) % Threads) - 20;

    [Kernel]
    private static void Contended(ArrayView<int> ints, ArrayView<uint> uints, ArrayView<long> longs, ArrayView<ulong> ulongs, ArrayView<float> floats, ArrayView<double> doubles)
    {
        int value = Own(Group.IdxX);
        uint bit = 1u << (value & 31);
        Atomic.Add(ref ints[0], value);
        Atomic.Max(ref ints[1], value);
        Atomic.Min(ref ints[2], value);
        Atomic.And(ref ints[3], ~(int)(bit & 0xff));
        Atomic.Or(ref ints[4], (int)(bit & 0xff00));
        Atomic.Xor(ref ints[5], value);
        Atomic.Add(ref uints[0], (uint)value);
        Atomic.Max(ref uints[1], (uint)value);
        Atomic.Min(ref uints[2], (uint)value);
        Atomic.And(ref uints[3], ~(bit & 0xff));
        Atomic.Or(ref uints[4], bit & 0xff00);
        Atomic.Xor(ref uints[5], (uint)value);
        Atomic.Add(ref longs[0], value * 3_000_000_000L);
        Atomic.Max(ref longs[1], value * 3_000_000_000L);
        Atomic.Min(ref longs[2], value * 3_000_000_000L);
        Atomic.And(ref longs[3], ~((long)(bit & 0xff) << 32));
        Atomic.Or(ref longs[4], (long)(bit & 0xff00) << 32);
        Atomic.Xor(ref longs[5], value * 3_000_000_000L);
        Atomic.Add(ref ulongs[0], (ulong)(value * 3_000_000_000L));
        Atomic.Max(ref ulongs[1], (ulong)(value * 3_000_000_000L));
        Atomic.Min(ref ulongs[2], (ulong)(value * 3_000_000_000L));
        Atomic.And(ref ulongs[3], ~((ulong)(bit & 0xff) << 32));
        Atomic.Or(ref ulongs[4], (ulong)(bit & 0xff00) << 32);
        Atomic.Xor(ref ulongs[5], (ulong)(value * 3_000_000_000L));
        Atomic.Add(ref floats[0], value);
        Atomic.Max(ref floats[1], value);
        Atomic.Min(ref floats[2], value);
        Atomic.Add(ref doubles[0], value);
        Atomic.Max(ref doubles[1], value);
        Atomic.Min(ref doubles[2], value);
    }

    [Test]
    public void What_64_threads_do_to_one_number_all_counts()
    {
        using var gpu = new Compiler.Gpu();
        var (ints, uints) = (gpu.Upload([0, int.MinValue, int.MaxValue, -1, 0, 0]), gpu.Upload([0u, 0u, uint.MaxValue, uint.MaxValue, 0u, 0u]));
        var (longs, ulongs) = (gpu.Upload([0L, long.MinValue, long.MaxValue, -1L, 0L, 0L]), gpu.Upload([0ul, 0ul, ulong.MaxValue, ulong.MaxValue, 0ul, 0ul]));
        var (floats, doubles) = (gpu.Upload([0f, float.NegativeInfinity, float.PositiveInfinity]), gpu.Upload([0d, double.NegativeInfinity, double.PositiveInfinity]));
        Kernel.Create<ArrayView<int>, ArrayView<uint>, ArrayView<long>, ArrayView<ulong>, ArrayView<float>, ArrayView<double>>(Contended)
            .Launch(gpu.Device, new LaunchShape(1, Threads), ints, uints, longs, ulongs, floats, doubles);

        int[] own = [.. Enumerable.Range(0, Threads).Select(Own)];
        long[] wide = [.. own.Select(value => value * 3_000_000_000L)];
        Assert.Multiple(() =>
        {
            Assert.That(gpu.Read(ints), Is.EqualTo(new[] { own.Sum(), 43, -20, ~0xff, 0xff00, own.Aggregate((a, b) => a ^ b) }));
            Assert.That(gpu.Read(uints), Is.EqualTo(new[] { (uint)own.Sum(), unchecked((uint)-1), 0u, ~0xffu, 0xff00u, (uint)own.Aggregate((a, b) => a ^ b) }));
            Assert.That(gpu.Read(longs), Is.EqualTo(new[] { wide.Sum(), wide.Max(), wide.Min(), ~(0xffL << 32), 0xff00L << 32, wide.Aggregate((a, b) => a ^ b) }));
            Assert.That(gpu.Read(ulongs), Is.EqualTo(new[]
            {
                (ulong)wide.Sum(), unchecked((ulong)-3_000_000_000L), 0ul, ~(0xfful << 32), 0xff00ul << 32, (ulong)wide.Aggregate((a, b) => a ^ b),
            }));
            Assert.That(gpu.Read(floats), Is.EqualTo(new[] { (float)own.Sum(), 43, -20 }));
            Assert.That(gpu.Read(doubles), Is.EqualTo(new[] { (double)own.Sum(), 43, -20 }));
        });
    }

    private readonly struct Product : IAtomicOperation<int>
    {
        public int Operation(int current, int value) => current * value;
    }

    [Kernel]
    private static void Results(ArrayView<long> results, int one)
    {
        // Each gives what was there before.
        var that = new KernelChecks(results);
        ArrayView<long> memory = results.SubView(results.Length - KernelChecks.Spare);
        ref int i = ref memory.Cast<int>()[0];
        ref uint u = ref memory.Cast<uint>()[2];
        ref long l = ref memory[2];
        ref ulong ul = ref memory.Cast<ulong>()[3];
        ref float f = ref memory.Cast<float>()[8];
        ref double d = ref memory.Cast<double>()[5];
        i = 12 * one;
        u = 12;
        l = 12;
        ul = 12;
        f = 12;
        d = 12;
        that.Is(Atomic.Add(ref i, 3), 12);
        that.Is(Atomic.Max(ref i, 14), 15);
        that.Is(Atomic.Min(ref i, 9), 15);
        that.Is(Atomic.And(ref i, 12), 9);
        that.Is(Atomic.Or(ref i, 3), 8);
        that.Is(Atomic.Xor(ref i, 1), 11);
        that.Is(Atomic.Exchange(ref i, 70), 10);
        that.Is(Atomic.CompareExchange(ref i, 71, 5), 70);
        that.Is(Atomic.CompareExchange(ref i, 70, 5), 70);
        that.Is(Atomic.MakeAtomic(ref i, 7, default(Product), default(CompareExchangeInt32)), 5);
        that.Is(i, 35);
        that.Is(Atomic.Exchange(ref u, 70u), 12);
        that.Is(Atomic.CompareExchange(ref u, 71u, 5u), 70);
        that.Is(Atomic.CompareExchange(ref u, 70u, 5u), 70);
        that.Is(u, 5);
        that.Is(Atomic.Exchange(ref l, 70L), 12);
        that.Is(Atomic.CompareExchange(ref l, 71L, 5L), 70);
        that.Is(Atomic.CompareExchange(ref l, 70L, 5L << 40), 70);
        that.Is(l, 5L << 40);
        that.Is((long)Atomic.Exchange(ref ul, 70ul), 12);
        that.Is((long)Atomic.CompareExchange(ref ul, 71ul, 5ul), 70);
        that.Is((long)Atomic.CompareExchange(ref ul, 70ul, 5ul << 40), 70);
        that.Is((long)ul, 5L << 40);
        that.Is(Atomic.Exchange(ref f, 70f), 12f);
        that.Is(Atomic.CompareExchange(ref f, 71f, 5f), 70f);
        that.Is(Atomic.CompareExchange(ref f, 70f, 5f), 70f);
        that.Is(Atomic.Add(ref f, 0.5f), 5f);
        that.Is(Atomic.Max(ref f, 7f), 5.5f);
        that.Is(Atomic.Min(ref f, -7f), 7f);
        that.Is(f, -7f);
        that.Is(Atomic.Exchange(ref d, 70d), 12d);
        that.Is(Atomic.CompareExchange(ref d, 71d, 5d), 70d);
        that.Is(Atomic.CompareExchange(ref d, 70d, 5d), 70d);
        that.Is(Atomic.Add(ref d, 0.5), 5d);
        that.Is(Atomic.Max(ref d, 7d), 5.5);
        that.Is(Atomic.Min(ref d, -7d), 7d);
        that.Is(d, -7d);

        that.Is(default(CompareExchangeUInt32).CompareExchange(ref u, 5u, 6u), 5);
        that.Is(default(CompareExchangeInt64).CompareExchange(ref l, 5L << 40, 6L), 5L << 40);
        that.Is((long)default(CompareExchangeUInt64).CompareExchange(ref ul, 5ul << 40, 6ul), 5L << 40);
        that.Is(default(CompareExchangeInt32).IsSame(one, 1), true);
        that.Is(default(CompareExchangeInt64).IsSame(one, 1L + (1L << 32)), false);
        that.Is(default(CompareExchangeUInt32).IsSame((uint)one, 2u), false);
        that.Is(default(CompareExchangeUInt64).IsSame((ulong)one, 1ul), true);
        that.Is(default(CompareExchangeFloat).IsSame(float.NaN * one, float.NaN * one), true);
        that.Is(default(CompareExchangeDouble).IsSame(0d * -one, 0d), false);
        that.Finish();
    }

    [Test]
    public void An_atomic_operation_gives_what_was_there() => KernelChecks.Run(Results, onHost: false);

    [Kernel]
    private static void OperationsOfReductions(ArrayView<long> results, int one)
    {
        var that = new KernelChecks(results);
        ArrayView<long> memory = results.SubView(results.Length - KernelChecks.Spare);
        ref int i = ref memory.Cast<int>()[0];
        ref uint u = ref memory.Cast<uint>()[2];
        ref long l = ref memory[2];
        ref ulong ul = ref memory.Cast<ulong>()[3];
        ref float f = ref memory.Cast<float>()[8];
        ref double d = ref memory.Cast<double>()[5];
        i = 5 * one;
        u = 5;
        l = 5;
        ul = 5;
        f = 5;
        d = 5;
        default(AddInt32).AtomicApply(ref i, 7);
        default(AddUInt32).AtomicApply(ref u, 7);
        default(AddInt64).AtomicApply(ref l, 7);
        default(AddUInt64).AtomicApply(ref ul, 7);
        default(AddFloat).AtomicApply(ref f, 7);
        default(AddDouble).AtomicApply(ref d, 7);
        that.Is(i + u + l + (long)ul + (long)f + (long)d, 72);
        default(MaxInt32).AtomicApply(ref i, 20);
        default(MaxUInt32).AtomicApply(ref u, 20);
        default(MaxInt64).AtomicApply(ref l, 20);
        default(MaxUInt64).AtomicApply(ref ul, 20);
        default(MaxFloat).AtomicApply(ref f, 20);
        default(MaxDouble).AtomicApply(ref d, 20);
        that.Is(i + u + l + (long)ul + (long)f + (long)d, 120);
        default(MinInt32).AtomicApply(ref i, 3);
        default(MinUInt32).AtomicApply(ref u, 3);
        default(MinInt64).AtomicApply(ref l, 3);
        default(MinUInt64).AtomicApply(ref ul, 3);
        default(MinFloat).AtomicApply(ref f, 3);
        default(MinDouble).AtomicApply(ref d, 3);
        that.Is(i + u + l + (long)ul + (long)f + (long)d, 18);

        that.Is(default(AddInt32).Apply(5 * one, default(AddInt32).Identity), 5);
        that.Is(default(AddUInt32).Apply(5u * (uint)one, default(AddUInt32).Identity), 5);
        that.Is(default(AddInt64).Apply(5L * one, default(AddInt64).Identity), 5);
        that.Is((long)default(AddUInt64).Apply(5ul * (ulong)one, default(AddUInt64).Identity), 5);
        that.Is(default(AddFloat).Apply(5f * one, default(AddFloat).Identity), 5f);
        that.Is(default(AddDouble).Apply(5d * one, default(AddDouble).Identity), 5d);
        that.Is(default(MaxInt32).Apply(int.MinValue * one, default(MaxInt32).Identity), int.MinValue);
        that.Is(default(MaxUInt32).Apply(0u * (uint)one, default(MaxUInt32).Identity), 0);
        that.Is(default(MaxInt64).Apply(long.MinValue * one, default(MaxInt64).Identity), long.MinValue);
        that.Is((long)default(MaxUInt64).Apply(0ul * (ulong)one, default(MaxUInt64).Identity), 0);
        that.Is(default(MaxFloat).Apply(float.MinValue * one, default(MaxFloat).Identity), float.MinValue);
        that.Is(default(MaxDouble).Apply(double.MinValue * one, default(MaxDouble).Identity), double.MinValue);
        that.Is(default(MinInt32).Apply(int.MaxValue * one, default(MinInt32).Identity), int.MaxValue);
        that.Is(default(MinUInt32).Apply(uint.MaxValue * (uint)one, default(MinUInt32).Identity), uint.MaxValue);
        that.Is(default(MinInt64).Apply(long.MaxValue * one, default(MinInt64).Identity), long.MaxValue);
        that.Is((long)default(MinUInt64).Apply(ulong.MaxValue * (ulong)one, default(MinUInt64).Identity), -1);
        that.Is(default(MinFloat).Apply(float.MaxValue * one, default(MinFloat).Identity), float.MaxValue);
        that.Is(default(MinDouble).Apply(double.MaxValue * one, default(MinDouble).Identity), double.MaxValue);
        that.Finish();
    }

    [Test]
    public void Operations_of_reductions_and_their_identities() => KernelChecks.Run(OperationsOfReductions, onHost: false);

    [Kernel]
    private static void ReduceAndScan(ArrayView<int> output, ArrayView<double> largest)
    {
        int t = Group.IdxX, value = Own(t), row = 0;
        Put(output, ref row, WarpExtensions.AllReduce<int, AddInt32>(value));
        Put(output, ref row, WarpExtensions.Reduce<int, MaxInt32>(value));
        Put(output, ref row, WarpExtensions.InclusiveScan<int, AddInt32>(value));
        Put(output, ref row, WarpExtensions.ExclusiveScan<int, AddInt32>(value));
        Put(output, ref row, GroupExtensions.AllReduce<int, MinInt32>(value));
        Put(output, ref row, GroupExtensions.Reduce<int, AddInt32>(value));
        Put(output, ref row, GroupExtensions.InclusiveScan<int, AddInt32>(value));
        Put(output, ref row, GroupExtensions.ExclusiveScan<int, MaxInt32>(value));
        largest[t] = GroupExtensions.AllReduce<double, MaxDouble>(value + 0.5);
    }

    private static void Put(ArrayView<int> output, ref int row, int value)
    {
        output[(row * Threads) + Group.IdxX] = value;
        row++;
    }

    [Test]
    public void Reductions_and_scans_of_warps_and_groups()
    {
        using var gpu = new Compiler.Gpu();
        ArrayView<int> output = gpu.Upload(new int[8 * Threads]);
        ArrayView<double> largest = gpu.Upload(new double[Threads]);
        Kernel.Create<ArrayView<int>, ArrayView<double>>(ReduceAndScan).Launch(gpu.Device, new LaunchShape(1, Threads), output, largest);
        int[][] rows = [.. gpu.Read(output).Chunk(Threads)];
        int[] own = [.. Enumerable.Range(0, Threads).Select(Own)];
        int[] Before(int t, int from, int more) => own[from..(t + more)];

        Assert.Multiple(() =>
        {
            for (int t = 0; t < Threads; t++)
            {
                int warp = t / 32 * 32;
                Assert.That(rows[0][t], Is.EqualTo(own[warp..(warp + 32)].Sum()));
                Assert.That(rows[1][warp], Is.EqualTo(own[warp..(warp + 32)].Max()), "its first lane has it");
                Assert.That(rows[2][t], Is.EqualTo(Before(t, warp, 1).Sum()));
                Assert.That(rows[3][t], Is.EqualTo(Before(t, warp, 0).Sum()));
                Assert.That(rows[4][t], Is.EqualTo(-20));
                Assert.That(rows[6][t], Is.EqualTo(Before(t, 0, 1).Sum()));
                Assert.That(rows[7][t], Is.EqualTo(t == 0 ? int.MinValue : Before(t, 0, 0).Max()));
            }

            Assert.That(rows[5][0], Is.EqualTo(own.Sum()), "its first thread has it");
            Assert.That(gpu.Read(largest), Is.All.EqualTo(43.5));
        });
    }

    [Kernel]
    private static void Reduced(ArrayView<int> output)
    {
        int sum = GroupExtensions.Reduce<int, AddInt32>(Own(Group.IdxX));
        if (Group.IdxX == 0)
        {
            output[0] = sum;
        }
    }

    [Kernel]
    private static void ReducedForAll(ArrayView<int> output) => output[Group.IdxX] = GroupExtensions.AllReduce<int, AddInt32>(Own(Group.IdxX));

    /// <summary>Lanes that do not exist have nothing to give: on a GPU the sums would be any.</summary>
    [Test]
    public void A_reduction_by_a_block_with_part_of_a_warp_is_a_fault([Values(20, 33, 48)] int threads, [Values] bool forAll)
    {
        using EmulatorDevice device = new(new EmulatorOptions { Checks = EmulatorChecks.Basic, MemoryBytes = 1 << 20 });
        ArrayView<int> output = new(device.Allocate(threads * sizeof(int)), threads);
        var kernel = Kernel.Create<ArrayView<int>>(forAll ? ReducedForAll : Reduced);
        EmulatorFaultException fault = Assert.Throws<EmulatorFaultException>(() => kernel.Launch(device, new LaunchShape(1, threads), output))!;
        Assert.That((fault.Kind, fault.LinearThread), Is.EqualTo((EmulatorFaultKind.ShuffleInactive, threads / 32 * 32)));
    }
}
