namespace RawSer.Gpu.Emulator;

/// <summary>Floating-point arithmetic of all formats.</summary>
internal sealed unsafe partial class Decoder
{
    private bool DecodeFloat(string name)
    {
        PtxType[] types = _at.Types();
        if (types.Length == 0 || !types[0].IsFloat || name is "cvt" or "setp" or "set" or "selp" or "slct" or "testp" or "mov" or "ld" or "st" or "atom" or "red" or "mma" or "wmma")
        {
            return false;
        }

        PtxType type = types[0];
        return type switch
        {
            { Kind: 'f', Bits: 32 } => DecodeSingle(name, type),
            { Kind: 'f', Bits: 64 } => DecodeDouble(name, type),
            { Kind: 'f' or 'H' } => DecodeHalf<Float16>(name, type),
            { Kind: 'h' or 'B' } => DecodeHalf<BFloat16>(name, type),
            _ => false,
        };
    }

    private RoundingMode Mode() =>
        _at.Has("rz") ? RoundingMode.Zero : _at.Has("rm") ? RoundingMode.Down : _at.Has("rp") ? RoundingMode.Up : RoundingMode.Nearest;

    private bool DecodeSingle(string name, PtxType type)
    {
        bool ftz = _at.Has("ftz"), sat = _at.Has("sat");
        switch (name)
        {
            case "add":
                Two(ftz || sat || Mode() != 0 ? Binary32<Add<float>, RoundedAdd<TowardZero>, RoundedAdd<Downward>, RoundedAdd<Upward>>(ftz, sat) : &Lanes.VectorBinary<VectorAdd<float>, float>, type);
                return true;
            case "sub":
                Two(ftz || sat || Mode() != 0 ? Binary32<Subtract<float>, RoundedSubtract<TowardZero>, RoundedSubtract<Downward>, RoundedSubtract<Upward>>(ftz, sat) : &Lanes.VectorBinary<VectorSubtract<float>, float>, type);
                return true;
            case "mul":
                Two(ftz || sat || Mode() != 0 ? Binary32<Multiply<float>, RoundedMultiply<TowardZero>, RoundedMultiply<Downward>, RoundedMultiply<Upward>>(ftz, sat) : &Lanes.VectorBinary<VectorMultiply<float>, float>, type);
                return true;
            case "div" when _at.Has("approx"):
                Two(Modified<ApproximateDivide>(ftz, sat), type);
                return true;
            case "div":
                Two(ftz || sat || Mode() != 0 ? Binary32<FloatDivide<float>, RoundedDivide<TowardZero>, RoundedDivide<Downward>, RoundedDivide<Upward>>(ftz, sat) : &Lanes.VectorBinary<VectorDivide<float>, float>, type);
                return true;
            case "fma" or "mad":
                Three(
                    (Mode(), ftz, sat) switch
                    {
                        (RoundingMode.Nearest, false, false) => &Lanes.VectorTernary<VectorFma, float>,
                        (RoundingMode.Nearest, true, false) => &Lanes.Ternary<FtzTernary<Fma<float>>, float, float, float, float>,
                        (RoundingMode.Nearest, false, true) => &Lanes.Ternary<SatTernary<Fma<float>>, float, float, float, float>,
                        (RoundingMode.Nearest, true, true) => &Lanes.Ternary<SatTernary<FtzTernary<Fma<float>>>, float, float, float, float>,
                        (RoundingMode.Zero, false, false) => &Lanes.Ternary<RoundedFma<TowardZero>, float, float, float, float>,
                        (RoundingMode.Down, false, false) => &Lanes.Ternary<RoundedFma<Downward>, float, float, float, float>,
                        (RoundingMode.Up, false, false) => &Lanes.Ternary<RoundedFma<Upward>, float, float, float, float>,
                        (RoundingMode.Zero, true, _) => &Lanes.Ternary<FtzTernary<RoundedFma<TowardZero>>, float, float, float, float>,
                        (RoundingMode.Down, true, _) => &Lanes.Ternary<FtzTernary<RoundedFma<Downward>>, float, float, float, float>,
                        (RoundingMode.Up, true, _) => &Lanes.Ternary<FtzTernary<RoundedFma<Upward>>, float, float, float, float>,
                        (RoundingMode.Zero, _, _) => &Lanes.Ternary<SatTernary<RoundedFma<TowardZero>>, float, float, float, float>,
                        (RoundingMode.Down, _, _) => &Lanes.Ternary<SatTernary<RoundedFma<Downward>>, float, float, float, float>,
                        _ => &Lanes.Ternary<SatTernary<RoundedFma<Upward>>, float, float, float, float>,
                    },
                    type);
                return true;
            case "min" or "max":
                DecodeSingleMinMax(name, type, ftz);
                return true;
            case "neg":
                One(ftz ? &Lanes.Unary<FtzUnary<FloatNegate<float>>, float, float> : &Lanes.VectorUnary<VectorNegate, float>, type);
                return true;
            case "abs":
                One(ftz ? &Lanes.Unary<FtzUnary<FloatAbsolute<float>>, float, float> : &Lanes.VectorUnary<VectorAbsolute<float>, float>, type);
                return true;
            case "copysign":
                Two(&Lanes.Binary<CopySign32, uint, uint, uint>, type);
                return true;
            case "rcp":
                One(Unary32<Reciprocal<float>, RoundedReciprocal<TowardZero>, RoundedReciprocal<Downward>, RoundedReciprocal<Upward>>(ftz), type);
                return true;
            case "sqrt":
                One(Unary32<Sqrt<float>, RoundedSqrt<TowardZero>, RoundedSqrt<Downward>, RoundedSqrt<Upward>>(ftz), type);
                return true;
            case "rsqrt":
                One(Approximate<ReciprocalSqrt>(ftz), type);
                return true;
            case "ex2":
                One(Approximate<Exp2>(ftz), type);
                return true;
            case "lg2":
                One(Approximate<Log2>(ftz), type);
                return true;
            case "sin":
                One(Approximate<Sine>(ftz), type);
                return true;
            case "cos":
                One(Approximate<Cosine>(ftz), type);
                return true;
            case "tanh":
                One(Approximate<Tanh>(ftz), type);
                return true;
            default:
                return false;
        }
    }

