using System.Numerics;

namespace RawSer.Gpu.Compiler;

/// <summary>
/// Constant folding and algebraic identities on one instruction. Nothing here changes the value: float identities are limited to
/// those that hold for every bit pattern. Canonical form: constants on the right, shifts left by constants as products,
/// subtraction of constants as addition, so that <see cref="Addressing"/> sees sums of products only.
/// </summary>
internal static partial class Folding
{
    /// <summary>The value that equals the instruction, or -1 (the instruction may have been rewritten in place).</summary>
    public static int Fold(IrFunction f, ref Instr x)
    {
        switch (x.Op)
        {
            case Op.Add or Op.Mul or Op.And or Op.Or or Op.Xor or Op.Min or Op.Max or Op.MinU or Op.MaxU:
                if (f.IsConst(x.Args[0]) && !f.IsConst(x.Args[1]))
                {
                    (x.Args[0], x.Args[1]) = (x.Args[1], x.Args[0]);
                }

                return Constant(f, x) is >= 0 and var c ? c : Binary(f, ref x);
            case Op.Sub or Op.Shl or Op.Shr or Op.ShrU or Op.Div or Op.DivU or Op.Rem or Op.RemU or Op.MulHi or Op.MulHiU:
                return Constant(f, x) is >= 0 and var d ? d : Binary(f, ref x);
            case Op.Cmp:
                return Compare(f, ref x);
            case Op.Select:
                return Select(f, ref x);
            case Op.PtrAdd:
                return Pointer(f, ref x);
            case Op.Load or Op.Store or Op.LoadVec or Op.StoreVec or Op.Atomic:
                var address = f[x.Args[0]];
                if (address.Op == Op.PtrAdd && address.Args.Length == 1)
                {
                    x.Imm += address.Imm;
                    x.Args[0] = address.Args[0];
                }
                else if (address.Op == Op.PtrAdd && address.Imm != 0 && address.Args.Length == 2)
                {
                    x.Imm += address.Imm;
                    x.Args[0] = f.Emit(Op.PtrAdd, Ty.Ptr, address.Args);
                }

                return -1;
            case Op.Phi or Op.Extract or Op.Asm or Op.Unsupported or Op.Nop:
                return -1;
            case Op.Fma:
                return AllConst(f, x) ? Fused(f, x) : -1;
            default:
                return x.Args.Length == 1 ? Unary(f, ref x) : -1;
        }
    }

    private static bool AllConst(IrFunction f, in Instr x)
    {
        foreach (var a in x.Args)
        {
            if (!f.IsConst(a))
            {
                return false;
            }
        }

        return x.Args.Length > 0;
    }

    private static float F(long bits) => BitConverter.Int32BitsToSingle((int)bits);

    private static double D(long bits) => BitConverter.Int64BitsToDouble(bits);

    private static int F(IrFunction f, float value) => f.Float(value);

    private static int D(IrFunction f, double value) => f.Const(Ty.F64, BitConverter.DoubleToInt64Bits(value));

    private static int Fused(IrFunction f, in Instr x)
    {
        var (a, b, c) = (f[x.Args[0]].Imm, f[x.Args[1]].Imm, f[x.Args[2]].Imm);
        return x.Type == Ty.F32 ? F(f, MathF.FusedMultiplyAdd(F(a), F(b), F(c))) : D(f, Math.FusedMultiplyAdd(D(a), D(b), D(c)));
    }

    private static int Constant(IrFunction f, in Instr x)
    {
        if (!AllConst(f, x))
        {
            return -1;
        }

        var (a, b) = (f[x.Args[0]].Imm, f[x.Args[1]].Imm);
        switch (x.Type)
        {
            case Ty.F32:
                float? r = x.Op switch
                {
                    Op.Add => F(a) + F(b),
                    Op.Sub => F(a) - F(b),
                    Op.Mul => F(a) * F(b),
                    Op.Div => F(a) / F(b),
                    Op.Min => MathF.Min(F(a), F(b)),
                    Op.Max => MathF.Max(F(a), F(b)),
                    _ => null,
                };
                return r is { } v ? F(f, v) : -1;
            case Ty.F64:
                double? s = x.Op switch
                {
                    Op.Add => D(a) + D(b),
                    Op.Sub => D(a) - D(b),
                    Op.Mul => D(a) * D(b),
                    Op.Div => D(a) / D(b),
                    Op.Min => Math.Min(D(a), D(b)),
                    Op.Max => Math.Max(D(a), D(b)),
                    _ => null,
                };
                return s is { } w ? D(f, w) : -1;
            case Ty.Pred:
                return f.Bool((x.Op switch { Op.And => a & b, Op.Or => a | b, _ => a ^ b }) != 0);
            case Ty.I32:
                return Integer32(x.Op, (int)a, (int)b) is { } i ? f.Int(i) : -1;
            default:
                return Integer64(x.Op, a, b) is { } l ? f.Const(x.Type, l) : -1;
        }
    }

