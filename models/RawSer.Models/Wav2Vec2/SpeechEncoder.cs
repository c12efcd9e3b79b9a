using RawSer.Nn;

namespace RawSer.Models.Wav2Vec2;

/// <summary>
/// The transformer over projected frames (B, T, D). Parts: <c>pos_conv_embed</c>, <c>layer_norm</c>, <c>layers.0</c>, <c>layers.1</c>, ...
/// </summary>
internal sealed class SpeechEncoder : Module
{
    private const string KeptName = "kept layers";

    private readonly Wav2Vec2Config _config;
    private readonly PositionalConvolution _position;
    private readonly LayerNorm _norm;
    private readonly EncoderLayer[] _layers;
    private readonly Dropout _dropout;
    private Generator? _random;

    public SpeechEncoder(Wav2Vec2Config config)
    {
        _config = config;
        _position = Child("pos_conv_embed", new PositionalConvolution(config));
        _norm = Child("layer_norm", new LayerNorm([config.HiddenSize], config.LayerNormEpsilon));
        _dropout = Child("dropout", new Dropout(config.HiddenDropout));
        _layers = [.. Enumerable.Range(0, config.Layers).Select(i => new EncoderLayer(config, i))];
        Child("layers", new Sequential(_layers));
    }

    /// <summary>Whether each layer is computed again in the backward pass instead of keeping what it saved.</summary>
    public bool GradientCheckpointing { get; set; }

    /// <summary>The layers, for freezing.</summary>
    public IReadOnlyList<Module> Layers => _layers;

    /// <summary>Applies the encoder.</summary>
    /// <param name="input">(B, T, D).</param>
    /// <param name="valid">(B, T) of Bool: frames that are no padding; null if all are.</param>
    /// <param name="states">Receives the input of the first layer and the output of each; null if nobody wants them.</param>
    /// <returns>The result; it and the states belong to the caller's scope.</returns>
    public Tensor Forward(Tensor input, Tensor? valid, List<Tensor>? states)
    {
        using TensorScope scope = Tensor.Scope();
        Tensor x = valid is null ? input : input.MaskedFill(valid.LogicalNot().Unsqueeze(-1), 0);
        x += _position.Forward(x);
        x = _dropout.Forward(_config.StableLayerNorm ? x : _norm.Forward(x));
        states?.Add(x);
        RelativePositions? positions = _layers[0].Positions;
        Tensor? kept = !DropsLayers ? null : StepInputs.Find(this, KeptName) ?? Tensor.From(DrawKept(), [_layers.Length], input.Device);
        for (int i = 0; i < _layers.Length; i++)
        {
            Tensor y = Apply(_layers[i], x, valid, positions);
            x = kept is null ? y : Tensor.Where(kept.Slice(0, i, i + 1), y, x);
            states?.Add(x);
        }

        if (_config.StableLayerNorm)
        {
            x = _norm.Forward(x);
            if (states is not null && _config.LastHidden == LastHiddenState.AfterNorm)
            {
                states[^1] = x;
            }
        }

        foreach (Tensor state in states ?? [])
        {
            scope.Keep(state);
        }

        return scope.Keep(x);
    }

    /// <summary>Draws the layers that a training step leaves out, and makes what depends on the number of frames.</summary>
    public void PrepareLayers(int frames, StepInputs inputs)
    {
        _layers[0].Positions?.PrepareFrames(frames, inputs);
        if (DropsLayers)
        {
            inputs.Put<bool>(this, KeptName, DrawKept(), [_layers.Length]);
        }
    }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => Forward(input, null, null);

    /// <inheritdoc/>
    protected override void SetRandom(Generator generator) => _random = generator;

    /// <inheritdoc/>
    protected override void Initialize(ParameterInit init)
    {
        foreach (NamedModule part in NamedModules().Where(part => part.Module is Linear))
        {
            Linear linear = (Linear)part.Module;
            init.Fill($"{part.Name}.weight", linear.Weight, Initializer.Normal(_config.InitializerRange));
            init.Fill($"{part.Name}.bias", linear.Bias!, Initializer.Constant(0));
        }
    }

    private bool DropsLayers => IsTraining && _config.LayerDrop > 0;

    /// <summary>
    /// LayerDrop (Fan et al. 2020): one draw per layer while training. WavLM never leaves out its first layer. What is left out is computed and not used: its
    /// gradients are 0, and a captured step is the same work whatever was drawn.
    /// </summary>
    private bool[] DrawKept()
    {
        Generator random = _random ?? throw new InvalidOperationException("layerdrop: training needs random numbers; call UseRandom on the network first");
        random.StartBlock();
        return [.. _layers.Select((_, i) => random.NextDouble() >= _config.LayerDrop || (i == 0 && _config.Family == SpeechEncoderFamily.WavLm))];
    }

    private Tensor Apply(EncoderLayer layer, Tensor x, Tensor? valid, RelativePositions? positions) =>
        GradientCheckpointing && Autograd.IsEnabled && (x.RequiresGrad || layer.TrainableParameterCount > 0)
            ? Checkpoint.Run((input, mask) => layer.Forward(input, mask, positions), x, valid, _random)
            : layer.Forward(x, valid, positions);
}
