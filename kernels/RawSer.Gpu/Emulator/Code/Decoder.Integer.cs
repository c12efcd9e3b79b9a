namespace RawSer.Gpu.Emulator;

/// <summary>Integer arithmetic.</summary>
internal sealed unsafe partial class Decoder
{
    private bool DecodeInteger(string name)
    {
        PtxType[] types = _at.Types();
        if (types.Length == 0 || types[0].Kind is not ('b' or 'u' or 's'))
        {
            return false;
        }

        PtxType type = types[0];
        switch (name)
        {
            case "add" or "sub" when _at.Has("cc"):
            case "addc" or "subc":
                DecodeCarry(name, type);
                return true;
            case "mad" or "madc" when _at.Has("cc") || name == "madc":
                DecodeMultiplyCarry(name, type);
                return true;
            case "add" when _at.Has("sat"):
                Two(&Lanes.Binary<AddSaturate, int, int, int>, type);
                return true;
            case "sub" when _at.Has("sat"):
                Two(&Lanes.Binary<SubtractSaturate, int, int, int>, type);
                return true;
            case "add":
                Two(
                    type.Bits switch
                    {
                        16 => &Lanes.Binary<UShortBinary<Add<uint>>, uint, uint, uint>,
                        32 => &Lanes.VectorBinary<VectorAdd<uint>, uint>,
                        _ => &Lanes.VectorBinary<VectorAdd<ulong>, ulong>,
                    },
                    type);
                return true;
            case "sub":
                Two(
                    type.Bits switch
                    {
                        16 => &Lanes.Binary<UShortBinary<Subtract<uint>>, uint, uint, uint>,
                        32 => &Lanes.VectorBinary<VectorSubtract<uint>, uint>,
                        _ => &Lanes.VectorBinary<VectorSubtract<ulong>, ulong>,
                    },
                    type);
                return true;
            case "mul" or "mul24":
                DecodeMultiply(name, type);
                return true;
            case "mad" or "mad24":
                DecodeMultiplyAdd(name, type);
                return true;
            case "sad":
                Three(
                    (type.Bits, type.IsSigned) switch
                    {
                        (16, true) => &Lanes.Ternary<ShortTernary<AbsoluteDifference<int>>, uint, uint, uint, uint>,
                        (16, false) => &Lanes.Ternary<UShortTernary<AbsoluteDifference<uint>>, uint, uint, uint, uint>,
                        (32, true) => &Lanes.Ternary<AbsoluteDifference<int>, int, int, int, int>,
                        (32, false) => &Lanes.Ternary<AbsoluteDifference<uint>, uint, uint, uint, uint>,
                        (_, true) => &Lanes.Ternary<AbsoluteDifference<long>, long, long, long, long>,
                        _ => &Lanes.Ternary<AbsoluteDifference<ulong>, ulong, ulong, ulong, ulong>,
                    },
                    type);
                return true;
            case "div":
                Two(Division<DivideFamily>(type), type, OpKind.Divide);
                return true;
            case "rem":
                Two(Division<RemainderFamily>(type), type, OpKind.Divide);
                return true;
            case "abs" or "neg":
                One(
                    (name, type.Bits) switch
                    {
                        ("abs", 16) => &Lanes.Unary<ShortUnary<Absolute<int>>, uint, uint>,
                        ("abs", 32) => &Lanes.Unary<Absolute<int>, int, int>,
                        ("abs", _) => &Lanes.Unary<Absolute<long>, long, long>,
                        (_, 16) => &Lanes.Unary<ShortUnary<Negate<int>>, uint, uint>,
                        (_, 32) => &Lanes.Unary<Negate<int>, int, int>,
                        _ => &Lanes.Unary<Negate<long>, long, long>,
                    },
                    type);
                return true;
            case "min" or "max":
                DecodeMinMax(name, type);
                return true;
            case "dp4a" or "dp2a":
                DecodeDotProduct(name, types);
                return true;
            default:
                return false;
        }
    }

