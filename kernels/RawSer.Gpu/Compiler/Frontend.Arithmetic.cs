using System.Reflection.Metadata;

namespace RawSer.Gpu.Compiler;

/// <content>Arithmetic, comparisons and conversions, with the types that IL gives them.</content>
internal sealed partial class Frontend
{
    private int Truth(Operand value)
    {
        if (value.Token is not null)
        {
            return f.Bool(value.Token != NullToken);
        }

        var v = value.Value;
        return f[v].Type switch
        {
            Ty.Ptr when f[v].Op is Op.SlotAddr or Op.SharedAddr => f.Bool(true),
            Ty.Ptr => f.Compare(Cond.Ne, f.Emit(Op.PtrToInt, Ty.I64, v), f.Long(0)),
            Ty.F32 => f.Compare(Cond.Ne, v, f.Float(0)),
            Ty.F64 => f.Compare(Cond.Ne, v, f.Const(Ty.F64, 0)),
            var t => f.Compare(Cond.Ne, v, f.Const(t, 0)),
        };
    }

    private Operand Zero(Type type) =>
        new(type, [.. TypeLayout.Of(type).Leaves.Select(l => f.Const(IrFunction.RegisterOf(l.Mem), 0))]);

    /// <summary>Brings both operands to one type, as IL does between int32 and native int.</summary>
    private (int A, int B, Ty Type) Unify(int a, int b)
    {
        var (ta, tb) = (f[a].Type, f[b].Type);
        if (ta == tb && ta != Ty.Ptr)
        {
            return (a, b, ta);
        }

        var type = ta is Ty.F64 or Ty.F32 ? Ty.F64 : Ty.I64;
        return (Coerce(a, type), Coerce(b, type), type);
    }

    private int Arithmetic(ILOpCode code, int a, int b)
    {
        var (ta, tb) = (f[a].Type, f[b].Type);
        if (code == ILOpCode.Add && ta == Ty.Ptr && tb != Ty.Ptr)
        {
            return f.Emit(Op.PtrAdd, Ty.Ptr, a, Coerce(b, Ty.I64));
        }

        if (code == ILOpCode.Add && tb == Ty.Ptr && ta != Ty.Ptr)
        {
            return f.Emit(Op.PtrAdd, Ty.Ptr, b, Coerce(a, Ty.I64));
        }

        if (code == ILOpCode.Sub && ta == Ty.Ptr && tb != Ty.Ptr)
        {
            return f.Emit(Op.PtrAdd, Ty.Ptr, a, f.Emit(Op.Neg, Ty.I64, Coerce(b, Ty.I64)));
        }

        if (code is ILOpCode.Shl or ILOpCode.Shr or ILOpCode.Shr_un)
        {
            var shift = code switch { ILOpCode.Shl => Op.Shl, ILOpCode.Shr => Op.Shr, _ => Op.ShrU };
            var left = ta == Ty.Ptr ? Coerce(a, Ty.I64) : a;
            return f.Emit(shift, f[left].Type, left, Coerce(b, Ty.I32));
        }

        (a, b, var type) = Unify(a, b);
        var op = code switch
        {
            ILOpCode.Add => Op.Add,
            ILOpCode.Sub => Op.Sub,
            ILOpCode.Mul => Op.Mul,
            ILOpCode.Div => Op.Div,
            ILOpCode.Div_un => Op.DivU,
            ILOpCode.Rem => Op.Rem,
            ILOpCode.Rem_un => Op.RemU,
            ILOpCode.And => Op.And,
            ILOpCode.Or => Op.Or,
            _ => Op.Xor,
        };
        if (op == Op.Rem && type is Ty.F32 or Ty.F64)
        {
            throw new NotSupportedException("takes the remainder of floats; write x - y * Trunc(x / y)");
        }

        // Logic on 0/1 integers stays on predicates.
        if (type == Ty.I32 && op is Op.And or Op.Or or Op.Xor && f[a].Op == Op.BoolToInt && Folding.AsPredicate(f, b) is >= 0 and var p)
        {
            return f.Emit(Op.BoolToInt, Ty.I32, f.Emit(op, Ty.Pred, f[a].Args[0], p));
        }

        return f.Emit(op, type, a, b);
    }

