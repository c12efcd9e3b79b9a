using RawSer.Kernels;

namespace RawSer;

public sealed partial class Tensor
{
    /// <summary>alpha * x + beta.</summary>
    public Tensor Affine(double alpha, double beta) => Unary(UnaryOp.Affine, "affine", alpha, beta);

    /// <summary>-x.</summary>
    public Tensor Negate() => Unary(UnaryOp.Negate, "neg");

    /// <summary>|x|; its derivative at 0 is 0.</summary>
    public Tensor Abs() => Unary(UnaryOp.Abs, "abs");

    /// <summary>e^x.</summary>
    public Tensor Exp() => Unary(UnaryOp.Exp, "exp");

    /// <summary>Natural logarithm.</summary>
    public Tensor Log() => Unary(UnaryOp.Log, "log");

    /// <summary>log(1 + x), exact for small x.</summary>
    public Tensor Log1p() => Unary(UnaryOp.Log1p, "log1p");

    /// <summary>Square root.</summary>
    public Tensor Sqrt() => Unary(UnaryOp.Sqrt, "sqrt");

    /// <summary>1 / sqrt(x).</summary>
    public Tensor Rsqrt() => Unary(UnaryOp.Rsqrt, "rsqrt");

    /// <summary>1 / x.</summary>
    public Tensor Reciprocal() => Unary(UnaryOp.Reciprocal, "reciprocal");

    /// <summary>x * x.</summary>
    public Tensor Square() => Unary(UnaryOp.Square, "square");

    /// <summary>x^exponent.</summary>
    public Tensor Pow(double exponent) => Unary(UnaryOp.Power, "pow", exponent);

    /// <summary>Error function.</summary>
    public Tensor Erf() => Unary(UnaryOp.Erf, "erf");

    /// <summary>1 / (1 + e^-x).</summary>
    public Tensor Sigmoid() => Unary(UnaryOp.Sigmoid, "sigmoid");

    /// <summary>Hyperbolic tangent.</summary>
    public Tensor Tanh() => Unary(UnaryOp.Tanh, "tanh");

    /// <summary>max(x, 0); its derivative at 0 is 0.</summary>
    public Tensor Relu() => Unary(UnaryOp.Relu, "relu");

    /// <summary>x where x &gt; 0, else slope * x; its derivative at 0 is the slope.</summary>
    public Tensor LeakyRelu(double negativeSlope = 0.01) => Unary(UnaryOp.LeakyRelu, "leaky_relu", negativeSlope);

    /// <summary>x Phi(x), Phi the distribution function of the standard normal distribution (the exact form, by erf).</summary>
    public Tensor Gelu() => Unary(UnaryOp.Gelu, "gelu");

    /// <summary>x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))): the tanh form of GELU.</summary>
    public Tensor GeluTanh() => Unary(UnaryOp.GeluTanh, "gelu");

    /// <summary>x / (1 + e^-x), also called swish.</summary>
    public Tensor Silu() => Unary(UnaryOp.Silu, "silu");

    /// <summary>x where x &gt; 0, else alpha (e^x - 1) (Clevert et al. 2015); its derivative at 0 is alpha.</summary>
    public Tensor Elu(double alpha = 1) => Unary(UnaryOp.Elu, "elu", alpha, 1);

    /// <summary>
    /// ELU with the alpha and the scale that keep mean 0 and variance 1 from layer to layer (Klambauer et al. 2017); its derivative at 0 is
    /// alpha * scale, the limit from below.
    /// </summary>
    public Tensor Selu() => Unary(UnaryOp.Elu, "selu", 1.6732632423543772, 1.0507009873554805);

    /// <summary>min(max(x, 0), 6); its derivative is 0 at 0 and 1 at 6.</summary>
    public Tensor Relu6() => Relu().Clamp(max: 6);

    /// <summary>min(max(slope x + 1/2, 0), 1). PyTorch and Keras 3 have a slope of 1/6, Keras 2 one of 0.2.</summary>
    public Tensor HardSigmoid(double slope = 1.0 / 6) => Affine(slope, 0.5).Clamp(0, 1);

    /// <summary>log(1 + e^x).</summary>
    public Tensor Softplus() => Unary(UnaryOp.Softplus, "softplus");

    /// <summary>min(max(x, min), max), either bound may be left out; the bounds pass the gradient.</summary>
    public Tensor Clamp(double? min = null, double? max = null) =>
        Unary(UnaryOp.Clamp, "clamp", min ?? double.NegativeInfinity, max ?? double.PositiveInfinity);

    private Tensor Unary(UnaryOp op, string name, double alpha = 0, double beta = 0)
    {
        CheckFloats(name, this);
        Tensor y = Empty(Shape, DType, Device);
        Backend.Unary(op, View, y.View, alpha, beta);
        return Autograd.Record(y, name, [this], [op.GradientUsesOutput() ? y : this], (op, alpha, beta), static (g, s) =>
        {
            Tensor dx = Empty(g.Grad.Shape, g.Grad.DType, g.Grad.Device);
            dx.Backend.UnaryBackward(s.op, g.Saved(0).View, g.Grad.View, dx.View, s.alpha, s.beta);
            g.Set(0, dx);
        });
    }
}
