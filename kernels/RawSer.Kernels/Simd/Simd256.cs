using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RawSer.Kernels;

/// <summary>Eight lanes.</summary>
internal readonly unsafe struct Simd256(Vector256<float> value) : ISimd<Simd256>
{
    private readonly Vector256<float> _value = value;

    public static int Count => 8;

    public static Simd256 Create(float value) => new(Vector256.Create(value));

    public static Simd256 Bits(uint pattern) => new(Vector256.Create(pattern).AsSingle());

    public static Simd256 Load(float* address) => new(Vector256.Load(address));

    public static Simd256 LoadMasked(float* address, Simd256 mask) =>
        Avx.IsSupported ? new(Avx.MaskLoad(address, mask._value)) : throw new PlatformNotSupportedException();

    public void Store(float* address) => _value.Store(address);

    public static Simd256 LanesWithin(int first, int end) =>
        new((~Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(first)) & Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(end))).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 EvenLanes(Simd256 a, Simd256 b) => Halves(a, b, Vector256.Create(0, 2, 4, 6, 0, 2, 4, 6));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 OddLanes(Simd256 a, Simd256 b) => Halves(a, b, Vector256.Create(1, 3, 5, 7, 1, 3, 5, 7));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 InterleaveLow(Simd256 a, Simd256 b) => ByTurns(a, b, Vector256.Create(0, 0, 1, 1, 2, 2, 3, 3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 InterleaveHigh(Simd256 a, Simd256 b) => ByTurns(a, b, Vector256.Create(4, 4, 5, 5, 6, 6, 7, 7));

    public static Simd256 operator +(Simd256 a, Simd256 b) => new(a._value + b._value);

    public static Simd256 operator -(Simd256 a, Simd256 b) => new(a._value - b._value);

    public static Simd256 operator *(Simd256 a, Simd256 b) => new(a._value * b._value);

    public static Simd256 operator /(Simd256 a, Simd256 b) => new(a._value / b._value);

    public static Simd256 operator -(Simd256 a) => new(-a._value);

    public static Simd256 operator &(Simd256 a, Simd256 b) => new(a._value & b._value);

    public static Simd256 operator |(Simd256 a, Simd256 b) => new(a._value | b._value);

    public static Simd256 operator ^(Simd256 a, Simd256 b) => new(a._value ^ b._value);

    public static Simd256 Fma(Simd256 a, Simd256 b, Simd256 c) => new(Vector256.FusedMultiplyAdd(a._value, b._value, c._value));

    public static Simd256 MultiplyAdd(Simd256 a, Simd256 b, Simd256 c) => new(Vector256.MultiplyAddEstimate(a._value, b._value, c._value));

    public static Simd256 Sqrt(Simd256 a) => new(Vector256.Sqrt(a._value));

    public static Simd256 Abs(Simd256 a) => new(Vector256.Abs(a._value));

    public static Simd256 MaxOrSecond(Simd256 a, Simd256 b) => new(Vector256.MaxNative(a._value, b._value));

    public static Simd256 MinOrSecond(Simd256 a, Simd256 b) => new(Vector256.MinNative(a._value, b._value));

    public static Simd256 Less(Simd256 a, Simd256 b) => new(Vector256.LessThan(a._value, b._value));

    public static Simd256 LessOrEqual(Simd256 a, Simd256 b) => new(Vector256.LessThanOrEqual(a._value, b._value));

    public static Simd256 Equal(Simd256 a, Simd256 b) => new(Vector256.Equals(a._value, b._value));

    public static Simd256 Select(Simd256 mask, Simd256 a, Simd256 b) => new(Vector256.ConditionalSelect(mask._value, a._value, b._value));

    public static Simd256 AddBits(Simd256 a, Simd256 b) => new((a._value.AsInt32() + b._value.AsInt32()).AsSingle());

    public static Simd256 SubtractBits(Simd256 a, Simd256 b) => new((a._value.AsInt32() - b._value.AsInt32()).AsSingle());

    public static Simd256 ShiftLeft(Simd256 a, int count) => new((a._value.AsInt32() << count).AsSingle());

    public static Simd256 ShiftRight(Simd256 a, int count) => new((a._value.AsInt32() >> count).AsSingle());

    public static Simd256 ToFloat(Simd256 integers) => new(Vector256.ConvertToSingle(integers._value.AsInt32()));

    public static Simd256 Scale(Simd256 a, Simd256 n) => SimdScale.Portable(a, n);

    public static float Sum(Simd256 a) => Simd128.Sum(new(a._value.GetLower() + a._value.GetUpper()));

    /// <summary>These lanes of a in the first half, of b in the second.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Simd256 Halves(Simd256 a, Simd256 b, Vector256<int> lanes) =>
        new(Vector256.ConditionalSelect(Vector256.Create(-1, -1, -1, -1, 0, 0, 0, 0).AsSingle(), Vector256.ShuffleNative(a._value, lanes), Vector256.ShuffleNative(b._value, lanes)));

    /// <summary>These lanes of a in even places, of b in odd ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Simd256 ByTurns(Simd256 a, Simd256 b, Vector256<int> lanes) =>
        new(Vector256.ConditionalSelect(Vector256.Create(-1, 0, -1, 0, -1, 0, -1, 0).AsSingle(), Vector256.ShuffleNative(a._value, lanes), Vector256.ShuffleNative(b._value, lanes)));
}
