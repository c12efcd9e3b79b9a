using System.Numerics;

namespace RawSer.Gpu.Compiler;

/// <content>Instructions on constants.</content>
internal static partial class Folding
{
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
