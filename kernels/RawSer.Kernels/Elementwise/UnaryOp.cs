namespace RawSer.Kernels;

/// <summary>Functions of one element. <c>alpha</c> and <c>beta</c> are the parameters of <see cref="Backend.Unary"/>.</summary>
public enum UnaryOp
{
    /// <summary>alpha * x + beta.</summary>
    Affine,

    /// <summary>-x.</summary>
    Negate,

    /// <summary>|x|.</summary>
    Abs,

    /// <summary>e^x.</summary>
    Exp,

    /// <summary>Natural logarithm.</summary>
    Log,

    /// <summary>log(1 + x), exact for small x.</summary>
    Log1p,

    /// <summary>Square root.</summary>
    Sqrt,

    /// <summary>1 / sqrt(x).</summary>
    Rsqrt,

    /// <summary>1 / x.</summary>
    Reciprocal,

    /// <summary>x * x.</summary>
    Square,

    /// <summary>x^alpha; its derivative is 0 for alpha = 0.</summary>
    Power,

    /// <summary>Error function.</summary>
    Erf,

    /// <summary>1 / (1 + e^-x).</summary>
    Sigmoid,

    /// <summary>Hyperbolic tangent.</summary>
    Tanh,

    /// <summary>max(x, 0); NaN stays NaN and passes its gradient.</summary>
    Relu,

    /// <summary>x where x &gt; 0, else alpha * x.</summary>
    LeakyRelu,

    /// <summary>x Phi(x) with the distribution function Phi of the standard normal distribution: GELU in its exact form.</summary>
    Gelu,

    /// <summary>x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))): GELU in its tanh form.</summary>
    GeluTanh,

    /// <summary>x / (1 + e^-x).</summary>
    Silu,

    /// <summary>beta * x where x &gt; 0, else beta * alpha * (e^x - 1), exact for small x: ELU, and SELU by its constants.</summary>
    Elu,

    /// <summary>log(1 + e^x).</summary>
    Softplus,

    /// <summary>min(max(x, alpha), beta); NaN stays NaN, the bounds pass the gradient.</summary>
    Clamp,

    /// <summary>x^2 / (2 alpha) where |x| &lt; alpha, else |x| - alpha / 2: the Huber function over alpha.</summary>
    SmoothAbs,

    /// <summary>Not, of a mask. Has no gradient.</summary>
    Not,
}

/// <summary>Properties of <see cref="UnaryOp"/> values.</summary>
public static class UnaryOps
{
    /// <summary>True when the derivative is computed from the result y instead of the argument x.</summary>
    public static bool GradientUsesOutput(this UnaryOp op) =>
        op is UnaryOp.Exp or UnaryOp.Sqrt or UnaryOp.Rsqrt or UnaryOp.Reciprocal or UnaryOp.Sigmoid or UnaryOp.Tanh or UnaryOp.Relu;
}
