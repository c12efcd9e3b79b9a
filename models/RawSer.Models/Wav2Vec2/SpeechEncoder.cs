using RawSer.Nn;

namespace RawSer.Models.Wav2Vec2;

/// <summary>
/// The transformer over projected frames (B, T, D). Parts: <c>pos_conv_embed</c>, <c>layer_norm</c>, <c>layers.0</c>, <c>layers.1</c>, ...
/// </summary>
internal sealed class SpeechEncoder : Module
{
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
    /// <param name="frames">Frames of each clip that are no padding; null if all are.</param>
    /// <param name="states">Receives the input of the first layer and the output of each; null if nobody wants them.</param>
    /// <returns>The result; it and the states belong to the caller's scope.</returns>
    public Tensor Forward(Tensor input, IReadOnlyList<int>? frames, List<Tensor>? states)
    {
        using TensorScope scope = Tensor.Scope();
        Tensor x = frames is null ? input : input.MaskedFill(FrameMask.Create(frames, input.Shape[1], input.Device).LogicalNot().Unsqueeze(-1), 0);
        x += _position.Forward(x);
        x = _dropout.Forward(_config.StableLayerNorm ? x : _norm.Forward(x));
        states?.Add(x);
        RelativePositions? positions = _layers[0].Positions;
        bool[] dropped = DrawDropped();
        for (int i = 0; i < _layers.Length; i++)
        {
            if (!dropped[i])
            {
                x = Apply(_layers[i], x, frames, positions);
            }

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

    /// <summary>LayerDrop (Fan et al. 2020): one draw per layer while training. WavLM never leaves out its first layer.</summary>
    private bool[] DrawDropped()
    {
        bool[] dropped = new bool[_layers.Length];
        if (!IsTraining || _config.LayerDrop == 0)
        {
            return dropped;
        }

        Generator random = _random ?? throw new InvalidOperationException("layerdrop: training needs random numbers; call UseRandom on the network first");
        random.StartBlock();
        for (int i = 0; i < dropped.Length; i++)
        {
            dropped[i] = random.NextDouble() < _config.LayerDrop && !(i == 0 && _config.Family == SpeechEncoderFamily.WavLm);
        }

        return dropped;
    }

    private Tensor Apply(EncoderLayer layer, Tensor x, IReadOnlyList<int>? frames, RelativePositions? positions) =>
        GradientCheckpointing && Autograd.IsEnabled && (x.RequiresGrad || layer.TrainableParameterCount > 0)
            ? Checkpoint.Run(input => layer.Forward(input, frames, positions), x, _random)
            : layer.Forward(x, frames, positions);
}
