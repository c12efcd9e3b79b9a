using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Gpu.Tests.Compiler;

/// <summary>Time and memory of a compilation grow with the size of the kernel and no faster.</summary>
public sealed class CompileGrowthTests
{
    private const int Rounds = 192;
    private const int Factor = 4;
    private const double MostTime = 2.25 * Factor;
    private const double MostMemory = 1.5 * Factor;

    /// <summary>A loop whose round is straight code of <paramref name="count"/> guarded loads, branches, exchanges through shared memory and barriers.</summary>
    [Unroll(RuntimeLoops = 1)]
    private static void ManyRounds(ArrayView<float> input, ArrayView<float> output, int limit, SpecializedValue<int> count)
    {
        var shared = SharedMemory.Allocate<float>(64);
        float total = 0;
        for (int start = 0; start < limit; start += 64 * count)
        {
            for (int i = 0; i < count; i++)
            {
                int at = start + (i * 64) + Group.IdxX;
                float value = at < limit ? input[at] : 0;
                if (value > total)
                {
                    output[at] = value;
                    value = Warp.ShuffleXor(value, 1) / total;
                }

                shared[Group.IdxX] = value;
                Group.Barrier();
                total += shared[63 - Group.IdxX];
                Group.Barrier();
            }
        }

        output[Group.IdxX] = total;
    }

    /// <summary>
    /// Four times the rounds take four times as long, sixteen times where a pass looks at everything for each thing. Processor time does not depend on what
    /// else the machine does, but for caches; the best of several pairs counts, so that only growth of the compiler's own fails.
    /// </summary>
    [Test]
    [NonParallelizable]
    public void Four_times_the_code_takes_less_than_nine_times_as_long()
    {
        Compile(Rounds);
        Compile(Factor * Rounds);
        var best = double.PositiveInfinity;
        for (var pair = 0; pair < 10 && best >= MostTime; pair++)
        {
            best = Math.Min(best, ProcessorTime(Factor * Rounds) / ProcessorTime(Rounds));
        }

        Assert.That(best, Is.LessThan(MostTime));
    }

    [Test]
    public void Four_times_the_code_takes_less_than_six_times_the_memory()
    {
        Compile(Factor * Rounds); // tables that are kept from one compilation to the next have their size
        Assert.That((double)Allocated(Factor * Rounds) / Allocated(Rounds), Is.LessThan(MostMemory));
    }

    private static CompiledKernel Compile(int rounds)
    {
        CompiledKernel kernel = Ptx.Compile(typeof(CompileGrowthTests), nameof(ManyRounds), new KernelOptions { Specialised = new Dictionary<string, object> { ["count"] = rounds } });
        Assert.That(kernel.Count("bar.sync"), Is.EqualTo(2 * rounds));
        return kernel;
    }

    private static double ProcessorTime(int rounds)
    {
        var before = Environment.CpuUsage.TotalTime;
        Compile(rounds);
        return (Environment.CpuUsage.TotalTime - before).TotalMilliseconds;
    }

    private static long Allocated(int rounds)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Compile(rounds);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
