using RawSer.Nn;

namespace RawSer.Models.Wav2Vec2;

/// <summary>
/// A grouped convolution over time with a wide kernel, whose output tells the encoder where a frame is: (B, T, D) to (B, T, D), with activation.
/// As the layers of the feature encoder it multiplies overlapping windows, one matrix product per group. Parts: <c>conv</c> (<c>weight_g</c>,
/// <c>weight_v</c>, <c>bias</c>; or <c>weight</c>, <c>bias</c> behind <c>batch_norm</c>).
/// </summary>
internal sealed class PositionalConvolution : Module
{
    private readonly PositionalWeights _conv;
    private readonly BatchNorm? _norm;
    private readonly HiddenActivation _activation;
    private readonly int _kernel;
    private readonly int _groups;

    public PositionalConvolution(Wav2Vec2Config config)
    {
        (_kernel, _groups, _activation) = (config.PositionKernel, config.PositionGroups, config.FeatureActivation);
        _norm = config.PositionBatchNorm ? Child("batch_norm", new BatchNorm(config.HiddenSize, axis: -1)) : null;
        _conv = Child("conv", new PositionalWeights(config.HiddenSize, _groups, _kernel, weightNorm: !config.PositionBatchNorm));
    }

    /// <inheritdoc/>
    public override bool IsLayer => true;

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input)
    {
        int batch = input.Shape[0], frames = input.Shape[1], dim = input.Shape[2], size = dim / _groups;
        Tensor x = _norm is null ? input : _norm.Forward(input);

        // Padding k/2 on both sides; of an even kernel the last of the T + 1 outputs is dropped, so the last zero is not needed.
        Tensor padded = x.Reshape(batch, frames, _groups, size).Permute(0, 2, 1, 3).Pad([0, 0, _kernel / 2, _kernel - 1 - (_kernel / 2)]); // (B, G, T + K - 1, size)
        Tensor windows = padded.Unfold(2, _kernel, 1).Permute(0, 1, 2, 4, 3).Reshape(batch, _groups, frames, _kernel * size);
        Tensor y = windows.MatMul(_conv.Matrices()).Permute(0, 2, 1, 3).Reshape(batch, frames, dim);
        return _activation.Apply(y + _conv.Bias);
    }
}

/// <summary>Parameters of the positional convolution, with weight norm over all dimensions but the last (a norm for each place of the kernel).</summary>
internal sealed class PositionalWeights : RearrangedWeights
{
    private const int NormDim = 2;

    private readonly Tensor? _magnitude;
    private readonly Tensor _direction;
    private readonly int _groups;

    public PositionalWeights(int dim, int groups, int kernel, bool weightNorm)
    {
        _groups = groups;
        _magnitude = weightNorm ? Parameter("weight_g", [1, 1, kernel]) : null;
        _direction = Parameter(weightNorm ? "weight_v" : "weight", [dim, dim / groups, kernel]);
        Bias = Parameter("bias", [dim]);
    }

    public Tensor Bias { get; }

    /// <inheritdoc/>
    protected override Tensor Stored => _direction;

    /// <inheritdoc/>
    protected override void Initialize(ParameterInit init)
    {
        (int dim, int kernel) = (_direction.Shape[0], _direction.Shape[2]);
        double deviation = 2 * Math.Sqrt(1.0 / (kernel * dim));
        init.Fill(_magnitude is null ? "weight" : "weight_v", _direction, Initializer.Normal(deviation));
        init.Fill("bias", Bias, Initializer.Constant(0));
        if (_magnitude is not null)
        {
            using TensorScope scope = Tensor.Scope();
            using NoGradScope noGrad = Autograd.NoGrad();
            _magnitude.CopyFrom<float>(_direction.Norm([0, 1]).ToArray<float>());
        }
    }

    /// <summary>(groups, K size, size).</summary>
    protected override Tensor Rearranged()
    {
        Tensor weight = _magnitude is null ? _direction : _direction.WeightNorm(_magnitude, NormDim);
        int size = weight.Shape[1], kernel = weight.Shape[2];
        return weight.Reshape(_groups, size, size, kernel).Permute(0, 3, 2, 1).Reshape(_groups, kernel * size, size);
    }
}
