namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void Unary(UnaryOp op, View x, View y, double alpha = 0, double beta = 0)
    {
        switch (op)
        {
            case UnaryOp.Affine: Unary(new AffineOperator((float)alpha, (float)beta), x, y); break;
            case UnaryOp.Negate: Unary(default(NegateOperator), x, y); break;
            case UnaryOp.Abs: Unary(default(AbsOperator), x, y); break;
            case UnaryOp.Exp: Unary(default(ExpOperator), x, y); break;
            case UnaryOp.Log: Unary(default(LogOperator), x, y); break;
            case UnaryOp.Log1p: Unary(default(Log1pOperator), x, y); break;
            case UnaryOp.Sqrt: Unary(default(SqrtOperator), x, y); break;
            case UnaryOp.Rsqrt: Unary(default(RsqrtOperator), x, y); break;
            case UnaryOp.Reciprocal: Unary(default(ReciprocalOperator), x, y); break;
            case UnaryOp.Square: Unary(default(SquareOperator), x, y); break;
            case UnaryOp.Power: Power((float)alpha, x, y); break;
            case UnaryOp.Erf: Unary(default(ErfOperator), x, y); break;
            case UnaryOp.Sigmoid: Unary(default(SigmoidOperator), x, y); break;
            case UnaryOp.Tanh: Unary(default(TanhOperator), x, y); break;
            case UnaryOp.Relu: Unary(default(ReluOperator), x, y); break;
            case UnaryOp.LeakyRelu: Unary(new LeakyReluOperator((float)alpha), x, y); break;
            case UnaryOp.Gelu: Unary(default(GeluOperator), x, y); break;
            case UnaryOp.GeluTanh: Unary(default(GeluTanhOperator), x, y); break;
            case UnaryOp.Silu: Unary(default(SiluOperator), x, y); break;
            case UnaryOp.Elu: Unary(new EluOperator((float)alpha, (float)beta), x, y); break;
            case UnaryOp.Softplus: Unary(default(SoftplusOperator), x, y); break;
            case UnaryOp.Clamp: Unary(new ClampOperator((float)alpha, (float)beta), x, y); break;
            case UnaryOp.SmoothAbs: Unary(new SmoothAbsOperator((float)alpha), x, y); break;
            case UnaryOp.Not: Unary(default(NotOperator), x, y); break;
            default: throw new ArgumentOutOfRangeException(nameof(op), op, "unknown unary operation");
        }
    }

    /// <inheritdoc/>
    public override void UnaryBackward(UnaryOp op, View saved, View dy, View dx, double alpha = 0, double beta = 0)
    {
        switch (op)
        {
            case UnaryOp.Affine: Unary(new AffineOperator((float)alpha, -0f), dy, dx); break; // + -0 keeps the sign of zeros
            case UnaryOp.Negate: Unary(default(NegateOperator), dy, dx); break;
            case UnaryOp.Abs: Binary(default(AbsGradient), saved, dy, dx); break;
            case UnaryOp.Exp: Binary(default(MultiplyOperator), saved, dy, dx); break;
            case UnaryOp.Log: Binary(default(DivideOperator), dy, saved, dx); break;
            case UnaryOp.Log1p: Binary(default(Log1pGradient), saved, dy, dx); break;
            case UnaryOp.Sqrt: Binary(default(SqrtGradient), saved, dy, dx); break;
            case UnaryOp.Rsqrt: Binary(default(RsqrtGradient), saved, dy, dx); break;
            case UnaryOp.Reciprocal: Binary(default(ReciprocalGradient), saved, dy, dx); break;
            case UnaryOp.Square: Binary(default(SquareGradient), saved, dy, dx); break;
            case UnaryOp.Power: PowerBackward((float)alpha, saved, dy, dx); break;
            case UnaryOp.Erf: Binary(default(ErfGradient), saved, dy, dx); break;
            case UnaryOp.Sigmoid: Binary(default(SigmoidGradient), saved, dy, dx); break;
            case UnaryOp.Tanh: Binary(default(TanhGradient), saved, dy, dx); break;
            case UnaryOp.Relu: Binary(default(ReluGradient), saved, dy, dx); break;
            case UnaryOp.LeakyRelu: Binary(new LeakyReluGradient((float)alpha), saved, dy, dx); break;
            case UnaryOp.Gelu: Binary(default(GeluGradient), saved, dy, dx); break;
            case UnaryOp.GeluTanh: Binary(default(GeluTanhGradient), saved, dy, dx); break;
            case UnaryOp.Silu: Binary(default(SiluGradient), saved, dy, dx); break;
            case UnaryOp.Elu: Binary(new EluGradient((float)alpha, (float)beta), saved, dy, dx); break;
            case UnaryOp.Softplus: Binary(default(SoftplusGradient), saved, dy, dx); break;
            case UnaryOp.Clamp: Binary(new ClampGradient((float)alpha, (float)beta), saved, dy, dx); break;
            case UnaryOp.SmoothAbs: Binary(new SmoothAbsGradient((float)alpha), saved, dy, dx); break;
            default: throw new ArgumentOutOfRangeException(nameof(op), op, "this unary operation has no gradient");
        }
    }

    /// <inheritdoc/>
    public override void Binary(BinaryOp op, View a, View b, View y)
    {
        switch (op)
        {
            case BinaryOp.Add: Binary(default(AddOperator), a, b, y); break;
            case BinaryOp.Subtract: Binary(default(SubtractOperator), a, b, y); break;
            case BinaryOp.Multiply: Binary(default(MultiplyOperator), a, b, y); break;
            case BinaryOp.Divide: Binary(default(DivideOperator), a, b, y); break;
            case BinaryOp.Power: Binary(default(PowerOfOperator), a, b, y); break;
            case BinaryOp.Maximum: Binary(default(MaximumOperator), a, b, y); break;
            case BinaryOp.Minimum: Binary(default(MinimumOperator), a, b, y); break;
            case BinaryOp.And: Binary(default(AndOperator), a, b, y); break;
            case BinaryOp.Or: Binary(default(OrOperator), a, b, y); break;
            case BinaryOp.Xor: Binary(default(XorOperator), a, b, y); break;
            default: throw new ArgumentOutOfRangeException(nameof(op), op, "unknown binary operation");
        }
    }

    /// <inheritdoc/>
    public override void BinaryBackward(BinaryOp op, bool ofFirst, View a, View b, View dy, View dx)
    {
        (View own, View other) = ofFirst ? (a, b) : (b, a);
        switch (op)
        {
            case BinaryOp.Power when ofFirst: Ternary(default(PowerBaseGradient), a, b, dy, dx); break;
            case BinaryOp.Power: Ternary(default(PowerExponentGradient), a, b, dy, dx); break;
            case BinaryOp.Maximum: Ternary(default(MaximumGradient), own, other, dy, dx); break;
            case BinaryOp.Minimum: Ternary(default(MinimumGradient), own, other, dy, dx); break;
            default: throw new ArgumentOutOfRangeException(nameof(op), op, "this binary operation has no kernel for its gradient");
        }
    }

    /// <inheritdoc/>
    public override void Compare(Comparison relation, View a, View b, View y)
    {
        if (!a.DType.IsFloat())
        {
            RowLoop.Run(new StridedLoop(a.Layout, b.Layout, y.Layout), new IntegerComparison(relation, a, b, y));
            return;
        }

        switch (relation)
        {
            case Comparison.Equal: Binary(default(EqualOperator), a, b, y); break;
            case Comparison.NotEqual: Binary(default(NotEqualOperator), a, b, y); break;
            case Comparison.Less: Binary(default(LessOperator), a, b, y); break;
            case Comparison.LessOrEqual: Binary(default(LessOrEqualOperator), a, b, y); break;
            case Comparison.Greater: Binary(default(LessOperator), b, a, y); break;
            case Comparison.GreaterOrEqual: Binary(default(LessOrEqualOperator), b, a, y); break;
            default: throw new ArgumentOutOfRangeException(nameof(relation), relation, "unknown comparison");
        }
    }

    /// <inheritdoc/>
    public override void Where(View condition, View a, View b, View y) => Ternary(default(WhereOperator), condition, a, b, y);

    /// <inheritdoc/>
    public override void MaskedFill(View x, View mask, double value, View y) => Binary(new MaskedFillOperator((float)value), x, mask, y);

    /// <summary>Exponents with a cheaper form take it. As in PyTorch, exponents of one half are square roots: NaN for -infinity.</summary>
    private static void Power(float exponent, View x, View y)
    {
        switch (exponent)
        {
            case 0.5f: Unary(default(SqrtOperator), x, y); break;
            case -0.5f: Unary(default(RsqrtOperator), x, y); break;
            case -1: Unary(default(ReciprocalOperator), x, y); break;
            case 1: Unary(new AffineOperator(1, -0f), x, y); break;
            case 2: Unary(default(SquareOperator), x, y); break;
            case 3: Unary(default(CubeOperator), x, y); break;
            default: Unary(new PowerOperator(exponent), x, y); break;
        }
    }

    private void PowerBackward(float exponent, View x, View dy, View dx)
    {
        switch (exponent)
        {
            case 0: Fill(dx, 0); break;
            case 0.5f: Binary(default(RootGradient), x, dy, dx); break;
            case 2: Binary(default(SquareGradient), x, dy, dx); break;
            case 3: Binary(default(CubeGradient), x, dy, dx); break;
            default: Binary(new PowerGradient(exponent), x, dy, dx); break;
        }
    }

    private readonly struct IntegerComparison(Comparison relation, View a, View b, View y) : IRowKernel
    {
        public void Invoke(in StridedLoop loop, long row, long start, long length)
        {
            long strideA = loop.RowStride(0), strideB = loop.RowStride(1), strideY = loop.RowStride(2);
            long offsetA = a.Layout.Offset + loop.RowOffset(0, row) + (start * strideA);
            long offsetB = b.Layout.Offset + loop.RowOffset(1, row) + (start * strideB);
            byte* py = (byte*)y.Storage.Address + y.Layout.Offset + loop.RowOffset(2, row) + (start * strideY);
            for (long i = 0; i < length; i++)
            {
                long left = ElementConversion.LoadInteger(a.DType, (void*)a.Storage.Address, offsetA + (i * strideA));
                long right = ElementConversion.LoadInteger(b.DType, (void*)b.Storage.Address, offsetB + (i * strideB));
                py[i * strideY] = Holds(relation, left.CompareTo(right)) ? (byte)1 : (byte)0;
            }
        }

        private static bool Holds(Comparison relation, int order) => relation switch
        {
            Comparison.Equal => order == 0,
            Comparison.NotEqual => order != 0,
            Comparison.Less => order < 0,
            Comparison.LessOrEqual => order <= 0,
            Comparison.Greater => order > 0,
            Comparison.GreaterOrEqual => order >= 0,
            _ => throw new ArgumentOutOfRangeException(nameof(relation), relation, "unknown comparison"),
        };
    }
}
