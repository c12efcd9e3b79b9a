using System.Numerics;

namespace RawSer.Gpu.Compiler;

/// <summary>
/// Quotients and remainders by a positive constant. ptxas divides by a general routine of some 20 instructions even where the divisor is
/// known, so this is done here: by shifts for powers of two, else by the high half of a product with a reciprocal (Granlund and
/// Montgomery, "Division by invariant integers using multiplication"; Warren, "Hacker's Delight", chapter 10).
/// </summary>
internal static class Division
{
    /// <summary>The quotient or remainder, or -1 where the instruction must stay (64 bits, not a power of two).</summary>
    public static int ByConstant(IrFunction f, Op op, Ty type, int x, long divisor)
    {
        var isUnsigned = op is Op.DivU or Op.RemU || (type == Ty.I32 && Folding.IsNonNegative(f, x));
        if (isUnsigned && BitOperations.IsPow2(divisor))
        {
            return op is Op.Div or Op.DivU
                ? f.Emit(Op.ShrU, type, x, f.Int(BitOperations.Log2((ulong)divisor)))
                : f.Emit(Op.And, type, x, f.Const(type, divisor - 1));
        }

        if (!BitOperations.IsPow2(divisor) && (type != Ty.I32 || divisor > int.MaxValue))
        {
            return -1;
        }

        var quotient = BitOperations.IsPow2(divisor) ? SignedShift(f, type, x, BitOperations.Log2((ulong)divisor))
            : !isUnsigned ? Signed(f, x, (int)divisor)
            : Folding.MaxUnsigned(f, x) <= int.MaxValue ? Positive(f, x, (int)divisor)
            : Unsigned(f, x, (uint)divisor);
        return op is Op.Div or Op.DivU ? quotient : f.Emit(Op.Sub, type, x, f.Emit(Op.Mul, type, quotient, f.Const(type, divisor)));
    }

    /// <summary>Rounds towards zero: adds 2^k - 1 to negative numbers first.</summary>
    private static int SignedShift(IrFunction f, Ty type, int x, int k)
    {
        var bits = type == Ty.I32 ? 32 : 64;
        var sign = f.Emit(Op.Shr, type, x, f.Int(bits - 1));
        var bias = f.Emit(Op.ShrU, type, sign, f.Int(bits - k));
        return f.Emit(Op.Shr, type, f.Emit(Op.Add, type, x, bias), f.Int(k));
    }

    /// <summary>For x below 2^31: M = ceil(2^(31 + s) / d) with s = ceil(log2 d) fits 32 bits, and floor(x M / 2^(31 + s)) is exact.</summary>
    private static int Positive(IrFunction f, int x, int d)
    {
        var s = 32 - BitOperations.LeadingZeroCount((uint)d - 1);
        var reciprocal = (uint)(((UInt128.One << (31 + s)) + (UInt128)d - 1) / (UInt128)d);
        var high = f.Emit(Op.MulHiU, Ty.I32, x, f.Int((int)reciprocal));
        return f.Emit(Op.ShrU, Ty.I32, high, f.Int(s - 1));
    }

    /// <summary>For all 32 bits the reciprocal has 33: q = (t + (x - t) / 2) / 2^(s - 1) with t the high half of the product.</summary>
    private static int Unsigned(IrFunction f, int x, uint d)
    {
        var s = 32 - BitOperations.LeadingZeroCount(d - 1);
        var reciprocal = (uint)((((UInt128.One << s) - d) << 32) / d) + 1;
        var t = f.Emit(Op.MulHiU, Ty.I32, x, f.Int((int)reciprocal));
        var half = f.Emit(Op.ShrU, Ty.I32, f.Emit(Op.Sub, Ty.I32, x, t), f.Int(1));
        return f.Emit(Op.ShrU, Ty.I32, f.Emit(Op.Add, Ty.I32, t, half), f.Int(s - 1));
    }

    /// <summary>The signed form: the high half of the signed product, plus one for negative numbers.</summary>
    private static int Signed(IrFunction f, int x, int d)
    {
        var s = 32 - BitOperations.LeadingZeroCount((uint)d - 1);
        var reciprocal = (int)(uint)(((UInt128.One << (31 + s)) + (UInt128)d - 1) / (UInt128)d);
        var high = f.Emit(Op.MulHi, Ty.I32, x, f.Int(reciprocal));
        if (reciprocal < 0)
        {
            high = f.Emit(Op.Add, Ty.I32, high, x); // the reciprocal has 32 bits: 2^32 was taken off it
        }

        var quotient = f.Emit(Op.Shr, Ty.I32, high, f.Int(s - 1));
        return f.Emit(Op.Add, Ty.I32, quotient, f.Emit(Op.ShrU, Ty.I32, x, f.Int(31)));
    }
}
