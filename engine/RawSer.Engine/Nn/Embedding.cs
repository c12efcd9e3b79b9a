namespace RawSer.Nn;

/// <summary>A table of vectors: integers (...) to (..., dim). Parameter <c>weight</c> (count, dim).</summary>
public sealed class Embedding : Module
{
    private readonly Tensor _weight;
    private readonly int? _paddingIndex;

    /// <summary>A table of <paramref name="count"/> vectors; that of <paramref name="paddingIndex"/> gets no gradient.</summary>
    public Embedding(int count, int dim, int? paddingIndex = null)
    {
        _weight = Parameter("weight", [count, dim]);
        _paddingIndex = paddingIndex;
    }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => _weight.Embedding(input, _paddingIndex);

    /// <inheritdoc/>
    protected override void Initialize(ParameterInit init) => init.Fill("weight", _weight, init.Scheme.Embedding);
}
