using RawSer.Bench.Works;
using RawSer.Kernels;

namespace RawSer.Bench.MatMul;

/// <summary>
/// Products (M, K) times (K, N): squares, the dense layers of the networks at batch 32 (32 * 94 = 3008 rows), their weight gradients
/// (inner dimension 3008), attention heads and matrix times vector.
/// </summary>
internal static class MatMulShapes
{
    private static readonly (string Name, int Batch, int M, int N, int K, bool TransposeA, bool TransposeB)[] s_products =
    [
        .. new[] { 32, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048 }.Select(n => ("square", 1, n, n, n, false, false)),
        ("linear", 1, 3008, 128, 128, false, true),
        ("linear", 1, 3008, 512, 128, false, true),
        ("linear", 1, 3008, 128, 512, false, true),
        ("linear-dx", 1, 3008, 128, 128, false, false),
        ("linear-dx", 1, 3008, 128, 512, false, false),
        ("linear-dx", 1, 3008, 512, 128, false, false),
        ("linear-dw", 1, 128, 128, 3008, true, false),
        ("linear-dw", 1, 512, 128, 3008, true, false),
        ("linear-dw", 1, 128, 512, 3008, true, false),
        ("linear-clip", 1, 94, 128, 128, false, true),
        ("linear-clip", 1, 94, 512, 128, false, true),
        ("classes", 1, 32, 7, 1152, false, true),
        ("attention-scores", 128, 94, 94, 32, false, true),
        ("attention-values", 128, 94, 32, 94, false, false),
        ("attention-dv", 128, 94, 32, 94, true, false),
        ("vector", 1, 1, 4096, 4096, false, true),
        ("vector", 1, 1, 4096, 4096, false, false),
        ("few-rows", 1, 8, 4096, 4096, false, true),
        ("few-rows", 1, 32, 4096, 4096, false, true),
    ];

    // One clip of 3 s through Wav2Vec2-base: attention projections, feed-forward.
    private static readonly (int M, int N, int K)[] s_packed = [(149, 768, 768), (149, 3072, 768), (149, 768, 3072)];

    // Packed operands that a measurement goes through in turn: more than caches hold, as in a network.
    private const long PackedBytes = 256 << 20;

    public static void Measure(string filter, double seconds)
    {
        using var peak = new Peak.MultiplyAdds();
        var random = new Random(1);
        foreach (var (kind, batch, m, n, k, transposeA, transposeB) in s_products)
        {
            string name = $"matmul/{kind}/{(batch > 1 ? $"{batch}x" : "")}{m}x{n}x{k}{(transposeA ? "/aT" : "")}{(transposeB ? "/bT" : "")}";
            if (!name.Contains(filter, StringComparison.Ordinal))
            {
                continue;
            }

            using Tensor a = Operand(random, batch, m, k, transposeA), b = Operand(random, batch, k, n, transposeB), y = Tensor.Empty([batch, m, n]);
            Measurement.Of(name, seconds, WorkerPool.Shared.ThreadCount, () => CpuBackend.Instance.MatMul(a.View, b.View, y.View), 2.0 * batch * m * n * k, peak).Print();
        }

        MeasurePacked(random, peak, filter, seconds);
    }

    private static void MeasurePacked(Random random, Peak.MultiplyAdds peak, string filter, double seconds)
    {
        foreach (var (m, n, k) in s_packed)
        {
            string name = $"matmul/packed/{m}x{n}x{k}";
            if (!name.Contains(filter, StringComparison.Ordinal))
            {
                continue;
            }

            using Tensor a = Tensor.From(Values(random, m * k), [m, k]), b = Tensor.From(Values(random, k * n), [k, n]), y = Tensor.Empty([m, n]);
            PackedMatrix[] packed = [.. Enumerable.Range(0, (int)(PackedBytes / ((long)n * k * sizeof(float)))).Select(_ => CpuBackend.Instance.Pack(b.View)!)];
            int next = 0;
            Measurement.Of(name, seconds, WorkerPool.Shared.ThreadCount, () => CpuBackend.Instance.MatMulPacked(a.View, packed[next++ % packed.Length], default, y.View), 2.0 * m * n * k, peak).Print();
            Array.ForEach(packed, matrix => matrix.Dispose());
        }
    }

    private static Tensor Operand(Random random, int batch, int rows, int columns, bool transposed)
    {
        float[] values = Values(random, batch * rows * columns);
        return transposed ? Tensor.From(values, [batch, columns, rows]).Transpose(1, 2) : Tensor.From(values, [batch, rows, columns]);
    }

    private static float[] Values(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
}
