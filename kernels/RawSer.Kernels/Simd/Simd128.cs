using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RawSer.Kernels;

/// <summary>Four lanes.</summary>
internal readonly unsafe struct Simd128(Vector128<float> value) : ISimd<Simd128>
{
    private readonly Vector128<float> _value = value;

    public static int Count => 4;

    public static Simd128 Create(float value) => new(Vector128.Create(value));

    public static Simd128 Bits(uint pattern) => new(Vector128.Create(pattern).AsSingle());

    public static Simd128 Load(float* address) => new(Vector128.Load(address));

    public static Simd128 LoadMasked(float* address, Simd128 mask)
    {
        if (Avx.IsSupported)
        {
            return new(Avx.MaskLoad(address, mask._value));
        }

        if (Vector128.EqualsAll(mask._value.AsUInt32(), Vector128<uint>.AllBitsSet))
        {
            return Load(address);
        }

        Vector128<float> loaded = default;
        for (int i = 0; i < Count; i++)
        {
            loaded = mask._value.AsUInt32()[i] == 0 ? loaded : loaded.WithElement(i, address[i]);
        }

        return new(loaded);
    }

    public void Store(float* address) => _value.Store(address);

    public static Simd128 LanesWithin(int first, int end) =>
        new((~Vector128.LessThan(Vector128<int>.Indices, Vector128.Create(first)) & Vector128.LessThan(Vector128<int>.Indices, Vector128.Create(end))).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 EvenLanes(Simd128 a, Simd128 b) => Halves(a, b, Vector128.Create(0, 2, 0, 2));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 OddLanes(Simd128 a, Simd128 b) => Halves(a, b, Vector128.Create(1, 3, 1, 3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 InterleaveLow(Simd128 a, Simd128 b) => ByTurns(a, b, Vector128.Create(0, 0, 1, 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 InterleaveHigh(Simd128 a, Simd128 b) => ByTurns(a, b, Vector128.Create(2, 2, 3, 3));

    public static Simd128 operator +(Simd128 a, Simd128 b) => new(a._value + b._value);

    public static Simd128 operator -(Simd128 a, Simd128 b) => new(a._value - b._value);

    public static Simd128 operator *(Simd128 a, Simd128 b) => new(a._value * b._value);

    public static Simd128 operator /(Simd128 a, Simd128 b) => new(a._value / b._value);

    public static Simd128 operator -(Simd128 a) => new(-a._value);

    public static Simd128 operator &(Simd128 a, Simd128 b) => new(a._value & b._value);

    public static Simd128 operator |(Simd128 a, Simd128 b) => new(a._value | b._value);

    public static Simd128 operator ^(Simd128 a, Simd128 b) => new(a._value ^ b._value);

    public static Simd128 Fma(Simd128 a, Simd128 b, Simd128 c) => new(Vector128.FusedMultiplyAdd(a._value, b._value, c._value));

    public static Simd128 MultiplyAdd(Simd128 a, Simd128 b, Simd128 c) => new(Vector128.MultiplyAddEstimate(a._value, b._value, c._value));

    public static Simd128 Sqrt(Simd128 a) => new(Vector128.Sqrt(a._value));

    public static Simd128 Abs(Simd128 a) => new(Vector128.Abs(a._value));

    public static Simd128 MaxOrSecond(Simd128 a, Simd128 b) => new(Vector128.MaxNative(a._value, b._value));

    public static Simd128 MinOrSecond(Simd128 a, Simd128 b) => new(Vector128.MinNative(a._value, b._value));

    public static Simd128 Less(Simd128 a, Simd128 b) => new(Vector128.LessThan(a._value, b._value));

    public static Simd128 LessOrEqual(Simd128 a, Simd128 b) => new(Vector128.LessThanOrEqual(a._value, b._value));

    public static Simd128 Equal(Simd128 a, Simd128 b) => new(Vector128.Equals(a._value, b._value));

    public static Simd128 Select(Simd128 mask, Simd128 a, Simd128 b) => new(Vector128.ConditionalSelect(mask._value, a._value, b._value));

    public static Simd128 AddBits(Simd128 a, Simd128 b) => new((a._value.AsInt32() + b._value.AsInt32()).AsSingle());

    public static Simd128 SubtractBits(Simd128 a, Simd128 b) => new((a._value.AsInt32() - b._value.AsInt32()).AsSingle());

    public static Simd128 ShiftLeft(Simd128 a, int count) => new((a._value.AsInt32() << count).AsSingle());

    public static Simd128 ShiftRight(Simd128 a, int count) => new((a._value.AsInt32() >> count).AsSingle());

    public static Simd128 ToFloat(Simd128 integers) => new(Vector128.ConvertToSingle(integers._value.AsInt32()));

    public static Simd128 Scale(Simd128 a, Simd128 n) => SimdScale.Portable(a, n);

    public static float Sum(Simd128 a) => (a._value.GetElement(0) + a._value.GetElement(2)) + (a._value.GetElement(1) + a._value.GetElement(3));

    /// <summary>These lanes of a in the first half, of b in the second.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Simd128 Halves(Simd128 a, Simd128 b, Vector128<int> lanes) =>
        new(Vector128.ConditionalSelect(Vector128.Create(-1, -1, 0, 0).AsSingle(), Vector128.ShuffleNative(a._value, lanes), Vector128.ShuffleNative(b._value, lanes)));

    /// <summary>These lanes of a in even places, of b in odd ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Simd128 ByTurns(Simd128 a, Simd128 b, Vector128<int> lanes) =>
        new(Vector128.ConditionalSelect(Vector128.Create(-1, 0, -1, 0).AsSingle(), Vector128.ShuffleNative(a._value, lanes), Vector128.ShuffleNative(b._value, lanes)));
}
