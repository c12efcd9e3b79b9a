using System.Diagnostics;
using RawSer.Kernels;
using RawSer.Models.Ser;

namespace RawSer.Bench.Works;

/// <summary>The report's networks, and the memory of their training.</summary>
internal static class SerNetworks
{
    private const int MelFrames = 188;
    private const int MfccFrames = 94;

    // The first step makes the optimiser's state and fills the pool, so that from the second on nothing may grow.
    private const int SteadyStep = 2;
    private const long ResidentLimit = 400_000_000;

    /// <summary>A network by its name on the command line. The peer drops out after every pooling; so that both do the same work, ours does here too.</summary>
    /// <exception cref="UsageException">There is no such network.</exception>
    public static SerNetworkOptions Options(string name) => SerNetworkOptions.Corrected(name switch
    {
        "cnn" => SerArchitecture.Cnn,
        "two-cnn" => SerArchitecture.TwoCnn,
        "cnn-transformer" or "cnn-transformer-mel" => SerArchitecture.CnnTransformer,
        _ => throw new UsageException($"unknown network '{name}': use cnn, two-cnn, cnn-transformer or cnn-transformer-mel"),
    }) with
    { DropoutPlacement = DropoutPlacement.EveryStage, Frames = name.EndsWith("-mel", StringComparison.Ordinal) ? MelFrames : MfccFrames };

    /// <summary>
    /// Trains for a number of steps and prints resident set and pool at steps 2, 10, 50, 100, 500, ... and the last. False if the pool took memory
    /// from the system or kept more in use after step 2, or if the resident set exceeded 400 MB.
    /// </summary>
    public static bool Memory(string network, int batch, int steps)
    {
        using var work = new SerTraining(network, batch);
        MemoryStats steady = default;
        for (int step = 1; step <= Math.Max(steps, SteadyStep); step++)
        {
            work.Run();
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
