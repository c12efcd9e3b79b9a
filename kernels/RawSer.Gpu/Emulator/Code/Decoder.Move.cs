namespace RawSer.Gpu.Emulator;

/// <summary>mov, cvt, cvta, comparisons and selections.</summary>
internal sealed unsafe partial class Decoder
{
    private bool DecodeMove(string name)
    {
        PtxType[] types = _at.Types();
        switch (name)
        {
            case "mov":
                DecodeMov(types[0]);
                return true;
            case "cvt":
                DecodeConvert(types);
                return true;
            case "cvta":
                DecodeAddressConversion();
                return true;
            case "isspacep":
                Op isSpace = New(OpKind.IsSpace);
                Slot address = Source(1, new('u', 64)), predicate = Destination(0, PtxType.Predicate);
                isSpace.Space = SpaceOf();
                (isSpace.A, isSpace.AU, isSpace.D, isSpace.DU) = (address.Offset, address.Number, predicate.Offset, predicate.Number);
                _ops.Add(isSpace);
                return true;
            case "setp":
                DecodeSetp(types[^1]);
                return true;
            case "set":
                DecodeSet(types[0], types[1]);
                return true;
            case "selp":
                Slot a = Source(1, types[0]), b = Source(2, types[0]), chooser = Source(3, PtxType.Predicate);
                Emit(
                    types[0].Bits == 64 ? &Predicates.Select<ulong> : &Predicates.Select<uint>,
                    Destination(0, types[0]),
                    a,
                    b,
                    chooser,
                    Travel.Select,
                    choice: _at.Operands[3].Negated ? 1 : 0);
                return true;
            case "slct":
                Slot x = Source(1, types[0]), y = Source(2, types[0]), sign = Source(3, types[1]);
                Emit(
                    (types[0].Bits, types[1].Kind) switch
                    {
                        (64, 's') => &Lanes.Ternary<SelectBySign<ulong>, ulong, ulong, int, ulong>,
                        (64, _) => &Lanes.Ternary<SelectBySign<ulong>, ulong, ulong, float, ulong>,
                        (_, 's') => &Lanes.Ternary<SelectBySign<uint>, uint, uint, int, uint>,
                        _ => &Lanes.Ternary<SelectBySign<uint>, uint, uint, float, uint>,
                    },
                    Destination(0, types[0]),
                    x,
                    y,
                    sign);
                return true;
            case "testp":
                Slot tested = Source(1, types[0]);
                Emit(types[0].Bits == 64 ? &TestProperties.Double : &TestProperties.Single, Destination(0, PtxType.Predicate), tested, choice: Array.IndexOf(TestProperties.Names, _at.Words[1]));
                return true;
            default:
                return false;
        }
    }

    private void DecodeMov(PtxType type)
    {
        PtxOperand to = _at.Operands[0], from = _at.Operands[1];
        if (to.Kind == OperandKind.Vector || from.Kind == OperandKind.Vector)
        {
            DecodePack(type, to, from);
            return;
        }

        if (type.Kind == 'p')
        {
            Emit(&Predicates.Copy, Destination(0, type), Source(1, type), choice: from.Negated ? 1 : 0);
            return;
        }

        if (from is { Kind: OperandKind.Register, Variable: null } && ClockNames.Contains(from.Name))
        {
            Op clock = New(OpKind.Clock);
            Slot d = Destination(0, type);
            (clock.D, clock.DU, clock.Width) = (d.Offset, d.Number, (byte)d.Width);
            _ops.Add(clock);
            return;
        }

        One(WidthOf(type) == 8 ? &Lanes.VectorUnary<Copy<ulong>, ulong> : &Lanes.VectorUnary<Copy<uint>, uint>, type, Travel.Bytewise);
    }

    private static readonly string[] ClockNames = ["%clock", "%clock_hi", "%clock64", "%globaltimer", "%globaltimer_lo", "%globaltimer_hi"];

