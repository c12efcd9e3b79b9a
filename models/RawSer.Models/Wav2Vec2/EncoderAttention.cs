using RawSer.Kernels;
using RawSer.Nn;

namespace RawSer.Models.Wav2Vec2;

/// <summary>
/// Self-attention of an encoder layer over (B, T, D). Padded frames are hidden as keys; as queries they compute something that nobody reads. WavLM adds
/// a bias of relative positions to the scores, scaled for each query by a gate that looks at the layer's input:
/// <c>a (b c - 1) + 2</c> with a and b sigmoids of a projection to 2 x 4 values, each four summed (Chen et al. 2022, eq. 4).
/// </summary>
internal sealed class EncoderAttention : Module
{
    private const int GateSums = 4;

    private readonly int _heads;
    private readonly Linear _key;
    private readonly Linear _value;
    private readonly Linear _query;
    private readonly Linear _out;
    private readonly Dropout _dropout;
    private readonly Linear? _gate;
    private readonly Tensor? _gateConstant;
    private Generator? _random;

    public EncoderAttention(Wav2Vec2Config config, bool ownsPositions)
    {
        int dim = config.HiddenSize;
        _heads = config.Heads;
        _key = Child("k_proj", new Linear(dim, dim));
        _value = Child("v_proj", new Linear(dim, dim));
        _query = Child("q_proj", new Linear(dim, dim));
        _out = Child("out_proj", new Linear(dim, dim));
        _dropout = Child("dropout", new Dropout(config.AttentionDropout));
        if (config.Family == SpeechEncoderFamily.WavLm)
        {
            _gateConstant = Parameter("gru_rel_pos_const", [1, _heads, 1, 1], 1);
            _gate = Child("gru_rel_pos_linear", new Linear(dim / _heads, 2 * GateSums));
            Positions = ownsPositions ? Child("rel_attn_embed", new RelativePositions(config)) : null;
        }
    }

    /// <summary>The table of relative positions, which only the first layer has; all use it.</summary>
    public RelativePositions? Positions { get; }

    /// <summary>Applies attention.</summary>
    /// <param name="input">(B, T, D).</param>
    /// <param name="valid">(B, T) of Bool: frames that are no padding; null if all are.</param>
    /// <param name="positions">The table of relative positions, or null.</param>
    public Tensor Forward(Tensor input, Tensor? valid, RelativePositions? positions)
    {
        using TensorScope scope = Tensor.Scope();
        Tensor q = Split(_query.Forward(input)), k = Split(_key.Forward(input)), v = Split(_value.Forward(input));
        Tensor? mask = valid?.Reshape(input.Shape[0], 1, 1, input.Shape[1]);
        if (positions is not null)
        {
            Tensor bias = Gate(input) * positions.Bias(input.Shape[1], input.Device); // (B, H, T, T)
            mask = mask is null ? bias : bias.MaskedFill(mask.LogicalNot(), float.MinValue);
        }

        double dropout = _dropout.IsTraining ? _dropout.Probability : 0;
        Tensor mixed = q.ScaledDotProductAttention(k, v, mask, dropout: dropout, generator: dropout > 0 ? _random : null);
        return scope.Keep(_out.Forward(mixed.Permute(0, 2, 1, 3).Reshape(input.Shape.AsSpan())));
    }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => Forward(input, null, Positions);

    /// <inheritdoc/>
    protected override void SetRandom(Generator generator) => _random = generator;

    /// <summary>(B, H, T, 1).</summary>
    private Tensor Gate(Tensor input)
    {
        Tensor heads = Split(input); // (B, H, T, D / H)
        Tensor sums = _gate!.Forward(heads).Reshape(heads.Shape[0], heads.Shape[1], heads.Shape[2], 2, GateSums).Sum(-1).Sigmoid();
        Tensor a = sums.Slice(-1, 0, 1), b = sums.Slice(-1, 1, 2);
        return (a * ((b * _gateConstant!) - 1)) + 2;
    }

    /// <summary>(B, T, D) to (B, heads, T, D / heads), a view.</summary>
    private Tensor Split(Tensor x) => x.Reshape(x.Shape[0], x.Shape[1], _heads, -1).Permute(0, 2, 1, 3);
}
