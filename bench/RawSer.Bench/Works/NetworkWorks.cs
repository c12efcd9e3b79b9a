using System.Diagnostics;
using RawSer.Kernels;

namespace RawSer.Bench.Works;

/// <summary>One step of a network, training or inference, that can be repeated.</summary>
internal interface INetworkWork : IDisposable
{
    /// <summary>Bytes that the resident set must not exceed.</summary>
    long ResidentLimit => long.MaxValue;

    void Run();
}

/// <summary>The steps by their names.</summary>
internal static class NetworkWorks
{
    private const int TrainBatch = 32;

    /// <param name="verb">What is done, or to which family of networks.</param>
    /// <param name="argument">With which network, or what.</param>
    /// <exception cref="UsageException">There is no such work.</exception>
    public static INetworkWork Create(string verb, string argument) => (verb, argument) switch
    {
        ("train-step", _) => new SerTraining(argument, TrainBatch),
        ("infer", _) => new SerInference(argument),
        ("vgg", "infer") => new VggInference(),
        ("speech", "infer") => new SpeechInference(),
        ("speech", "train-step") => new SpeechTraining(),
        ("vgg", _) => throw new UsageException($"vgg {argument}: use infer"),
        ("speech", _) => throw new UsageException($"speech {argument}: use infer or train-step"),
        _ => throw new UsageException($"'{verb}' is no step of a network: use train-step, infer, vgg or speech"),
    };

    /// <summary>Time of a step. False if the process exceeded the work's limit of memory.</summary>
    public static bool Measure(string verb, string argument, double seconds)
    {
        using INetworkWork work = Create(verb, argument);
        Measurement.Of($"{verb}/{argument}", seconds, WorkerPool.Shared.ThreadCount, work.Run).Print();
        using Process self = Process.GetCurrentProcess();
        if (work.ResidentLimit < long.MaxValue)
        {
            Console.Error.WriteLine($"resident set at most {self.PeakWorkingSet64 / 1_000_000} MB; pool: {Device.Cpu.MemoryStats}");
        }

        return self.PeakWorkingSet64 <= work.ResidentLimit;
    }

    // Rows of a profile that are told apart by shape.
    private const int LongestRows = 12;

    /// <summary>Which operations the time of a number of steps goes to, after as many that are not counted.</summary>
    public static void Profile(string verb, string argument, int steps)
    {
        using INetworkWork work = Create(verb, argument);
        using OperationProfile profile = OperationProfile.Start();
        Repeat(work, steps);
        profile.Reset();
        Repeat(work, steps);
        profile.Mark("(after the last operation)");
        Console.WriteLine(FormattableString.Invariant($"{verb}/{argument}: {profile.Total.TotalMilliseconds / steps:F2} ms a step, {steps} steps"));
        Console.WriteLine(profile);
        Console.WriteLine("the longest by shape of the result:");
        Console.WriteLine(profile.ByShape(LongestRows));

        static void Repeat(INetworkWork work, int steps)
        {
            for (int i = 0; i < steps; i++)
            {
                work.Run();
            }
        }
    }
}
