using System.Numerics;
using System.Runtime.Intrinsics;

namespace RawSer.Gpu.Emulator;

internal readonly struct VectorDivide<T> : IVectorBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a / b;
}

internal readonly struct VectorFma : IVectorTernary<float>, IVectorTernary<double>
{
    public static Vector256<float> Apply(Vector256<float> a, Vector256<float> b, Vector256<float> c) => Vector256.FusedMultiplyAdd(a, b, c);

    public static Vector256<double> Apply(Vector256<double> a, Vector256<double> b, Vector256<double> c) => Vector256.FusedMultiplyAdd(a, b, c);
}

internal readonly struct VectorSqrt<T> : IVectorUnary<T>
{
    public static Vector256<T> Apply(Vector256<T> a) => Vector256.Sqrt(a);
}

/// <summary>Flips the sign bit, of a NaN too.</summary>
internal readonly struct VectorNegate : IVectorUnary<float>, IVectorUnary<double>
{
    public static Vector256<float> Apply(Vector256<float> a) => a ^ Vector256.Create(-0f);

    public static Vector256<double> Apply(Vector256<double> a) => a ^ Vector256.Create(-0d);
}

internal readonly struct VectorAbsolute<T> : IVectorUnary<T>
{
    public static Vector256<T> Apply(Vector256<T> a) => Vector256.Abs(a);
}

internal readonly struct FloatDivide<T> : IBinary<T, T, T>
    where T : IFloatingPointIeee754<T>
{
    public static T Apply(T a, T b) => a / b;
}

/// <summary>div.approx: a divisor of more than 2^126 makes finite quotients zero, and infinite ones NaN.</summary>
internal readonly struct ApproximateDivide : IBinary<float, float, float>
{
    public static float Apply(float a, float b) => MathF.Abs(b) > 8.50705917e37f && float.IsFinite(b) ? a / b * 0 : a / b;
}

internal readonly struct Fma<T> : ITernary<T, T, T, T>
    where T : IFloatingPointIeee754<T>
{
    public static T Apply(T a, T b, T c) => T.FusedMultiplyAdd(a, b, c);
}

internal readonly struct Sqrt<T> : IUnary<T, T>
    where T : IFloatingPointIeee754<T>
{
    public static T Apply(T a) => T.Sqrt(a);
}

internal readonly struct Reciprocal<T> : IUnary<T, T>
    where T : IFloatingPointIeee754<T>
{
    public static T Apply(T a) => T.One / a;
}

internal readonly struct FloatNegate<T> : IUnary<T, T>
    where T : INumber<T>
{
    public static T Apply(T a) => -a;
}

internal readonly struct FloatAbsolute<T> : IUnary<T, T>
    where T : INumber<T>
{
    public static T Apply(T a) => T.Abs(a);
}

/// <summary>The number beside a NaN; -0 is less than 0.</summary>
internal readonly struct MinNumber<T> : IBinary<T, T, T>
    where T : INumber<T>
{
    public static T Apply(T a, T b) => T.MinNumber(a, b);
}

/// <inheritdoc cref="MinNumber{T}"/>
internal readonly struct MaxNumber<T> : IBinary<T, T, T>
    where T : INumber<T>
{
    public static T Apply(T a, T b) => T.MaxNumber(a, b);
}

/// <summary>NaN if either is NaN.</summary>
internal readonly struct MinNaN<T> : IBinary<T, T, T>
    where T : INumber<T>
{
    public static T Apply(T a, T b) => T.Min(a, b);
}

/// <inheritdoc cref="MinNaN{T}"/>
internal readonly struct MaxNaN<T> : IBinary<T, T, T>
    where T : INumber<T>
{
    public static T Apply(T a, T b) => T.Max(a, b);
}

/// <summary>b with the sign of a.</summary>
internal readonly struct TakeSign<T> : IBinary<T, T, T>
    where T : INumber<T>
{
    public static T Apply(T a, T b) => T.CopySign(b, a);
}

internal readonly struct CopySign32 : IBinary<uint, uint, uint>
{
    public static uint Apply(uint a, uint b) => (b & 0x7FFF_FFFF) | (a & 0x8000_0000);
}

internal readonly struct CopySign64 : IBinary<ulong, ulong, ulong>
{
    public static ulong Apply(ulong a, ulong b) => (b & long.MaxValue) | (a & 0x8000_0000_0000_0000);
}

/// <summary>Functions whose result PTX only bounds (.approx): computed in double precision and rounded once.</summary>
internal readonly struct Exp2 : IUnary<float, float>
{
    public static float Apply(float a) => (float)Math.Pow(2, a);
}

