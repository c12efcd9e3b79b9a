using System.Diagnostics;
using System.Globalization;
using RawSer.Kernels;

namespace RawSer.GoldenCheck;

/// <summary>
/// How fast the kernels of a device are, for a machine that has a GPU but no SDK (bench/gpu-check.sh): matrix products in 10^12 operations a
/// second, streaming kernels in 10^9 bytes a second, training steps in milliseconds, one JSON object on one line. Queued work is timed between two
/// waits, the median of several.
/// </summary>
internal static class KernelTimes
{
    private const int Rounds = 7;

    /// <summary>Prints the figures.</summary>
    /// <param name="device">The device.</param>
    /// <param name="tiny">Shapes that the emulator takes a moment for; their figures mean nothing but that the kernels ran.</param>
    public static void Print(Device device, bool tiny)
    {
        List<string> figures = [];
        Kernels(device, tiny, figures);
        foreach ((string name, double value) in TrainingTimes.Measure(device, tiny))
        {
            Add(figures, name, value);
        }

        Console.WriteLine($"{{{string.Join(", ", figures)}}}");
    }

    private static void Kernels(Device device, bool tiny, List<string> figures)
    {
        using NoGradScope noGrad = Autograd.NoGrad();
        foreach (int n in tiny ? [32, 64] : new[] { 512, 1024, 2048, 4096, 8192 })
        {
            using TensorScope scope = Tensor.Scope();
            Tensor a = Numbers([n, n], device), b = Numbers([n, n], device);
            Add(figures, $"sgemm_{n}_tflops", 2.0 * n * n * n / Seconds(device, tiny, () => a.MatMul(b)) / 1e12);
        }

        using (TensorScope scope = Tensor.Scope())
        {
            // 128 MB: far more than a cache.
            Tensor x = Numbers(tiny ? [4, 64] : [32768, 1024], device), y = Numbers(x.Shape, device), scale = Numbers([x.Shape[1]], device);
            double bytes = x.ElementCount * sizeof(float);
            Add(figures, "copy_gbs", 2 * bytes / Seconds(device, tiny, () => x.Clone()) / 1e9);
            Add(figures, "add_gbs", 3 * bytes / Seconds(device, tiny, () => x.Add(y)) / 1e9);
            Add(figures, "gelu_gbs", 2 * bytes / Seconds(device, tiny, () => x.Gelu()) / 1e9);
            Add(figures, "softmax_gbs", 2 * bytes / Seconds(device, tiny, () => x.Softmax(1)) / 1e9);
            Add(figures, "layer_norm_gbs", 2 * bytes / Seconds(device, tiny, () => x.LayerNorm(scale, scale)) / 1e9);
        }

        using (TensorScope scope = Tensor.Scope())
        {
            int batch = tiny ? 1 : 32, channels = tiny ? 4 : 128, extent = tiny ? 8 : 56;
            Tensor x = Numbers([batch, channels, extent, extent], device), w = Numbers([channels, channels, 3, 3], device);
            double operations = 2.0 * x.ElementCount * channels * 9;
            Add(figures, "conv_3x3_tflops", operations / Seconds(device, tiny, () => x.Conv2d(w, padding: 1)) / 1e12);
        }
    }

    private static void Add(List<string> figures, string name, double value) => figures.Add(string.Create(CultureInfo.InvariantCulture, $"\"{name}\": {value:g4}"));

    private static double Seconds(Device device, bool tiny, Func<Tensor> work)
    {
        int repeats = tiny ? 1 : 20;
        Once();
        double[] times = new double[tiny ? 1 : Rounds];
        for (int i = 0; i < times.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int k = 0; k < repeats; k++)
            {
                using Tensor result = work();
            }

            device.Backend.Synchronize();
            times[i] = Stopwatch.GetElapsedTime(start).TotalSeconds / repeats;
        }

        Array.Sort(times);
        return times[times.Length / 2];

        void Once()
        {
            using Tensor result = work();
            device.Backend.Synchronize();
        }
    }

    private static Tensor Numbers(Shape shape, Device device)
    {
        Random random = new(1);
        float[] values = new float[shape.ElementCount];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = random.NextSingle() - 0.5f;
        }

        return Tensor.From(values, shape, device);
    }
}
