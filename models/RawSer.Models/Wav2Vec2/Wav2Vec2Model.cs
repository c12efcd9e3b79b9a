using RawSer.Kernels;
using RawSer.Nn;

namespace RawSer.Models.Wav2Vec2;

/// <summary>What a <see cref="Wav2Vec2Model"/> computes. The tensors belong to the scope of the caller.</summary>
/// <param name="Last">(B, T, hidden size): the result of the encoder.</param>
/// <param name="Features">(B, T, channels): the normalised features of the convolutions, of which the quantiser makes its targets.</param>
/// <param name="HiddenStates">The input of the first encoder layer and the output of each, if they were asked for, else empty.</param>
/// <param name="Valid">(B, T) of Bool: frames that are no padding; null if no lengths were given.</param>
public sealed record Wav2Vec2Output(Tensor Last, Tensor Features, IReadOnlyList<Tensor> HiddenStates, Tensor? Valid);

/// <summary>What a forward pass is given besides the waveforms.</summary>
public sealed record Wav2Vec2Inputs
{
    /// <summary>Samples of each clip that are no padding: the sums of an attention mask. Null gives the encoder no mask, as wav2vec2-base expects.</summary>
    public ClipLengths? Lengths { get; init; }

    /// <summary>(B, T) of Bool: frames that the mask vector replaces. Drawn at random while training if null and the config asks for it.</summary>
    public Tensor? TimeMask { get; init; }

    /// <summary>(B, hidden size) of Bool: features that are 0 in all frames. Drawn at random while training if null and the config asks for it.</summary>
    public Tensor? FeatureMask { get; init; }

    /// <summary>Whether the hidden states are wanted.</summary>
    public bool HiddenStates { get; init; }
}

/// <summary>
/// The body of wav2vec 2.0, HuBERT and WavLM: waveforms (B, samples) at 16 kHz to hidden frames (B, T, D). Parts, named as in transformers:
/// <c>masked_spec_embed</c>, <c>feature_extractor</c>, <c>feature_projection</c>, <c>encoder</c>.
/// </summary>
public sealed class Wav2Vec2Model : Module
{
    private const string TimeMaskName = "time mask";
    private const string FeatureMaskName = "feature mask";

    private readonly FeatureProjection _projection;
    private readonly SpeechEncoder _encoder;
    private readonly Tensor? _maskEmbedding;
    private Generator? _random;

    /// <summary>A network without values: a state dict gives it trained ones, <see cref="Initialization.Initialize"/> initial ones.</summary>
    /// <exception cref="ArgumentException">The config makes no network.</exception>
    public Wav2Vec2Model(Wav2Vec2Config config)
    {
        config.Validate();
        Config = config;
        _maskEmbedding = config.HasMaskEmbedding ? Parameter("masked_spec_embed", [config.HiddenSize]) : null;
        FeatureEncoder = Child("feature_extractor", new FeatureEncoder(config));
        _projection = Child("feature_projection", new FeatureProjection(config));
        _encoder = Child("encoder", new SpeechEncoder(config));
    }

    /// <summary>What the network was built from.</summary>
    public Wav2Vec2Config Config { get; }

    /// <summary>The convolutions, which fine-tuning often freezes.</summary>
    public FeatureEncoder FeatureEncoder { get; }

    /// <summary>The layers of the encoder, in order.</summary>
    public IReadOnlyList<Module> EncoderLayers => _encoder.Layers;

    /// <summary>
    /// Whether each encoder layer, and each convolution that is trained, is computed again in the backward pass instead of keeping what it saved:
    /// much less memory for a second forward pass. Results and random numbers stay the same.
    /// </summary>
    public bool GradientCheckpointing
    {
        get => _encoder.GradientCheckpointing;
        set => _encoder.GradientCheckpointing = FeatureEncoder.GradientCheckpointing = value;
    }

    /// <summary>Whether the host draws and makes nothing while training, unless before the step (<see cref="PrepareClips"/>).</summary>
    public override bool IsCapturable => !DrawsMasks && Config.LayerDrop == 0 && Config.Family != SpeechEncoderFamily.WavLm;

    /// <summary>Applies the network.</summary>
    /// <param name="waveforms">(B, samples) in F32, as <see cref="Audio.Features.WaveformNormalizer"/> prepares them.</param>
    /// <param name="inputs">Lengths, masks, and what is wanted.</param>
    /// <exception cref="ArgumentException">The clips are too short for one frame, or lengths and masks do not fit.</exception>
    public Wav2Vec2Output Run(Tensor waveforms, Wav2Vec2Inputs? inputs = null)
    {
        inputs ??= new Wav2Vec2Inputs();
        CheckLengths(waveforms, inputs.Lengths);
        using TensorScope scope = Tensor.Scope();
        Tensor features = _projection.Normalize(FeatureEncoder.Forward(waveforms));
        Tensor hidden = Masked(Trace("projected", _projection.Project(features)), inputs);
        List<Tensor>? states = inputs.HiddenStates ? [] : null;
        Tensor? valid = inputs.Lengths?.Frames(Config, hidden.Shape[1], hidden.Device);
        Tensor last = _encoder.Forward(hidden, valid, states);
        foreach (Tensor state in states ?? [])
        {
            scope.Keep(state);
        }

        return new Wav2Vec2Output(scope.Keep(last), scope.Keep(features), states ?? [], valid is null ? null : scope.Keep(valid));
    }

