using System.Globalization;
using RawSer.Gpu.Compiler;
using RawSer.Kernels;

namespace RawSer.Bench.Gpu;

/// <summary>
/// Time from the IL of a device kernel to its PTX, on one thread, in a process that has compiled all of them before: bodies are decoded and
/// the compiler itself is compiled.
/// </summary>
internal static class KernelCompileTimes
{
    private const int Sm = 80;
    private const int Shown = 12;

    /// <param name="name">Kernels whose name contains it.</param>
    /// <param name="passes">Compilations of each, after two that do not count.</param>
    public static void Measure(string name, int passes)
    {
        Kernel[] kernels = [.. KernelSearch.In(typeof(CudaBackend).Assembly).Where(kernel => kernel.Name.Contains(name, StringComparison.OrdinalIgnoreCase))];
        if (kernels.Length == 0)
        {
            throw new UsageException($"no kernel's name contains '{name}'");
        }

        double[] best = new double[kernels.Length];
        Array.Fill(best, double.PositiveInfinity);
        CompiledKernel[] compiled = new CompiledKernel[kernels.Length];
        double all = double.PositiveInfinity;
        for (int pass = -2; pass < passes; pass++)
        {
            double sum = 0;
            for (int i = 0; i < kernels.Length; i++)
            {
                compiled[i] = kernels[i].Compile(Sm);
                double time = compiled[i].CompileTime.TotalMilliseconds;
                sum += time;
                best[i] = pass < 0 ? best[i] : Math.Min(best[i], time);
            }

            all = pass < 0 ? all : Math.Min(all, sum);
        }

        Console.WriteLine($"{"ms",8} {"instructions",12}  kernel");
        foreach ((CompiledKernel kernel, double time) in compiled.Zip(best).OrderByDescending(row => row.Second).Take(Shown))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time,8:f2} {kernel.Statistics.Instructions,12}  {kernel.Name}"));
        }

        double median = best.Order().ElementAt(best.Length / 2);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kernels.Length} kernels for sm_{Sm}: {all:f0} ms in all, {median:f2} ms the median, {best.Max():f2} ms the largest"));
    }
}
