using RawSer.Kernels;

namespace RawSer.Nn;

/// <summary>
/// Multi-head attention (Vaswani et al. 2017) over (batch, time, dim): query, key and value projections <c>q</c>, <c>k</c>, <c>v</c> to
/// heads * head size features, scaled dot product per head, projection <c>out</c> back to dim. All with bias; scores are divided by the root
/// of the head size; dropout acts on the softmaxed scores.
/// <para>
/// Masks are of Bool, true where a query may look at a key, or numbers that are added to the scores; <see cref="KerasMask"/> makes those of Keras.
/// </para>
/// </summary>
public sealed class MultiHeadAttention : Module
{
    private readonly int _dim;
    private readonly int _heads;
    private readonly int _headSize;
    private readonly int _valueSize;
    private readonly int _memoryDim;
    private readonly Linear _query;
    private readonly Linear _key;
    private readonly Linear _value;
    private readonly Linear _out;
    private readonly Dropout _dropout;
    private PackedMatrix? _packedInputs; // q, k and v side by side
    private Tensor? _inputBias;

    /// <summary>Attention of a model dimension with a number of heads.</summary>
    /// <param name="dim">Features of a frame.</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="dropout">Probability with which a weight of attention is dropped.</param>
    /// <param name="headSize">Features of a query and a key in a head (Keras' key_dim); dim / heads if left out.</param>
    /// <param name="valueSize">Features of a value in a head (Keras' value_dim); the head size if left out.</param>
    /// <param name="memoryDim">Features of a frame that gives keys and values; dim if left out.</param>
    /// <exception cref="ArgumentException">A number is not positive, or the heads do not divide the dimension and no head size is given.</exception>
    public MultiHeadAttention(int dim, int heads, double dropout = 0, int? headSize = null, int? valueSize = null, int? memoryDim = null)
    {
        if (heads < 1 || (headSize is null && dim % heads != 0))
        {
            throw new ArgumentException($"attention: {heads} heads do not divide a dimension of {dim}");
        }

        if (headSize < 1 || valueSize < 1 || memoryDim < 1)
        {
            throw new ArgumentException($"attention: head size {headSize}, value size {valueSize}, memory dimension {memoryDim}; expected numbers from 1");
        }

        (_dim, _heads, _headSize) = (dim, heads, headSize ?? dim / heads);
        (_valueSize, _memoryDim) = (valueSize ?? _headSize, memoryDim ?? dim);
        _query = Child("q", new Linear(dim, heads * _headSize));
        _key = Child("k", new Linear(_memoryDim, heads * _headSize));
        _value = Child("v", new Linear(_memoryDim, heads * _valueSize));
        _out = Child("out", new Linear(heads * _valueSize, dim));
        _dropout = Child("dropout", new Dropout(dropout));
    }

    /// <summary>Attention of a sequence to itself.</summary>
    /// <param name="input">(B, T, dim).</param>
    /// <param name="attend">Mask that broadcasts to (B, heads, T, T): true where a frame (row) may look at another (column). All if null.</param>
    public Tensor Forward(Tensor input, Tensor? attend) => Forward(input, input, attend);

    /// <summary>
    /// A mask as Keras applies it: -1e9 added to the score of a key that a query may not look at. A query that may look at no key then looks at
    /// all alike (-1e9 swallows the scores in F32), where a mask of Bool gives it zeros.
    /// </summary>
    /// <param name="attend">(B, T, S), or 1 for B or T: true where a query may look at a key.</param>
    /// <returns>(B, 1, T, S) in F32, for all heads.</returns>
    public static Tensor KerasMask(Tensor attend)
    {
        if (attend.Rank != 3)
        {
            throw new ArgumentException($"attention: mask {attend.Shape}; Keras' masks are (B, T, S)");
        }

        return Tensor.Zeros(attend.Shape, DType.F32, attend.Device).MaskedFill(attend.LogicalNot(), -1e9).Reshape(attend.Shape[0], 1, attend.Shape[1], attend.Shape[2]);
    }

    /// <summary>Attention of a sequence to another.</summary>
    /// <param name="query">(B, T, dim).</param>
    /// <param name="memory">(B, S, memory dim), which gives keys and values.</param>
    /// <param name="attend">Mask that broadcasts to (B, heads, T, S), or null.</param>
    public Tensor Forward(Tensor query, Tensor memory, Tensor? attend)
    {
        using TensorScope scope = Tensor.Scope();
        (Tensor q, Tensor k, Tensor v) = Project(query, memory); // (B, H, T, size)
        Tensor mixed = Attend(q, k, v, attend);
        return scope.Keep(_out.Forward(mixed.Permute(0, 2, 1, 3).Reshape(query.Shape[0], query.Shape[1], _heads * _valueSize)));
    }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => Forward(input, input, null);

