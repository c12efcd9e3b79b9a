using RawSer.Nn;

namespace RawSer.Models.Wav2Vec2;

/// <summary>
/// The report's classifier (section 6; the Keras example of audio classification with Wav2Vec2): the encoder without a mask, the mean over the frames that
/// are no padding, dropout, a dense layer. Base with 7 classes has 94,377,095 parameters. Parts: the body, <c>dense</c>.
/// </summary>
public sealed class ReportClassifier : SpeechNetwork
{
    private readonly Dropout _dropout;
    private readonly Linear _dense;

    /// <summary>A network without values.</summary>
    /// <param name="config">The body.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="dropout">Before the dense layer; 0.5 in the report.</param>
    public ReportClassifier(Wav2Vec2Config config, int classes, double dropout = 0.5)
        : base(config)
    {
        _dropout = Child("dropout", new Dropout(dropout));
        _dense = Child("dense", new Linear(config.HiddenSize, classes));
    }

    /// <summary>What the dense layer sees: (B, hidden size).</summary>
    public Tensor Pool(Tensor waveforms, ClipLengths? lengths)
    {
        using TensorScope scope = Tensor.Scope();
        Tensor last = Body.Run(waveforms).Last;
        return scope.Keep(MeanOfFrames(last, lengths?.Frames(Body.Config, last.Shape[1], last.Device)));
    }

    /// <inheritdoc/>
    protected override Tensor Apply(Tensor waveforms, ClipLengths? lengths) => _dense.Forward(_dropout.Forward(Pool(waveforms, lengths)));

    /// <summary>The dense layer begins as Keras' does.</summary>
    protected override void Initialize(ParameterInit init)
    {
        init.Fill("dense.weight", _dense.Weight, Initializer.GlorotUniform, Fans.Convolution(_dense.Weight.Shape));
        init.Fill("dense.bias", _dense.Bias!, Initializer.Constant(0));
    }
}
