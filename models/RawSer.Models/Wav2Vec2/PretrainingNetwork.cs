using RawSer.Kernels;
using RawSer.Nn;

namespace RawSer.Models.Wav2Vec2;

/// <summary>What a step of pre-training computes. The tensors belong to the scope of the caller.</summary>
/// <param name="Loss">Contrastive loss plus the weighted diversity loss, summed over masked frames.</param>
/// <param name="Contrastive">Cross-entropy of finding each masked frame's own target among the negatives, summed.</param>
/// <param name="Diversity">Share of the code vectors that is not used, times the number of masked frames.</param>
/// <param name="Quantized">The targets before their projection.</param>
/// <param name="Predictions">(B, T, projection size): the encoder's projected result.</param>
/// <param name="Targets">(B, T, projection size): the projected targets.</param>
/// <param name="Recognized">Share of the masked frames whose own target is the most similar.</param>
public sealed record PretrainingOutput(
    Tensor Loss, Tensor Contrastive, Tensor Diversity, QuantizedFeatures Quantized, Tensor Predictions, Tensor Targets, Tensor Recognized);

/// <summary>
/// wav2vec 2.0 with its own objective (<c>Wav2Vec2ForPreTraining</c>; Baevski et al. 2020, section 3.2): the encoder, which sees a vector in place of masked
/// frames, must tell the quantised features of each from those of other masked frames of the clip. Parts: the body, <c>quantizer</c>, <c>project_hid</c>,
/// <c>project_q</c>.
/// </summary>
public sealed class PretrainingNetwork : SpeechNetwork
{
    private const double CosineEpsilon = 1e-8;

    private readonly Dropout _dropout;
    private readonly Linear _projectHidden;
    private readonly Linear _projectCodes;

    /// <summary>A network without values.</summary>
    public PretrainingNetwork(Wav2Vec2Config config)
        : base(config)
    {
        _dropout = Child("dropout_features", new Dropout(config.FeatureQuantizerDropout));
        Quantizer = Child("quantizer", new CodeQuantizer(config));
        _projectHidden = Child("project_hid", new Linear(config.HiddenSize, config.CodeProjectionSize));
        _projectCodes = Child("project_q", new Linear(config.CodeVectorSize, config.CodeProjectionSize));
    }

    /// <summary>The quantiser.</summary>
    public CodeQuantizer Quantizer { get; }

    /// <summary>True: what is drawn is drawn before the step (<see cref="PrepareClips"/>).</summary>
    public override bool IsCapturable => true;

    /// <summary>Draws what a step needs ahead of it, besides mask and negatives: masked features, layers that are left out; and gives it the temperature.</summary>
    /// <param name="clips">Number of clips.</param>
    /// <param name="samples">Samples of each, padding included.</param>
    /// <param name="inputs">Where they go.</param>
    public void PrepareClips(int clips, int samples, StepInputs inputs)
    {
        Body.PrepareClips(clips, samples, null, inputs, timeMask: false);
        Quantizer.PrepareTemperature(inputs);
    }

    /// <summary>Computes the losses of a batch.</summary>
    /// <param name="waveforms">(B, samples).</param>
    /// <param name="mask">(B, T), true for masked frames.</param>
    /// <param name="negatives">For each frame the rows <c>b * T + t</c> of its negatives (<see cref="NegativeSampling"/>); those of frames that are not masked do not matter.</param>
    /// <param name="lengths">Samples of each clip that are no padding; null if all are.</param>
    /// <param name="gumbel">Noise for the quantiser while training; drawn if null.</param>
    /// <exception cref="ArgumentException">Mask or negatives do not fit, or nothing is masked.</exception>
    public PretrainingOutput Losses(Tensor waveforms, bool[] mask, int[] negatives, ClipLengths? lengths = null, Tensor? gumbel = null)
    {
        using StepInputs inputs = new(waveforms.Device);
        return Losses(waveforms, MaskedFrames.Put(mask, waveforms.Shape[0], negatives, mask.Count(m => m), inputs), lengths, gumbel);
    }

