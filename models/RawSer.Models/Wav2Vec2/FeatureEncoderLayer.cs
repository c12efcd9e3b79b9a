using RawSer.Nn;

namespace RawSer.Models.Wav2Vec2;

/// <summary>
/// One convolution of the feature encoder with its norm and activation: (B, T, C) to (B, T', O), channels last. The windows of a clip are rows that
/// overlap in memory (a view), so the convolution is one matrix product and copies nothing: window t begins at <c>t * stride * C</c>.
/// Parts: <c>conv</c>, <c>layer_norm</c>.
/// </summary>
internal sealed class FeatureEncoderLayer : Module
{
    private const double Epsilon = 1e-5; // whatever layer_norm_eps says

    private readonly ConvolutionWeights _conv;
    private readonly Module? _norm;
    private readonly FeatureEncoderNorm _kind;
    private readonly HiddenActivation _activation;
    private readonly int _kernel;
    private readonly int _stride;

    public FeatureEncoderLayer(Wav2Vec2Config config, int index)
    {
        int inputs = index == 0 ? 1 : config.ConvDim[index - 1], outputs = config.ConvDim[index];
        (_kind, _activation, _kernel, _stride) = (config.FeatureNorm, config.FeatureActivation, config.ConvKernel[index], config.ConvStride[index]);
        _conv = Child("conv", new ConvolutionWeights(inputs, outputs, _kernel, config.ConvBias));
        if (_kind == FeatureEncoderNorm.Layer)
        {
            _norm = Child("layer_norm", new LayerNorm([outputs], Epsilon));
        }
        else if (index == 0)
        {
            _norm = Child("layer_norm", new GroupNorm(outputs, outputs, Epsilon));
        }
    }

    /// <inheritdoc/>
    public override bool IsLayer => true;

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input)
    {
        Tensor windows = input.Unfold(1, _kernel, _stride).Permute(0, 1, 3, 2); // (B, T', K, C)
        windows = windows.Reshape(windows.Shape[0], windows.Shape[1], -1);
        if (_norm is not null && _kind == FeatureEncoderNorm.Group)
        {
            // Group norm reads whole channels, so this product gives channels first: (O, KC) (B, KC, T').
            Tensor channels = _norm.Forward(WithBias(_conv.Matrices().Transpose(0, 1).MatMul(windows.Transpose(1, 2)), -1));
            return _activation.Apply(channels).Transpose(1, 2).Contiguous();
        }

        Tensor frames = WithBias(windows.MatMul(_conv.Matrices()), 1);
        return _activation.Apply(_norm is null ? frames : _norm.Forward(frames));
    }

    private Tensor WithBias(Tensor x, int bias) => _conv.Bias is null ? x : x + (bias < 0 ? _conv.Bias.Reshape(-1, 1) : _conv.Bias);
}

/// <summary>Parameters of a convolution, <c>weight</c> (O, C, K) and <c>bias</c> (O), and the weight as one matrix.</summary>
internal sealed class ConvolutionWeights : RearrangedWeights
{
    private readonly Tensor _weight;

    public ConvolutionWeights(int inputs, int outputs, int kernel, bool bias)
    {
        _weight = Parameter("weight", [outputs, inputs, kernel]);
        Bias = bias ? Parameter("bias", [outputs]) : null;
    }

    public Tensor? Bias { get; }

    /// <inheritdoc/>
    protected override Tensor Stored => _weight;

    /// <summary>(K C, O).</summary>
    protected override Tensor Rearranged() => _weight.Permute(2, 1, 0).Reshape(_weight.Shape[1] * _weight.Shape[2], _weight.Shape[0]);

    /// <inheritdoc/>
    protected override void Initialize(ParameterInit init)
    {
        Fans fans = Fans.Convolution(_weight.Shape);
        init.Fill("weight", _weight, Initializer.KaimingNormal(), fans);
        if (Bias is not null)
        {
            init.Fill("bias", Bias, Initializer.Uniform(1 / Math.Sqrt(fans.In)));
        }
    }
}
