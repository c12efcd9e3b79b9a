using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

public sealed partial class CudaBackend
{
    private static readonly Kernel<IntegerOperand, IntegerOperand, ArrayView<byte>, int, DeviceWalk> s_compareIntegers = Kernel.Create<IntegerOperand, IntegerOperand, ArrayView<byte>, int, DeviceWalk>(CompareIntegers);

    /// <inheritdoc/>
    public override void Unary(UnaryOp op, View x, View y, double alpha = 0, double beta = 0) =>
        ElementOperators.Unary(new MapRunner(this), op, x, y, alpha, beta);

    /// <inheritdoc/>
    public override void UnaryBackward(UnaryOp op, View saved, View dy, View dx, double alpha = 0, double beta = 0) =>
        ElementOperators.UnaryBackward(new MapRunner(this), op, saved, dy, dx, alpha, beta);

    /// <inheritdoc/>
    public override void Binary(BinaryOp op, View a, View b, View y) => ElementOperators.Binary(new MapRunner(this), op, a, b, y);

    /// <inheritdoc/>
    public override void BinaryBackward(BinaryOp op, bool ofFirst, View a, View b, View dy, View dx) =>
        ElementOperators.BinaryBackward(new MapRunner(this), op, ofFirst, a, b, dy, dx);

    /// <inheritdoc/>
    public override void Compare(Comparison relation, View a, View b, View y)
    {
        if (a.DType.IsFloat())
        {
            ElementOperators.Compare(new MapRunner(this), relation, a, b, y);
        }
        else if (y.Count > 0)
        {
            DeviceWalk walk = new(a, b, y);
            s_compareIntegers.Launch(
                Gpu, CopyKernels<byte>.Shape(walk.Count), new(a), new(b), y.Whole<byte>(), (int)relation, walk);
        }
    }

    /// <inheritdoc/>
    public override void Where(View condition, View a, View b, View y) =>
        new MapRunner(this).Map(new TernaryMap<WhereOperator>(default), condition, a, b, y);

    /// <inheritdoc/>
    public override void MaskedFill(View x, View mask, double value, View y) =>
        new MapRunner(this).Map(new BinaryMap<MaskedFillOperator>(new((float)value)), x, mask, y);

    [Kernel(MaxThreadsPerGroup = 256)]
    private static void CompareIntegers(IntegerOperand a, IntegerOperand b, ArrayView<byte> y, int relation, DeviceWalk walk)
    {
        int i = Grid.GlobalIndex.X;
        if (i < walk.Count)
        {
            walk.Locate(i, out int ia, out int ib, out int iy, out _);
            long left = a.Load(ia), right = b.Load(ib);
            bool holds = (Comparison)relation switch
            {
                Comparison.Equal => left == right,
                Comparison.NotEqual => left != right,
                Comparison.Less => left < right,
                Comparison.LessOrEqual => left <= right,
                Comparison.Greater => left > right,
                _ => left >= right,
            };
            y[iy] = holds ? (byte)1 : (byte)0;
        }
    }

    /// <summary>Integers of any type, or a mask.</summary>
    internal readonly struct IntegerOperand(View view)
    {
        private readonly ArrayView<byte> _bytes = view.Whole<byte>();
        private readonly ArrayView<int> _ints = view.Whole<int>();
        private readonly ArrayView<long> _longs = view.Whole<long>();
        private readonly int _size = view.DType.Size();

        public long Load(int offset) => _size == 8 ? _longs[offset] : _size == 4 ? _ints[offset] : _bytes[offset];
    }
}
