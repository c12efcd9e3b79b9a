using RawSer.Kernels;

namespace RawSer.Nn;

/// <summary>
/// Layer normalisation over the last dimensions (Ba et al. 2016), with <c>weight</c> and <c>bias</c> of their shape. PyTorch's epsilon is 1e-5,
/// that of the Keras layer 1e-3 (and 1e-5 inside keras_nlp's encoder).
/// </summary>
public sealed class LayerNorm : Module
{
    private readonly Tensor _weight;
    private readonly Tensor _bias;
    private readonly double _epsilon;

    /// <summary>Normalisation over dimensions of this shape.</summary>
    public LayerNorm(Shape shape, double epsilon = 1e-5)
    {
        _weight = Parameter("weight", shape, 1);
        _bias = Parameter("bias", shape, 0);
        _epsilon = epsilon;
    }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => input.LayerNorm(_weight, _bias, _epsilon);
}

/// <summary>Normalisation of (N, C, ...) over groups of neighbouring channels (Wu and He 2018), with <c>weight</c> and <c>bias</c> per channel.</summary>
public sealed class GroupNorm : Module
{
    private readonly Tensor _weight;
    private readonly Tensor _bias;
    private readonly int _groups;
    private readonly double _epsilon;

    /// <summary>Normalisation of <paramref name="channels"/> channels in <paramref name="groups"/> groups.</summary>
    public GroupNorm(int groups, int channels, double epsilon = 1e-5)
    {
        _groups = groups;
        _weight = Parameter("weight", [channels], 1);
        _bias = Parameter("bias", [channels], 0);
        _epsilon = epsilon;
    }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => input.GroupNorm(_groups, _weight, _bias, _epsilon);
}