    private void One(delegate*<byte*, Op*, uint, void> run, PtxType type, Travel travel = Travel.All) =>
        Emit(run, Destination(0, type), Source(1, type), travel: travel);

    private void Two(delegate*<byte*, Op*, uint, void> run, PtxType type, OpKind kind = OpKind.Alu, Travel travel = Travel.All)
    {
        Slot a = Source(1, type), b = Source(2, type);
        Emit(run, Destination(0, type), a, b, kind: kind, travel: travel);
    }

    private void Three(delegate*<byte*, Op*, uint, void> run, PtxType type)
    {
        Slot a = Source(1, type), b = Source(2, type), c = Source(3, type);
        Emit(run, Destination(0, type), a, b, c);
    }

    private interface IDivision
    {
        static abstract delegate*<byte*, Op*, uint, void> Of(PtxType type);
    }

    private readonly struct DivideFamily : IDivision
    {
        public static delegate*<byte*, Op*, uint, void> Of(PtxType type) => (type.Bits, type.IsSigned) switch
        {
            (16, true) => &Lanes.Binary<ShortBinary<Divide<int>>, uint, uint, uint>,
            (16, false) => &Lanes.Binary<UShortBinary<Divide<uint>>, uint, uint, uint>,
            (32, true) => &Lanes.Binary<Divide<int>, int, int, int>,
            (32, false) => &Lanes.Binary<Divide<uint>, uint, uint, uint>,
            (_, true) => &Lanes.Binary<Divide<long>, long, long, long>,
            _ => &Lanes.Binary<Divide<ulong>, ulong, ulong, ulong>,
        };
    }

    private readonly struct RemainderFamily : IDivision
    {
        public static delegate*<byte*, Op*, uint, void> Of(PtxType type) => (type.Bits, type.IsSigned) switch
        {
            (16, true) => &Lanes.Binary<ShortBinary<Remainder<int>>, uint, uint, uint>,
            (16, false) => &Lanes.Binary<UShortBinary<Remainder<uint>>, uint, uint, uint>,
            (32, true) => &Lanes.Binary<Remainder<int>, int, int, int>,
            (32, false) => &Lanes.Binary<Remainder<uint>, uint, uint, uint>,
            (_, true) => &Lanes.Binary<Remainder<long>, long, long, long>,
            _ => &Lanes.Binary<Remainder<ulong>, ulong, ulong, ulong>,
        };
    }

    private static delegate*<byte*, Op*, uint, void> Division<TFamily>(PtxType type)
        where TFamily : struct, IDivision => TFamily.Of(type);

    private void DecodeMultiply(string name, PtxType type)
    {
        bool signed = type.IsSigned;
        if (name == "mul24")
        {
            Two(
                (_at.Has("hi"), signed) switch
                {
                    (true, true) => &Lanes.Binary<Multiply24High, int, int, int>,
                    (true, false) => &Lanes.Binary<Multiply24High, uint, uint, uint>,
                    (false, true) => &Lanes.Binary<Multiply24Low, int, int, int>,
                    _ => &Lanes.Binary<Multiply24Low, uint, uint, uint>,
                },
                type);
        }
        else if (_at.Has("wide"))
        {
            Slot a = Source(1, type), b = Source(2, type);
            Emit(
                (type.Bits, signed) switch
                {
                    (16, true) => &Lanes.Binary<MultiplyWideS16, uint, uint, uint>,
                    (16, false) => &Lanes.Binary<MultiplyWideU16, uint, uint, uint>,
                    (32, true) => &Lanes.Binary<MultiplyWide, int, int, long>,
                    (32, false) => &Lanes.Binary<MultiplyWide, uint, uint, ulong>,
                    _ => throw new ArgumentException("mul.wide of 64 bits"),
                },
                Destination(0, type with { Bits = type.Bits * 2 }),
                a,
                b);
        }
        else if (_at.Has("hi"))
        {
            Two(High(type), type);
        }
        else
        {
            Two(
                type.Bits switch
                {
                    16 => &Lanes.Binary<UShortBinary<Multiply<uint>>, uint, uint, uint>,
                    32 => &Lanes.VectorBinary<VectorMultiply<uint>, uint>,
                    _ => &Lanes.VectorBinary<VectorMultiply<ulong>, ulong>,
                },
                type);
        }
    }

