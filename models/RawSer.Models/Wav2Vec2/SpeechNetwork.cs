using RawSer.Nn;

namespace RawSer.Models.Wav2Vec2;

/// <summary>A body with a head: waveforms (B, samples) to numbers for each clip or frame. The body is the part <see cref="Wav2Vec2Config.BodyName"/>.</summary>
public abstract class SpeechNetwork : Module
{
    private protected SpeechNetwork(Wav2Vec2Config config) => Body = Child(config.BodyName, new Wav2Vec2Model(config));

    /// <summary>The body.</summary>
    public Wav2Vec2Model Body { get; }

    /// <summary>Applies the network.</summary>
    /// <param name="waveforms">(B, samples).</param>
    /// <param name="lengths">Samples of each clip that are no padding; null if all are.</param>
    /// <exception cref="ArgumentException">The clips are too short for one frame, or the lengths do not fit.</exception>
    public Tensor Forward(Tensor waveforms, ClipLengths? lengths)
    {
        using TensorScope scope = Tensor.Scope();
        return scope.Keep(Apply(waveforms, lengths));
    }

    /// <summary>The head on the body's result.</summary>
    protected abstract Tensor Apply(Tensor waveforms, ClipLengths? lengths);

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => Apply(input, null);

    /// <summary>The mean over the frames of a clip that are no padding: (B, T, D) to (B, D).</summary>
    private protected static Tensor MeanOfFrames(Tensor hidden, Tensor? valid) => valid is null ? hidden.Mean(1) : hidden.MaskedMean(1, valid.Unsqueeze(-1));

    /// <summary>Dense layers as transformers initialises them.</summary>
    private protected static void InitializeLinear(ParameterInit init, string name, Linear linear, Wav2Vec2Config config)
    {
        init.Fill($"{name}.weight", linear.Weight, Initializer.Normal(config.InitializerRange));
        init.Fill($"{name}.bias", linear.Bias!, Initializer.Constant(0));
    }
}
