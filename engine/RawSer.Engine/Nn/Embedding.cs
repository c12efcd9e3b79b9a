namespace RawSer.Nn;

/// <summary>A table of vectors: integers (...) to (..., dim). Parameter <c>weight</c> (count, dim).</summary>
public sealed class Embedding : Module
{
    private readonly Tensor _weight;

    /// <summary>A table of <paramref name="count"/> vectors.</summary>
    public Embedding(int count, int dim) => _weight = Parameter("weight", [count, dim]);

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => _weight.Embedding(input);

    /// <inheritdoc/>
    protected override void Initialize(ParameterInit init) => init.Fill("weight", _weight, init.Scheme.Embedding);
}
