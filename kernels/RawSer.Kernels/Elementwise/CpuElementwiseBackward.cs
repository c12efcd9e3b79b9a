using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void UnaryBackward(UnaryOp op, View saved, View dy, View dx, double alpha = 0, double beta = 0)
    {
        switch (op)
        {
            case UnaryOp.Affine: Unary(UnaryOp.Affine, dy, dx, alpha); break;
            case UnaryOp.Abs: Binary(default(AbsBackwardOperator), saved, dy, dx); break;
            case UnaryOp.Exp: Binary(default(MultiplyOperator), saved, dy, dx); break;
            case UnaryOp.Log: Binary(default(DivideOperator), dy, saved, dx); break;
            case UnaryOp.Sqrt: Binary(default(SqrtBackwardOperator), saved, dy, dx); break;
            case UnaryOp.Reciprocal: Binary(default(ReciprocalBackwardOperator), saved, dy, dx); break;
            case UnaryOp.Square: Binary(default(SquareBackwardOperator), saved, dy, dx); break;
            case UnaryOp.Sigmoid: Binary(default(SigmoidBackwardOperator), saved, dy, dx); break;
            case UnaryOp.Relu: Binary(default(ReluBackwardOperator), saved, dy, dx); break;
            default: throw new ArgumentOutOfRangeException(nameof(op), op, "unknown unary operation");
        }
    }

    private readonly struct AbsBackwardOperator : IBinaryOperator
    {
        public float Invoke(float x, float dy) => x == 0 ? 0 : dy * MathF.CopySign(1, x);

        public Vector256<float> Invoke(Vector256<float> x, Vector256<float> dy) =>
            Vector256.ConditionalSelect(Vector256.Equals(x, default), default, dy * Vector256.CopySign(Vector256<float>.One, x));

        public Vector512<float> Invoke(Vector512<float> x, Vector512<float> dy) =>
            Vector512.ConditionalSelect(Vector512.Equals(x, default), default, dy * Vector512.CopySign(Vector512<float>.One, x));
    }

    private readonly struct SqrtBackwardOperator : IBinaryOperator
    {
        public float Invoke(float y, float dy) => 0.5f * dy / y;

        public Vector256<float> Invoke(Vector256<float> y, Vector256<float> dy) => 0.5f * dy / y;

        public Vector512<float> Invoke(Vector512<float> y, Vector512<float> dy) => 0.5f * dy / y;
    }

    private readonly struct ReciprocalBackwardOperator : IBinaryOperator
    {
        public float Invoke(float y, float dy) => -(y * y) * dy;

        public Vector256<float> Invoke(Vector256<float> y, Vector256<float> dy) => -(y * y) * dy;

        public Vector512<float> Invoke(Vector512<float> y, Vector512<float> dy) => -(y * y) * dy;
    }

    private readonly struct SquareBackwardOperator : IBinaryOperator
    {
        public float Invoke(float x, float dy) => (x + x) * dy;

        public Vector256<float> Invoke(Vector256<float> x, Vector256<float> dy) => (x + x) * dy;

        public Vector512<float> Invoke(Vector512<float> x, Vector512<float> dy) => (x + x) * dy;
    }

    private readonly struct SigmoidBackwardOperator : IBinaryOperator
    {
        public float Invoke(float y, float dy) => dy * (y * (1 - y));

        public Vector256<float> Invoke(Vector256<float> y, Vector256<float> dy) => dy * (y * (Vector256<float>.One - y));

        public Vector512<float> Invoke(Vector512<float> y, Vector512<float> dy) => dy * (y * (Vector512<float>.One - y));
    }

    private readonly struct ReluBackwardOperator : IBinaryOperator
    {
        public float Invoke(float y, float dy) => y > 0 ? dy : 0;

        public Vector256<float> Invoke(Vector256<float> y, Vector256<float> dy) => Vector256.ConditionalSelect(Vector256.GreaterThan(y, default), dy, default);

        public Vector512<float> Invoke(Vector512<float> y, Vector512<float> dy) => Vector512.ConditionalSelect(Vector512.GreaterThan(y, default), dy, default);
    }
}