    private int Compare(Frame frame, ILOpCode code)
    {
        var (right, left) = (Pop(frame), Pop(frame));
        var cond = code switch
        {
            ILOpCode.Ceq or ILOpCode.Beq => Cond.Eq,
            ILOpCode.Bne_un => Cond.Ne,
            ILOpCode.Cgt or ILOpCode.Bgt => Cond.Gt,
            ILOpCode.Cgt_un or ILOpCode.Bgt_un => Cond.GtU,
            ILOpCode.Clt or ILOpCode.Blt => Cond.Lt,
            ILOpCode.Clt_un or ILOpCode.Blt_un => Cond.LtU,
            ILOpCode.Bge => Cond.Ge,
            ILOpCode.Bge_un => Cond.GeU,
            ILOpCode.Ble => Cond.Le,
            _ => Cond.LeU,
        };
        if (left.Token is not null || right.Token is not null)
        {
            var same = Equals(left.Token, right.Token);
            return f.Bool(cond is Cond.Eq ? same : !same);
        }

        var (a, b, _) = Unify(left.Value, right.Value);
        return f.Compare(cond, a, b);
    }

    /// <summary>Saturates, as .NET does; NaN becomes 0, where PTX has that for 32 bits of a float only.</summary>
    private int FloatToInteger(Op op, Ty type, int v)
    {
        var converted = f.Emit(op, type, v);
        return type == Ty.I32 && f[v].Type == Ty.F32 ? converted : f.Emit(Op.Select, type, f.Compare(Cond.Eq, v, v), converted, f.Const(type, 0));
    }

    private int Convert(ILOpCode code, int v)
    {
        var from = f[v].Type;
        var isFloat = from is Ty.F32 or Ty.F64;
        switch (code)
        {
            case ILOpCode.Conv_r4 or ILOpCode.Conv_r8:
                var type = code == ILOpCode.Conv_r4 ? Ty.F32 : Ty.F64;
                return from == type ? v : f.Emit(isFloat ? Op.FloatToFloat : Op.IntToFloat, type, from == Ty.Ptr ? Coerce(v, Ty.I64) : v);
            case ILOpCode.Conv_r_un:
                return isFloat ? v : f.Emit(Op.UIntToFloat, Ty.F64, v);
            case ILOpCode.Conv_i or ILOpCode.Conv_u when from == Ty.Ptr:
                return v;
            case ILOpCode.Conv_i or ILOpCode.Conv_i8:
                return isFloat ? FloatToInteger(Op.FloatToInt, Ty.I64, v) : Coerce(v, Ty.I64);
            case ILOpCode.Conv_u or ILOpCode.Conv_u8:
                return isFloat ? FloatToInteger(Op.FloatToUInt, Ty.I64, v) : from == Ty.I32 ? f.Emit(Op.ZExt, Ty.I64, v) : Coerce(v, Ty.I64);
            case ILOpCode.Conv_u4 when isFloat:
                return FloatToInteger(Op.FloatToUInt, Ty.I32, v);
        }

        var narrow = isFloat ? FloatToInteger(Op.FloatToInt, Ty.I32, v) : from == Ty.I32 ? v : f.Emit(Op.Narrow, Ty.I32, Coerce(v, Ty.I64));
        return code switch
        {
            ILOpCode.Conv_i1 => f.Emit(Op.Ext8, Ty.I32, narrow),
            ILOpCode.Conv_u1 => f.Emit(Op.Ext8U, Ty.I32, narrow),
            ILOpCode.Conv_i2 => f.Emit(Op.Ext16, Ty.I32, narrow),
            ILOpCode.Conv_u2 => f.Emit(Op.Ext16U, Ty.I32, narrow),
            _ => narrow,
        };
    }

    /// <summary>A value in the register type wanted, by IL's implicit conversions.</summary>
    private int Coerce(int value, Ty type)
    {
        var from = f[value].Type;
        return from == type ? value : (from, type) switch
        {
            (Ty.I32, Ty.I64) => f.Emit(Op.SExt, Ty.I64, value),
            (Ty.I64, Ty.I32) => f.Emit(Op.Narrow, Ty.I32, value),
            (Ty.Ptr, Ty.I64) => f.Emit(Op.PtrToInt, Ty.I64, value),
            (Ty.I64, Ty.Ptr) => f.Emit(Op.IntToPtr, Ty.Ptr, value),
            (Ty.I32, Ty.Ptr) => f.Emit(Op.IntToPtr, Ty.Ptr, f.Emit(Op.ZExt, Ty.I64, value)),
            (Ty.F32, Ty.F64) or (Ty.F64, Ty.F32) => f.Emit(Op.FloatToFloat, type, value),
            (Ty.Pred, Ty.I32) => f.Emit(Op.BoolToInt, Ty.I32, value),
            (Ty.I32, Ty.Pred) => f.Compare(Cond.Ne, value, f.Int(0)),
            _ => throw new NotSupportedException($"converts {from} to {type} implicitly"),
        };
    }
}