    // {a, b} <-> r: the first part is the lowest.
    private void DecodePack(PtxType type, PtxOperand to, PtxOperand from)
    {
        bool unpacks = to.Kind == OperandKind.Vector;
        List<PtxOperand> parts = unpacks ? to.Parts : from.Parts;
        var part = new PtxType('b', type.Bits / parts.Count);
        Slot[] slots = [.. parts.Select(operand => unpacks ? Destination(operand) : Source(operand, part))];
        Slot whole = unpacks ? Source(1, type) : Destination(0, type);
        Op op = New(OpKind.Move);
        op.Bytes = (byte)part.Bytes;
        op.Count = (byte)parts.Count;
        op.Choice = unpacks ? 1 : 0;
        op.Extra = Extra(new OpExtra { Slots = slots, More = [whole] });
        _ops.Add(op);
    }

    private void DecodeAddressConversion()
    {
        bool toSpace = _at.Has("to");
        StateSpace space = SpaceOf();
        var type = new PtxType('u', _at.Has("u32") ? 32 : 64);
        ulong window = AddressSpaces.Window(space);
        Slot source = Source(1, type);
        if (window == 0 || type.Bits == 32)
        {
            Emit(type.Bits == 32 ? &Lanes.VectorUnary<Copy<uint>, uint> : &Lanes.VectorUnary<Copy<ulong>, ulong>, Destination(0, type), source, travel: Travel.Bytewise);
        }
        else
        {
            Emit(
                toSpace ? &Lanes.VectorBinary<VectorSubtract<ulong>, ulong> : &Lanes.VectorBinary<VectorAdd<ulong>, ulong>,
                Destination(0, type),
                source,
                Constant(window, 8));
        }
    }

    private StateSpace SpaceOf()
    {
        foreach (string word in _at.Words)
        {
            switch (word)
            {
                case "global":
                    return StateSpace.Global;
                case "shared" or "shared::cta":
                    return StateSpace.Shared;
                case "local":
                    return StateSpace.Local;
                case "const":
                    return StateSpace.Const;
                case "param" or "param::entry" or "param::func":
                    return StateSpace.Param;
            }
        }

        return StateSpace.Generic;
    }

    private void DecodeConvert(PtxType[] types)
    {
        PtxType to = types[0], from = types[^1];
        bool wholes = Array.Exists(_at.Words, word => word is "rni" or "rzi" or "rmi" or "rpi");
        RoundingMode mode = _at.Has("rzi") ? RoundingMode.Zero : _at.Has("rmi") ? RoundingMode.Down : _at.Has("rpi") ? RoundingMode.Up : Mode();
        if (from.IsFloat && !to.IsFloat && !wholes)
        {
            throw Unsupported("a conversion to an integer without rounding");
        }

        Slot d = Destination(_at.Operands[0]);
        int width = _at.Operands[0].Variable?.Type.Bits ?? to.Bits;
        var conversion = new Conversion(to, from, mode, wholes, _at.Has("rna"), _at.Has("sat"), _at.Has("ftz"), _at.Has("relu"), width);
        if (_at.Operands.Count == 3)
        {
            Slot high = Source(1, from), low = Source(2, from);
            Emit(&ConvertOps.Pack, d, high, low, choice: conversion.Pack());
            return;
        }

        bool integers = !to.IsFloat && !from.IsFloat;
        Emit(Conversion(conversion), d, Source(1, from), travel: integers && !conversion.Saturate ? Travel.Convert : Travel.All, choice: conversion.Pack());
    }