    private static delegate*<byte*, Op*, uint, void> High(PtxType type) => (type.Bits, type.IsSigned) switch
    {
        (16, true) => &Lanes.Binary<ShortBinary<High16>, uint, uint, uint>,
        (16, false) => &Lanes.Binary<UShortBinary<High16>, uint, uint, uint>,
        (32, true) => &Lanes.Binary<MultiplyHigh, int, int, int>,
        (32, false) => &Lanes.Binary<MultiplyHigh, uint, uint, uint>,
        (_, true) => &Lanes.Binary<MultiplyHigh, long, long, long>,
        _ => &Lanes.Binary<MultiplyHigh, ulong, ulong, ulong>,
    };

    private void DecodeMultiplyAdd(string name, PtxType type)
    {
        bool signed = type.IsSigned;
        if (name == "mad24")
        {
            Three(
                (_at.Has("hi"), signed) switch
                {
                    (true, true) => &Lanes.Ternary<ThenAdd<int, Multiply24High>, int, int, int, int>,
                    (true, false) => &Lanes.Ternary<ThenAdd<uint, Multiply24High>, uint, uint, uint, uint>,
                    (false, true) => &Lanes.Ternary<ThenAdd<int, Multiply24Low>, int, int, int, int>,
                    _ => &Lanes.Ternary<ThenAdd<uint, Multiply24Low>, uint, uint, uint, uint>,
                },
                type);
        }
        else if (_at.Has("wide"))
        {
            PtxType wide = type with { Bits = type.Bits * 2 };
            Slot a = Source(1, type), b = Source(2, type), c = Source(3, wide);
            Emit(
                (type.Bits, signed) switch
                {
                    (16, true) => &Lanes.Ternary<MultiplyWideS16, uint, uint, uint, uint>,
                    (16, false) => &Lanes.Ternary<MultiplyWideU16, uint, uint, uint, uint>,
                    (_, true) => &Lanes.Ternary<MultiplyWideAdd, int, int, long, long>,
                    _ => &Lanes.Ternary<MultiplyWideAdd, uint, uint, ulong, ulong>,
                },
                Destination(0, wide),
                a,
                b,
                c);
        }
        else if (_at.Has("hi"))
        {
            Three(
                (type.Bits, signed) switch
                {
                    (32, true) when _at.Has("sat") => &Lanes.Ternary<MultiplyHighAddSaturate, int, int, int, int>,
                    (16, true) => &Lanes.Ternary<ShortTernary<ThenAdd<int, High16>>, uint, uint, uint, uint>,
                    (16, false) => &Lanes.Ternary<UShortTernary<ThenAdd<uint, High16>>, uint, uint, uint, uint>,
                    (32, true) => &Lanes.Ternary<ThenAdd<int, MultiplyHigh>, int, int, int, int>,
                    (32, false) => &Lanes.Ternary<ThenAdd<uint, MultiplyHigh>, uint, uint, uint, uint>,
                    (_, true) => &Lanes.Ternary<ThenAdd<long, MultiplyHigh>, long, long, long, long>,
                    _ => &Lanes.Ternary<ThenAdd<ulong, MultiplyHigh>, ulong, ulong, ulong, ulong>,
                },
                type);
        }
        else
        {
            Three(
                type.Bits switch
                {
                    16 => &Lanes.Ternary<UShortTernary<MultiplyAdd<uint>>, uint, uint, uint, uint>,
                    32 => &Lanes.VectorTernary<VectorMultiplyAdd<uint>, uint>,
                    _ => &Lanes.VectorTernary<VectorMultiplyAdd<ulong>, ulong>,
                },
                type);
        }
    }

