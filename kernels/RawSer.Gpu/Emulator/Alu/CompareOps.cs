using System.Numerics;
using System.Runtime.Intrinsics;

namespace RawSer.Gpu.Emulator;

/// <summary>A comparison of any element type; elements of the result have all bits set or none.</summary>
internal interface ICompare
{
    static abstract Vector256<T> Apply<T>(Vector256<T> a, Vector256<T> b);
}

/// <summary>The comparisons of setp. Those that end in u are true if an operand is NaN.</summary>
internal static class Compares
{
    private static Vector256<T> Ordered<T>(Vector256<T> a, Vector256<T> b) => Vector256.Equals(a, a) & Vector256.Equals(b, b);

    public readonly struct Eq : ICompare
    {
        public static Vector256<T> Apply<T>(Vector256<T> a, Vector256<T> b) => Vector256.Equals(a, b);
    }

    public readonly struct Ne : ICompare
    {
        public static Vector256<T> Apply<T>(Vector256<T> a, Vector256<T> b) => Ordered(a, b) & ~Vector256.Equals(a, b);
    }

    public readonly struct Lt : ICompare
    {
        public static Vector256<T> Apply<T>(Vector256<T> a, Vector256<T> b) => Vector256.LessThan(a, b);
    }

    public readonly struct Le : ICompare
    {
        public static Vector256<T> Apply<T>(Vector256<T> a, Vector256<T> b) => Vector256.LessThanOrEqual(a, b);
    }

    public readonly struct Gt : ICompare
    {
        public static Vector256<T> Apply<T>(Vector256<T> a, Vector256<T> b) => Vector256.GreaterThan(a, b);
    }

    public readonly struct Ge : ICompare
    {
        public static Vector256<T> Apply<T>(Vector256<T> a, Vector256<T> b) => Vector256.GreaterThanOrEqual(a, b);
    }

    public readonly struct Equ : ICompare
    {
        public static Vector256<T> Apply<T>(Vector256<T> a, Vector256<T> b) => ~Ordered(a, b) | Vector256.Equals(a, b);
    }

    public readonly struct Neu : ICompare
    {
        public static Vector256<T> Apply<T>(Vector256<T> a, Vector256<T> b) => ~Vector256.Equals(a, b);
    }

    public readonly struct Ltu : ICompare
    {
        public static Vector256<T> Apply<T>(Vector256<T> a, Vector256<T> b) => ~Vector256.GreaterThanOrEqual(a, b);
    }

    public readonly struct Leu : ICompare
    {
        public static Vector256<T> Apply<T>(Vector256<T> a, Vector256<T> b) => ~Vector256.GreaterThan(a, b);
    }

    public readonly struct Gtu : ICompare
    {
        public static Vector256<T> Apply<T>(Vector256<T> a, Vector256<T> b) => ~Vector256.LessThanOrEqual(a, b);
    }

    public readonly struct Geu : ICompare
    {
        public static Vector256<T> Apply<T>(Vector256<T> a, Vector256<T> b) => ~Vector256.LessThan(a, b);
    }

    public readonly struct Num : ICompare
    {
        public static Vector256<T> Apply<T>(Vector256<T> a, Vector256<T> b) => Ordered(a, b);
    }

    public readonly struct Nan : ICompare
    {
        public static Vector256<T> Apply<T>(Vector256<T> a, Vector256<T> b) => ~Ordered(a, b);
    }

    /// <summary>A comparison of one element type.</summary>
    public readonly struct Of<TCompare, T> : IVectorBinary<T>
        where TCompare : struct, ICompare
    {
        public static Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => TCompare.Apply(a, b);
    }
}

/// <summary>A comparison of signed 16-bit numbers.</summary>
internal readonly struct CompareS16<TOp> : IVectorBinary<int>
    where TOp : struct, IVectorBinary<int>
{
    public static Vector256<int> Apply(Vector256<int> a, Vector256<int> b) => TOp.Apply((a << 16) >> 16, (b << 16) >> 16);
}