    // The conversions of loops have their own functions; all others go the general way.
    private static delegate*<byte*, Op*, uint, void> Conversion(Conversion conversion)
    {
        if (conversion is { Saturate: false, Flush: false, Relu: false, Mode: RoundingMode.Nearest, ToWhole: false } && conversion.Width == conversion.To.Bits)
        {
            switch (conversion.To.ToString(), conversion.From.ToString())
            {
                case ("s64", "s32"):
                    return &Lanes.Unary<Cast<int, long>, int, long>;
                case ("u64", "u32"):
                    return &Lanes.Unary<Cast<uint, ulong>, uint, ulong>;
                case ("u32", "u64") or ("s32", "s64"):
                    return &Lanes.Unary<Cast<ulong, uint>, ulong, uint>;
                case ("f32", "s32"):
                    return &Lanes.Unary<Cast<int, float>, int, float>;
                case ("f32", "u32"):
                    return &Lanes.Unary<Cast<uint, float>, uint, float>;
                case ("f64", "f32"):
                    return &Lanes.Unary<Cast<float, double>, float, double>;
                case ("f32", "f64"):
                    return &Lanes.Unary<Cast<double, float>, double, float>;
                case ("f64", "s32"):
                    return &Lanes.Unary<Cast<int, double>, int, double>;
                case ("f32", "f16"):
                    return &Lanes.Unary<WidenHalf<Float16>, uint, float>;
                case ("f32", "h16"):
                    return &Lanes.Unary<WidenHalf<BFloat16>, uint, float>;
                case ("f16", "f32"):
                    return &Lanes.Unary<NarrowHalf<Float16>, float, uint>;
                case ("h16", "f32"):
                    return &Lanes.Unary<NarrowHalf<BFloat16>, float, uint>;
            }
        }

        return &ConvertOps.Run;
    }

    private void DecodeSetp(PtxType type)
    {
        string comparison = _at.Words[1];
        SetFlags flags = _at.Has("and") ? SetFlags.And : _at.Has("or") ? SetFlags.Or : _at.Has("xor") ? SetFlags.Xor : SetFlags.None;
        Slot a = Source(1, type), b = Source(2, type);
        Slot? third = null;
        if (_at.Operands.Count == 4)
        {
            third = Source(3, PtxType.Predicate);
            flags |= _at.Operands[3].Negated ? SetFlags.NegateThird : SetFlags.None;
        }

        PtxOperand first = _at.Operands[0];
        if (first.Second is { } second)
        {
            Emit(Comparison(comparison, type), Destination(second), a, b, third, choice: (int)(flags | SetFlags.Opposite));
        }

        Emit(Comparison(comparison, type), Destination(first), a, b, third, choice: (int)flags);
    }

    private delegate*<byte*, Op*, uint, void> Comparison(string name, PtxType type)
    {
        bool ftz = _at.Has("ftz");
        return name switch
        {
            "eq" => Typed<Compares.Eq>(type, ftz),
            "ne" => Typed<Compares.Ne>(type, ftz),
            "lt" or "lo" => Typed<Compares.Lt>(type, ftz),
            "le" or "ls" => Typed<Compares.Le>(type, ftz),
            "gt" or "hi" => Typed<Compares.Gt>(type, ftz),
            "ge" or "hs" => Typed<Compares.Ge>(type, ftz),
            "equ" => Typed<Compares.Equ>(type, ftz),
            "neu" => Typed<Compares.Neu>(type, ftz),
            "ltu" => Typed<Compares.Ltu>(type, ftz),
            "leu" => Typed<Compares.Leu>(type, ftz),
            "gtu" => Typed<Compares.Gtu>(type, ftz),
            "geu" => Typed<Compares.Geu>(type, ftz),
            "num" => Typed<Compares.Num>(type, ftz),
            "nan" => Typed<Compares.Nan>(type, ftz),
            _ => throw new ArgumentException($"the comparison '{name}'"),
        };
    }

    private static delegate*<byte*, Op*, uint, void> Typed<TCompare>(PtxType type, bool ftz)
        where TCompare : struct, ICompare => (type.Kind, type.Bits) switch
        {
            ('s', 16) => &Compare.Run<CompareS16<Compares.Of<TCompare, int>>, int>,
            ('u' or 'b', 16) => &Compare.Run<CompareU16<Compares.Of<TCompare, uint>>, uint>,
            ('s', 32) => &Compare.Run<Compares.Of<TCompare, int>, int>,
            ('u' or 'b', 32) => &Compare.Run<Compares.Of<TCompare, uint>, uint>,
            ('s', 64) => &Compare.Run<Compares.Of<TCompare, long>, long>,
            ('u' or 'b', 64) => &Compare.Run<Compares.Of<TCompare, ulong>, ulong>,
            ('f', 16) => &Compare.Run<CompareHalf<Compares.Of<TCompare, float>, Float16>, uint>,
            ('h', 16) => &Compare.Run<CompareHalf<Compares.Of<TCompare, float>, BFloat16>, uint>,
            ('f', 32) when ftz => &Compare.Run<CompareFtz<Compares.Of<TCompare, float>>, float>,
            ('f', 32) => &Compare.Run<Compares.Of<TCompare, float>, float>,
            ('f', 64) => &Compare.Run<Compares.Of<TCompare, double>, double>,
            _ => throw new ArgumentException($"a comparison of {type}"),
        };

