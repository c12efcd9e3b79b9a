namespace RawSer.Gpu.Emulator;

/// <summary>Instructions of a whole warp: shuffles, votes, matches, reductions, matrices.</summary>
internal sealed unsafe partial class Decoder
{
    private static readonly string[] ShuffleModes = ["up", "down", "bfly", "idx"];
    private static readonly string[] VoteModes = ["all", "any", "uni", "ballot"];
    private static readonly string[] ReduxModes = ["add", "min", "max", "and", "or", "xor"];

    private bool DecodeWarp(string name)
    {
        switch (name)
        {
            case "activemask":
                Op active = New(OpKind.ActiveMask);
                Slot d = Destination(0, Word);
                (active.D, active.DU) = (d.Offset, d.Number);
                _ops.Add(active);
                return true;
            case "shfl" when _at.Has("sync"):
                Slot value = Source(1, Word), lane = Source(2, Word), clamp = Source(3, Word);
                AddWarp(OpKind.Shuffle, 4, value, lane, Mode(ShuffleModes), new OpExtra { Slots = SecondDestination(), More = [clamp] });
                return true;
            case "vote" when _at.Has("sync"):
                AddWarp(OpKind.Vote, 2, Source(1, PtxType.Predicate), null, Mode(VoteModes), negated: _at.Operands[1].Negated);
                return true;
            case "match" when _at.Has("sync"):
                PtxType type = _at.Types()[^1];
                AddWarp(OpKind.Match, 2, Source(1, type), null, _at.Has("all") ? 1 : 0, new OpExtra { Slots = SecondDestination(), Types = [type] });
                return true;
            case "redux" when _at.Has("sync"):
                PtxType reduced = _at.Types()[^1];
                if (reduced.IsFloat)
                {
                    throw Unsupported("floating point");
                }

                AddWarp(OpKind.Redux, 2, Source(1, reduced), null, Mode(ReduxModes), signed: reduced.IsSigned);
                return true;
            case "mma" when _at.Has("sync"):
                DecodeMma();
                return true;
            default:
                return false;
        }
    }

    private int Mode(string[] modes) => Array.FindIndex(modes, mode => _at.Has(mode)) is var index and >= 0 ? index : throw new ArgumentException("no such mode");

    private Slot[] SecondDestination() => _at.Operands[0].Second is { } second ? [Destination(second)] : [];

    private void AddWarp(OpKind kind, int maskOperand, Slot? a = null, Slot? b = null, int choice = 0, OpExtra? extra = null, bool negated = false, bool signed = false)
    {
        Slot mask = Source(maskOperand, Word);
        Op op = New(kind);
        op.Choice = choice;
        op.Signed = signed;
        op.Flags = negated ? AccessFlags.Negated : AccessFlags.None;
        (op.C, op.CU) = (mask.Offset, mask.Number);
        (op.A, op.AU) = a is { } first ? (first.Offset, first.Number) : (op.A, op.AU);
        (op.B, op.BU) = b is { } second ? (second.Offset, second.Number) : (op.B, op.BU);
        if (kind != OpKind.WarpBarrier)
        {
            Slot d = Destination(_at.Operands[0]);
            (op.D, op.DU, op.Width) = (d.Offset, d.Number, (byte)d.Width);
        }

        op.Extra = Extra(extra ?? new OpExtra());
        _ops.Add(op);
    }

    private void DecodeMma()
    {
        PtxType[] types = _at.Types();
        string shape = Array.Find(_at.Words, word => word.Length > 4 && word[0] == 'm' && char.IsAsciiDigit(word[1])) ?? "";
        if (types.Length != 4 || !_at.Has("row") || !_at.Has("col") || MmaShape.Find(shape, types[1]) is not { } found)
        {
            throw Unsupported("this shape or type");
        }

        Slot[] d = [.. _at.Operands[0].Parts.Select(part => Destination(part))];
        Slot[] a = [.. Parts(1).Select(part => Source(part, RegisterType(types[1])))];
        Slot[] b = [.. Parts(2).Select(part => Source(part, RegisterType(types[2])))];
        Slot[] c = [.. Parts(3).Select(part => Source(part, RegisterType(types[3])))];
        Op op = New(OpKind.Mma);
        Slot full = Constant(uint.MaxValue, 4);
        (op.C, op.CU) = (full.Offset, full.Number);
        op.Choice = found;
        op.Signed = _at.Has("satfinite");
        op.Extra = Extra(new OpExtra { Slots = d, More = a, Third = b, Fourth = c, Types = types });
        _ops.Add(op);
    }

    private List<PtxOperand> Parts(int operand) => _at.Operands[operand].Kind == OperandKind.Vector ? _at.Operands[operand].Parts : [_at.Operands[operand]];

    private static PtxType RegisterType(PtxType type) => type.Bits == 64 ? new('b', 64) : new('b', 32);
}
