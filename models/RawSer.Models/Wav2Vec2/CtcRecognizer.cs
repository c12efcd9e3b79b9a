using RawSer.Nn;

namespace RawSer.Models.Wav2Vec2;

/// <summary><c>Wav2Vec2ForCTC</c>: logits of letters for each frame, (B, T, vocabulary). Parts: the body, <c>lm_head</c>.</summary>
public sealed class CtcRecognizer : SpeechNetwork
{
    private readonly Dropout _dropout;
    private readonly Linear _head;

    /// <summary>A network without values.</summary>
    public CtcRecognizer(Wav2Vec2Config config)
        : base(config)
    {
        _dropout = Child("dropout", new Dropout(config.FinalDropout));
        _head = Child("lm_head", new Linear(config.HiddenSize, config.VocabularySize));
    }

    /// <summary>The loss of logits as the config wants it: a sum over clips, or the mean of each clip's loss divided by its number of letters.</summary>
    /// <param name="logits">(B, T, vocabulary).</param>
    /// <param name="labels">Letters of each clip.</param>
    /// <param name="lengths">Samples of each clip that are no padding; null if all are.</param>
    public Tensor Loss(Tensor logits, IReadOnlyList<int[]> labels, IReadOnlyList<int>? lengths)
    {
        Wav2Vec2Config config = Body.Config;
        int[] frames = lengths is null ? [.. labels.Select(_ => logits.Shape[1])] : [.. lengths.Select(config.FramesOf)];
        return logits.CtcLoss(labels, frames, config.BlankToken, config.CtcMean ? LossReduction.Mean : LossReduction.Sum, config.CtcZeroInfinity);
    }

    /// <inheritdoc/>
    protected override Tensor Apply(Tensor waveforms, ClipLengths? lengths) =>
        _head.Forward(_dropout.Forward(Body.Run(waveforms, new Wav2Vec2Inputs { Lengths = lengths }).Last));

    /// <inheritdoc/>
    protected override void Initialize(ParameterInit init) => InitializeLinear(init, "lm_head", _head, Body.Config);
}
