using RawSer.Kernels;

namespace RawSer.Nn;

/// <summary>
/// One-dimensional convolution whose weight is stored as direction and magnitude (Salimans and Kingma 2016): <c>weight = g v / |v|</c>, with the
/// norm over all dimensions but one. Parameters <c>weight_g</c>, <c>weight_v</c> and <c>bias</c>.
/// </summary>
public sealed class WeightNormConv1d : Module
{
    private readonly Tensor _magnitude;
    private readonly Tensor _direction;
    private readonly Tensor _bias;
    private readonly ConvWindow _window;
    private readonly int _groups;
    private readonly int _dim;

    /// <summary>A convolution normalised along one dimension of its weight (O, C / groups, K): 0 by default, 2 in wav2vec 2.0.</summary>
    public WeightNormConv1d(int inputs, int outputs, int kernel, ConvWindow window, int groups = 1, int dim = 0)
    {
        ConvolutionShapes.CheckGroups("conv1d", inputs, outputs, groups);
        (_window, _groups, _dim) = (window, groups, dim);
        Shape weight = [outputs, inputs / groups, kernel], single = [1, 1, 1];
        _magnitude = Parameter("weight_g", single.With(dim, weight[dim]));
        _direction = Parameter("weight_v", weight);
        _bias = Parameter("bias", [outputs]);
    }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => input.Conv1d(_direction.WeightNorm(_magnitude, _dim), _bias, _window, _groups);

    /// <summary>The direction is drawn as a plain convolution's weight; the magnitude starts as its norm, so that both layers start alike.</summary>
    protected override void Initialize(ParameterInit init)
    {
        Fans fans = Fans.Convolution(_direction.Shape);
        init.Fill("weight_v", _direction, init.Scheme.Kernel, fans);
        init.Fill("bias", _bias, init.Scheme.Bias, fans);
        float[] direction = _direction.ToArray<float>();
        double[] squares = new double[_magnitude.ElementCount];
        long behind = 1;
        for (int d = _dim + 1; d < _direction.Rank; d++)
        {
            behind *= _direction.Shape[d];
        }

        for (int i = 0; i < direction.Length; i++)
        {
            squares[i / behind % squares.Length] += (double)direction[i] * direction[i];
        }

        _magnitude.CopyFrom<float>(Array.ConvertAll(squares, s => (float)Math.Sqrt(s)));
    }
}