/// <inheritdoc cref="Exp2"/>
internal readonly struct Log2 : IUnary<float, float>
{
    public static float Apply(float a) => (float)Math.Log2(a);
}

/// <inheritdoc cref="Exp2"/>
internal readonly struct Sine : IUnary<float, float>
{
    public static float Apply(float a) => (float)Math.Sin(a);
}

/// <inheritdoc cref="Exp2"/>
internal readonly struct Cosine : IUnary<float, float>
{
    public static float Apply(float a) => (float)Math.Cos(a);
}

/// <inheritdoc cref="Exp2"/>
internal readonly struct Tanh : IUnary<float, float>
{
    public static float Apply(float a) => (float)Math.Tanh(a);
}

/// <inheritdoc cref="Exp2"/>
internal readonly struct ReciprocalSqrt : IUnary<float, float>, IUnary<double, double>
{
    public static float Apply(float a) => a == 0 ? (float.IsNegative(a) ? float.NegativeInfinity : float.PositiveInfinity) : (float)(1 / Math.Sqrt(a));

    public static double Apply(double a) => a == 0 ? (double.IsNegative(a) ? double.NegativeInfinity : double.PositiveInfinity) : 1 / Math.Sqrt(a);
}

/// <summary>rcp.approx.ftz.f64 and rsqrt.approx.ftz.f64: the upper 32 bits of the result, subnormals as zero.</summary>
internal readonly struct UpperHalf<TOp> : IUnary<double, double>
    where TOp : struct, IUnary<double, double>
{
    public static double Apply(double a)
    {
        a = double.IsSubnormal(a) ? Math.CopySign(0, a) : a;
        double result = TOp.Apply(a);
        result = double.IsSubnormal(result) ? Math.CopySign(0, result) : result;
        return double.IsNaN(result) ? result : BitConverter.UInt64BitsToDouble(BitConverter.DoubleToUInt64Bits(result) & 0xFFFF_FFFF_0000_0000);
    }
}

/// <summary>.ftz: subnormal operands and results become zero of their sign.</summary>
internal static class FlushToZero
{
    public static float Flush(float a) => float.IsSubnormal(a) ? MathF.CopySign(0, a) : a;
}

/// <inheritdoc cref="FlushToZero"/>
internal readonly struct FtzUnary<TOp> : IUnary<float, float>
    where TOp : struct, IUnary<float, float>
{
    public static float Apply(float a) => FlushToZero.Flush(TOp.Apply(FlushToZero.Flush(a)));
}

/// <inheritdoc cref="FlushToZero"/>
internal readonly struct FtzBinary<TOp> : IBinary<float, float, float>
    where TOp : struct, IBinary<float, float, float>
{
    public static float Apply(float a, float b) => FlushToZero.Flush(TOp.Apply(FlushToZero.Flush(a), FlushToZero.Flush(b)));
}

/// <inheritdoc cref="FlushToZero"/>
internal readonly struct FtzTernary<TOp> : ITernary<float, float, float, float>
    where TOp : struct, ITernary<float, float, float, float>
{
    public static float Apply(float a, float b, float c) =>
        FlushToZero.Flush(TOp.Apply(FlushToZero.Flush(a), FlushToZero.Flush(b), FlushToZero.Flush(c)));
}

/// <summary>.sat: clamped to [0, 1], NaN becomes 0.</summary>
internal static class Saturation
{
    public static float Clamp(float a) => a > 0 ? Math.Min(a, 1) : 0;

    public static double Clamp(double a) => a > 0 ? Math.Min(a, 1) : 0;
}

/// <inheritdoc cref="Saturation"/>
internal readonly struct SatBinary<TOp> : IBinary<float, float, float>
    where TOp : struct, IBinary<float, float, float>
{
    public static float Apply(float a, float b) => Saturation.Clamp(TOp.Apply(a, b));
}

/// <inheritdoc cref="Saturation"/>
internal readonly struct SatTernary<TOp> : ITernary<float, float, float, float>
    where TOp : struct, ITernary<float, float, float, float>
{
    public static float Apply(float a, float b, float c) => Saturation.Clamp(TOp.Apply(a, b, c));
}

/// <summary>A rounding mode as a type.</summary>
internal interface IRounding
{
    static abstract RoundingMode Mode { get; }
}

internal readonly struct TowardZero : IRounding
{
    public static RoundingMode Mode => RoundingMode.Zero;
}

internal readonly struct Downward : IRounding
{
    public static RoundingMode Mode => RoundingMode.Down;
}

internal readonly struct Upward : IRounding
{
    public static RoundingMode Mode => RoundingMode.Up;
}

