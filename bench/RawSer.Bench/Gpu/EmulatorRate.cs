using System.Diagnostics;
using System.Globalization;
using RawSer.Gpu.Emulator;
using RawSer.Kernels;

namespace RawSer.Bench.Gpu;

/// <summary>
/// Instructions that the emulator executes, counted for each thread of a kernel as a GPU would execute them, in millions a second: with each
/// level of checks on one core, and with the default on all.
/// </summary>
internal static class EmulatorRate
{
    private static readonly (string Name, Func<Tensor[], Tensor> Work, int[] Shape)[] s_works =
    [
        ("product of 256 x 256", x => x[0].MatMul(x[1]), [256, 256]),
        ("sum of 2^20 floats", x => x[0].Add(x[1]), [1 << 20]),
        ("GELU of 2^20 floats", x => x[0].Gelu(), [1 << 20]),
    ];

    public static void Measure(double seconds)
    {
        Console.WriteLine($"{"kernel",-22}{"checks",-8}{"cores",6}{"10^6 instructions",19}{"10^6/s",9}");
        foreach ((string name, Func<Tensor[], Tensor> work, int[] shape) in s_works)
        {
            foreach (EmulatorChecks checks in Enum.GetValues<EmulatorChecks>())
            {
                Measure(name, work, shape, new EmulatorOptions { Checks = checks, Threads = 1 }, seconds);
            }

            Measure(name, work, shape, new EmulatorOptions(), seconds);
        }
    }

    private static void Measure(string name, Func<Tensor[], Tensor> work, int[] shape, EmulatorOptions options, double seconds)
    {
        using EmulatorDevice emulator = new(options);
        Device device = new(new CudaBackend(emulator));
        using NoGradScope noGrad = Autograd.NoGrad();
        using TensorScope scope = Tensor.Scope();
        Generator random = new(1);
        Tensor[] inputs = [random.Uniform(shape, -0.5, 0.5, device), random.Uniform(shape, -0.5, 0.5, device)];
        work(inputs).Dispose(); // compiles and loads
        double best = double.PositiveInfinity;
        long instructions = 0, start = Stopwatch.GetTimestamp();
        do
        {
            long before = emulator.ExecutedInstructions, begin = Stopwatch.GetTimestamp();
            work(inputs).Dispose();
            best = Math.Min(best, Stopwatch.GetElapsedTime(begin).TotalSeconds);
            instructions = emulator.ExecutedInstructions - before;
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds);

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-22}{options.Checks,-8}{options.Threads,6}{instructions / 1e6,19:f1}{instructions / best / 1e6,9:f0}"));
    }
}
