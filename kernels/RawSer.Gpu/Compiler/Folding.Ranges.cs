using System.Numerics;

namespace RawSer.Gpu.Compiler;

/// <content>What is known of the range of a value.</content>
internal static partial class Folding
{
    /// <summary>Whether a 32-bit integer is known not to be negative.</summary>
    public static bool IsNonNegative(IrFunction f, int value) => f[value].Type == Ty.I32 && MaxUnsigned(f, value) <= int.MaxValue;

    /// <summary>x - q d with q the quotient of a number that is not negative: what <see cref="Division"/> makes of a remainder.</summary>
    private static bool IsRemainder(IrFunction f, in Instr x)
    {
        var product = f[x.Args[1]];
        if (product.Op != Op.Mul || !f.IsConst(product.Args[1], out var d) || d <= 0)
        {
            return false;
        }

        var quotient = f[product.Args[0]];
        return quotient.Op == Op.ShrU && f[quotient.Args[0]] is { Op: Op.MulHiU } high && high.Args[0] == x.Args[0] && f.IsConst(high.Args[1], out var m)
            && f.IsConst(quotient.Args[1], out var s) && (uint)m == (uint)(((UInt128.One << (int)(32 + s)) + (UInt128)d - 1) / (UInt128)d);
    }

    /// <summary>An upper bound of a 32-bit integer read as unsigned.</summary>
    public static ulong MaxUnsigned(IrFunction f, int value, int depth = 0)
    {
        ref var x = ref f[value];
        if (depth > 6)
        {
            return uint.MaxValue;
        }

        switch (x.Op)
        {
            case Op.Const:
                return (uint)x.Imm;
            case Op.BoolToInt:
                return 1;
            case Op.Ext8U:
                return 255;
            case Op.Ext16U:
                return 65535;
            case Op.Special:
                return (SpecialRegister)x.Imm switch
                {
                    SpecialRegister.TidX or SpecialRegister.TidY or SpecialRegister.TidZ => 1023,
                    SpecialRegister.NtidX or SpecialRegister.NtidY or SpecialRegister.NtidZ => 1024,
                    SpecialRegister.LaneId => 31,
                    _ => int.MaxValue,
                };
            case Op.And:
                return Math.Min(MaxUnsigned(f, x.Args[0], depth + 1), MaxUnsigned(f, x.Args[1], depth + 1));
            case Op.Or or Op.Xor:
                var bound = Math.Max(MaxUnsigned(f, x.Args[0], depth + 1), MaxUnsigned(f, x.Args[1], depth + 1));
                return bound == 0 ? 0 : (2ul << BitOperations.Log2(bound)) - 1;
            case Op.ShrU when f.IsConst(x.Args[1], out var c):
                return MaxUnsigned(f, x.Args[0], depth + 1) >> (int)(c & 31);
            case Op.Shr when f.IsConst(x.Args[1], out var c) && MaxUnsigned(f, x.Args[0], depth + 1) is <= int.MaxValue and var m:
                return m >> (int)(c & 31);
            case Op.DivU when f.IsConst(x.Args[1], out var c) && c > 0:
                return MaxUnsigned(f, x.Args[0], depth + 1) / (ulong)c;
            case Op.RemU when f.IsConst(x.Args[1], out var c) && c > 0:
                return Math.Min((ulong)c - 1, MaxUnsigned(f, x.Args[0], depth + 1));
            case Op.Add:
                return Math.Min(uint.MaxValue, MaxUnsigned(f, x.Args[0], depth + 1) + MaxUnsigned(f, x.Args[1], depth + 1));
            case Op.Mul:
                var (p, q) = (MaxUnsigned(f, x.Args[0], depth + 1), MaxUnsigned(f, x.Args[1], depth + 1));
                return Math.Min(uint.MaxValue, p * q);
            case Op.MulHiU:
                return (MaxUnsigned(f, x.Args[0], depth + 1) * MaxUnsigned(f, x.Args[1], depth + 1)) >> 32;
            case Op.Sub when IsRemainder(f, x):
                return (ulong)f[f[x.Args[1]].Args[1]].Imm - 1;
            case Op.Select:
                return Math.Max(MaxUnsigned(f, x.Args[1], depth + 1), MaxUnsigned(f, x.Args[2], depth + 1));
            default:
                return uint.MaxValue;
        }
    }
}
