using System.Numerics;
using System.Runtime.Intrinsics;

namespace RawSer.Gpu.Emulator;

internal readonly struct VectorAdd<T> : IVectorBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a + b;
}

internal readonly struct VectorSubtract<T> : IVectorBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a - b;
}

internal readonly struct VectorMultiply<T> : IVectorBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a * b;
}

internal readonly struct VectorMultiplyAdd<T> : IVectorTernary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b, Vector256<T> c) => (a * b) + c;
}

internal readonly struct VectorMin<T> : IVectorBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => Vector256.Min(a, b);
}

internal readonly struct VectorMax<T> : IVectorBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => Vector256.Max(a, b);
}

internal readonly struct VectorAnd<T> : IVectorBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a & b;
}

internal readonly struct VectorOr<T> : IVectorBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a | b;
}

internal readonly struct VectorXor<T> : IVectorBinary<T>
{
    public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a ^ b;
}

internal readonly struct VectorNot<T> : IVectorUnary<T>
{
    public static Vector256<T> Apply(Vector256<T> a) => ~a;
}

internal readonly struct Copy<T> : IUnary<T, T>, IVectorUnary<T>
{
    public static T Apply(T a) => a;

    public static Vector256<T> Apply(Vector256<T> a) => a;
}

internal readonly struct Add<T> : IBinary<T, T, T>
    where T : INumber<T>
{
    public static T Apply(T a, T b) => unchecked(a + b);
}

internal readonly struct Subtract<T> : IBinary<T, T, T>
    where T : INumber<T>
{
    public static T Apply(T a, T b) => unchecked(a - b);
}

internal readonly struct Multiply<T> : IBinary<T, T, T>
    where T : INumber<T>
{
    public static T Apply(T a, T b) => unchecked(a * b);
}

internal readonly struct MultiplyAdd<T> : ITernary<T, T, T, T>
    where T : INumber<T>
{
    public static T Apply(T a, T b, T c) => unchecked((a * b) + c);
}

internal readonly struct Min<T> : IBinary<T, T, T>
    where T : INumber<T>
{
    public static T Apply(T a, T b) => a < b ? a : b;
}

internal readonly struct Max<T> : IBinary<T, T, T>
    where T : INumber<T>
{
    public static T Apply(T a, T b) => a > b ? a : b;
}

/// <summary>|a - b| + c.</summary>
internal readonly struct AbsoluteDifference<T> : ITernary<T, T, T, T>
    where T : INumber<T>
{
    public static T Apply(T a, T b, T c) => unchecked((a < b ? b - a : a - b) + c);
}

/// <summary>Quotient; the interpreter has refused zero divisors. The overflow of MinValue / -1 gives MinValue.</summary>
internal readonly struct Divide<T> : IBinary<T, T, T>
    where T : IBinaryInteger<T>
{
    public static T Apply(T a, T b) => b == T.Zero ? T.Zero : b + T.One == T.Zero && T.IsNegative(b) ? unchecked(T.Zero - a) : a / b;
}

/// <summary>Remainder, with the sign of the dividend.</summary>
internal readonly struct Remainder<T> : IBinary<T, T, T>
    where T : IBinaryInteger<T>
{
    public static T Apply(T a, T b) => b == T.Zero || (b + T.One == T.Zero && T.IsNegative(b)) ? T.Zero : a % b;
}

internal readonly struct Negate<T> : IUnary<T, T>
    where T : INumber<T>
{
    public static T Apply(T a) => unchecked(T.Zero - a);
}

internal readonly struct Absolute<T> : IUnary<T, T>
    where T : INumber<T>
{
    public static T Apply(T a) => a < T.Zero ? unchecked(T.Zero - a) : a;
}

/// <summary>A signed 16-bit operation in 32-bit registers.</summary>
internal readonly struct ShortBinary<TOp> : IBinary<uint, uint, uint>
    where TOp : struct, IBinary<int, int, int>
{
    public static uint Apply(uint a, uint b) => (ushort)TOp.Apply((short)a, (short)b);
}

internal readonly struct UShortBinary<TOp> : IBinary<uint, uint, uint>
    where TOp : struct, IBinary<uint, uint, uint>
{
    public static uint Apply(uint a, uint b) => (ushort)TOp.Apply((ushort)a, (ushort)b);
}

internal readonly struct ShortUnary<TOp> : IUnary<uint, uint>
    where TOp : struct, IUnary<int, int>
{
    public static uint Apply(uint a) => (ushort)TOp.Apply((short)a);
}

