using RawSer.Gpu.Dialect;

namespace RawSer.Kernels.Tests;

/// <summary>A function of one or two numbers as a type argument of a kernel. Functions of one number ignore the second.</summary>
internal interface IDeviceFunction<T>
{
    static abstract T Invoke(T a, T b);
}

/// <summary>The functions of MathX, whose errors are measured.</summary>
internal static class MathXFunctions
{
    internal readonly struct Exp : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b) => MathX.Exp(a);
    }

    internal readonly struct Exp2 : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b) => MathX.Exp2(a);
    }

    internal readonly struct Expm1 : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b) => MathX.Expm1(a);
    }

    internal readonly struct Log : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b) => MathX.Log(a);
    }

    internal readonly struct Log2 : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b) => MathX.Log2(a);
    }

    internal readonly struct Log1p : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b) => MathX.Log1p(a);
    }

    internal readonly struct Pow : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b) => MathX.Pow(a, b);
    }

    internal readonly struct Sqrt : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b) => MathX.Sqrt(a);
    }

    internal readonly struct Rsqrt : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b) => MathX.Rsqrt(a);
    }

    internal readonly struct Sin : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b) => MathX.Sin(a);
    }

    internal readonly struct Cos : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b) => MathX.Cos(a);
    }

    internal readonly struct Tanh : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b) => MathX.Tanh(a);
    }

    internal readonly struct Erf : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b) => MathX.Erf(a);
    }

    internal readonly struct Sigmoid : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b) => MathX.Sigmoid(a);
    }

    internal readonly struct Softplus : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b) => MathX.Softplus(a);
    }

    internal readonly struct NormalCdf : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b) => MathX.NormalCdf(a);
    }

    internal readonly struct SinPi : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b)
        {
            MathX.SinCosPi(new Simd1(a), out Simd1 sin, out _);
            return sin.Value;
        }
    }

    internal readonly struct CosPi : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b)
        {
            MathX.SinCosPi(new Simd1(a), out _, out Simd1 cos);
            return cos.Value;
        }
    }
}

/// <summary>Functions of the base library that are instructions: the host computes the same bits.</summary>
internal static class ExactInstructions
{
    internal readonly struct Quotient : IDeviceFunction<float>, IDeviceFunction<double>
    {
        public static float Invoke(float a, float b) => a / b;

        public static double Invoke(double a, double b) => a / b;
    }

    internal readonly struct Root : IDeviceFunction<float>, IDeviceFunction<double>
    {
        public static float Invoke(float a, float b) => MathF.Sqrt(a);

        public static double Invoke(double a, double b) => Math.Sqrt(a);
    }

    internal readonly struct FusedMultiplyAdd : IDeviceFunction<float>, IDeviceFunction<double>
    {
        public static float Invoke(float a, float b) => MathF.FusedMultiplyAdd(a, b, -b);

        public static double Invoke(double a, double b) => Math.FusedMultiplyAdd(a, b, -b);
    }

    internal readonly struct Fma : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b) => MathX.Fma(a, b, a);
    }

    /// <summary>A difference of a product on either side, which the assembler may fuse.</summary>
    internal readonly struct ProductLessNumber : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b) => (a * b) - b;
    }

    /// <inheritdoc cref="ProductLessNumber"/>
    internal readonly struct NumberLessProduct : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b) => b - (a * b);
    }

    internal readonly struct Floor : IDeviceFunction<float>, IDeviceFunction<double>
    {
        public static float Invoke(float a, float b) => MathF.Floor(a);

        public static double Invoke(double a, double b) => Math.Floor(a);
    }

    internal readonly struct Ceiling : IDeviceFunction<float>, IDeviceFunction<double>
    {
        public static float Invoke(float a, float b) => MathF.Ceiling(a);

        public static double Invoke(double a, double b) => Math.Ceiling(a);
    }

    internal readonly struct Truncate : IDeviceFunction<float>, IDeviceFunction<double>
    {
        public static float Invoke(float a, float b) => MathF.Truncate(a);

        public static double Invoke(double a, double b) => Math.Truncate(a);
    }

    internal readonly struct Round : IDeviceFunction<float>, IDeviceFunction<double>
    {
        public static float Invoke(float a, float b) => MathF.Round(a);

        public static double Invoke(double a, double b) => Math.Round(a);
    }

    internal readonly struct Abs : IDeviceFunction<float>, IDeviceFunction<double>
    {
        public static float Invoke(float a, float b) => MathF.Abs(a);

        public static double Invoke(double a, double b) => Math.Abs(a);
    }

    internal readonly struct CopySign : IDeviceFunction<float>, IDeviceFunction<double>
    {
        public static float Invoke(float a, float b) => IntrinsicMath.CopySign(a, b);

        public static double Invoke(double a, double b) => IntrinsicMath.CopySign(a, b);
    }

    internal readonly struct Min : IDeviceFunction<float>, IDeviceFunction<double>
    {
        public static float Invoke(float a, float b) => IntrinsicMath.Min(a, b);

        public static double Invoke(double a, double b) => IntrinsicMath.Min(a, b);
    }

    internal readonly struct Max : IDeviceFunction<float>, IDeviceFunction<double>
    {
        public static float Invoke(float a, float b) => IntrinsicMath.Max(a, b);

        public static double Invoke(double a, double b) => IntrinsicMath.Max(a, b);
    }

    internal readonly struct Clamp : IDeviceFunction<float>, IDeviceFunction<double>
    {
        public static float Invoke(float a, float b) => IntrinsicMath.Clamp(a, -1.5f, b);

        public static double Invoke(double a, double b) => IntrinsicMath.Clamp(a, -1.5, b);
    }
}

/// <summary>Instructions that only approximate: two by a name in the base library, the others by <see cref="CudaAsm"/>.</summary>
internal static class ApproximateInstructions
{
    internal readonly struct Reciprocal : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b) => MathF.ReciprocalEstimate(a);
    }

    internal readonly struct ReciprocalSqrt : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b) => MathF.ReciprocalSqrtEstimate(a);
    }

    internal readonly struct SqrtApprox : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b)
        {
            CudaAsm.Emit("sqrt.approx.f32 %0, %1;", out float result, a);
            return result;
        }
    }

    internal readonly struct DivideFull : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b)
        {
            CudaAsm.Emit("div.full.f32 %0, %1, %2;", out float result, a, b);
            return result;
        }
    }

    internal readonly struct DivideApprox : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b)
        {
            CudaAsm.Emit("div.approx.f32 %0, %1, %2;", out float result, a, b);
            return result;
        }
    }

    internal readonly struct Exp2Approx : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b)
        {
            CudaAsm.Emit("ex2.approx.f32 %0, %1;", out float result, a);
            return result;
        }
    }

    internal readonly struct Log2Approx : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b)
        {
            CudaAsm.Emit("lg2.approx.f32 %0, %1;", out float result, a);
            return result;
        }
    }

    internal readonly struct SinApprox : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b)
        {
            CudaAsm.Emit("sin.approx.f32 %0, %1;", out float result, a);
            return result;
        }
    }

    internal readonly struct CosApprox : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b)
        {
            CudaAsm.Emit("cos.approx.f32 %0, %1;", out float result, a);
            return result;
        }
    }

    internal readonly struct TanhApprox : IDeviceFunction<float>
    {
        public static float Invoke(float a, float b)
        {
            CudaAsm.Emit("tanh.approx.f32 %0, %1;", out float result, a);
            return result;
        }
    }
}
