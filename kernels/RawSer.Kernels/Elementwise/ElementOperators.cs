namespace RawSer.Kernels;

/// <summary>Runs a map over the elements of views on one device, strides, repeated elements and masks included.</summary>
internal interface IMapRunner
{
    void Map<TMap>(TMap map, View a, View y) where TMap : unmanaged, IElementMap;

    void Map<TMap>(TMap map, View a, View b, View y) where TMap : unmanaged, IElementMap;

    void Map<TMap>(TMap map, View a, View b, View c, View y) where TMap : unmanaged, IElementMap;

    void Fill(View y, double value);
}

/// <summary>The operator of each elementwise operation: written once, run by every device.</summary>
internal static class ElementOperators
{
    public static void Unary<TRunner>(TRunner on, UnaryOp op, View x, View y, double alpha = 0, double beta = 0)
        where TRunner : struct, IMapRunner
    {
        switch (op)
        {
            case UnaryOp.Affine: Unary(on, new AffineOperator((float)alpha, (float)beta), x, y); break;
            case UnaryOp.Negate: Unary(on, default(NegateOperator), x, y); break;
            case UnaryOp.Abs: Unary(on, default(AbsOperator), x, y); break;
            case UnaryOp.Exp: Unary(on, default(ExpOperator), x, y); break;
            case UnaryOp.Log: Unary(on, default(LogOperator), x, y); break;
            case UnaryOp.Log1p: Unary(on, default(Log1pOperator), x, y); break;
            case UnaryOp.Sqrt: Unary(on, default(SqrtOperator), x, y); break;
            case UnaryOp.Rsqrt: Unary(on, default(RsqrtOperator), x, y); break;
            case UnaryOp.Reciprocal: Unary(on, default(ReciprocalOperator), x, y); break;
            case UnaryOp.Square: Unary(on, default(SquareOperator), x, y); break;
            case UnaryOp.Power: Power(on, (float)alpha, x, y); break;
            case UnaryOp.Erf: Unary(on, default(ErfOperator), x, y); break;
            case UnaryOp.Sigmoid: Unary(on, default(SigmoidOperator), x, y); break;
            case UnaryOp.Tanh: Unary(on, default(TanhOperator), x, y); break;
            case UnaryOp.Relu: Unary(on, default(ReluOperator), x, y); break;
            case UnaryOp.LeakyRelu: Unary(on, new LeakyReluOperator((float)alpha), x, y); break;
            case UnaryOp.Gelu: Unary(on, default(GeluOperator), x, y); break;
            case UnaryOp.GeluTanh: Unary(on, default(GeluTanhOperator), x, y); break;
            case UnaryOp.Silu: Unary(on, default(SiluOperator), x, y); break;
            case UnaryOp.Elu: Unary(on, new EluOperator((float)alpha, (float)beta), x, y); break;
            case UnaryOp.Softplus: Unary(on, default(SoftplusOperator), x, y); break;
            case UnaryOp.Clamp: Unary(on, new ClampOperator((float)alpha, (float)beta), x, y); break;
            case UnaryOp.SmoothAbs: Unary(on, new SmoothAbsOperator((float)alpha), x, y); break;
            case UnaryOp.Not: Unary(on, default(NotOperator), x, y); break;
            default: throw new ArgumentOutOfRangeException(nameof(op), op, "unknown unary operation");
        }
    }

    public static void UnaryBackward<TRunner>(TRunner on, UnaryOp op, View saved, View dy, View dx, double alpha = 0, double beta = 0)
        where TRunner : struct, IMapRunner
    {
        switch (op)
        {
            case UnaryOp.Affine: Unary(on, new AffineOperator((float)alpha, -0f), dy, dx); break; // + -0 keeps the sign of zeros
            case UnaryOp.Negate: Unary(on, default(NegateOperator), dy, dx); break;
            case UnaryOp.Abs: Binary(on, default(AbsGradient), saved, dy, dx); break;
            case UnaryOp.Exp: Binary(on, default(MultiplyOperator), saved, dy, dx); break;
            case UnaryOp.Log: Binary(on, default(DivideOperator), dy, saved, dx); break;
            case UnaryOp.Log1p: Binary(on, default(Log1pGradient), saved, dy, dx); break;
            case UnaryOp.Sqrt: Binary(on, default(SqrtGradient), saved, dy, dx); break;
            case UnaryOp.Rsqrt: Binary(on, default(RsqrtGradient), saved, dy, dx); break;
            case UnaryOp.Reciprocal: Binary(on, default(ReciprocalGradient), saved, dy, dx); break;
            case UnaryOp.Square: Binary(on, default(SquareGradient), saved, dy, dx); break;
            case UnaryOp.Power: PowerBackward(on, (float)alpha, saved, dy, dx); break;
            case UnaryOp.Erf: Binary(on, default(ErfGradient), saved, dy, dx); break;
            case UnaryOp.Sigmoid: Binary(on, default(SigmoidGradient), saved, dy, dx); break;
            case UnaryOp.Tanh: Binary(on, default(TanhGradient), saved, dy, dx); break;
            case UnaryOp.Relu: Binary(on, default(ReluGradient), saved, dy, dx); break;
            case UnaryOp.LeakyRelu: Binary(on, new LeakyReluGradient((float)alpha), saved, dy, dx); break;
            case UnaryOp.Gelu: Binary(on, default(GeluGradient), saved, dy, dx); break;
            case UnaryOp.GeluTanh: Binary(on, default(GeluTanhGradient), saved, dy, dx); break;
            case UnaryOp.Silu: Binary(on, default(SiluGradient), saved, dy, dx); break;
            case UnaryOp.Elu: Binary(on, new EluGradient((float)alpha, (float)beta), saved, dy, dx); break;
            case UnaryOp.Softplus: Binary(on, default(SoftplusGradient), saved, dy, dx); break;
            case UnaryOp.Clamp: Binary(on, new ClampGradient((float)alpha, (float)beta), saved, dy, dx); break;
            case UnaryOp.SmoothAbs: Binary(on, new SmoothAbsGradient((float)alpha), saved, dy, dx); break;
            default: throw new ArgumentOutOfRangeException(nameof(op), op, "this unary operation has no gradient");
        }
    }

