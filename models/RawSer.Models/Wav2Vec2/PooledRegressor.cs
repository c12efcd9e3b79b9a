using RawSer.Nn;

namespace RawSer.Models.Wav2Vec2;

/// <summary>How the frames of a clip become one vector (<c>pooling_mode</c>).</summary>
public enum FramePooling
{
    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>The largest value of each feature.</summary>
    Max,
}

/// <summary>
/// The head of audeering's dimensional recogniser and of the <c>Wav2Vec2ForSpeechClassification</c> family: all frames pooled without a mask, dropout, dense,
/// tanh, dropout, dense; arousal, dominance and valence, about 0 to 1, or classes. Parts: the body, <c>classifier.dense</c>,
/// <c>classifier.out_proj</c>.
/// </summary>
public sealed class PooledRegressor : SpeechNetwork
{
    private readonly Linear _dense;
    private readonly Linear _out;
    private readonly Dropout _dropout;

    /// <summary>A network without values, with an output for each label of the config.</summary>
    public PooledRegressor(Wav2Vec2Config config)
        : base(config)
    {
        _dense = new Linear(config.HiddenSize, config.HiddenSize);
        _out = new Linear(config.HiddenSize, config.Labels.Count);
        _dropout = Child("dropout", new Dropout(config.FinalDropout));
        Child("classifier", new Sequential(("dense", _dense), ("out_proj", _out)));
    }

    /// <summary>The vector of a clip: (B, hidden size).</summary>
    public Tensor Pool(Tensor waveforms)
    {
        using TensorScope scope = Tensor.Scope();
        Tensor last = Body.Run(waveforms).Last;
        return scope.Keep(Body.Config.Pooling switch
        {
            FramePooling.Mean => last.Mean(1),
            FramePooling.Sum => last.Sum(1),
            _ => last.Amax([1]),
        });
    }

    /// <summary>The outputs of pooled vectors.</summary>
    public Tensor Regress(Tensor pooled)
    {
        using TensorScope scope = Tensor.Scope();
        return scope.Keep(_out.Forward(_dropout.Forward(_dense.Forward(_dropout.Forward(pooled)).Tanh())));
    }

    /// <inheritdoc/>
    protected override Tensor Apply(Tensor waveforms, ClipLengths? lengths) => Regress(Pool(waveforms));

    /// <inheritdoc/>
    protected override void Initialize(ParameterInit init)
    {
        InitializeLinear(init, "classifier.dense", _dense, Body.Config);
        InitializeLinear(init, "classifier.out_proj", _out, Body.Config);
    }
}
