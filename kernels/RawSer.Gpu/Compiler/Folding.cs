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
}