    private void DecodeSet(PtxType to, PtxType from)
    {
        if (from.Kind is 'H' or 'B')
        {
            Slot first = Source(1, from), other = Source(2, from);
            Emit(
                (from.Kind, to.IsFloat) switch
                {
                    ('H', true) => PairSet<Float16, HalfSame>(),
                    ('H', false) => PairSet<Float16, AllOnes>(),
                    (_, true) => PairSet<BFloat16, HalfSame>(),
                    _ => PairSet<BFloat16, AllOnes>(),
                },
                Destination(0, to),
                first,
                other);
            return;
        }

        Slot predicate = NewSlot(0, undefined: true);
        Slot a = Source(1, from), b = Source(2, from);
        SetFlags flags = _at.Has("and") ? SetFlags.And : _at.Has("or") ? SetFlags.Or : _at.Has("xor") ? SetFlags.Xor : SetFlags.None;
        Slot? third = _at.Operands.Count == 4 ? Source(3, PtxType.Predicate) : null;
        flags |= third is not null && _at.Operands[3].Negated ? SetFlags.NegateThird : SetFlags.None;
        Emit(Comparison(_at.Words[1], from), predicate, a, b, third, choice: (int)flags);
        ulong one = (to.Kind, to.Bits) switch
        {
            ('f', 16) => Float16.FromSingle(1),
            ('h', 16) => BFloat16.FromSingle(1),
            ('f', 32) => BitConverter.SingleToUInt32Bits(1),
            (_, 16) => ushort.MaxValue,
            _ => uint.MaxValue,
        };
        Emit(&Predicates.Select<uint>, Destination(0, to), Constant(one, 4), Constant(0, 4), predicate, Travel.Select);
    }

    private delegate*<byte*, Op*, uint, void> PairSet<TFormat, TTrue>()
        where TFormat : struct, IHalfFormat
        where TTrue : struct, IUnary<ushort, ushort> => _at.Words[1] switch
        {
            "eq" => Pair<Compares.Eq, TFormat, TTrue>(),
            "ne" => Pair<Compares.Ne, TFormat, TTrue>(),
            "lt" => Pair<Compares.Lt, TFormat, TTrue>(),
            "le" => Pair<Compares.Le, TFormat, TTrue>(),
            "gt" => Pair<Compares.Gt, TFormat, TTrue>(),
            "ge" => Pair<Compares.Ge, TFormat, TTrue>(),
            "equ" => Pair<Compares.Equ, TFormat, TTrue>(),
            "neu" => Pair<Compares.Neu, TFormat, TTrue>(),
            "ltu" => Pair<Compares.Ltu, TFormat, TTrue>(),
            "leu" => Pair<Compares.Leu, TFormat, TTrue>(),
            "gtu" => Pair<Compares.Gtu, TFormat, TTrue>(),
            "geu" => Pair<Compares.Geu, TFormat, TTrue>(),
            "num" => Pair<Compares.Num, TFormat, TTrue>(),
            "nan" => Pair<Compares.Nan, TFormat, TTrue>(),
            _ => throw new ArgumentException($"the comparison '{_at.Words[1]}'"),
        };

    private static delegate*<byte*, Op*, uint, void> Pair<TCompare, TFormat, TTrue>()
        where TCompare : struct, ICompare
        where TFormat : struct, IHalfFormat
        where TTrue : struct, IUnary<ushort, ushort> =>
        &Lanes.VectorBinary<SetPair<Compares.Of<TCompare, float>, TFormat, TTrue>, uint>;
}
