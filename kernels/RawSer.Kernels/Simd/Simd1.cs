using System.Runtime.CompilerServices;

namespace RawSer.Kernels;

/// <summary>One lane: the remainder of a row, and the scalar functions of <see cref="MathX"/>.</summary>
internal readonly unsafe struct Simd1(float value) : ISimd<Simd1>
{
    public readonly float Value = value;

    public static int Count => 1;

    public static Simd1 Create(float value) => new(value);

    public static Simd1 Bits(uint pattern) => new(BitConverter.Int32BitsToSingle((int)pattern));

    public static Simd1 Load(float* address) => new(*address);

    public static Simd1 LoadMasked(float* address, Simd1 mask) => new(ToInt(mask) == 0 ? 0 : *address);

    public void Store(float* address) => *address = Value;

    public static Simd1 LanesWithin(int first, int end) => Bits(first <= 0 && end > 0 ? uint.MaxValue : 0);

    public static Simd1 EvenLanes(Simd1 a, Simd1 b) => a;

    public static Simd1 OddLanes(Simd1 a, Simd1 b) => b;

    public static Simd1 InterleaveLow(Simd1 a, Simd1 b) => a;

    public static Simd1 InterleaveHigh(Simd1 a, Simd1 b) => b;

    public static Simd1 operator +(Simd1 a, Simd1 b) => new(a.Value + b.Value);

    public static Simd1 operator -(Simd1 a, Simd1 b) => new(a.Value - b.Value);

    public static Simd1 operator *(Simd1 a, Simd1 b) => new(a.Value * b.Value);

    public static Simd1 operator /(Simd1 a, Simd1 b) => new(a.Value / b.Value);

    public static Simd1 operator -(Simd1 a) => new(-a.Value);

    public static Simd1 operator &(Simd1 a, Simd1 b) => FromInt(ToInt(a) & ToInt(b));

    public static Simd1 operator |(Simd1 a, Simd1 b) => FromInt(ToInt(a) | ToInt(b));

    public static Simd1 operator ^(Simd1 a, Simd1 b) => FromInt(ToInt(a) ^ ToInt(b));

#if GPU_ILGPU // knows no fused multiply-add; the functions that rely on one lose their last digits
    public static Simd1 Fma(Simd1 a, Simd1 b, Simd1 c) => new((a.Value * b.Value) + c.Value);
#else
    public static Simd1 Fma(Simd1 a, Simd1 b, Simd1 c) => new(MathF.FusedMultiplyAdd(a.Value, b.Value, c.Value));
#endif

    public static Simd1 MultiplyAdd(Simd1 a, Simd1 b, Simd1 c) => new(float.MultiplyAddEstimate(a.Value, b.Value, c.Value));

    public static Simd1 Sqrt(Simd1 a) => new(MathF.Sqrt(a.Value));

    public static Simd1 Abs(Simd1 a) => new(MathF.Abs(a.Value));

    public static Simd1 MaxOrSecond(Simd1 a, Simd1 b) => a.Value > b.Value ? a : b;

    public static Simd1 MinOrSecond(Simd1 a, Simd1 b) => a.Value < b.Value ? a : b;

    public static Simd1 Less(Simd1 a, Simd1 b) => Mask(a.Value < b.Value);

    public static Simd1 LessOrEqual(Simd1 a, Simd1 b) => Mask(a.Value <= b.Value);

    public static Simd1 Equal(Simd1 a, Simd1 b) => Mask(a.Value == b.Value);

    public static Simd1 Select(Simd1 mask, Simd1 a, Simd1 b) => FromInt((ToInt(mask) & ToInt(a)) | (~ToInt(mask) & ToInt(b)));

    public static Simd1 AddBits(Simd1 a, Simd1 b) => FromInt(ToInt(a) + ToInt(b));

    public static Simd1 SubtractBits(Simd1 a, Simd1 b) => FromInt(ToInt(a) - ToInt(b));

    public static Simd1 ShiftLeft(Simd1 a, int count) => FromInt(ToInt(a) << count);

    public static Simd1 ShiftRight(Simd1 a, int count) => FromInt(ToInt(a) >> count);

    public static Simd1 ToFloat(Simd1 integers) => new(ToInt(integers));

    public static Simd1 Scale(Simd1 a, Simd1 n) => SimdScale.Portable(a, n);

    public static float Sum(Simd1 a) => a.Value;

    private static Simd1 Mask(bool condition) => FromInt(condition ? -1 : 0);

    private static int ToInt(Simd1 a) => BitConverter.SingleToInt32Bits(a.Value);

    private static Simd1 FromInt(int bits) => new(BitConverter.Int32BitsToSingle(bits));
}

/// <summary>a * 2^n where no instruction does it.</summary>
internal static class SimdScale
{
    /// <summary>
    /// Two factors 2^(n/2) and 2^(n - n/2), each a normal float: the first product is exact for a near 1, so only the second
    /// rounds, also into the subnormals.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Portable<V>(V a, V n) where V : unmanaged, ISimd<V>
    {
        V integer = V.SubtractBits(n + V.Create(12582912f), V.Create(12582912f)); // adding 1.5 * 2^23 leaves n in the low bits
        V half = V.ShiftRight(integer, 1);
        V rest = V.SubtractBits(integer, half);
        V one = V.Create(1);
        return a * V.AddBits(V.ShiftLeft(half, 23), one) * V.AddBits(V.ShiftLeft(rest, 23), one);
    }
}
