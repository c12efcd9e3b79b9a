namespace RawSer.Kernels;

/// <summary>Functions of one element. <c>alpha</c> and <c>beta</c> are the parameters of <see cref="Backend.Unary"/>.</summary>
public enum UnaryOp
{
    /// <summary>alpha * x + beta.</summary>
    Affine,

    /// <summary>|x|.</summary>
    Abs,

    /// <summary>e^x.</summary>
    Exp,

    /// <summary>Natural logarithm.</summary>
    Log,

    /// <summary>Square root.</summary>
    Sqrt,

    /// <summary>1 / x.</summary>
    Reciprocal,

    /// <summary>x * x.</summary>
    Square,

    /// <summary>1 / (1 + e^-x).</summary>
    Sigmoid,

    /// <summary>max(x, 0); NaN stays NaN.</summary>
    Relu,
}

/// <summary>Properties of <see cref="UnaryOp"/> values.</summary>
public static class UnaryOps
{
    /// <summary>True when the derivative is computed from the result y instead of the argument x.</summary>
    public static bool GradientUsesOutput(this UnaryOp op) =>
        op is UnaryOp.Exp or UnaryOp.Sqrt or UnaryOp.Reciprocal or UnaryOp.Sigmoid or UnaryOp.Relu;
}
