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
    Tensor Loss, Tensor Contrastive, Tensor Diversity, QuantizedFeatures Quantized, Tensor Predictions, Tensor Targets, double Recognized);

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

    /// <summary>Computes the losses of a batch.</summary>
    /// <param name="waveforms">(B, samples).</param>
    /// <param name="mask">(B, T), true for masked frames.</param>
    /// <param name="negatives">For each frame the rows <c>b * T + t</c> of its negatives (<see cref="NegativeSampling"/>); those of frames that are not masked do not matter.</param>
    /// <param name="lengths">Samples of each clip that are no padding; null if all are.</param>
    /// <param name="gumbel">Noise for the quantiser while training; drawn if null.</param>
    /// <exception cref="ArgumentException">Mask or negatives do not fit, or nothing is masked.</exception>
    public PretrainingOutput Losses(Tensor waveforms, bool[] mask, int[] negatives, ClipLengths? lengths = null, Tensor? gumbel = null)
    {
        Wav2Vec2Config config = Body.Config;
        int clips = waveforms.Shape[0], frames = config.FramesOf(waveforms.Shape[1]), masked = mask.Count(m => m);
        if (mask.Length != clips * frames || masked == 0 || negatives.Length == 0 || negatives.Length % mask.Length != 0)
        {
            throw new ArgumentException($"pre-training: mask of {mask.Length} frames with {masked} masked and {negatives.Length} negatives; expected ({clips}, {frames}) frames with some masked, and as many negatives for each");
        }

        using TensorScope scope = Tensor.Scope();
        Tensor maskTensor = Tensor.From(mask, [clips, frames], waveforms.Device);
        Wav2Vec2Output output = Body.Run(waveforms, new Wav2Vec2Inputs { Lengths = lengths, TimeMask = maskTensor });
        Tensor predictions = _projectHidden.Forward(output.Last);
        QuantizedFeatures quantized = Quantizer.Quantize(_dropout.Forward(output.Features), maskTensor, gumbel);
        Tensor targets = _projectCodes.Forward(quantized.Vectors);
        Tensor logits = Similarities(predictions, targets, mask, negatives, quantized.Codes);
        Tensor contrastive = logits.CrossEntropy(Tensor.Zeros([masked], DType.I64, waveforms.Device), reduction: LossReduction.Sum);
        double recognized = (double)logits.ArgMax(-1).ToArray<long>().Count(best => best == 0) / masked;
        int vectors = config.CodeVectorGroups * config.CodeVectorsPerGroup;
        Tensor diversity = (1 - (quantized.Perplexity / vectors)) * masked;
        Tensor loss = contrastive + (diversity * config.DiversityWeight);
        foreach (Tensor kept in new[] { loss, contrastive, diversity, quantized.Vectors, quantized.Codes, quantized.Perplexity, predictions, targets })
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
    /// Cosine similarities / temperature of each masked prediction and its candidates, the own target first: (masked, 1 + negatives). All masked predictions
    /// meet all targets in one product, from which the candidates of each are gathered.
    /// </summary>
    private Tensor Similarities(Tensor predictions, Tensor targets, bool[] mask, int[] negatives, Tensor codes)
    {
        int size = predictions.Shape[-1], count = negatives.Length / mask.Length;
        long[] rows = [.. Enumerable.Range(0, mask.Length).Where(row => mask[row]).Select(row => (long)row)];
        long[] candidates = new long[rows.Length * (1 + count)];
        bool[] equal = new bool[candidates.Length];
        long[] chosen = codes.ToArray<long>();
        int groups = codes.Shape[-1];
        for (int i = 0; i < rows.Length; i++)
        {
            int first = i * (1 + count), row = (int)rows[i];
            candidates[first] = row;
            for (int n = 0; n < count; n++)
            {
                int negative = negatives[(row * count) + n];
                candidates[first + 1 + n] = negative;
                equal[first + 1 + n] = chosen.AsSpan(negative * groups, groups).SequenceEqual(chosen.AsSpan(row * groups, groups));
            }
        }

        Device device = predictions.Device;
        Tensor masked = Unit(predictions.Reshape(-1, size).IndexSelect(0, Tensor.From(rows, [rows.Length], device)));
        Tensor similarities = masked.MatMul(Unit(targets.Reshape(-1, size)).Transpose(0, 1)); // (masked, B T)
        Shape shape = [rows.Length, 1 + count];
        Tensor logits = similarities.Gather(1, Tensor.From(candidates, shape, device)) / Body.Config.ContrastiveTemperature;
        return logits.MaskedFill(Tensor.From(equal, shape, device), double.NegativeInfinity); // a negative with the same codes is none
    }

    private static Tensor Unit(Tensor x) => x / x.Norm([-1], keepDim: true).Clamp(min: CosineEpsilon);
}