    private static delegate*<byte*, Op*, uint, void> Approximate<TOp>(bool ftz)
        where TOp : struct, IUnary<float, float> =>
        ftz ? &Lanes.Unary<FtzUnary<TOp>, float, float> : &Lanes.Unary<TOp, float, float>;

    private delegate*<byte*, Op*, uint, void> Unary32<TNearest, TZero, TDown, TUp>(bool ftz)
        where TNearest : struct, IUnary<float, float>
        where TZero : struct, IUnary<float, float>
        where TDown : struct, IUnary<float, float>
        where TUp : struct, IUnary<float, float> => Mode() switch
        {
            RoundingMode.Nearest => Approximate<TNearest>(ftz),
            RoundingMode.Zero => Approximate<TZero>(ftz),
            RoundingMode.Down => Approximate<TDown>(ftz),
            _ => Approximate<TUp>(ftz),
        };

    private delegate*<byte*, Op*, uint, void> Binary32<TNearest, TZero, TDown, TUp>(bool ftz, bool sat)
        where TNearest : struct, IBinary<float, float, float>
        where TZero : struct, IBinary<float, float, float>
        where TDown : struct, IBinary<float, float, float>
        where TUp : struct, IBinary<float, float, float> => Mode() switch
        {
            RoundingMode.Nearest => Modified<TNearest>(ftz, sat),
            RoundingMode.Zero => Modified<TZero>(ftz, sat),
            RoundingMode.Down => Modified<TDown>(ftz, sat),
            _ => Modified<TUp>(ftz, sat),
        };

    private static delegate*<byte*, Op*, uint, void> Modified<TOp>(bool ftz, bool sat)
        where TOp : struct, IBinary<float, float, float> => (ftz, sat) switch
        {
            (false, false) => &Lanes.Binary<TOp, float, float, float>,
            (true, false) => &Lanes.Binary<FtzBinary<TOp>, float, float, float>,
            (false, true) => &Lanes.Binary<SatBinary<TOp>, float, float, float>,
            _ => &Lanes.Binary<SatBinary<FtzBinary<TOp>>, float, float, float>,
        };

    private void DecodeSingleMinMax(string name, PtxType type, bool ftz)
    {
        if (_at.Operands.Count != 3 || _at.Has("xorsign"))
        {
            throw Unsupported("this form");
        }

        Two(
            (name, _at.Has("NaN")) switch
            {
                ("min", false) => Modified<MinNumber<float>>(ftz, false),
                ("min", true) => Modified<MinNaN<float>>(ftz, false),
                (_, false) => Modified<MaxNumber<float>>(ftz, false),
                _ => Modified<MaxNaN<float>>(ftz, false),
            },
            type);
    }