/// <summary>A comparison of unsigned 16-bit numbers.</summary>
internal readonly struct CompareU16<TOp> : IVectorBinary<uint>
    where TOp : struct, IVectorBinary<uint>
{
    public static Vector256<uint> Apply(Vector256<uint> a, Vector256<uint> b) => TOp.Apply((a << 16) >> 16, (b << 16) >> 16);
}

/// <summary>.ftz.</summary>
internal readonly struct CompareFtz<TOp> : IVectorBinary<float>
    where TOp : struct, IVectorBinary<float>
{
    public static Vector256<float> Apply(Vector256<float> a, Vector256<float> b) => TOp.Apply(Flush(a), Flush(b));

    private static Vector256<float> Flush(Vector256<float> a) =>
        Vector256.ConditionalSelect(Vector256.LessThan(Vector256.Abs(a), Vector256.Create(1.17549435e-38f)), Vector256<float>.Zero, a);
}

/// <summary>A comparison of the low halves in a 16-bit format.</summary>
internal readonly struct CompareHalf<TOp, TFormat> : IVectorBinary<uint>
    where TOp : struct, IVectorBinary<float>
    where TFormat : struct, IHalfFormat
{
    public static Vector256<uint> Apply(Vector256<uint> a, Vector256<uint> b) => TOp.Apply(Widen(a), Widen(b)).AsUInt32();

    private static Vector256<float> Widen(Vector256<uint> packed)
    {
        Vector256<float> wide = default;
        for (int i = 0; i < 8; i++)
        {
            wide = wide.WithElement(i, TFormat.ToSingle((ushort)packed.GetElement(i)));
        }

        return wide;
    }
}

/// <summary>How the result of setp is combined with a further predicate.</summary>
[Flags]
internal enum SetFlags
{
    None = 0,
    And = 1,
    Or = 2,
    Xor = 3,
    NegateThird = 4,

    /// <summary>The comparison's opposite counts: the second destination of setp.</summary>
    Opposite = 8,
}

/// <summary>setp.</summary>
internal static unsafe class Compare
{
    public static void Run<TOp, T>(byte* registers, Op* op, uint mask)
        where TOp : struct, IVectorBinary<T>
        where T : unmanaged
    {
        uint bits = 0;
        byte* a = registers + op->A, b = registers + op->B;
        for (int at = 0; at < Lanes.Count * sizeof(T); at += Vector256<byte>.Count)
        {
            uint part = Vector256.ExtractMostSignificantBits(TOp.Apply(Lanes.Load<T>(a + at), Lanes.Load<T>(b + at)));
            bits |= part << (at / sizeof(T));
        }

        if (op->Choice != 0)
        {
            bits = Combine(bits, *(uint*)(registers + op->C), (SetFlags)op->Choice);
        }

        uint* d = (uint*)(registers + op->D);
        *d = (*d & ~mask) | (bits & mask);
    }

    private static uint Combine(uint bits, uint third, SetFlags flags)
    {
        bits = (flags & SetFlags.Opposite) != 0 ? ~bits : bits;
        third = (flags & SetFlags.NegateThird) != 0 ? ~third : third;
        return (flags & SetFlags.Xor) switch
        {
            SetFlags.And => bits & third,
            SetFlags.Or => bits | third,
            SetFlags.Xor => bits ^ third,
            _ => bits,
        };
    }
}

/// <summary>Operations on predicates. Choice: bit 0 negates the first, bit 1 the second source.</summary>
internal static unsafe class Predicates
{
    public static void Copy(byte* registers, Op* op, uint mask) => Put(registers, op, mask, First(registers, op));

    public static void Not(byte* registers, Op* op, uint mask) => Put(registers, op, mask, ~First(registers, op));

    public static void And(byte* registers, Op* op, uint mask) => Put(registers, op, mask, First(registers, op) & Second(registers, op));

    public static void Or(byte* registers, Op* op, uint mask) => Put(registers, op, mask, First(registers, op) | Second(registers, op));

