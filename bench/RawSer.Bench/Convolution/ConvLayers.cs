using RawSer.Bench.Works;
using RawSer.Kernels;

namespace RawSer.Bench.Convolution;

/// <summary>The convolutions of the report's networks (MFCC and mel inputs, training and inference), of VGG16, and one of each other kind.</summary>
internal static class ConvLayers
{
    private static readonly (int Batch, int Channels, int Height, int Width, int Outputs, int Kernel, int Stride, int Groups)[] s_layers =
    [
        (32, 1, 128, 94, 16, 3, 1, 1),
        (32, 16, 64, 47, 32, 3, 1, 1),
        (32, 32, 16, 11, 64, 3, 1, 1),
        (32, 1, 128, 188, 16, 3, 1, 1),
        (32, 16, 64, 94, 32, 3, 1, 1),
        (32, 32, 16, 23, 64, 3, 1, 1),
        (1, 1, 128, 94, 16, 3, 1, 1),
        (1, 16, 64, 47, 32, 3, 1, 1),
        (1, 32, 16, 11, 64, 3, 1, 1),
        (1, 3, 224, 224, 64, 3, 1, 1),
        (1, 64, 224, 224, 64, 3, 1, 1),
        (1, 64, 112, 112, 128, 3, 1, 1),
        (1, 128, 112, 112, 128, 3, 1, 1),
        (1, 128, 56, 56, 256, 3, 1, 1),
        (1, 256, 56, 56, 256, 3, 1, 1),
        (1, 256, 28, 28, 512, 3, 1, 1),
        (1, 512, 28, 28, 512, 3, 1, 1),
        (1, 512, 14, 14, 512, 3, 1, 1),
        (8, 64, 56, 56, 128, 3, 2, 1),
        (8, 64, 56, 56, 64, 3, 1, 64),
    ];

    public static void Measure(string filter, double seconds)
    {
        using var peak = new Peak.MultiplyAdds();
        var random = new Random(1);
        foreach (var (batch, channels, height, width, outputs, kernel, stride, groups) in s_layers)
        {
            int pad = kernel / 2, outH = ((height - 1) / stride) + 1, outW = ((width - 1) / stride) + 1;
            string name = $"conv/{batch}x{channels}x{height}x{width}-{outputs}{(stride > 1 ? $"-stride{stride}" : "")}{(groups > 1 ? $"-groups{groups}" : "")}";
            if (!name.Contains(filter, StringComparison.Ordinal))
            {
                continue;
            }

            using TensorScope scope = Tensor.Scope();
            Tensor x = Values(random, [batch, channels, height, width]), w = Values(random, [outputs, channels / groups, kernel, kernel]), b = Values(random, [outputs]);
            Tensor y = Values(random, [batch, outputs, outH, outW]), dx = Tensor.Empty(x.Shape), dw = Tensor.Empty(w.Shape), db = Tensor.Empty(b.Shape);
            ConvGeometry geometry = new(stride, stride, pad, pad, 1, 1, groups);
            double flops = 2.0 * y.ElementCount * w.ElementCount / outputs;
            int threads = WorkerPool.Shared.ThreadCount;
            CpuBackend cpu = CpuBackend.Instance;
            Measurement.Of($"{name}/forward", seconds, threads, () => cpu.ConvolutionBias(x.View, w.View, b.View, y.View, geometry, UnaryOp.Relu), flops, peak)
                .Print();
            using PackedConvolution? packed = batch == 1 ? cpu.PackConvolution(w.View, geometry) : null;
            if (packed is not null)
            {
                Measurement.Of($"{name}/packed", seconds, threads, () => cpu.ConvolutionPacked(x.View, packed, b.View, y.View, geometry, UnaryOp.Relu), flops, peak)
                    .Print();
            }

            Measurement.Of($"{name}/data", seconds, threads, () => cpu.ConvolutionBackwardData(y.View, w.View, dx.View, geometry), flops, peak).Print();
            Measurement.Of($"{name}/weight", seconds, threads, () => cpu.ConvolutionBackwardWeight(x.View, y.View, dw.View, db.View, geometry), flops, peak)
                .Print();
        }
    }

    private static Tensor Values(Random random, Shape shape) =>
        Tensor.From([.. Enumerable.Range(0, (int)shape.ElementCount).Select(_ => random.NextSingle() - 0.5f)], shape);
}