    private bool DecodeDouble(string name, PtxType type)
    {
        switch (name)
        {
            case "add":
                Two(
                    Mode() switch
                    {
                        RoundingMode.Nearest => &Lanes.VectorBinary<VectorAdd<double>, double>,
                        RoundingMode.Zero => &Lanes.Binary<RoundedAdd<TowardZero>, double, double, double>,
                        RoundingMode.Down => &Lanes.Binary<RoundedAdd<Downward>, double, double, double>,
                        _ => &Lanes.Binary<RoundedAdd<Upward>, double, double, double>,
                    },
                    type);
                return true;
            case "sub":
                Two(
                    Mode() switch
                    {
                        RoundingMode.Nearest => &Lanes.VectorBinary<VectorSubtract<double>, double>,
                        RoundingMode.Zero => &Lanes.Binary<RoundedSubtract<TowardZero>, double, double, double>,
                        RoundingMode.Down => &Lanes.Binary<RoundedSubtract<Downward>, double, double, double>,
                        _ => &Lanes.Binary<RoundedSubtract<Upward>, double, double, double>,
                    },
                    type);
                return true;
            case "mul":
                Two(
                    Mode() switch
                    {
                        RoundingMode.Nearest => &Lanes.VectorBinary<VectorMultiply<double>, double>,
                        RoundingMode.Zero => &Lanes.Binary<RoundedMultiply<TowardZero>, double, double, double>,
                        RoundingMode.Down => &Lanes.Binary<RoundedMultiply<Downward>, double, double, double>,
                        _ => &Lanes.Binary<RoundedMultiply<Upward>, double, double, double>,
                    },
                    type);
                return true;
            case "div":
                Two(
                    Mode() switch
                    {
                        RoundingMode.Nearest => &Lanes.VectorBinary<VectorDivide<double>, double>,
                        RoundingMode.Zero => &Lanes.Binary<RoundedDivide<TowardZero>, double, double, double>,
                        RoundingMode.Down => &Lanes.Binary<RoundedDivide<Downward>, double, double, double>,
                        _ => &Lanes.Binary<RoundedDivide<Upward>, double, double, double>,
                    },
                    type);
                return true;
            case "fma" or "mad":
                Three(
                    Mode() switch
                    {
                        RoundingMode.Nearest => &Lanes.VectorTernary<VectorFma, double>,
                        RoundingMode.Zero => &Lanes.Ternary<RoundedFma<TowardZero>, double, double, double, double>,
                        RoundingMode.Down => &Lanes.Ternary<RoundedFma<Downward>, double, double, double, double>,
                        _ => &Lanes.Ternary<RoundedFma<Upward>, double, double, double, double>,
                    },
                    type);
                return true;
            case "min":
                Two(&Lanes.Binary<MinNumber<double>, double, double, double>, type);
                return true;
            case "max":
                Two(&Lanes.Binary<MaxNumber<double>, double, double, double>, type);
                return true;
            case "neg":
                One(&Lanes.VectorUnary<VectorNegate, double>, type);
                return true;
            case "abs":
                One(&Lanes.VectorUnary<VectorAbsolute<double>, double>, type);
                return true;
            case "copysign":
                Two(&Lanes.Binary<CopySign64, ulong, ulong, ulong>, type);
                return true;
            case "rcp" when _at.Has("approx"):
                One(&Lanes.Unary<UpperHalf<Reciprocal<double>>, double, double>, type);
                return true;
            case "rcp":
                One(
                    Mode() switch
                    {
                        RoundingMode.Nearest => &Lanes.Unary<Reciprocal<double>, double, double>,
                        RoundingMode.Zero => &Lanes.Unary<RoundedReciprocal<TowardZero>, double, double>,
                        RoundingMode.Down => &Lanes.Unary<RoundedReciprocal<Downward>, double, double>,
                        _ => &Lanes.Unary<RoundedReciprocal<Upward>, double, double>,
                    },
                    type);
                return true;
            case "sqrt":
                One(
                    Mode() switch
                    {
                        RoundingMode.Nearest => &Lanes.VectorUnary<VectorSqrt<double>, double>,
                        RoundingMode.Zero => &Lanes.Unary<RoundedSqrt<TowardZero>, double, double>,
                        RoundingMode.Down => &Lanes.Unary<RoundedSqrt<Downward>, double, double>,
                        _ => &Lanes.Unary<RoundedSqrt<Upward>, double, double>,
                    },
                    type);
                return true;
            case "rsqrt":
                One(_at.Has("ftz") ? &Lanes.Unary<UpperHalf<ReciprocalSqrt>, double, double> : &Lanes.Unary<ReciprocalSqrt, double, double>, type);
                return true;
            default:
                return false;
        }
    }

