namespace RawSer.Gpu.Emulator;

/// <summary>Logic, shifts, bit fields and bytes.</summary>
internal sealed unsafe partial class Decoder
{
    private static readonly PtxType Word = new('b', 32);

    private bool DecodeBits(string name)
    {
        PtxType[] types = _at.Types();
        if (types.Length == 0)
        {
            return false;
        }

        PtxType type = types[0];
        switch (name)
        {
            case "and" or "or" or "xor" or "not" when type.Kind == 'p':
                DecodePredicateLogic(name);
                return true;
            case "and":
                Two(type.Bits == 64 ? &Lanes.VectorBinary<VectorAnd<ulong>, ulong> : &Lanes.VectorBinary<VectorAnd<uint>, uint>, type, travel: Travel.Bytewise);
                return true;
            case "or":
                Two(type.Bits == 64 ? &Lanes.VectorBinary<VectorOr<ulong>, ulong> : &Lanes.VectorBinary<VectorOr<uint>, uint>, type, travel: Travel.Bytewise);
                return true;
            case "xor":
                Two(type.Bits == 64 ? &Lanes.VectorBinary<VectorXor<ulong>, ulong> : &Lanes.VectorBinary<VectorXor<uint>, uint>, type, travel: Travel.Bytewise);
                return true;
            case "not":
                One(
                    type.Bits switch
                    {
                        16 => &Lanes.Unary<Not16, uint, uint>,
                        32 => &Lanes.VectorUnary<VectorNot<uint>, uint>,
                        _ => &Lanes.VectorUnary<VectorNot<ulong>, ulong>,
                    },
                    type,
                    Travel.Bytewise);
                return true;
            case "cnot":
                One(
                    type.Bits switch
                    {
                        16 => &Lanes.Unary<LogicalNot16, uint, uint>,
                        32 => &Lanes.Unary<LogicalNot, uint, uint>,
                        _ => &Lanes.Unary<LogicalNot64, ulong, ulong>,
                    },
                    type);
                return true;
            case "lop3":
                Slot la = Source(1, type), lb = Source(2, type), lc = Source(3, type);
                Emit(&BitFields.Logic, Destination(0, type), la, lb, lc, travel: Travel.Bytewise, choice: (int)_at.Operands[4].Bits);
                return true;
            case "shl":
                DecodeShift(
                    type,
                    type.Bits switch
                    {
                        16 => &Lanes.Binary<ShiftLeft16, uint, uint, uint>,
                        32 => &Lanes.Binary<ShiftLeft, uint, uint, uint>,
                        _ => &Lanes.Binary<ShiftLeft, ulong, uint, ulong>,
                    },
                    Travel.ShiftLeft);
                return true;
            case "shr":
                DecodeShift(
                    type,
                    (type.Bits, type.IsSigned) switch
                    {
                        (16, true) => &Lanes.Binary<ShiftRightS16, uint, uint, uint>,
                        (16, false) => &Lanes.Binary<ShiftRightU16, uint, uint, uint>,
                        (32, true) => &Lanes.Binary<ShiftRight, int, uint, int>,
                        (32, false) => &Lanes.Binary<ShiftRight, uint, uint, uint>,
                        (_, true) => &Lanes.Binary<ShiftRight, long, uint, long>,
                        _ => &Lanes.Binary<ShiftRight, ulong, uint, ulong>,
                    },
                    Travel.ShiftRight);
                return true;
            case "shf":
                Three(
                    (_at.Has("l"), _at.Has("wrap")) switch
                    {
                        (true, true) => &Lanes.Ternary<FunnelLeft<WrapCount>, uint, uint, uint, uint>,
                        (true, false) => &Lanes.Ternary<FunnelLeft<ClampCount>, uint, uint, uint, uint>,
                        (false, true) => &Lanes.Ternary<FunnelRight<WrapCount>, uint, uint, uint, uint>,
                        _ => &Lanes.Ternary<FunnelRight<ClampCount>, uint, uint, uint, uint>,
                    },
                    type);
                return true;
            case "popc":
                ToWord(type.Bits == 64 ? &Lanes.Unary<PopCount, ulong, uint> : &Lanes.Unary<PopCount, uint, uint>, type);
                return true;
            case "clz":
                ToWord(type.Bits == 64 ? &Lanes.Unary<LeadingZeros, ulong, uint> : &Lanes.Unary<LeadingZeros, uint, uint>, type);
                return true;
            case "brev":
                One(type.Bits == 64 ? &Lanes.Unary<ReverseBits, ulong, ulong> : &Lanes.Unary<ReverseBits, uint, uint>, type);
                return true;
            case "bfind":
                ToWord(
                    (_at.Has("shiftamt"), type.Kind, type.Bits) switch
                    {
                        (false, 'u', 32) => &Lanes.Unary<FindBit, uint, uint>,
                        (false, 's', 32) => &Lanes.Unary<FindBit, int, uint>,
                        (false, 'u', 64) => &Lanes.Unary<FindBit, ulong, uint>,
                        (false, 's', 64) => &Lanes.Unary<FindBit, long, uint>,
                        (true, 'u', 32) => &Lanes.Unary<FindShift, uint, uint>,
                        (true, 's', 32) => &Lanes.Unary<FindShift, int, uint>,
                        (true, 'u', 64) => &Lanes.Unary<FindShift, ulong, uint>,
                        (true, 's', 64) => &Lanes.Unary<FindShift, long, uint>,
                        _ => throw new ArgumentException($"bfind.{type}"),
                    },
                    type);
                return true;
            case "bfe":
                Slot field = Source(1, type), position = Source(2, Word), length = Source(3, Word);
                Emit(
                    (type.Bits, type.IsSigned) switch
                    {
                        (32, true) => &Lanes.Ternary<ExtractField, int, uint, uint, int>,
                        (32, false) => &Lanes.Ternary<ExtractField, uint, uint, uint, uint>,
                        (_, true) => &Lanes.Ternary<ExtractField, long, uint, uint, long>,
                        _ => &Lanes.Ternary<ExtractField, ulong, uint, uint, ulong>,
                    },
                    Destination(0, type),
                    field,
                    position,
                    length,
                    Travel.Extract);
                return true;
            case "bfi":
                Slot inserted = Source(1, type), into = Source(2, type), at = Source(3, Word), count = Source(4, Word);
                Emit(type.Bits == 64 ? &BitFields.Insert64 : &BitFields.Insert32, Destination(0, type), inserted, into, at, choice: count.Offset);
                return true;
            case "prmt":
                DecodePermute(type);
                return true;
            default:
                return false;
        }
    }

