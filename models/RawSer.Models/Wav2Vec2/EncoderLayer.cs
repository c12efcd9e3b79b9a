using RawSer.Nn;

namespace RawSer.Models.Wav2Vec2;

/// <summary>
/// A layer of the encoder over (B, T, D): attention and two dense layers, each with a residual sum. Norms stand behind the sums
/// (<c>h = LN(h + attention(h))</c>), or before the parts with stable layer norm (<c>h = h + attention(LN(h))</c>). Parts: <c>attention</c>,
/// <c>layer_norm</c>, <c>feed_forward</c>, <c>final_layer_norm</c>.
/// </summary>
internal sealed class EncoderLayer : Module
{
    private readonly EncoderAttention _attention;
    private readonly LayerNorm _norm;
    private readonly FeedForward _feedForward;
    private readonly LayerNorm _finalNorm;
    private readonly Dropout _dropout;
    private readonly bool _normFirst;

    public EncoderLayer(Wav2Vec2Config config, int index)
    {
        _normFirst = config.StableLayerNorm;
        _attention = Child("attention", new EncoderAttention(config, ownsPositions: index == 0));
        _norm = Child("layer_norm", new LayerNorm([config.HiddenSize], config.LayerNormEpsilon));
        _feedForward = Child("feed_forward", new FeedForward(config));
        _finalNorm = Child("final_layer_norm", new LayerNorm([config.HiddenSize], config.LayerNormEpsilon));
        _dropout = Child("dropout", new Dropout(config.HiddenDropout));
    }

    /// <inheritdoc/>
    public override bool IsLayer => true;

    /// <summary>The table of relative positions, if this layer has it.</summary>
    public RelativePositions? Positions => _attention.Positions;

    /// <summary>Applies the layer; parameters as of <see cref="EncoderAttention"/>.</summary>
    public Tensor Forward(Tensor input, Tensor? valid, RelativePositions? positions)
    {
        using TensorScope scope = Tensor.Scope();
        if (_normFirst)
        {
            Tensor x = input + _dropout.Forward(_attention.Forward(_norm.Forward(input), valid, positions));
            return scope.Keep(x + _feedForward.Forward(_finalNorm.Forward(x)));
        }

        Tensor mixed = _norm.Forward(input + _dropout.Forward(_attention.Forward(input, valid, positions)));
        return scope.Keep(_finalNorm.Forward(mixed + _feedForward.Forward(mixed)));
    }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => Forward(input, null, Positions);
}

/// <summary>Two dense layers with an activation between them: <c>intermediate_dense</c>, <c>output_dense</c>.</summary>
internal sealed class FeedForward : Module
{
    private readonly Linear _intermediate;
    private readonly Linear _output;
    private readonly Dropout _innerDropout;
    private readonly Dropout _outputDropout;
    private readonly HiddenActivation _activation;

    public FeedForward(Wav2Vec2Config config)
    {
        _activation = config.HiddenAct;
        _intermediate = Child("intermediate_dense", new Linear(config.HiddenSize, config.IntermediateSize));
        _innerDropout = Child("intermediate_dropout", new Dropout(config.ActivationDropout));
        _output = Child("output_dense", new Linear(config.IntermediateSize, config.HiddenSize));
        _outputDropout = Child("output_dropout", new Dropout(config.HiddenDropout));
    }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input)
    {
        Tensor hidden = _activation == HiddenActivation.Relu ? _intermediate.ForwardRelu(input) : _activation.Apply(_intermediate.Forward(input));
        return _outputDropout.Forward(_output.Forward(_innerDropout.Forward(hidden)));
    }
}
