using System.Diagnostics;
using RawSer.Kernels;

namespace RawSer.Bench.Works;

/// <summary>Time and memory of the report's networks.</summary>
internal static class SerNetworks
{
    private const int TrainBatch = 32;

    // The first step makes the optimiser's state and fills the pool, so that from the second on nothing may grow.
    private const int SteadyStep = 2;
    private const long ResidentLimit = 400_000_000;

    /// <summary>One optimiser step on a batch of 32.</summary>
    public static void TrainStep(string network, double seconds)
    {
        using var work = new SerWork(network, TrainBatch);
        Measurement.Of($"train-step/{network}", seconds, WorkerPool.Shared.ThreadCount, work.TrainStep).Print();
    }

    /// <summary>Logits of one clip.</summary>
    public static void Infer(string network, double seconds)
    {
        using var work = new SerWork(network, batch: 1);
        Measurement.Of($"infer/{network}", seconds, WorkerPool.Shared.ThreadCount, work.Infer).Print();
    }

    /// <summary>
    /// Trains for a number of steps and prints resident set and pool at steps 2, 10, 50, 100, 500, ... and the last. False if the pool took memory
    /// from the system or kept more in use after step 2, or if the resident set exceeded 400 MB.
    /// </summary>
    public static bool Memory(string network, int batch, int steps)
    {
        using var work = new SerWork(network, batch);
        MemoryStats steady = default;
        for (int step = 1; step <= Math.Max(steps, SteadyStep); step++)
        {
            work.TrainStep();
            if (step == SteadyStep)
            {
                steady = Device.Cpu.MemoryStats;
            }

            if (step == SteadyStep || step == steps || IsMilestone(step))
            {
                Console.WriteLine($"step {step}: resident {Resident() / 1_000_000} MB (peak {PeakResident() / 1_000_000}); pool: {Device.Cpu.MemoryStats}");
            }
        }

        MemoryStats end = Device.Cpu.MemoryStats;
        return Holds(end.SystemAllocationCount <= steady.SystemAllocationCount, $"the pool took {end.SystemAllocationCount - steady.SystemAllocationCount} blocks from the system after step {SteadyStep}")
            & Holds(end.BytesInUse <= steady.BytesInUse, $"{end.BytesInUse - steady.BytesInUse} bytes more are in use than after step {SteadyStep}")
            & Holds(PeakResident() <= ResidentLimit, $"the resident set reached {PeakResident() / 1_000_000} MB; the limit is {ResidentLimit / 1_000_000}");
    }

    private static bool Holds(bool condition, string otherwise)
    {
        if (!condition)
        {
            Console.Error.WriteLine($"memory: {otherwise}");
        }

        return condition;
    }

    /// <summary>10, 50, 100, 500, 1000, ...</summary>
    private static bool IsMilestone(int step)
    {
        int digits = step;
        while (digits >= 10 && digits % 10 == 0)
        {
            digits /= 10;
        }

        return step >= 10 && (digits is 1 or 5);
    }

    private static long Resident() => Environment.WorkingSet;

    private static long PeakResident()
    {
        using Process self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64;
    }
}
