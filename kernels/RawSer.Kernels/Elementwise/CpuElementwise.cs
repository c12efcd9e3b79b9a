using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void Unary(UnaryOp op, View x, View y, double alpha = 0, double beta = 0)
    {
        switch (op)
        {
            case UnaryOp.Affine: Unary(new AffineOperator((float)alpha, (float)beta), x, y); break;
            case UnaryOp.Abs: Unary(default(AbsOperator), x, y); break;
            case UnaryOp.Exp: Unary(default(ExpOperator), x, y); break;
            case UnaryOp.Log: Unary(default(LogOperator), x, y); break;
            case UnaryOp.Sqrt: Unary(default(SqrtOperator), x, y); break;
            case UnaryOp.Reciprocal: Unary(default(ReciprocalOperator), x, y); break;
            case UnaryOp.Square: Unary(default(SquareOperator), x, y); break;
            case UnaryOp.Sigmoid: Unary(default(SigmoidOperator), x, y); break;
            case UnaryOp.Relu: Unary(default(ReluOperator), x, y); break;
            default: throw new ArgumentOutOfRangeException(nameof(op), op, "unknown unary operation");
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
            default: throw new ArgumentOutOfRangeException(nameof(op), op, "unknown binary operation");
        }
    }

    private static void Unary<TOp>(TOp op, View x, View y) where TOp : struct, IUnaryOperator =>
        RowLoop.Run(new StridedLoop(x.Layout, y.Layout), new UnaryKernel<TOp>(op, x.Pointer<float>(), y.Pointer<float>()));

    private static void Binary<TOp>(TOp op, View a, View b, View y) where TOp : struct, IBinaryOperator =>
        RowLoop.Run(new StridedLoop(a.Layout, b.Layout, y.Layout), new BinaryKernel<TOp>(op, a.Pointer<float>(), b.Pointer<float>(), y.Pointer<float>()));

    private readonly struct UnaryKernel<TOp>(TOp op, float* x, float* y) : IRowKernel where TOp : struct, IUnaryOperator
    {
        public void Invoke(in StridedLoop loop, long row, long start, long length)
        {
            long stride = loop.RowStride(0);
            float* px = x + loop.RowOffset(0, row) + (start * stride);
            float* py = y + loop.RowOffset(1, row) + start;
            if (stride == 1)
            {
                Dense(px, py, length);
            }
            else
            {
                for (long i = 0; i < length; i++)
                {
                    py[i] = op.Invoke(px[i * stride]);
                }
            }
        }

        private void Dense(float* px, float* py, long length)
        {
            TOp o = op;
            long i = 0;
            if (Vector512.IsHardwareAccelerated)
            {
                for (; i <= length - Vector512<float>.Count; i += Vector512<float>.Count)
                {
                    o.Invoke(Vector512.Load(px + i)).Store(py + i);
                }
            }
            else if (Vector256.IsHardwareAccelerated)
            {
                for (; i <= length - Vector256<float>.Count; i += Vector256<float>.Count)
                {
                    o.Invoke(Vector256.Load(px + i)).Store(py + i);
                }
            }

            for (; i < length; i++)
            {
                py[i] = o.Invoke(px[i]);
            }
        }
    }

    private readonly struct BinaryKernel<TOp>(TOp op, float* a, float* b, float* y) : IRowKernel where TOp : struct, IBinaryOperator
    {
        public void Invoke(in StridedLoop loop, long row, long start, long length)
        {
            long strideA = loop.RowStride(0), strideB = loop.RowStride(1);
            float* pa = a + loop.RowOffset(0, row) + (start * strideA);
            float* pb = b + loop.RowOffset(1, row) + (start * strideB);
            float* py = y + loop.RowOffset(2, row) + start;
            if (strideA is 0 or 1 && strideB is 0 or 1)
            {
                Dense(pa, strideA, pb, strideB, py, length);
            }
            else
            {
                for (long i = 0; i < length; i++)
                {
                    py[i] = op.Invoke(pa[i * strideA], pb[i * strideB]);
                }
            }
        }

        /// <summary>Rows that are dense or hold one repeated value.</summary>
        private void Dense(float* pa, long strideA, float* pb, long strideB, float* py, long length)
        {
            TOp o = op;
            long i = 0;
            if (Vector512.IsHardwareAccelerated)
            {
                Vector512<float> wholeA = Vector512.Create(*pa), wholeB = Vector512.Create(*pb);
                for (; i <= length - Vector512<float>.Count; i += Vector512<float>.Count)
                {
                    Vector512<float> va = strideA == 1 ? Vector512.Load(pa + i) : wholeA;
                    Vector512<float> vb = strideB == 1 ? Vector512.Load(pb + i) : wholeB;
                    o.Invoke(va, vb).Store(py + i);
                }
            }
            else if (Vector256.IsHardwareAccelerated)
            {
                Vector256<float> wholeA = Vector256.Create(*pa), wholeB = Vector256.Create(*pb);
                for (; i <= length - Vector256<float>.Count; i += Vector256<float>.Count)
                {
                    Vector256<float> va = strideA == 1 ? Vector256.Load(pa + i) : wholeA;
                    Vector256<float> vb = strideB == 1 ? Vector256.Load(pb + i) : wholeB;
                    o.Invoke(va, vb).Store(py + i);
                }
            }

            for (; i < length; i++)
            {
                py[i] = o.Invoke(pa[i * strideA], pb[i * strideB]);
            }
        }
    }
}
