using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

/// <summary>A function of one element, for every register width. Parameters are fields of the struct.</summary>
internal interface IUnaryOperator
{
    float Invoke(float x);

    Vector256<float> Invoke(Vector256<float> x);

    Vector512<float> Invoke(Vector512<float> x);
}

/// <summary>A function of two elements, for every register width.</summary>
internal interface IBinaryOperator
{
    float Invoke(float a, float b);

    Vector256<float> Invoke(Vector256<float> a, Vector256<float> b);

    Vector512<float> Invoke(Vector512<float> a, Vector512<float> b);
}

internal readonly struct AddOperator : IBinaryOperator
{
    public float Invoke(float a, float b) => a + b;

    public Vector256<float> Invoke(Vector256<float> a, Vector256<float> b) => a + b;

    public Vector512<float> Invoke(Vector512<float> a, Vector512<float> b) => a + b;
}

internal readonly struct SubtractOperator : IBinaryOperator
{
    public float Invoke(float a, float b) => a - b;

    public Vector256<float> Invoke(Vector256<float> a, Vector256<float> b) => a - b;

    public Vector512<float> Invoke(Vector512<float> a, Vector512<float> b) => a - b;
}

internal readonly struct MultiplyOperator : IBinaryOperator
{
    public float Invoke(float a, float b) => a * b;

    public Vector256<float> Invoke(Vector256<float> a, Vector256<float> b) => a * b;

    public Vector512<float> Invoke(Vector512<float> a, Vector512<float> b) => a * b;
}

internal readonly struct DivideOperator : IBinaryOperator
{
    public float Invoke(float a, float b) => a / b;

    public Vector256<float> Invoke(Vector256<float> a, Vector256<float> b) => a / b;

    public Vector512<float> Invoke(Vector512<float> a, Vector512<float> b) => a / b;
}

internal readonly struct AffineOperator(float alpha, float beta) : IUnaryOperator
{
    public float Invoke(float x) => (alpha * x) + beta;

    public Vector256<float> Invoke(Vector256<float> x) => (Vector256.Create(alpha) * x) + Vector256.Create(beta);

    public Vector512<float> Invoke(Vector512<float> x) => (Vector512.Create(alpha) * x) + Vector512.Create(beta);
}

internal readonly struct AbsOperator : IUnaryOperator
{
    public float Invoke(float x) => MathF.Abs(x);

    public Vector256<float> Invoke(Vector256<float> x) => Vector256.Abs(x);

    public Vector512<float> Invoke(Vector512<float> x) => Vector512.Abs(x);
}

internal readonly struct ExpOperator : IUnaryOperator
{
    public float Invoke(float x) => MathF.Exp(x);

    public Vector256<float> Invoke(Vector256<float> x) => Vector256.Exp(x);

    public Vector512<float> Invoke(Vector512<float> x) => Vector512.Exp(x);
}

internal readonly struct LogOperator : IUnaryOperator
{
    public float Invoke(float x) => MathF.Log(x);

    public Vector256<float> Invoke(Vector256<float> x) => Vector256.Log(x);

    public Vector512<float> Invoke(Vector512<float> x) => Vector512.Log(x);
}

internal readonly struct SqrtOperator : IUnaryOperator
{
    public float Invoke(float x) => MathF.Sqrt(x);

    public Vector256<float> Invoke(Vector256<float> x) => Vector256.Sqrt(x);

    public Vector512<float> Invoke(Vector512<float> x) => Vector512.Sqrt(x);
}

internal readonly struct ReciprocalOperator : IUnaryOperator
{
    public float Invoke(float x) => 1 / x;

    public Vector256<float> Invoke(Vector256<float> x) => Vector256<float>.One / x;

    public Vector512<float> Invoke(Vector512<float> x) => Vector512<float>.One / x;
}

internal readonly struct SquareOperator : IUnaryOperator
{
    public float Invoke(float x) => x * x;

    public Vector256<float> Invoke(Vector256<float> x) => x * x;

    public Vector512<float> Invoke(Vector512<float> x) => x * x;
}

internal readonly struct SigmoidOperator : IUnaryOperator
{
    public float Invoke(float x) => 1 / (1 + MathF.Exp(-x));

    public Vector256<float> Invoke(Vector256<float> x) => Vector256<float>.One / (Vector256<float>.One + Vector256.Exp(-x));

    public Vector512<float> Invoke(Vector512<float> x) => Vector512<float>.One / (Vector512<float>.One + Vector512.Exp(-x));
}

internal readonly struct ReluOperator : IUnaryOperator
{
    public float Invoke(float x) => x < 0 ? 0 : x; // a comparison, so that NaN stays NaN

    public Vector256<float> Invoke(Vector256<float> x) => Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256<float>.Zero), Vector256<float>.Zero, x);

    public Vector512<float> Invoke(Vector512<float> x) => Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), Vector512<float>.Zero, x);
}
