namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void Unary(UnaryOp op, View x, View y, double alpha = 0, double beta = 0) =>
        ElementOperators.Unary(default(MapRunner), op, x, y, alpha, beta);

    /// <inheritdoc/>
    public override void UnaryBackward(UnaryOp op, View saved, View dy, View dx, double alpha = 0, double beta = 0) =>
        ElementOperators.UnaryBackward(default(MapRunner), op, saved, dy, dx, alpha, beta);

    /// <inheritdoc/>
    public override void Binary(BinaryOp op, View a, View b, View y) => ElementOperators.Binary(default(MapRunner), op, a, b, y);

    /// <inheritdoc/>
    public override void BinaryBackward(BinaryOp op, bool ofFirst, View a, View b, View dy, View dx) =>
        ElementOperators.BinaryBackward(default(MapRunner), op, ofFirst, a, b, dy, dx);

    /// <inheritdoc/>
    public override void Compare(Comparison relation, View a, View b, View y)
    {
        if (a.DType.IsFloat())
        {
            ElementOperators.Compare(default(MapRunner), relation, a, b, y);
        }
        else
        {
            RowLoop.Run(new StridedLoop(a.Layout, b.Layout, y.Layout), new IntegerComparison(relation, a, b, y));
        }
    }

    /// <inheritdoc/>
    public override void Where(View condition, View a, View b, View y) => Map(new TernaryMap<WhereOperator>(default), condition, a, b, y);

    /// <inheritdoc/>
    public override void MaskedFill(View x, View mask, double value, View y) =>
        Map(new BinaryMap<MaskedFillOperator>(new((float)value)), x, mask, y);

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