    private void DecodeMinMax(string name, PtxType type) => Two(
        (name, type.Kind, type.Bits) switch
        {
            ("min", 's', 16) => &Lanes.Binary<ShortBinary<Min<int>>, uint, uint, uint>,
            ("min", 'u', 16) => &Lanes.Binary<UShortBinary<Min<uint>>, uint, uint, uint>,
            ("min", 's', 32) => &Lanes.VectorBinary<VectorMin<int>, int>,
            ("min", 'u', 32) => &Lanes.VectorBinary<VectorMin<uint>, uint>,
            ("min", 's', 64) => &Lanes.VectorBinary<VectorMin<long>, long>,
            ("min", 'u', 64) => &Lanes.VectorBinary<VectorMin<ulong>, ulong>,
            ("max", 's', 16) => &Lanes.Binary<ShortBinary<Max<int>>, uint, uint, uint>,
            ("max", 'u', 16) => &Lanes.Binary<UShortBinary<Max<uint>>, uint, uint, uint>,
            ("max", 's', 32) => &Lanes.VectorBinary<VectorMax<int>, int>,
            ("max", 'u', 32) => &Lanes.VectorBinary<VectorMax<uint>, uint>,
            ("max", 's', 64) => &Lanes.VectorBinary<VectorMax<long>, long>,
            ("max", 'u', 64) => &Lanes.VectorBinary<VectorMax<ulong>, ulong>,
            _ => throw new ArgumentException($"{name}.{type}"),
        },
        type);

    private void DecodeCarry(string name, PtxType type)
    {
        Slot carry = Carry();
        bool subtracts = name[0] == 's', uses = name.Length == 4, sets = _at.Has("cc");
        Slot a = Source(1, type), b = Source(2, type);
        Emit(
            type.Bits == 32 ? &CarryOps.Add<uint> : &CarryOps.Add<ulong>,
            Destination(0, type),
            a,
            b,
            uses ? carry : null,
            choice: (subtracts ? CarryOps.Subtracts : 0) | (uses ? CarryOps.Uses : 0) | (sets ? CarryOps.Sets : 0));
        TargetCarry(carry);
    }

    private void DecodeMultiplyCarry(string name, PtxType type)
    {
        Slot carry = Carry();
        Slot a = Source(1, type), b = Source(2, type), c = Source(3, type);
        Slot product = NewSlot(WidthOf(type), undefined: true);
        Emit(_at.Has("hi") ? High(type) : type.Bits == 32 ? &Lanes.VectorBinary<VectorMultiply<uint>, uint> : &Lanes.VectorBinary<VectorMultiply<ulong>, ulong>, product, a, b);
        bool uses = name == "madc", sets = _at.Has("cc");
        Emit(
            type.Bits == 32 ? &CarryOps.Add<uint> : &CarryOps.Add<ulong>,
            Destination(0, type),
            product,
            c,
            uses ? carry : null,
            choice: (uses ? CarryOps.Uses : 0) | (sets ? CarryOps.Sets : 0));
        TargetCarry(carry);
    }

    private Slot Carry()
    {
        if (!_hasCarry)
        {
            _carry = NewSlot(0, undefined: false);
            _hasCarry = true;
        }

        return _carry;
    }

    private void TargetCarry(Slot carry)
    {
        Op op = _ops[^1];
        op.Target = carry.Offset;
        _ops[^1] = op;
    }

    private void DecodeDotProduct(string name, PtxType[] types)
    {
        PtxType word = new('b', 32);
        Slot a = Source(1, word), b = Source(2, word), c = Source(3, word);
        int choice = (types[0].IsSigned ? 1 : 0) | (types[1].IsSigned ? 2 : 0) | (_at.Has("hi") ? 4 : 0);
        Emit(name == "dp4a" ? &DotProducts.Four : &DotProducts.Two, Destination(0, word), a, b, c, choice: choice);
    }
}