    private void ToWord(delegate*<byte*, Op*, uint, void> run, PtxType type) => Emit(run, Destination(0, Word), Source(1, type));

    private void DecodeShift(PtxType type, delegate*<byte*, Op*, uint, void> run, Travel travel)
    {
        Slot value = Source(1, type), count = Source(2, Word);
        Emit(run, Destination(0, type), value, count, travel: travel, choice: type.Bits);
    }

    private void DecodePermute(PtxType type)
    {
        Slot a = Source(1, type), b = Source(2, type), selector = Source(3, type);
        string mode = _at.Words[^1];
        int index = Array.IndexOf(BitFields.PermuteModes, mode);
        Emit(&BitFields.Permute, Destination(0, type), a, b, selector, Travel.Permute, choice: index);
    }

    private void DecodePredicateLogic(string name)
    {
        Slot a = Source(1, PtxType.Predicate);
        Slot? b = name == "not" ? null : Source(2, PtxType.Predicate);
        int choice = (_at.Operands[1].Negated ? 1 : 0) | (b is not null && _at.Operands[2].Negated ? 2 : 0);
        Emit(
            name switch
            {
                "and" => &Predicates.And,
                "or" => &Predicates.Or,
                "xor" => &Predicates.Xor,
                _ => &Predicates.Not,
            },
            Destination(0, PtxType.Predicate),
            a,
            b,
            choice: choice);
    }
}
