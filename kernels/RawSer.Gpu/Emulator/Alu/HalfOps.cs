namespace RawSer.Gpu.Emulator;

/// <summary>A 16-bit floating-point format.</summary>
internal interface IHalfFormat
{
    static abstract float ToSingle(ushort bits);

    /// <summary>Nearest even.</summary>
    static abstract ushort FromSingle(float value);

    /// <summary>Any mode; exact for a double rounded to odd.</summary>
    static abstract ushort FromDouble(double value, RoundingMode mode);
}

/// <summary>IEEE binary16.</summary>
internal readonly struct Float16 : IHalfFormat
{
    public static float ToSingle(ushort bits) => (float)BitConverter.UInt16BitsToHalf(bits);

    public static ushort FromSingle(float value) => BitConverter.HalfToUInt16Bits((Half)value);

    public static ushort FromDouble(double value, RoundingMode mode) => Rounding.ToHalf(value, 10, 5, mode);
}

/// <summary>bfloat16: the upper half of a single.</summary>
internal readonly struct BFloat16 : IHalfFormat
{
    public static float ToSingle(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    public static ushort FromSingle(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)0x7FFF : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    public static ushort FromDouble(double value, RoundingMode mode) => Rounding.ToHalf(value, 7, 8, mode);
}

/// <summary>
/// Sum, difference and product in single precision and rounded again: right, because 24 bits are at least twice 11 bits plus two.
/// </summary>
internal readonly struct HalfAdd<TFormat> : IBinary<ushort, ushort, ushort>
    where TFormat : struct, IHalfFormat
{
    public static ushort Apply(ushort a, ushort b) => TFormat.FromSingle(TFormat.ToSingle(a) + TFormat.ToSingle(b));
}

/// <inheritdoc cref="HalfAdd{TFormat}"/>
internal readonly struct HalfSubtract<TFormat> : IBinary<ushort, ushort, ushort>
    where TFormat : struct, IHalfFormat
{
    public static ushort Apply(ushort a, ushort b) => TFormat.FromSingle(TFormat.ToSingle(a) - TFormat.ToSingle(b));
}

/// <inheritdoc cref="HalfAdd{TFormat}"/>
internal readonly struct HalfMultiply<TFormat> : IBinary<ushort, ushort, ushort>
    where TFormat : struct, IHalfFormat
{
    public static ushort Apply(ushort a, ushort b) => TFormat.FromSingle(TFormat.ToSingle(a) * TFormat.ToSingle(b));
}

internal readonly struct HalfMin<TFormat> : IBinary<ushort, ushort, ushort>
    where TFormat : struct, IHalfFormat
{
    public static ushort Apply(ushort a, ushort b) => TFormat.FromSingle(float.MinNumber(TFormat.ToSingle(a), TFormat.ToSingle(b)));
}

internal readonly struct HalfMax<TFormat> : IBinary<ushort, ushort, ushort>
    where TFormat : struct, IHalfFormat
{
    public static ushort Apply(ushort a, ushort b) => TFormat.FromSingle(float.MaxNumber(TFormat.ToSingle(a), TFormat.ToSingle(b)));
}

internal readonly struct HalfMinNaN<TFormat> : IBinary<ushort, ushort, ushort>
    where TFormat : struct, IHalfFormat
{
    public static ushort Apply(ushort a, ushort b) => TFormat.FromSingle(float.Min(TFormat.ToSingle(a), TFormat.ToSingle(b)));
}

internal readonly struct HalfMaxNaN<TFormat> : IBinary<ushort, ushort, ushort>
    where TFormat : struct, IHalfFormat
{
    public static ushort Apply(ushort a, ushort b) => TFormat.FromSingle(float.Max(TFormat.ToSingle(a), TFormat.ToSingle(b)));
}

internal readonly struct HalfFma<TFormat> : ITernary<ushort, ushort, ushort, ushort>
    where TFormat : struct, IHalfFormat
{
    public static ushort Apply(ushort a, ushort b, ushort c) => TFormat.FromDouble(
        Rounding.AddToOdd((double)TFormat.ToSingle(a) * TFormat.ToSingle(b), TFormat.ToSingle(c)), RoundingMode.Nearest);
}

/// <summary>A function of singles, its result rounded to the format.</summary>
internal readonly struct HalfFunction<TFormat, TOp> : IUnary<ushort, ushort>
    where TFormat : struct, IHalfFormat
    where TOp : struct, IUnary<float, float>
{
    public static ushort Apply(ushort a) => TFormat.FromSingle(TOp.Apply(TFormat.ToSingle(a)));
}

internal readonly struct HalfNegate : IUnary<ushort, ushort>
{
    public static ushort Apply(ushort a) => (ushort)(a ^ 0x8000);
}

internal readonly struct HalfAbsolute : IUnary<ushort, ushort>
{
    public static ushort Apply(ushort a) => (ushort)(a & 0x7FFF);
}

/// <summary>.sat.</summary>
internal readonly struct HalfSaturate<TFormat> : IUnary<ushort, ushort>
    where TFormat : struct, IHalfFormat
{
    public static ushort Apply(ushort a) => TFormat.FromSingle(Saturation.Clamp(TFormat.ToSingle(a)));
}

/// <summary>.relu: negative becomes 0; NaN stays.</summary>
internal readonly struct HalfRelu<TFormat> : IUnary<ushort, ushort>
    where TFormat : struct, IHalfFormat
{
    public static ushort Apply(ushort a) => TFormat.ToSingle(a) <= 0 ? (ushort)0 : a;
}

internal readonly struct HalfSame : IUnary<ushort, ushort>
{
    public static ushort Apply(ushort a) => a;
}

/// <summary>A 16-bit operation on the low half of a register, and a clamp after it.</summary>
internal readonly struct LowUnary<TOp, TAfter> : IUnary<uint, uint>
    where TOp : struct, IUnary<ushort, ushort>
    where TAfter : struct, IUnary<ushort, ushort>
{
    public static uint Apply(uint a) => TAfter.Apply(TOp.Apply((ushort)a));
}

/// <summary>A 16-bit operation on the low half of a register, and a clamp after it.</summary>
internal readonly struct LowBinary<TOp, TAfter> : IBinary<uint, uint, uint>
    where TOp : struct, IBinary<ushort, ushort, ushort>
    where TAfter : struct, IUnary<ushort, ushort>
{
    public static uint Apply(uint a, uint b) => TAfter.Apply(TOp.Apply((ushort)a, (ushort)b));
}

/// <summary>A 16-bit operation on the low half of a register, and a clamp after it.</summary>
internal readonly struct LowTernary<TOp, TAfter> : ITernary<uint, uint, uint, uint>
    where TOp : struct, ITernary<ushort, ushort, ushort, ushort>
    where TAfter : struct, IUnary<ushort, ushort>
{
    public static uint Apply(uint a, uint b, uint c) => TAfter.Apply(TOp.Apply((ushort)a, (ushort)b, (ushort)c));
}

/// <summary>A 16-bit operation on both halves of a register, and a clamp after it.</summary>
internal readonly struct PairUnary<TOp, TAfter> : IUnary<uint, uint>
    where TOp : struct, IUnary<ushort, ushort>
    where TAfter : struct, IUnary<ushort, ushort>
{
    public static uint Apply(uint a) => TAfter.Apply(TOp.Apply((ushort)a)) | ((uint)TAfter.Apply(TOp.Apply((ushort)(a >> 16))) << 16);
}

/// <summary>A 16-bit operation on both halves of a register, and a clamp after it.</summary>
internal readonly struct PairBinary<TOp, TAfter> : IBinary<uint, uint, uint>
    where TOp : struct, IBinary<ushort, ushort, ushort>
    where TAfter : struct, IUnary<ushort, ushort>
{
    public static uint Apply(uint a, uint b) => TAfter.Apply(TOp.Apply((ushort)a, (ushort)b)) | ((uint)TAfter.Apply(TOp.Apply((ushort)(a >> 16), (ushort)(b >> 16))) << 16);
}

/// <summary>A 16-bit operation on both halves of a register, and a clamp after it.</summary>
internal readonly struct PairTernary<TOp, TAfter> : ITernary<uint, uint, uint, uint>
    where TOp : struct, ITernary<ushort, ushort, ushort, ushort>
    where TAfter : struct, IUnary<ushort, ushort>
{
    public static uint Apply(uint a, uint b, uint c) => TAfter.Apply(TOp.Apply((ushort)a, (ushort)b, (ushort)c)) | ((uint)TAfter.Apply(TOp.Apply((ushort)(a >> 16), (ushort)(b >> 16), (ushort)(c >> 16))) << 16);
}
