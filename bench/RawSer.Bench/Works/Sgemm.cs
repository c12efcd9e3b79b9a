using System.Globalization;
using RawSer.Kernels;

namespace RawSer.Bench.Works;

/// <summary>C = A B of square single-precision matrices.</summary>
internal static class Sgemm
{
    public static void Measure(string argument, double seconds)
    {
        int n = int.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out int size) && size is > 0 and <= 8192
            ? size
            : throw new UsageException($"sgemm {argument}: a size from 1 to 8192 was expected");
        var random = new Random(1);
        using Tensor a = Matrix(random, n), b = Matrix(random, n), c = Tensor.Empty([n, n]);
        using var peak = new Peak.MultiplyAdds();
        Measurement.Of(
            $"sgemm/{n}", seconds, WorkerPool.Shared.ThreadCount, () => CpuBackend.Instance.MatMul(a.View, b.View, c.View), 2.0 * n * n * n, peak).Print();
    }

    private static Tensor Matrix(Random random, int n)
    {
        float[] values = new float[n * n];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = random.NextSingle() - 0.5f;
        }

        return Tensor.From(values, [n, n]);
    }
}
