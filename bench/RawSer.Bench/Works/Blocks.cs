using RawSer.Kernels;

namespace RawSer.Bench.Works;

/// <summary>
/// The memory-bound part of the report's convolutional blocks at batch 32: statistics, fused normalisation + ReLU + max pooling, and its
/// backward pass; and an Adam step. Rates count each byte that must move once, so that they compare with the copy bandwidth of <see cref="Peak"/>.
/// </summary>
internal static class Blocks
{
    private static readonly (int[] Shape, int Pool)[] Stages = [([32, 16, 128, 94], 2), ([32, 32, 64, 47], 4), ([32, 64, 16, 11], 4)];

    public static void Measure(double seconds)
    {
        int threads = WorkerPool.Shared.ThreadCount;
        foreach (int axis in new[] { 1, 3 })
        {
            for (int i = 0; i < Stages.Length; i++)
            {
                (int[] shape, int pool) = Stages[i];
                MeasureStage($"block{i + 1}/axis{axis}", shape, pool, axis, seconds, threads);
            }
        }

        MeasureAdam(seconds, threads);
    }

    private static void MeasureStage(string name, int[] shape, int pool, int axis, double seconds, int threads)
    {
        Backend cpu = CpuBackend.Instance;
        int channels = shape[axis];
        PoolWindows windows = new(PoolAxis.Windows(shape[2], pool, pool), PoolAxis.Windows(shape[3], pool, pool));
        Shape pooled = [shape[0], shape[1], windows.Rows.Output, windows.Columns.Output];
        Tensor x = Uniform(shape), dx = Tensor.Empty(shape), y = Tensor.Empty(pooled), dy = Uniform(pooled), saved = Tensor.Empty(pooled);
        Tensor place = Tensor.Empty(pooled, DType.U8), mean = Tensor.Empty([channels]), variance = Tensor.Empty([channels]);
        Tensor weight = Tensor.Ones([channels]), bias = Tensor.Zeros([channels]), dweight = Tensor.Empty([channels]), dbias = Tensor.Empty([channels]);
        double bytes = x.ElementCount * 4.0, pooledBytes = y.ElementCount * 4.0;

        Measurement.Of($"{name}/statistics", seconds, threads, () => cpu.BatchStatistics(x.View, axis, mean.View, variance.View), bytes: bytes).Print();
        Measurement.Of($"{name}/forward", seconds, threads, () => cpu.BatchNormReluMaxPool(
            x.View, axis, mean.View, variance.View, weight.View, bias.View, 1e-3, windows, y.View, place.View, saved.View), bytes: bytes + (2.25 * pooledBytes)).Print();
        Measurement.Of($"{name}/backward", seconds, threads, () => cpu.BatchNormReluMaxPoolBackward(
            x.View, dy.View, place.View, saved.View, axis, mean.View, variance.View, weight.View, 1e-3, windows, dx.View, dweight.View, dbias.View),
            bytes: (2 * bytes) + (3.5 * pooledBytes)).Print();
    }

    private static void MeasureAdam(double seconds, int threads)
    {
        const int Count = 1 << 22;
        View[] parameters = [Uniform([Count]).View], gradients = [Uniform([Count]).View], means = [Tensor.Zeros([Count]).View], squares = [Tensor.Zeros([Count]).View];
        AdamStep step = new(0.9, 0.999, 0, 1, 1e-3, 1, 1e-8);
        Measurement.Of("adam/4M", seconds, threads, () => CpuBackend.Instance.AdamStep(step, parameters, gradients, means, squares, default), bytes: 7.0 * 4 * Count).Print();
    }

    private static Tensor Uniform(Shape shape)
    {
        var random = new Random(1);
        return Tensor.From([.. Enumerable.Range(0, checked((int)shape.ElementCount)).Select(_ => random.NextSingle() - 0.5f)], shape);
    }
}
