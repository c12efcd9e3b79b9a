using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RawSer.Kernels;

/// <summary>Sixteen lanes.</summary>
internal readonly unsafe struct Simd512(Vector512<float> value) : ISimd<Simd512>
{
    private readonly Vector512<float> _value = value;

    public static int Count => 16;

    public static Simd512 Create(float value) => new(Vector512.Create(value));

    public static Simd512 Bits(uint pattern) => new(Vector512.Create(pattern).AsSingle());

    public static Simd512 Load(float* address) => new(Vector512.Load(address));

    public static Simd512 LoadMasked(float* address, Simd512 mask) => new(Avx512F.MaskLoad(address, mask._value, Vector512<float>.Zero));

    public void Store(float* address) => _value.Store(address);

    public static Simd512 LanesWithin(int first, int end) =>
        new((~Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(first)) & Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(end))).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 EvenLanes(Simd512 a, Simd512 b) => Lanes(a, b, Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 OddLanes(Simd512 a, Simd512 b) => Lanes(a, b, Vector512.Create(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 InterleaveLow(Simd512 a, Simd512 b) => Lanes(a, b, Vector512.Create(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 InterleaveHigh(Simd512 a, Simd512 b) => Lanes(a, b, Vector512.Create(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31));

    public static Simd512 operator +(Simd512 a, Simd512 b) => new(a._value + b._value);

    public static Simd512 operator -(Simd512 a, Simd512 b) => new(a._value - b._value);

    public static Simd512 operator *(Simd512 a, Simd512 b) => new(a._value * b._value);

    public static Simd512 operator /(Simd512 a, Simd512 b) => new(a._value / b._value);

    public static Simd512 operator -(Simd512 a) => new(-a._value);

    public static Simd512 operator &(Simd512 a, Simd512 b) => new(a._value & b._value);

    public static Simd512 operator |(Simd512 a, Simd512 b) => new(a._value | b._value);

    public static Simd512 operator ^(Simd512 a, Simd512 b) => new(a._value ^ b._value);

    public static Simd512 Fma(Simd512 a, Simd512 b, Simd512 c) => new(Vector512.FusedMultiplyAdd(a._value, b._value, c._value));

    public static Simd512 MultiplyAdd(Simd512 a, Simd512 b, Simd512 c) => new(Vector512.MultiplyAddEstimate(a._value, b._value, c._value));

    public static Simd512 Sqrt(Simd512 a) => new(Vector512.Sqrt(a._value));

    public static Simd512 Abs(Simd512 a) => new(Vector512.Abs(a._value));

    public static Simd512 MaxOrSecond(Simd512 a, Simd512 b) => new(Vector512.MaxNative(a._value, b._value));

    public static Simd512 MinOrSecond(Simd512 a, Simd512 b) => new(Vector512.MinNative(a._value, b._value));

    public static Simd512 Less(Simd512 a, Simd512 b) => new(Vector512.LessThan(a._value, b._value));

    public static Simd512 LessOrEqual(Simd512 a, Simd512 b) => new(Vector512.LessThanOrEqual(a._value, b._value));

    public static Simd512 Equal(Simd512 a, Simd512 b) => new(Vector512.Equals(a._value, b._value));

    public static Simd512 Select(Simd512 mask, Simd512 a, Simd512 b) => new(Vector512.ConditionalSelect(mask._value, a._value, b._value));

    public static Simd512 AddBits(Simd512 a, Simd512 b) => new((a._value.AsInt32() + b._value.AsInt32()).AsSingle());

    public static Simd512 SubtractBits(Simd512 a, Simd512 b) => new((a._value.AsInt32() - b._value.AsInt32()).AsSingle());

    public static Simd512 ShiftLeft(Simd512 a, int count) => new((a._value.AsInt32() << count).AsSingle());

    public static Simd512 ShiftRight(Simd512 a, int count) => new((a._value.AsInt32() >> count).AsSingle());

    public static Simd512 ToFloat(Simd512 integers) => new(Vector512.ConvertToSingle(integers._value.AsInt32()));

    public static Simd512 Scale(Simd512 a, Simd512 n) =>
        Avx512F.IsSupported ? new(Avx512F.Scale(a._value, n._value)) : SimdScale.Portable(a, n);

    public static float Sum(Simd512 a) => Simd256.Sum(new(a._value.GetLower() + a._value.GetUpper()));

    /// <summary>These lanes of the 32 of a and then of b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Simd512 Lanes(Simd512 a, Simd512 b, Vector512<int> lanes) => new(Avx512F.PermuteVar16x32x2(a._value, lanes, b._value));
}
