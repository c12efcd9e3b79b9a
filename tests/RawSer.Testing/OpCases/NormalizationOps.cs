using RawSer.Kernels;

namespace RawSer.Testing.OpCases;

internal static class NormalizationOps
{
    private static readonly BatchNormOptions LastAxis = BatchNormOptions.Keras(-1, 4);

    public static IEnumerable<OpCase> Cases { get; } =
    [
        new("batch_norm axis 1", t => t[0].BatchNorm(t[1], t[2], null, null, training: true), OpInput.Uniform([3, 4, 5, 6]), Parameter(4), Parameter(4))
        {
            Roundings = 128,
            Timed = [OpInput.Uniform([32, 16, 128, 94]), Parameter(16), Parameter(16)],
        },
        new("batch_norm last axis", t => t[0].BatchNorm(t[1], t[2], null, null, training: true, LastAxis), OpInput.Uniform([3, 2, 4, 19]), Parameter(19), Parameter(19))
        {
            Roundings = 128,
            Timed = [OpInput.Uniform([32, 16, 128, 94]), Parameter(94), Parameter(94)],
        },
        new("batch_norm axis 2", t => t[0].BatchNorm(null, null, null, null, training: true, new BatchNormOptions { Axis = 2 }), OpInput.Uniform([3, 4, 5, 6])) { Roundings = 128 },
        new("batch_norm evaluation", t => t[0].BatchNorm(t[1], t[2], t[3], t[4], training: false), OpInput.Uniform([3, 4, 7]), Parameter(4), Parameter(4), Constant(4, -1), Constant(4, 0.5)),
        Fused("axis 1", new BatchNormOptions { Epsilon = 1e-3 }, 3, 2, 16),
        Fused("last axis", LastAxis, 17, 2, 94),
        Fused("axis 1, windows of three", new BatchNormOptions { Epsilon = 1e-3 }, 3, 3, 0),
        Fused("last axis, windows of three", LastAxis, 17, 3, 0),
        ConvolutionBlock("last axis", 1, LastAxis, 9, 94),
        ConvolutionBlock("axis 1", 2, BatchNormOptions.PyTorch, 3, 16),
        new("layer_norm", t => t[0].LayerNorm(t[1], t[2]), OpInput.Uniform([5, 23]), Parameter(23), Parameter(23))
        {
            Roundings = 64,
            Timed = [OpInput.Uniform([32, 94, 128]), Parameter(128), Parameter(128)],
        },
        new("layer_norm two dimensions", t => t[0].LayerNorm(null, null, 1e-3, dims: 2), OpInput.Uniform([3, 4, 5])) { Roundings = 64 },
        new("group_norm", t => t[0].GroupNorm(2, t[1], t[2]), OpInput.Uniform([3, 6, 11]), Parameter(6), Parameter(6)) { Roundings = 64, Timed = [OpInput.Uniform([1, 512, 9599]), Parameter(512), Parameter(512)] },
        new("instance_norm", t => t[0].InstanceNorm(t[1], t[2]), OpInput.Uniform([3, 4, 5, 5]), Parameter(4), Parameter(4)) { Roundings = 64 },
        new("weight_norm", t => t[0].WeightNorm(t[1], 2), OpInput.Uniform([5, 4, 3]), OpInput.Uniform([1, 1, 3], 0.5, 2)) { Roundings = 32 },
    ];

    /// <summary>Distinct inputs, whose winners a small step does not change; biases that keep most of them above the kink of ReLU and far from it.</summary>
    private static OpCase Fused(string name, BatchNormOptions options, int channels, int windowColumns, int timedChannels) => new(
        $"batch_norm_relu_max_pool2d {name}",
        t => t[0].BatchNormReluMaxPool2d(t[1], t[2], null, null, training: true, (2, windowColumns), options),
        OpInput.Distinct([2, 3, 5, 17]),
        OpInput.Uniform([channels], 0.3, 0.4),
        OpInput.Uniform([channels], 1.5, 2))
    {
        Roundings = 256,
        Timed = timedChannels > 0 ? [OpInput.Uniform([32, 16, 128, 94]), Parameter(timedChannels), Parameter(timedChannels)] : [],
    };

    /// <summary>
    /// A norm over channels takes away what the convolution's bias adds, so that
    /// its gradient is zero but for roundings, which no relative tolerance fits.
    /// </summary>
    private static OpCase ConvolutionBlock(string name, int inputs, BatchNormOptions options, int channels, int timedChannels) => new(
        $"conv2d_batch_norm_relu_max_pool2d {name}",
        t => t[0].Conv2dBatchNormReluMaxPool2d(t[1], t[2], ConvWindow.Of(padding: 1), ConvWindow.Of(padding: 1), 1, t[3], t[4], null, null, 2, options),
        OpInput.Distinct([2, inputs, 6, 9]),
        OpInput.Distinct([3, inputs, 3, 3]),
        OpInput.Uniform([3], -1, 1) with { Differentiable = options.Axis != 1 },
        OpInput.Uniform([channels], 0.3, 0.4),
        OpInput.Uniform([channels], 1.5, 2))
    {
        Roundings = 512,
        Timed = [OpInput.Uniform([32, inputs, 128, 94]), OpInput.Uniform([16, inputs, 3, 3]), Parameter(16), Parameter(timedChannels), Parameter(timedChannels)],
    };

    private static OpInput Parameter(int channels) => OpInput.Uniform([channels], 0.5, 1.5);

    private static OpInput Constant(int channels, double low) => OpInput.Uniform([channels], low, low + 1) with { Differentiable = false };
}