    public static void Xor(byte* registers, Op* op, uint mask) => Put(registers, op, mask, First(registers, op) ^ Second(registers, op));

    /// <summary>selp: a where predicate C is set (or not set, if Choice is 1).</summary>
    public static void Select<T>(byte* registers, Op* op, uint mask)
        where T : unmanaged
    {
        uint choose = *(uint*)(registers + op->C);
        choose = op->Choice == 1 ? ~choose : choose;
        for (int at = 0; at < Lanes.Count * sizeof(T); at += Vector256<byte>.Count)
        {
            int lane = at / sizeof(T);
            Vector256<T> value = Vector256.ConditionalSelect(
                Lanes.MaskOf<T>(choose >> lane), Lanes.Load<T>(registers + op->A + at), Lanes.Load<T>(registers + op->B + at));
            Lanes.Store(registers + op->D + at, value, mask, lane);
        }
    }

    private static uint First(byte* registers, Op* op) => (op->Choice & 1) != 0 ? ~*(uint*)(registers + op->A) : *(uint*)(registers + op->A);

    private static uint Second(byte* registers, Op* op) => (op->Choice & 2) != 0 ? ~*(uint*)(registers + op->B) : *(uint*)(registers + op->B);

    private static void Put(byte* registers, Op* op, uint mask, uint value)
    {
        uint* d = (uint*)(registers + op->D);
        *d = (*d & ~mask) | (value & mask);
    }
}

/// <summary>slct: a where c is not negative (and no NaN).</summary>
internal readonly struct SelectBySign<T> : ITernary<T, T, int, T>, ITernary<T, T, float, T>
{
    public static T Apply(T a, T b, int c) => c >= 0 ? a : b;

    public static T Apply(T a, T b, float c) => c >= 0 ? a : b;
}

/// <summary>set on pairs: each half 1.0 or 0, or all ones or 0.</summary>
internal readonly struct SetPair<TOp, TFormat, TTrue> : IVectorBinary<uint>
    where TOp : struct, IVectorBinary<float>
    where TFormat : struct, IHalfFormat
    where TTrue : struct, IUnary<ushort, ushort>
{
    public static Vector256<uint> Apply(Vector256<uint> a, Vector256<uint> b)
    {
        uint value = TTrue.Apply(TFormat.FromSingle(1));
        Vector256<uint> low = CompareHalf<TOp, TFormat>.Apply(a, b) & Vector256.Create(value);
        return low | (CompareHalf<TOp, TFormat>.Apply(a >> 16, b >> 16) & Vector256.Create(value << 16));
    }
}

/// <summary>All ones in place of a number.</summary>
internal readonly struct AllOnes : IUnary<ushort, ushort>
{
    public static ushort Apply(ushort a) => ushort.MaxValue;
}

/// <summary>testp.</summary>
internal static unsafe class TestProperties
{
    public static readonly string[] Names = ["finite", "infinite", "number", "notanumber", "normal", "subnormal"];

    public static void Single(byte* registers, Op* op, uint mask) => Run<float>(registers, op, mask);

    public static void Double(byte* registers, Op* op, uint mask) => Run<double>(registers, op, mask);

    private static void Run<T>(byte* registers, Op* op, uint mask)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        uint bits = 0;
        for (int lane = 0; lane < Lanes.Count; lane++)
        {
            bits |= Holds(((T*)(registers + op->A))[lane], op->Choice) ? 1u << lane : 0;
        }

        uint* d = (uint*)(registers + op->D);
        *d = (*d & ~mask) | (bits & mask);
    }

    private static bool Holds<T>(T value, int property)
        where T : IFloatingPointIeee754<T> => property switch
        {
            0 => T.IsFinite(value),
            1 => T.IsInfinity(value),
            2 => !T.IsNaN(value),
            3 => T.IsNaN(value),
            4 => T.IsNormal(value),
            5 => T.IsSubnormal(value),
            _ => throw new ArgumentOutOfRangeException(nameof(property)),
        };
}
