using RawSer.Kernels;
using RawSer.Nn;

namespace RawSer.Models.Ser;

/// <summary>
/// A network of the report: CNN blocks and, in the third, a transformer encoder look at the same features side by side; a dense layer on
/// their concatenated outputs gives the logits. Input (N, 1, bins, frames), output (N, classes).
/// </summary>
public sealed class SerNetwork : Module
{
    private readonly Sequential? _encoder;
    private readonly CnnBlock[] _cnns;
    private readonly Linear _dense;

    /// <summary>A network without values: <see cref="Create"/> gives it initial ones, a state dict trained ones.</summary>
    /// <exception cref="ArgumentException">The options make no network.</exception>
    public SerNetwork(SerNetworkOptions options)
        : this(options, _ => new CnnBlock(options))
    {
    }

    private SerNetwork(SerNetworkOptions options, Func<int, CnnBlock> block)
    {
        options.Validate();
        Options = options;
        int blocks = options.Architecture == SerArchitecture.Cnn ? 1 : 2;
        _cnns = [.. Enumerable.Range(0, blocks).Select(i => Child($"cnn{i + 1}", block(i)))];
        int features = _cnns.Sum(cnn => cnn.Features);
        if (options.Architecture == SerArchitecture.CnnTransformer)
        {
            _encoder = Child("encoder", new Sequential([.. Enumerable.Range(0, options.Layers).Select(_ => EncoderLayer(options))]));
            features += options.Bins;
        }

        _dense = Child("dense", new Linear(features, options.Classes));
    }

    /// <summary>What the network was built from.</summary>
    public SerNetworkOptions Options { get; }

    /// <summary>A network with the initial values of its conventions.</summary>
    /// <exception cref="ArgumentException">The options make no network.</exception>
    public static SerNetwork Create(SerNetworkOptions options, ulong seed) => new SerNetwork(options)
        .Initialize(seed, options.Conventions == LayerConventions.Keras ? InitScheme.Keras : InitScheme.PyTorch);

    /// <summary>
    /// A copy for inference: batch norm over channels becomes part of the convolutions (over time it cannot, and stays), weights
    /// are packed. Same logits but for rounding; on the CPU.
    /// </summary>
    public SerNetwork Fold()
    {
        bool foldable = Options.NormAxis == NormAxis.Channels;
        SerNetwork folded = new(Options, i => foldable ? CnnBlock.Folded(Options, _cnns[i]) : new CnnBlock(Options));
        Dictionary<string, Tensor> trained = NamedState().ToDictionary(s => s.Name, s => s.Value);
        foreach (NamedTensor state in folded.NamedState().Where(s => !foldable || !s.Name.StartsWith("cnn", StringComparison.Ordinal)))
        {
            Tensor source = trained[state.Name];
            if (source.DType == DType.I64)
            {
                state.Value.CopyFrom<long>(source.ToArray<long>()); // a batch norm's counter
            }
            else
            {
                state.Value.CopyFrom<float>(source.ToArray<float>());
            }
        }

        folded.PackWeights();
        return folded;
    }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input)
    {
        Check(input);
        List<Tensor> parts = [];
        if (_encoder is not null)
        {
            parts.Add(Encode(input));
        }

        foreach (CnnBlock cnn in _cnns)
        {
            parts.Add(cnn.Forward(input));
        }

        Tensor all = parts.Count == 1 ? parts[0] : Trace("concat", Tensor.Concat(parts, dim: 1));
        return _dense.Forward(all);
    }

    /// <summary>(N, 1, F, T) to (N, F): the mean over time of the encoded frames.</summary>
    private Tensor Encode(Tensor input)
    {
        Tensor features = input.Reshape(-1, Options.Bins, Options.Frames); // (N, F, T)
        bool overTime = Options.Attend == AttentionAxis.Time;
        Tensor sequence = overTime ? features.Permute(0, 2, 1) : features.Permute(2, 0, 1); // (N, T, F) or (T, N, F)
        return Trace("encoder.mean", _encoder!.Forward(sequence).Mean(overTime ? 1 : 0));
    }

    private static TransformerEncoderLayer EncoderLayer(SerNetworkOptions options) =>
        new(TransformerEncoderOptions.KerasNlp(options.Bins, options.Heads, options.FeedForward, options.EncoderDropout));

    private void Check(Tensor input)
    {
        Shape expected = Options.InputShape(input.Rank == 0 ? 1 : input.Shape[0]);
        if (input.Shape != expected)
        {
            throw new ArgumentException($"network {Options.Architecture}: input of shape {input.Shape}, expected (N, 1, {Options.Bins}, {Options.Frames})");
        }
    }
}