    private static int? Integer32(Op op, int a, int b) => op switch
    {
        Op.Add => a + b,
        Op.Sub => a - b,
        Op.Mul => a * b,
        Op.MulHi => (int)(((long)a * b) >> 32),
        Op.MulHiU => (int)(((ulong)(uint)a * (uint)b) >> 32),
        Op.Div when b != 0 && !(a == int.MinValue && b == -1) => a / b,
        Op.DivU when b != 0 => (int)((uint)a / (uint)b),
        Op.Rem when b != 0 && !(a == int.MinValue && b == -1) => a % b,
        Op.RemU when b != 0 => (int)((uint)a % (uint)b),
        Op.And => a & b,
        Op.Or => a | b,
        Op.Xor => a ^ b,
        Op.Shl => a << b,
        Op.Shr => a >> b,
        Op.ShrU => (int)((uint)a >> b),
        Op.Min => Math.Min(a, b),
        Op.Max => Math.Max(a, b),
        Op.MinU => (int)Math.Min((uint)a, (uint)b),
        Op.MaxU => (int)Math.Max((uint)a, (uint)b),
        _ => null,
    };

    private static long? Integer64(Op op, long a, long b) => op switch
    {
        Op.Add => a + b,
        Op.Sub => a - b,
        Op.Mul => a * b,
        Op.MulHi => Math.BigMul(a, b, out _),
        Op.MulHiU => (long)Math.BigMul((ulong)a, (ulong)b, out _),
        Op.Div when b != 0 && !(a == long.MinValue && b == -1) => a / b,
        Op.DivU when b != 0 => (long)((ulong)a / (ulong)b),
        Op.Rem when b != 0 && !(a == long.MinValue && b == -1) => a % b,
        Op.RemU when b != 0 => (long)((ulong)a % (ulong)b),
        Op.And => a & b,
        Op.Or => a | b,
        Op.Xor => a ^ b,
        Op.Shl => a << (int)b,
        Op.Shr => a >> (int)b,
        Op.ShrU => (long)((ulong)a >> (int)b),
        Op.Min => Math.Min(a, b),
        Op.Max => Math.Max(a, b),
        Op.MinU => (long)Math.Min((ulong)a, (ulong)b),
        Op.MaxU => (long)Math.Max((ulong)a, (ulong)b),
        _ => null,
    };

    private static int Binary(IrFunction f, ref Instr x)
    {
        var (a, b) = (x.Args[0], x.Args[1]);
        var hasConst = f.IsConst(b, out var c);
        if (x.Type is Ty.F32 or Ty.F64)
        {
            var one = x.Type == Ty.F32 ? F(c) == 1 : D(c) == 1;
            if (hasConst && one && x.Op is Op.Mul or Op.Div)
            {
                return a;
            }

            if (hasConst && x.Op == Op.Div && x.Type == Ty.F32 && IsPowerOfTwo(F(c)))
            {
                return f.Emit(Op.Mul, Ty.F32, a, F(f, 1 / F(c)));
            }

            return -1;
        }

        if (x.Type == Ty.Pred)
        {
            return x.Op switch
            {
                Op.And => hasConst ? (c != 0 ? a : b) : a == b ? a : -1,
                Op.Or => hasConst ? (c != 0 ? b : a) : a == b ? a : -1,
                Op.Xor when hasConst => c != 0 ? f.Emit(Op.Not, Ty.Pred, a) : a,
                Op.Xor when a == b => f.Bool(false),
                _ => -1,
            };
        }

        if (!hasConst)
        {
            return x.Op switch
            {
                Op.Sub or Op.Xor when a == b => f.Const(x.Type, 0),
                Op.And or Op.Or or Op.Min or Op.Max or Op.MinU or Op.MaxU when a == b => a,
                _ => -1,
            };
        }

        var all = x.Type == Ty.I32 ? (int)c == -1 : c == -1;
        switch (x.Op)
        {
            case Op.Sub:
                return f.Emit(Op.Add, x.Type, a, f.Const(x.Type, -c));
            case Op.Add or Op.Or or Op.Xor or Op.Shl or Op.Shr or Op.ShrU when c == 0:
                return a;
            case Op.Mul or Op.And when c == 0:
                return b;
            case Op.Mul or Op.Div or Op.DivU when c == 1:
                return a;
            case Op.Rem or Op.RemU when c == 1:
                return f.Const(x.Type, 0);
            case Op.And when all:
                return a;
            case Op.Or when all:
                return b;
            case Op.Xor when all:
                return f.Emit(Op.Not, x.Type, a);
            case Op.Shl when c > 0 && c < (x.Type == Ty.I32 ? 32 : 64):
                return f.Emit(Op.Mul, x.Type, a, f.Const(x.Type, x.Type == Ty.I32 ? 1 << (int)c : 1L << (int)c));
            case Op.Div or Op.DivU or Op.Rem or Op.RemU when c > 0:
                return Division.ByConstant(f, x.Op, x.Type, a, c);
            case Op.Add or Op.Mul or Op.And or Op.Or or Op.Xor:
                var inner = f[a];
                if (inner.Op == x.Op && f.IsConst(inner.Args[1], out var c2))
                {
                    var merged = x.Type == Ty.I32 ? Integer32(x.Op, (int)c2, (int)c)!.Value : Integer64(x.Op, c2, c)!.Value;
                    return f.Emit(x.Op, x.Type, inner.Args[0], f.Const(x.Type, merged));
                }

                // (a + c1) * c2 = a * c2 + c1 * c2, also modulo 2^n.
                if (x.Op == Op.Mul && inner.Op == Op.Add && f.IsConst(inner.Args[1], out c2))
                {
                    var product = f.Emit(Op.Mul, x.Type, inner.Args[0], b);
                    return f.Emit(Op.Add, x.Type, product, f.Const(x.Type, c2 * c));
                }

                // A mask that keeps every bit that can be set.
                if (x.Op == Op.And && x.Type == Ty.I32 && MaxUnsigned(f, a) is var max && c >= 0 && BitOperations.IsPow2(c + 1) && max <= (ulong)c)
                {
                    return a;
                }

                return -1;
            default:
                return -1;
        }
    }

