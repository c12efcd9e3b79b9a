namespace RawSer.Nn;

/// <summary>Activation between the two dense layers of an encoder layer.</summary>
public enum FeedForwardActivation
{
    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>GELU with the error function.</summary>
    Gelu,

    /// <summary>GELU by its tanh approximation.</summary>
    GeluTanh,
}

/// <summary>What a transformer encoder layer is made of. <see cref="PyTorch"/> and <see cref="KerasNlp"/> give the defaults of these two.</summary>
public sealed record TransformerEncoderOptions
{
    /// <summary>Features of a frame.</summary>
    public required int Dim { get; init; }

    /// <summary>Attention heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Features between the two dense layers.</summary>
    public required int FeedForward { get; init; }

    /// <summary>Activation between the two dense layers.</summary>
    public FeedForwardActivation Activation { get; init; } = FeedForwardActivation.Relu;

    /// <summary>Whether layers are normalised before attention and feed-forward (pre-norm) instead of after the residual sum.</summary>
    public bool NormFirst { get; init; }

    /// <summary>Epsilon of the layer norms.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>Dropout of attention weights.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>Dropout of the outputs of attention and feed-forward, before the residual sum.</summary>
    public double Dropout { get; init; }

    /// <summary>Dropout between the two dense layers.</summary>
    public double InnerDropout { get; init; }

    /// <summary>PyTorch's <c>TransformerEncoderLayer</c>: one dropout rate in all four places, 0.1 by default.</summary>
    public static TransformerEncoderOptions PyTorch(int dim, int heads, int feedForward = 2048, double dropout = 0.1) => new()
    {
        Dim = dim,
        Heads = heads,
        FeedForward = feedForward,
        AttentionDropout = dropout,
        Dropout = dropout,
        InnerDropout = dropout,
    };

    /// <summary>keras_nlp's <c>TransformerEncoder</c>: no dropout between the dense layers.</summary>
    public static TransformerEncoderOptions KerasNlp(int dim, int heads, int feedForward, double dropout = 0) => new()
    {
        Dim = dim,
        Heads = heads,
        FeedForward = feedForward,
        AttentionDropout = dropout,
        Dropout = dropout,
    };
}

/// <summary>
/// A layer of a transformer encoder (Vaswani et al. 2017) over (batch, time, dim): self-attention and a feed-forward part of two dense layers,
/// each with dropout, a residual sum and layer norm. Parts: <c>self_attn</c>, <c>linear1</c>, <c>linear2</c>, <c>norm1</c>, <c>norm2</c>.
/// </summary>
public sealed class TransformerEncoderLayer : Module
{
    private readonly TransformerEncoderOptions _options;
    private readonly MultiHeadAttention _attention;
    private readonly Linear _linear1;
    private readonly Linear _linear2;
    private readonly LayerNorm _norm1;
    private readonly LayerNorm _norm2;
    private readonly Dropout _dropout1;
    private readonly Dropout _dropout2;
    private readonly Dropout _innerDropout;

    /// <summary>A layer.</summary>
    public TransformerEncoderLayer(TransformerEncoderOptions options)
    {
        _options = options;
        _attention = Child("self_attn", new MultiHeadAttention(options.Dim, options.Heads, options.AttentionDropout));
        _linear1 = Child("linear1", new Linear(options.Dim, options.FeedForward));
        _innerDropout = Child("dropout", new Dropout(options.InnerDropout));
        _linear2 = Child("linear2", new Linear(options.FeedForward, options.Dim));
        _norm1 = Child("norm1", new LayerNorm([options.Dim], options.NormEpsilon));
        _norm2 = Child("norm2", new LayerNorm([options.Dim], options.NormEpsilon));
        _dropout1 = Child("dropout1", new Dropout(options.Dropout));
        _dropout2 = Child("dropout2", new Dropout(options.Dropout));
    }

    /// <inheritdoc/>
    public override bool IsLayer => true;

    /// <summary>Applies the layer.</summary>
    /// <param name="input">(B, T, dim).</param>
    /// <param name="attend">Mask that broadcasts to (B, heads, T, T): true where a frame (row) may look at another (column). All if null.</param>
    public Tensor Forward(Tensor input, Tensor? attend)
    {
        using TensorScope scope = Tensor.Scope();
        Tensor x = input;
        if (_options.NormFirst)
        {
            x += Attention(_norm1.Forward(x), attend);
            return scope.Keep(x + FeedForward(_norm2.Forward(x)));
        }

        x = _norm1.Forward(x + Attention(x, attend));
        return scope.Keep(_norm2.Forward(x + FeedForward(x)));
    }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => Forward(input, null);

    private Tensor Attention(Tensor x, Tensor? attend) => _dropout1.Forward(_attention.Forward(x, attend));

    private Tensor FeedForward(Tensor x)
    {
        Tensor hidden = _options.Activation switch
        {
            FeedForwardActivation.Relu => _linear1.ForwardRelu(x),
            FeedForwardActivation.Gelu => _linear1.Forward(x).Gelu(),
            _ => _linear1.Forward(x).GeluTanh(),
        };
        return _dropout2.Forward(_linear2.Forward(_innerDropout.Forward(hidden)));
    }
}
