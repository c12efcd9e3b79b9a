using System.Numerics;
using System.Runtime.Intrinsics;

namespace RawSer.Gpu.Emulator;

/// <summary>A function of one lane.</summary>
internal interface IUnary<TA, TR>
{
    static abstract TR Apply(TA a);
}

/// <inheritdoc cref="IUnary{TA,TR}"/>
internal interface IBinary<TA, TB, TR>
{
    static abstract TR Apply(TA a, TB b);
}

/// <inheritdoc cref="IUnary{TA,TR}"/>
internal interface ITernary<TA, TB, TC, TR>
{
    static abstract TR Apply(TA a, TB b, TC c);
}

/// <summary>A function of a vector of lanes.</summary>
internal interface IVectorUnary<T>
{
    static abstract Vector256<T> Apply(Vector256<T> a);
}

/// <inheritdoc cref="IVectorUnary{T}"/>
internal interface IVectorBinary<T>
{
    static abstract Vector256<T> Apply(Vector256<T> a, Vector256<T> b);
}

/// <inheritdoc cref="IVectorUnary{T}"/>
internal interface IVectorTernary<T>
{
    static abstract Vector256<T> Apply(Vector256<T> a, Vector256<T> b, Vector256<T> c);
}

/// <summary>Applies a function to the lanes of a mask: lane by lane, or in vectors for the operations that kernels spend their time in.</summary>
internal static unsafe class Lanes
{
    public const int Count = 32;
    public const uint Full = uint.MaxValue;

    public static void Unary<TOp, TA, TR>(byte* registers, Op* op, uint mask)
        where TOp : struct, IUnary<TA, TR>
        where TA : unmanaged
        where TR : unmanaged
    {
        TA* a = (TA*)(registers + op->A);
        TR* d = (TR*)(registers + op->D);
        if (mask == Full)
        {
            for (int lane = 0; lane < Count; lane++)
            {
                d[lane] = TOp.Apply(a[lane]);
            }

            return;
        }

        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            d[lane] = TOp.Apply(a[lane]);
        }
    }

    public static void Binary<TOp, TA, TB, TR>(byte* registers, Op* op, uint mask)
        where TOp : struct, IBinary<TA, TB, TR>
        where TA : unmanaged
        where TB : unmanaged
        where TR : unmanaged
    {
        TA* a = (TA*)(registers + op->A);
        TB* b = (TB*)(registers + op->B);
        TR* d = (TR*)(registers + op->D);
        if (mask == Full)
        {
            for (int lane = 0; lane < Count; lane++)
            {
                d[lane] = TOp.Apply(a[lane], b[lane]);
            }

            return;
        }

        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            d[lane] = TOp.Apply(a[lane], b[lane]);
        }
    }

    public static void Ternary<TOp, TA, TB, TC, TR>(byte* registers, Op* op, uint mask)
        where TOp : struct, ITernary<TA, TB, TC, TR>
        where TA : unmanaged
        where TB : unmanaged
        where TC : unmanaged
        where TR : unmanaged
    {
        TA* a = (TA*)(registers + op->A);
        TB* b = (TB*)(registers + op->B);
        TC* c = (TC*)(registers + op->C);
        TR* d = (TR*)(registers + op->D);
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            d[lane] = TOp.Apply(a[lane], b[lane], c[lane]);
        }
    }

    public static void VectorUnary<TOp, T>(byte* registers, Op* op, uint mask)
        where TOp : struct, IVectorUnary<T>
        where T : unmanaged
    {
        for (int at = 0; at < Count * sizeof(T); at += Vector256<byte>.Count)
        {
            Store(registers + op->D + at, TOp.Apply(Load<T>(registers + op->A + at)), mask, at / sizeof(T));
        }
    }

    public static void VectorBinary<TOp, T>(byte* registers, Op* op, uint mask)
        where TOp : struct, IVectorBinary<T>
        where T : unmanaged
    {
        for (int at = 0; at < Count * sizeof(T); at += Vector256<byte>.Count)
        {
            Vector256<T> result = TOp.Apply(Load<T>(registers + op->A + at), Load<T>(registers + op->B + at));
            Store(registers + op->D + at, result, mask, at / sizeof(T));
        }
    }

    public static void VectorTernary<TOp, T>(byte* registers, Op* op, uint mask)
        where TOp : struct, IVectorTernary<T>
        where T : unmanaged
    {
        for (int at = 0; at < Count * sizeof(T); at += Vector256<byte>.Count)
        {
            Vector256<T> result = TOp.Apply(Load<T>(registers + op->A + at), Load<T>(registers + op->B + at), Load<T>(registers + op->C + at));
            Store(registers + op->D + at, result, mask, at / sizeof(T));
        }
    }

    public static Vector256<T> Load<T>(byte* source) => *(Vector256<T>*)source;

    /// <summary>Stores the lanes of a vector whose bits are set in <paramref name="mask"/>; <paramref name="lane"/> is its first.</summary>
    public static void Store<T>(byte* target, Vector256<T> value, uint mask, int lane)
        where T : unmanaged
    {
        if (mask != Full)
        {
            value = Vector256.ConditionalSelect(MaskOf<T>(mask >> lane), value, Load<T>(target));
        }

        *(Vector256<T>*)target = value;
    }

    /// <summary>All bits of an element set where the mask's bit is.</summary>
    public static Vector256<T> MaskOf<T>(uint mask)
        where T : unmanaged
    {
        if (sizeof(T) == 4)
        {
            Vector256<uint> bits = Vector256.Create(1u, 2, 4, 8, 16, 32, 64, 128);
            return Vector256.Equals(Vector256.Create(mask) & bits, bits).As<uint, T>();
        }

        Vector256<ulong> wide = Vector256.Create(1ul, 2, 4, 8);
        return Vector256.Equals(Vector256.Create((ulong)mask) & wide, wide).As<ulong, T>();
    }
}