    /// <summary>Computes the losses of a batch whose masked frames are on its device. Nothing in it depends on which they are.</summary>
    /// <param name="waveforms">(B, samples).</param>
    /// <param name="masked">The masked frames.</param>
    /// <param name="lengths">Samples of each clip that are no padding; null if all are.</param>
    /// <param name="gumbel">Noise for the quantiser while training; drawn if null.</param>
    /// <exception cref="ArgumentException">The mask does not fit the waveforms.</exception>
    public PretrainingOutput Losses(Tensor waveforms, MaskedFrames masked, ClipLengths? lengths = null, Tensor? gumbel = null)
    {
        Wav2Vec2Config config = Body.Config;
        int clips = waveforms.Shape[0], frames = config.FramesOf(waveforms.Shape[1]);
        if (masked.Mask.Shape != [clips, frames])
        {
            throw new ArgumentException($"pre-training: mask of {masked.Mask.Shape} frames for waveforms {waveforms.Shape}; expected ({clips}, {frames})");
        }

        using TensorScope scope = Tensor.Scope();
        Wav2Vec2Output output = Body.Run(waveforms, new Wav2Vec2Inputs { Lengths = lengths, TimeMask = masked.Mask });
        Tensor predictions = _projectHidden.Forward(output.Last);
        QuantizedFeatures quantized = Quantizer.Quantize(_dropout.Forward(output.Features), masked.Mask, gumbel);
        Tensor targets = _projectCodes.Forward(quantized.Vectors);
        Tensor logits = Similarities(predictions, targets, masked, quantized.Codes);
        Tensor weights = masked.Weights.To(logits.DType), count = masked.Count.To(logits.DType).Reshape();
        Tensor own = Tensor.Zeros([logits.Shape[0]], DType.I64, waveforms.Device);
        Tensor contrastive = (logits.CrossEntropy(own, reduction: LossReduction.None) * weights).Sum();
        Tensor recognized = (logits.ArgMax(-1).To(DType.Bool).LogicalNot().To(logits.DType) * weights).Sum() / count;
        int vectors = config.CodeVectorGroups * config.CodeVectorsPerGroup;
        Tensor diversity = (1 - (quantized.Perplexity / vectors)) * count;
        Tensor loss = contrastive + (diversity * config.DiversityWeight);
        foreach (Tensor kept in new[] { loss, contrastive, diversity, quantized.Vectors, quantized.Codes, quantized.Perplexity, predictions, targets, recognized })
        {
            scope.Keep(kept);
        }

        return new PretrainingOutput(loss, contrastive, diversity, quantized, predictions, targets, recognized);
    }

    /// <summary>The encoder's projected result.</summary>
    protected override Tensor Apply(Tensor waveforms, ClipLengths? lengths) =>
        _projectHidden.Forward(Body.Run(waveforms, new Wav2Vec2Inputs { Lengths = lengths }).Last);

    /// <inheritdoc/>
    protected override void Initialize(ParameterInit init)
    {
        InitializeLinear(init, "project_hid", _projectHidden, Body.Config);
        InitializeLinear(init, "project_q", _projectCodes, Body.Config);
    }

    /// <summary>
    /// Cosine similarities / temperature of each masked prediction and its candidates, the own target first: (places, 1 + negatives). All masked predictions
    /// meet all targets in one product, from which the candidates of each are gathered.
    /// </summary>
    private Tensor Similarities(Tensor predictions, Tensor targets, MaskedFrames masked, Tensor codes)
    {
        int size = predictions.Shape[-1], groups = codes.Shape[-1], places = masked.Candidates.Shape[0], candidates = masked.Candidates.Shape[1];
        Tensor masks = Unit(predictions.Reshape(-1, size).IndexSelect(0, masked.Rows));
        Tensor similarities = masks.MatMul(Unit(targets.Reshape(-1, size)).Transpose(0, 1)); // (places, B T)
        Tensor logits = similarities.Gather(1, masked.Candidates) / Body.Config.ContrastiveTemperature;

        // A negative with the same codes is none.
        Tensor chosen = codes.Reshape(-1, groups).To(logits.DType);
        Tensor ofNegatives = chosen.IndexSelect(0, masked.Candidates.Reshape(-1)).Reshape(places, candidates, groups).Slice(1, 1);
        Tensor different = ofNegatives.NotEqual(chosen.IndexSelect(0, masked.Rows).Unsqueeze(1)).To(logits.DType).Sum(-1); // groups that differ
        Tensor negatives = logits.Slice(1, 1).MaskedFill(different.To(DType.Bool).LogicalNot(), double.NegativeInfinity);
        return Tensor.Concat([logits.Slice(1, 0, 1), negatives], 1);
    }

    private static Tensor Unit(Tensor x) => x / x.Norm([-1], keepDim: true).Clamp(min: CosineEpsilon);
}
