using RawSer.Kernels;

namespace RawSer.Nn;

/// <summary>
/// Batch normalisation over any axis (Ioffe and Szegedy 2015). While training (and not frozen) it normalises with the statistics of the batch
/// and moves its running statistics towards them; otherwise it normalises with those. Parameters <c>weight</c>, <c>bias</c>, buffers
/// <c>running_mean</c>, <c>running_var</c> and, in the PyTorch flavour, the counter <c>num_batches_tracked</c>.
/// </summary>
public sealed class BatchNorm : Module
{
    private readonly Tensor? _batches;

    /// <summary>Batch norm with the constants of PyTorch.</summary>
    /// <param name="features">Extent of the axis.</param>
    /// <param name="axis">Axis of the features.</param>
    public BatchNorm(int features, int axis = 1)
        : this(features, BatchNormOptions.PyTorch with { Axis = axis }) => _batches = Buffer("num_batches_tracked", [], 0, DType.I64);

    /// <summary>Batch norm with constants of one's own.</summary>
    public BatchNorm(int features, BatchNormOptions options)
    {
        Options = options;
        Weight = Parameter("weight", [features], 1);
        Bias = Parameter("bias", [features], 0);
        RunningMean = Buffer("running_mean", [features], 0);
        RunningVariance = Buffer("running_var", [features], 1);
    }

    /// <summary>Axis, epsilon, momentum, kind of running variance.</summary>
    public BatchNormOptions Options { get; }

    /// <summary>(features).</summary>
    public Tensor Weight { get; }

    /// <summary>(features).</summary>
    public Tensor Bias { get; }

    /// <summary>(features).</summary>
    public Tensor RunningMean { get; }

    /// <summary>(features).</summary>
    public Tensor RunningVariance { get; }

    private bool FollowsBatch => IsTraining && !IsFrozen;

    /// <summary>The running statistics to use or to move; none while a checkpoint runs a batch again that they have followed already.</summary>
    private (Tensor? Mean, Tensor? Variance) Running => FollowsBatch && Checkpoint.IsRecomputing ? (null, null) : (RunningMean, RunningVariance);

    /// <summary>Batch norm of a Keras layer for inputs of rank 4: see <see cref="BatchNormOptions.Keras"/>.</summary>
    public static BatchNorm Keras(int features, int axis = -1, int rank = 4) => new(features, BatchNormOptions.Keras(axis, rank));

    /// <summary>
    /// Writes a convolution followed by this layer, in inference, as one convolution with bias: <c>w' = w s</c> and
    /// <c>b' = (b - mean) s + bias</c> with <c>s = weight / sqrt(var + epsilon)</c> of each output channel.
    /// </summary>
    /// <param name="source">The convolution, with or without bias.</param>
    /// <param name="target">Receives weight and bias; of the same shape, with bias.</param>
    /// <exception cref="InvalidOperationException">The axis of this layer is not that of the channels, so no convolution equals the two.</exception>
    /// <exception cref="ArgumentException">The target has no bias or another shape.</exception>
    public void FoldInto(Conv2d source, Conv2d target)
    {
        if (Options.Axis is not (1 or -3))
        {
            throw new InvalidOperationException($"batch norm over axis {Options.Axis} cannot become part of a convolution; only over axis 1, the channels");
        }

        if (target.Bias is not { } bias)
        {
            throw new ArgumentException("batch norm: the convolution that it becomes part of needs a bias, for the shift", nameof(target));
        }

        using NoGradScope noGrad = Autograd.NoGrad();
        using TensorScope scope = Tensor.Scope();
        Tensor scale = Weight / (RunningVariance + Options.Epsilon).Sqrt();
        Tensor shift = source.Bias is null ? -RunningMean : source.Bias - RunningMean;
        target.Weight.CopyFrom<float>((source.Weight * scale.Reshape(-1, 1, 1, 1)).ToArray<float>());
        bias.CopyFrom<float>(((shift * scale) + Bias).ToArray<float>());
    }

    /// <summary>Batch norm, ReLU and max pooling in one pass over the input.</summary>
    public Tensor ForwardReluMaxPool(Tensor input, PoolOptions pool)
    {
        CountBatch();
        (Tensor? mean, Tensor? variance) = Running;
        return input.BatchNormReluMaxPool2d(Weight, Bias, mean, variance, FollowsBatch, pool, Options);
    }

    /// <summary>A convolution, this norm, ReLU and max pooling; while training with less memory than one after the other.</summary>
    public Tensor ForwardConvReluMaxPool(Conv2d convolution, Tensor input, PoolOptions pool)
    {
        if (!FollowsBatch)
        {
            return ForwardReluMaxPool(convolution.Forward(input), pool);
        }

        CountBatch();
        (Tensor? mean, Tensor? variance) = Running;
        (ConvWindow height, ConvWindow width) = convolution.Windows(input);
        return input.Conv2dBatchNormReluMaxPool2d(
            convolution.Weight, convolution.Bias, height, width, convolution.Groups, Weight, Bias, mean, variance, pool, Options);
    }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input)
    {
        CountBatch();
        (Tensor? mean, Tensor? variance) = Running;
        return input.BatchNorm(Weight, Bias, mean, variance, FollowsBatch, Options);
    }

    private void CountBatch()
    {
        if (FollowsBatch && !Checkpoint.IsRecomputing && _batches is not null)
        {
            _batches.Backend.CountBatch(_batches.View);
        }
    }
}
