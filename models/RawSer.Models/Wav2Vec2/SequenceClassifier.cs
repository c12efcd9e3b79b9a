using RawSer.Nn;

namespace RawSer.Models.Wav2Vec2;

/// <summary>
/// <c>Wav2Vec2ForSequenceClassification</c> and its kin: perhaps a learned mean of all hidden states, a projector for each frame, the mean over the frames
/// that are no padding, a dense layer. Parts: <c>layer_weights</c>, the body, <c>projector</c>, <c>classifier</c>.
/// </summary>
public sealed class SequenceClassifier : SpeechNetwork
{
    private readonly Tensor? _layerWeights;
    private readonly Linear _projector;
    private readonly Linear _classifier;

    /// <summary>A network without values, with a class for each label of the config.</summary>
    public SequenceClassifier(Wav2Vec2Config config)
        : base(config)
    {
        _layerWeights = config.WeightedLayerSum ? Parameter("layer_weights", [config.Layers + 1], 1.0 / (config.Layers + 1)) : null;
        _projector = Child("projector", new Linear(config.HiddenSize, config.ClassifierProjectionSize));
        _classifier = Child("classifier", new Linear(config.ClassifierProjectionSize, config.Labels.Count));
    }

    /// <inheritdoc/>
    protected override Tensor Apply(Tensor waveforms, ClipLengths? lengths)
    {
        Wav2Vec2Output output = Body.Run(waveforms, new Wav2Vec2Inputs { Lengths = lengths, HiddenStates = _layerWeights is not null });
        Tensor hidden = _layerWeights is null ? output.Last : WeightedSum(output.HiddenStates, _layerWeights.Softmax(0));
        return _classifier.Forward(MeanOfFrames(_projector.Forward(hidden), output.Valid));
    }

    /// <inheritdoc/>
    protected override void Initialize(ParameterInit init)
    {
        InitializeLinear(init, "projector", _projector, Body.Config);
        InitializeLinear(init, "classifier", _classifier, Body.Config);
    }

    private static Tensor WeightedSum(IReadOnlyList<Tensor> states, Tensor weights)
    {
        Tensor sum = states[0] * weights.Select(0, 0);
        for (int i = 1; i < states.Count; i++)
        {
            sum += states[i] * weights.Select(0, i);
        }

        return sum;
    }
}