    private bool DecodeHalf<TFormat>(string name, PtxType type)
        where TFormat : struct, IHalfFormat
    {
        if (_at.Has("ftz") && name is not ("ex2" or "tanh"))
        {
            throw Unsupported(".ftz on 16-bit formats");
        }

        bool nan = _at.Has("NaN");
        switch (name)
        {
            case "add":
                HalfTwo<HalfAdd<TFormat>, TFormat>(type);
                return true;
            case "sub":
                HalfTwo<HalfSubtract<TFormat>, TFormat>(type);
                return true;
            case "mul":
                HalfTwo<HalfMultiply<TFormat>, TFormat>(type);
                return true;
            case "min" when nan:
                HalfTwo<HalfMinNaN<TFormat>, TFormat>(type);
                return true;
            case "max" when nan:
                HalfTwo<HalfMaxNaN<TFormat>, TFormat>(type);
                return true;
            case "min":
                HalfTwo<HalfMin<TFormat>, TFormat>(type);
                return true;
            case "max":
                HalfTwo<HalfMax<TFormat>, TFormat>(type);
                return true;
            case "fma":
                HalfThree<HalfFma<TFormat>, TFormat>(type);
                return true;
            case "neg":
                HalfOne<HalfNegate>(type);
                return true;
            case "abs":
                HalfOne<HalfAbsolute>(type);
                return true;
            case "ex2":
                HalfOne<HalfFunction<TFormat, Exp2>>(type);
                return true;
            case "tanh":
                HalfOne<HalfFunction<TFormat, Tanh>>(type);
                return true;
            default:
                return false;
        }
    }

    private void HalfOne<TOp>(PtxType type)
        where TOp : struct, IUnary<ushort, ushort> =>
        One(type.Bits == 16 ? &Lanes.Unary<LowUnary<TOp, HalfSame>, uint, uint> : &Lanes.Unary<PairUnary<TOp, HalfSame>, uint, uint>, type);

    private void HalfTwo<TOp, TFormat>(PtxType type)
        where TOp : struct, IBinary<ushort, ushort, ushort>
        where TFormat : struct, IHalfFormat => Two(
            (type.Bits, _at.Has("sat"), _at.Has("relu")) switch
            {
                (16, false, false) => &Lanes.Binary<LowBinary<TOp, HalfSame>, uint, uint, uint>,
                (16, true, _) => &Lanes.Binary<LowBinary<TOp, HalfSaturate<TFormat>>, uint, uint, uint>,
                (16, _, _) => &Lanes.Binary<LowBinary<TOp, HalfRelu<TFormat>>, uint, uint, uint>,
                (_, false, false) => &Lanes.Binary<PairBinary<TOp, HalfSame>, uint, uint, uint>,
                (_, true, _) => &Lanes.Binary<PairBinary<TOp, HalfSaturate<TFormat>>, uint, uint, uint>,
                _ => &Lanes.Binary<PairBinary<TOp, HalfRelu<TFormat>>, uint, uint, uint>,
            },
            type);

    private void HalfThree<TOp, TFormat>(PtxType type)
        where TOp : struct, ITernary<ushort, ushort, ushort, ushort>
        where TFormat : struct, IHalfFormat => Three(
            (type.Bits, _at.Has("sat"), _at.Has("relu")) switch
            {
                (16, false, false) => &Lanes.Ternary<LowTernary<TOp, HalfSame>, uint, uint, uint, uint>,
                (16, true, _) => &Lanes.Ternary<LowTernary<TOp, HalfSaturate<TFormat>>, uint, uint, uint, uint>,
                (16, _, _) => &Lanes.Ternary<LowTernary<TOp, HalfRelu<TFormat>>, uint, uint, uint, uint>,
                (_, false, false) => &Lanes.Ternary<PairTernary<TOp, HalfSame>, uint, uint, uint, uint>,
                (_, true, _) => &Lanes.Ternary<PairTernary<TOp, HalfSaturate<TFormat>>, uint, uint, uint, uint>,
                _ => &Lanes.Ternary<PairTernary<TOp, HalfRelu<TFormat>>, uint, uint, uint, uint>,
            },
            type);
}