/// <summary>add.rz and so on. An exact zero sum has the sign of the mode.</summary>
internal readonly struct RoundedAdd<TMode> : IBinary<float, float, float>, IBinary<double, double, double>
    where TMode : struct, IRounding
{
    public static float Apply(float a, float b) => Rounding.ToSingle(Zero(Rounding.AddToOdd(a, b), a, b), TMode.Mode);

    public static double Apply(double a, double b) => !double.IsFinite(a) || !double.IsFinite(b)
        ? a + b
        : Zero(Rounding.Exact(a + b, TMode.Mode, x => Rounding.SignOfSum(Rounding.Split(a), Rounding.Split(b), Rounding.Minus(Rounding.Split(x)))), a, b);

    private static double Zero(double sum, double a, double b) =>
        sum == 0 && TMode.Mode == RoundingMode.Down && (a != 0 || double.IsNegative(a) != double.IsNegative(b)) ? -0.0 : sum;
}

internal readonly struct RoundedSubtract<TMode> : IBinary<float, float, float>, IBinary<double, double, double>
    where TMode : struct, IRounding
{
    public static float Apply(float a, float b) => RoundedAdd<TMode>.Apply(a, -b);

    public static double Apply(double a, double b) => RoundedAdd<TMode>.Apply(a, -b);
}

internal readonly struct RoundedMultiply<TMode> : IBinary<float, float, float>, IBinary<double, double, double>
    where TMode : struct, IRounding
{
    public static float Apply(float a, float b) => Rounding.ToSingle((double)a * b, TMode.Mode);

    public static double Apply(double a, double b) => double.IsInfinity(a) || double.IsInfinity(b)
        ? a * b
        : Rounding.Exact(a * b, TMode.Mode, x => Rounding.SignOfSum(Rounding.Times(Rounding.Split(a), Rounding.Split(b)), Rounding.Minus(Rounding.Split(x))));
}

internal readonly struct RoundedFma<TMode> : ITernary<float, float, float, float>, ITernary<double, double, double, double>
    where TMode : struct, IRounding
{
    public static float Apply(float a, float b, float c)
    {
        double product = (double)a * b;
        double sum = Rounding.AddToOdd(product, c);
        return Rounding.ToSingle(Zero(sum, product, c), TMode.Mode);
    }

    public static double Apply(double a, double b, double c)
    {
        double nearest = Math.FusedMultiplyAdd(a, b, c);
        if (!double.IsFinite(a) || !double.IsFinite(b) || !double.IsFinite(c))
        {
            return nearest;
        }

        double sum = Rounding.Exact(nearest, TMode.Mode, Compared);

        // A product that underflowed is no zero.
        return sum == 0 && Compared(0) != 0 ? sum : Zero(sum, a * b, c);

        int Compared(double x) =>
            Rounding.SignOfSum(Rounding.Times(Rounding.Split(a), Rounding.Split(b)), Rounding.Split(c), Rounding.Minus(Rounding.Split(x)));
    }

    private static double Zero(double sum, double product, double c) =>
        sum == 0 && TMode.Mode == RoundingMode.Down && (c != 0 || double.IsNegative(product) != double.IsNegative(c)) ? -0.0 : sum;
}

internal readonly struct RoundedDivide<TMode> : IBinary<float, float, float>, IBinary<double, double, double>
    where TMode : struct, IRounding
{
    public static float Apply(float a, float b) => Rounding.ToSingle(Rounding.DivideToOdd(a, b), TMode.Mode);

    // The sign of a / b - x is that of (a - x b) b.
    public static double Apply(double a, double b) => !double.IsFinite(a) || !double.IsFinite(b) || b == 0
        ? a / b
        : Rounding.Exact(
            a / b,
            TMode.Mode,
            x => Math.Sign(b) * Rounding.SignOfSum(Rounding.Split(a), Rounding.Minus(Rounding.Times(Rounding.Split(x), Rounding.Split(b)))));
}

internal readonly struct RoundedReciprocal<TMode> : IUnary<float, float>, IUnary<double, double>
    where TMode : struct, IRounding
{
    public static float Apply(float a) => RoundedDivide<TMode>.Apply(1f, a);

    public static double Apply(double a) => RoundedDivide<TMode>.Apply(1d, a);
}

internal readonly struct RoundedSqrt<TMode> : IUnary<float, float>, IUnary<double, double>
    where TMode : struct, IRounding
{
    public static float Apply(float a) => Rounding.ToSingle(Rounding.SqrtToOdd(a), TMode.Mode);

    public static double Apply(double a) => !double.IsFinite(a) || a <= 0
        ? Math.Sqrt(a)
        : Rounding.Exact(
            Math.Sqrt(a), TMode.Mode, x => Rounding.SignOfSum(Rounding.Split(a), Rounding.Minus(Rounding.Times(Rounding.Split(x), Rounding.Split(x)))));
}