    /// <inheritdoc/>
    protected override void Initialize(ParameterInit init)
    {
        Fill(init, "q", _query, init.Scheme.AttentionInput, init.Scheme.AttentionInputFans(_dim, _heads, _headSize));
        Fill(init, "k", _key, init.Scheme.AttentionInput, init.Scheme.AttentionInputFans(_memoryDim, _heads, _headSize));
        Fill(init, "v", _value, init.Scheme.AttentionInput, init.Scheme.AttentionInputFans(_memoryDim, _heads, _valueSize));
        Fill(init, "out", _out, init.Scheme.AttentionOutput, init.Scheme.AttentionOutputFans(_dim, _heads, _valueSize));
    }

    private static void Fill(ParameterInit init, string name, Linear projection, Initializer rule, Fans fans)
    {
        init.Fill($"{name}.weight", projection.Weight, rule, fans);
        init.Fill($"{name}.bias", projection.Bias!, Initializer.Constant(0));
    }

    /// <inheritdoc/>
    protected internal override void PackCore(bool keepOriginals)
    {
        UnpackCore();
        _out.PackCore(keepOriginals);
        if (_memoryDim != _dim)
        {
            _query.PackCore(keepOriginals);
            _key.PackCore(keepOriginals);
            _value.PackCore(keepOriginals);
            return;
        }

        using NoGradScope noGrad = Autograd.NoGrad();
        using Tensor weights = Tensor.Concat([_query.Weight, _key.Weight, _value.Weight], dim: 0);
        _packedInputs = weights.PackRows();
        _inputBias = Packed(() => Tensor.Concat([_query.Bias!, _key.Bias!, _value.Bias!], dim: 0));
        if (_packedInputs is not null && !keepOriginals)
        {
            GiveUpOriginal(_query.Weight);
            GiveUpOriginal(_key.Weight);
            GiveUpOriginal(_value.Weight);
        }
    }

    /// <inheritdoc/>
    protected internal override void UnpackCore()
    {
        base.UnpackCore();
        _packedInputs?.Dispose();
        _inputBias?.Dispose();
        (_packedInputs, _inputBias) = (null, null);
    }

    /// <inheritdoc/>
    protected override long OwnPackedBytes => (_packedInputs?.ByteLength ?? 0) + ((_inputBias?.ElementCount ?? 0) * sizeof(float));

    /// <summary>Queries, keys and values, (B, heads, T, size) each; with packed weights of a sequence to itself in one product.</summary>
    private (Tensor Q, Tensor K, Tensor V) Project(Tensor query, Tensor memory)
    {
        if (!UsesPacked(query, memory))
        {
            return (Split(_query.Forward(query), _headSize), Split(_key.Forward(memory), _headSize), Split(_value.Forward(memory), _valueSize));
        }

        Tensor ofQuery = query.LinearPacked(_packedInputs!, _inputBias!);
        Tensor ofMemory = ReferenceEquals(query, memory) ? ofQuery : memory.LinearPacked(_packedInputs!, _inputBias!);
        int keys = _heads * _headSize;
        return (Split(ofQuery.Slice(-1, 0, keys), _headSize), Split(ofMemory.Slice(-1, keys, 2 * keys), _headSize), Split(ofMemory.Slice(-1, 2 * keys), _valueSize));
    }

    /// <summary>
    /// Whether the packed product serves. It has no gradient and no parts that an observer could see. A single frame, and a memory that is another sequence,
    /// are faster with the weights as they are, if they still are.
    /// </summary>
    private bool UsesPacked(Tensor query, Tensor memory) =>
        _packedInputs is not null && query.Shape[-1] == _dim && memory.Shape[-1] == _dim && !IsTraced && !Autograd.IsNeeded(query, memory)
        && (!_query.Weight.HasMemory || (ReferenceEquals(query, memory) && query.ElementCount > _dim));

    /// <summary>softmax(q k^T / sqrt(size)) v, per head.</summary>
    private Tensor Attend(Tensor q, Tensor k, Tensor v, Tensor? attend)
    {
        if (!IsTraced)
        {
            double dropout = _dropout.IsTraining ? _dropout.Probability : 0;
            return q.ScaledDotProductAttention(k, v, attend, scale: 1 / Math.Sqrt(_headSize), dropout: dropout, generator: dropout > 0 ? _dropout.Random : null);
        }

        Tensor scores = q.MatMul(k.Transpose(-2, -1)) * (1 / Math.Sqrt(_headSize)); // (B, H, T, S)
        Tensor weights;
        if (attend is { DType: DType.Bool })
        {
            Tensor hidden = attend.LogicalNot(); // filled once more behind the softmax, which gives NaN to a query that sees no key
            weights = scores.MaskedFill(hidden, double.NegativeInfinity).Softmax(-1).MaskedFill(hidden, 0);
        }
        else
        {
            weights = (attend is null ? scores : scores + attend).Softmax(-1);
        }

        Trace("weights", weights);
        return _dropout.Forward(weights).MatMul(v);
    }

    /// <summary>(B, T, heads * size) to (B, heads, T, size), a view.</summary>
    private Tensor Split(Tensor x, int size) => x.Reshape(x.Shape[0], x.Shape[1], _heads, size).Permute(0, 2, 1, 3);
}