    public static void Binary<TRunner>(TRunner on, BinaryOp op, View a, View b, View y)
        where TRunner : struct, IMapRunner
    {
        switch (op)
        {
            case BinaryOp.Add: Binary(on, default(AddOperator), a, b, y); break;
            case BinaryOp.Subtract: Binary(on, default(SubtractOperator), a, b, y); break;
            case BinaryOp.Multiply: Binary(on, default(MultiplyOperator), a, b, y); break;
            case BinaryOp.Divide: Binary(on, default(DivideOperator), a, b, y); break;
            case BinaryOp.Power: Binary(on, default(PowerOfOperator), a, b, y); break;
            case BinaryOp.Maximum: Binary(on, default(MaximumOperator), a, b, y); break;
            case BinaryOp.Minimum: Binary(on, default(MinimumOperator), a, b, y); break;
            case BinaryOp.And: Binary(on, default(AndOperator), a, b, y); break;
            case BinaryOp.Or: Binary(on, default(OrOperator), a, b, y); break;
            case BinaryOp.Xor: Binary(on, default(XorOperator), a, b, y); break;
            default: throw new ArgumentOutOfRangeException(nameof(op), op, "unknown binary operation");
        }
    }

    public static void BinaryBackward<TRunner>(TRunner on, BinaryOp op, bool ofFirst, View a, View b, View dy, View dx)
        where TRunner : struct, IMapRunner
    {
        (View own, View other) = ofFirst ? (a, b) : (b, a);
        switch (op)
        {
            case BinaryOp.Power when ofFirst: Ternary(on, default(PowerBaseGradient), a, b, dy, dx); break;
            case BinaryOp.Power: Ternary(on, default(PowerExponentGradient), a, b, dy, dx); break;
            case BinaryOp.Maximum: Ternary(on, default(MaximumGradient), own, other, dy, dx); break;
            case BinaryOp.Minimum: Ternary(on, default(MinimumGradient), own, other, dy, dx); break;
            default: throw new ArgumentOutOfRangeException(nameof(op), op, "this binary operation has no kernel for its gradient");
        }
    }

    /// <summary>Relations of floats.</summary>
    public static void Compare<TRunner>(TRunner on, Comparison relation, View a, View b, View y)
        where TRunner : struct, IMapRunner
    {
        switch (relation)
        {
            case Comparison.Equal: Binary(on, default(EqualOperator), a, b, y); break;
            case Comparison.NotEqual: Binary(on, default(NotEqualOperator), a, b, y); break;
            case Comparison.Less: Binary(on, default(LessOperator), a, b, y); break;
            case Comparison.LessOrEqual: Binary(on, default(LessOrEqualOperator), a, b, y); break;
            case Comparison.Greater: Binary(on, default(LessOperator), b, a, y); break;
            case Comparison.GreaterOrEqual: Binary(on, default(LessOrEqualOperator), b, a, y); break;
            default: throw new ArgumentOutOfRangeException(nameof(relation), relation, "unknown comparison");
        }
    }

    public static void Unary<TRunner, TOp>(TRunner on, TOp op, View x, View y)
        where TRunner : struct, IMapRunner
        where TOp : unmanaged, IUnaryOperator =>
        on.Map(new UnaryMap<TOp>(op), x, y);

    public static void Binary<TRunner, TOp>(TRunner on, TOp op, View a, View b, View y)
        where TRunner : struct, IMapRunner
        where TOp : unmanaged, IBinaryOperator =>
        on.Map(new BinaryMap<TOp>(op), a, b, y);

    public static void Ternary<TRunner, TOp>(TRunner on, TOp op, View a, View b, View c, View y)
        where TRunner : struct, IMapRunner
        where TOp : unmanaged, ITernaryOperator =>
        on.Map(new TernaryMap<TOp>(op), a, b, c, y);

    /// <summary>Exponents with a cheaper form take it. As in PyTorch, exponents of one half are square roots: NaN for -infinity.</summary>
    private static void Power<TRunner>(TRunner on, float exponent, View x, View y)
        where TRunner : struct, IMapRunner
    {
        switch (exponent)
        {
            case 0.5f: Unary(on, default(SqrtOperator), x, y); break;
            case -0.5f: Unary(on, default(RsqrtOperator), x, y); break;
            case -1: Unary(on, default(ReciprocalOperator), x, y); break;
            case 1: Unary(on, new AffineOperator(1, -0f), x, y); break;
            case 2: Unary(on, default(SquareOperator), x, y); break;
            case 3: Unary(on, default(CubeOperator), x, y); break;
            default: Unary(on, new PowerOperator(exponent), x, y); break;
        }
    }

    private static void PowerBackward<TRunner>(TRunner on, float exponent, View x, View dy, View dx)
        where TRunner : struct, IMapRunner
    {
        switch (exponent)
        {
            case 0: on.Fill(dx, 0); break;
            case 0.5f: Binary(on, default(RootGradient), x, dy, dx); break;
            case 1.5f: Binary(on, default(RootCubeGradient), x, dy, dx); break;
            case 2: Binary(on, default(SquareGradient), x, dy, dx); break;
            case 3: Binary(on, default(CubeGradient), x, dy, dx); break;
            default: Binary(on, new PowerGradient(exponent), x, dy, dx); break;
        }
    }
}