    /// <summary>
    /// Draws the masks of a training step (SpecAugment) and the layers that it leaves out, and makes what depends on its shape, ahead of it, so that it can be captured.
    /// </summary>
    /// <param name="clips">Number of clips.</param>
    /// <param name="samples">Samples of each, padding included.</param>
    /// <param name="lengths">Samples of each clip that are no padding; null if the network is given no lengths.</param>
    /// <param name="inputs">Where they go.</param>
    /// <param name="timeMask">Whether the mask of frames is drawn; else the caller gives one.</param>
    public void PrepareClips(int clips, int samples, IReadOnlyList<int>? lengths, StepInputs inputs, bool timeMask = true)
    {
        int frames = Config.FramesOf(samples);
        if (timeMask && DrawsMasks && Config.TimeMask.Probability > 0)
        {
            inputs.Put<bool>(this, TimeMaskName, DrawTimeMask(clips, frames, ClipLengths.Of(lengths)), [clips, frames]);
        }

        if (DrawsMasks && Config.FeatureMask.Probability > 0)
        {
            inputs.Put<bool>(this, FeatureMaskName, DrawFeatureMask(clips), [clips, Config.HiddenSize]);
        }

        _encoder.PrepareLayers(frames, inputs);
    }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => Run(input).Last;

    /// <inheritdoc/>
    protected override void SetRandom(Generator generator) => _random = generator;

    /// <inheritdoc/>
    protected override void Initialize(ParameterInit init)
    {
        if (_maskEmbedding is not null)
        {
            init.Fill("masked_spec_embed", _maskEmbedding, Initializer.Uniform(1));
        }
    }

    private bool DrawsMasks => Config.ApplySpecAugment && Config.TimeMask.Probability + Config.FeatureMask.Probability > 0;

    private Generator Random => _random ?? throw new InvalidOperationException("random masks: training needs random numbers; call UseRandom on the network first");

    private void CheckLengths(Tensor waveforms, ClipLengths? lengths)
    {
        if (waveforms.Rank != 2 || waveforms.Shape[0] < 1 || Config.FramesOf(waveforms.Shape[1]) < 1)
        {
            throw new ArgumentException($"{Config.BodyName}: waveforms {waveforms.Shape}; expected (clips, samples) with at least {Config.ReceptiveField} samples, which give one frame");
        }

        if (lengths is not null
            && (lengths.Count != waveforms.Shape[0] || (lengths.Samples is { } known && known.Any(length => length > waveforms.Shape[1] || Config.FramesOf(length) < 1))))
        {
            throw new ArgumentException(
                $"{Config.BodyName}: lengths ({string.Join(", ", lengths.Samples ?? [])}) for waveforms {waveforms.Shape}; expected one for each clip, {Config.ReceptiveField} to {waveforms.Shape[1]} samples");
        }
    }

    /// <summary>SpecAugment on hidden frames: the mask vector in place of masked frames, then zeros in place of masked features.</summary>
    private Tensor Masked(Tensor hidden, Wav2Vec2Inputs inputs)
    {
        (int clips, int length) = (hidden.Shape[0], hidden.Shape[1]);
        bool draws = IsTraining && DrawsMasks;
        Tensor? time = inputs.TimeMask ?? StepInputs.Find(this, TimeMaskName) ?? (draws && Config.TimeMask.Probability > 0
            ? Tensor.From(DrawTimeMask(clips, length, inputs.Lengths), [clips, length], hidden.Device)
            : null);
        if (time is not null)
        {
            CheckMask("time", time, [clips, length]);
            Tensor embedding = _maskEmbedding ?? throw new InvalidOperationException($"{Config.BodyName}: a time mask needs masked_spec_embed, which a network with mask_time_prob 0 does not have");
            hidden = Tensor.Where(time.Unsqueeze(-1), embedding, hidden);
        }

        Tensor? feature = inputs.FeatureMask ?? StepInputs.Find(this, FeatureMaskName) ?? (draws && Config.FeatureMask.Probability > 0
            ? Tensor.From(DrawFeatureMask(clips), [clips, Config.HiddenSize], hidden.Device)
            : null);
        if (feature is not null)
        {
            CheckMask("feature", feature, [clips, Config.HiddenSize]);
            hidden = hidden.MaskedFill(feature.Unsqueeze(1), 0);
        }

        return hidden;
    }

    private bool[] DrawTimeMask(int clips, int frames, ClipLengths? lengths)
    {
        IReadOnlyList<int>? samples = lengths is null ? null : lengths.Samples
            ?? throw new InvalidOperationException("random masks: the host does not know how long the clips are; draw before the step (PrepareClips)");
        return SpanMask.Draw(Config.TimeMask, frames, samples is null ? [.. Enumerable.Repeat(frames, clips)] : [.. samples.Select(Config.FramesOf)], Random);
    }

    private bool[] DrawFeatureMask(int clips) => SpanMask.Draw(Config.FeatureMask, Config.HiddenSize, [.. Enumerable.Repeat(Config.HiddenSize, clips)], Random);

    private void CheckMask(string kind, Tensor mask, Shape expected)
    {
        if (mask.DType != DType.Bool || mask.Shape != expected)
        {
            throw new ArgumentException($"{Config.BodyName}: {kind} mask {mask.DType} {mask.Shape}; expected Bool {expected}");
        }
    }
}