internal readonly struct ShortTernary<TOp> : ITernary<uint, uint, uint, uint>
    where TOp : struct, ITernary<int, int, int, int>
{
    public static uint Apply(uint a, uint b, uint c) => (ushort)TOp.Apply((short)a, (short)b, (short)c);
}

internal readonly struct UShortTernary<TOp> : ITernary<uint, uint, uint, uint>
    where TOp : struct, ITernary<uint, uint, uint, uint>
{
    public static uint Apply(uint a, uint b, uint c) => (ushort)TOp.Apply((ushort)a, (ushort)b, (ushort)c);
}

/// <summary>High half of the product of 16-bit numbers.</summary>
internal readonly struct High16 : IBinary<int, int, int>, IBinary<uint, uint, uint>
{
    public static int Apply(int a, int b) => (a * b) >> 16;

    public static uint Apply(uint a, uint b) => (a * b) >> 16;
}

internal readonly struct MultiplyHigh : IBinary<int, int, int>, IBinary<uint, uint, uint>, IBinary<long, long, long>, IBinary<ulong, ulong, ulong>
{
    public static int Apply(int a, int b) => (int)(((long)a * b) >> 32);

    public static uint Apply(uint a, uint b) => (uint)(((ulong)a * b) >> 32);

    public static long Apply(long a, long b) => Math.BigMul(a, b, out _);

    public static ulong Apply(ulong a, ulong b) => Math.BigMul(a, b, out _);
}

/// <summary>mad.hi.sat.s32.</summary>
internal readonly struct MultiplyHighAddSaturate : ITernary<int, int, int, int>
{
    public static int Apply(int a, int b, int c) => (int)Math.Clamp((((long)a * b) >> 32) + c, int.MinValue, int.MaxValue);
}

internal readonly struct AddSaturate : IBinary<int, int, int>
{
    public static int Apply(int a, int b) => (int)Math.Clamp((long)a + b, int.MinValue, int.MaxValue);
}

internal readonly struct SubtractSaturate : IBinary<int, int, int>
{
    public static int Apply(int a, int b) => (int)Math.Clamp((long)a - b, int.MinValue, int.MaxValue);
}

/// <summary>mul.wide: the product in twice the width.</summary>
internal readonly struct MultiplyWide : IBinary<int, int, long>, IBinary<uint, uint, ulong>
{
    public static long Apply(int a, int b) => (long)a * b;

    public static ulong Apply(uint a, uint b) => (ulong)a * b;
}

internal readonly struct MultiplyWideS16 : IBinary<uint, uint, uint>, ITernary<uint, uint, uint, uint>
{
    public static uint Apply(uint a, uint b) => (uint)((short)a * (short)b);

    public static uint Apply(uint a, uint b, uint c) => Apply(a, b) + c;
}

internal readonly struct MultiplyWideU16 : IBinary<uint, uint, uint>, ITernary<uint, uint, uint, uint>
{
    public static uint Apply(uint a, uint b) => (uint)(ushort)a * (ushort)b;

    public static uint Apply(uint a, uint b, uint c) => Apply(a, b) + c;
}

internal readonly struct MultiplyWideAdd : ITernary<int, int, long, long>, ITernary<uint, uint, ulong, ulong>
{
    public static long Apply(int a, int b, long c) => unchecked(((long)a * b) + c);

    public static ulong Apply(uint a, uint b, ulong c) => unchecked(((ulong)a * b) + c);
}

/// <summary>mul24: bits 31 to 0 (lo) or 47 to 16 (hi) of the product of 24-bit numbers.</summary>
internal readonly struct Multiply24Low : IBinary<int, int, int>, IBinary<uint, uint, uint>
{
    public static int Apply(int a, int b) => (int)Product(a, b);

    public static uint Apply(uint a, uint b) => (uint)((ulong)(a & 0xFFFFFF) * (b & 0xFFFFFF));

    public static long Product(int a, int b) => (long)((a << 8) >> 8) * ((b << 8) >> 8);
}

/// <inheritdoc cref="Multiply24Low"/>
internal readonly struct Multiply24High : IBinary<int, int, int>, IBinary<uint, uint, uint>
{
    public static int Apply(int a, int b) => (int)(Multiply24Low.Product(a, b) >> 16);

    public static uint Apply(uint a, uint b) => (uint)(((ulong)(a & 0xFFFFFF) * (b & 0xFFFFFF)) >> 16);
}

/// <summary>A product of two, plus a third.</summary>
internal readonly struct ThenAdd<T, TOp> : ITernary<T, T, T, T>
    where T : INumber<T>
    where TOp : struct, IBinary<T, T, T>
{
    public static T Apply(T a, T b, T c) => unchecked(TOp.Apply(a, b) + c);
}