    private static bool IsPowerOfTwo(float value)
    {
        var bits = BitConverter.SingleToInt32Bits(value);
        var exponent = (bits >> 23) & 0xff;
        return (bits & 0x7fffff) == 0 && exponent is > 1 and < 253;
    }

    private static int Pointer(IrFunction f, ref Instr x)
    {
        if (x.Args.Length == 2)
        {
            var offset = x.Args[1];
            if (f.IsConst(offset, out var c))
            {
                x.Imm += c;
                x.Args = [x.Args[0]];
            }
            else if (f[offset].Op == Op.Add && f.IsConst(f[offset].Args[1], out c))
            {
                x.Imm += c;
                x.Args = [x.Args[0], f[offset].Args[0]];
            }
        }

        var inner = f[x.Args[0]];
        if (inner.Op == Op.PtrAdd && (inner.Args.Length == 1 || x.Args.Length == 1))
        {
            x.Imm += inner.Imm;
            x.Args = x.Args.Length == 1 ? [.. inner.Args] : [inner.Args[0], x.Args[1]];
        }
        else if (inner.Op == Op.PtrAdd && inner.Imm != 0)
        {
            x.Imm += inner.Imm;
            x.Args = [f.Emit(Op.PtrAdd, Ty.Ptr, inner.Args), x.Args[1]];
        }

        return x.Args.Length == 1 && x.Imm == 0 ? x.Args[0] : -1;
    }

    private static int Unary(IrFunction f, ref Instr x)
    {
        var a = x.Args[0];
        var inner = f[a];
        if (inner.Op == Op.Const && UnaryConstant(f, x, inner) is >= 0 and var folded)
        {
            return folded;
        }

        switch (x.Op)
        {
            case Op.Not when inner.Op == Op.Not:
            case Op.Neg when inner.Op == Op.Neg:
                return inner.Args[0];
            case Op.Not when x.Type == Ty.Pred && inner.Op == Op.Cmp:
                return f.Compare(Invert((Cond)inner.Imm, f[inner.Args[0]].Type), inner.Args[0], inner.Args[1]);
            case Op.Bitcast when inner.Type == x.Type:
                return a;
            case Op.Bitcast when inner.Op == Op.Bitcast:
                return f.Emit(Op.Bitcast, x.Type, inner.Args[0]);
            case Op.IntToPtr when inner.Op == Op.PtrToInt:
            case Op.PtrToInt when inner.Op == Op.IntToPtr:
            case Op.Narrow when inner.Op is Op.SExt or Op.ZExt:
                return inner.Args[0];
            case Op.IntToPtr when inner.Op == Op.Add && Root(f, inner.Args[0]) is >= 0 and var root:
                return f.Emit(Op.PtrAdd, Ty.Ptr, root, inner.Args[1]);
            case Op.IntToPtr when inner.Op == Op.Add && Root(f, inner.Args[1]) is >= 0 and var root:
                return f.Emit(Op.PtrAdd, Ty.Ptr, root, inner.Args[0]);
            case Op.Narrow when inner.Op is Op.Add or Op.Sub or Op.Mul && IsWidened(f, inner.Args[0]) && IsWidened(f, inner.Args[1]):
                return f.Emit(inner.Op, Ty.I32, f.Emit(Op.Narrow, Ty.I32, inner.Args[0]), f.Emit(Op.Narrow, Ty.I32, inner.Args[1]));
            case Op.SExt when IsNonNegative(f, a) && inner.Op != Op.Add && inner.Op != Op.Mul:
                return f.Emit(Op.ZExt, Ty.I64, a);
            case Op.Ext8U when MaxUnsigned(f, a) <= 255:
            case Op.Ext16U when MaxUnsigned(f, a) <= 65535:
            case Op.Ext8 when MaxUnsigned(f, a) <= 127:
            case Op.Ext16 when MaxUnsigned(f, a) <= 32767:
            case Op.Ext8 when inner.Op == Op.Ext8:
            case Op.Ext16 when inner.Op is Op.Ext16 or Op.Ext8:
                return a;
            case Op.Ext8 or Op.Ext8U when inner.Op is Op.Ext8 or Op.Ext8U or Op.Ext16 or Op.Ext16U:
            case Op.Ext16 or Op.Ext16U when inner.Op is Op.Ext16 or Op.Ext16U:
                return f.Emit(x.Op, Ty.I32, inner.Args[0]);
            default:
                return -1;
        }
    }

