using RawSer.Nn;

namespace RawSer.Models.Wav2Vec2;

/// <summary>From the channels of the feature encoder to the hidden size. Parts: <c>layer_norm</c>, <c>projection</c>.</summary>
internal sealed class FeatureProjection : Module
{
    private readonly LayerNorm? _norm;
    private readonly Linear _projection;
    private readonly Dropout _dropout;

    public FeatureProjection(Wav2Vec2Config config)
    {
        int channels = config.ConvDim[^1];
        _norm = config.ProjectionLayerNorm ? Child("layer_norm", new LayerNorm([channels], config.LayerNormEpsilon)) : null;
        _projection = Child("projection", new Linear(channels, config.HiddenSize));
        _dropout = Child("dropout", new Dropout(config.FeatureProjectionDropout));
    }

    /// <summary>The normalised features, of which the quantiser makes its targets.</summary>
    public Tensor Normalize(Tensor features) => _norm is null ? features : _norm.Forward(features);

    /// <summary>The hidden frames of normalised features.</summary>
    public Tensor Project(Tensor normalized) => _dropout.Forward(_projection.Forward(normalized));

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => Project(Normalize(input));

    /// <inheritdoc/>
    protected override void Initialize(ParameterInit init)
    {
        double limit = Math.Sqrt(1.0 / _projection.Weight.Shape[1]);
        init.Fill("projection.weight", _projection.Weight, Initializer.Uniform(limit));
        init.Fill("projection.bias", _projection.Bias!, Initializer.Uniform(limit));
    }
}