    private static int Root(IrFunction f, int value)
    {
        ref var x = ref f[value];
        return x.Op == Op.PtrToInt ? x.Args[0] : -1;
    }

    private static bool IsWidened(IrFunction f, int value) => f[value].Op is Op.SExt or Op.ZExt or Op.Const || (f[value].Op == Op.Mul && IsWidened(f, f[value].Args[0]) && IsWidened(f, f[value].Args[1]));

    private static int UnaryConstant(IrFunction f, in Instr x, in Instr constant)
    {
        var c = constant.Imm;
        var from = constant.Type;
        switch (x.Op)
        {
            case Op.Neg:
                return x.Type switch { Ty.F32 => F(f, -F(c)), Ty.F64 => D(f, -D(c)), _ => f.Const(x.Type, -c) };
            case Op.Not:
                return x.Type == Ty.Pred ? f.Bool(c == 0) : f.Const(x.Type, ~c);
            case Op.Abs:
                return x.Type switch { Ty.F32 => F(f, MathF.Abs(F(c))), Ty.F64 => D(f, Math.Abs(D(c))), _ => f.Const(x.Type, c < 0 ? -c : c) };
            case Op.Sqrt:
                return x.Type == Ty.F32 ? F(f, MathF.Sqrt(F(c))) : D(f, Math.Sqrt(D(c)));
            case Op.Floor:
                return x.Type == Ty.F32 ? F(f, MathF.Floor(F(c))) : D(f, Math.Floor(D(c)));
            case Op.Ceil:
                return x.Type == Ty.F32 ? F(f, MathF.Ceiling(F(c))) : D(f, Math.Ceiling(D(c)));
            case Op.Popc:
                return f.Int(from == Ty.I32 ? BitOperations.PopCount((uint)c) : BitOperations.PopCount((ulong)c));
            case Op.Clz:
                return f.Int(from == Ty.I32 ? BitOperations.LeadingZeroCount((uint)c) : BitOperations.LeadingZeroCount((ulong)c));
            case Op.SExt:
                return f.Long(c);
            case Op.ZExt:
                return f.Long((uint)c);
            case Op.Narrow:
                return f.Int((int)c);
            case Op.Ext8:
                return f.Int((sbyte)c);
            case Op.Ext8U:
                return f.Int((byte)c);
            case Op.Ext16:
                return f.Int((short)c);
            case Op.Ext16U:
                return f.Int((ushort)c);
            case Op.BoolToInt:
                return f.Int((int)c);
            case Op.Bitcast:
                return f.Const(x.Type, c);
            case Op.IntToFloat:
                return x.Type == Ty.F32 ? F(f, from == Ty.I32 ? (int)c : c) : D(f, from == Ty.I32 ? (int)c : c);
            case Op.UIntToFloat:
                return x.Type == Ty.F32 ? F(f, from == Ty.I32 ? (uint)c : (ulong)c) : D(f, from == Ty.I32 ? (uint)c : (ulong)c);
            case Op.FloatToFloat:
                return x.Type == Ty.F32 ? F(f, (float)D(c)) : D(f, F(c));
            case Op.FloatToInt:
                var v = from == Ty.F32 ? F(c) : D(c);
                return x.Type == Ty.I32 ? f.Int((int)v) : f.Long((long)v);
            case Op.FloatToUInt:
                var u = from == Ty.F32 ? F(c) : D(c);
                return x.Type == Ty.I32 ? f.Int((int)(uint)u) : f.Long((long)(ulong)u);
            default:
                return -1;
        }
    }
}
