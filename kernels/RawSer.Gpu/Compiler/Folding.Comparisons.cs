namespace RawSer.Gpu.Compiler;

/// <content>Comparisons, selections and conditions.</content>
internal static partial class Folding
{
    /// <summary>The comparison that is true when this one is false.</summary>
    public static Cond Invert(Cond cond, Ty operands)
    {
        var isFloat = operands is Ty.F32 or Ty.F64;
        return cond switch
        {
            Cond.Eq => Cond.Ne,
            Cond.Ne => Cond.Eq,
            Cond.Lt => isFloat ? Cond.GeU : Cond.Ge,
            Cond.Le => isFloat ? Cond.GtU : Cond.Gt,
            Cond.Gt => isFloat ? Cond.LeU : Cond.Le,
            Cond.Ge => isFloat ? Cond.LtU : Cond.Lt,
            Cond.LtU => isFloat ? Cond.Ge : Cond.GeU,
            Cond.LeU => isFloat ? Cond.Gt : Cond.GtU,
            Cond.GtU => isFloat ? Cond.Le : Cond.LeU,
            _ => isFloat ? Cond.Lt : Cond.LtU,
        };
    }

    private static Cond Mirror(Cond cond) => cond switch
    {
        Cond.Lt => Cond.Gt,
        Cond.Le => Cond.Ge,
        Cond.Gt => Cond.Lt,
        Cond.Ge => Cond.Le,
        Cond.LtU => Cond.GtU,
        Cond.LeU => Cond.GeU,
        Cond.GtU => Cond.LtU,
        Cond.GeU => Cond.LeU,
        _ => cond,
    };

    private static bool Test<T>(Cond cond, T a, T b, bool unordered)
        where T : IComparable<T>
    {
        if (unordered)
        {
            return cond is Cond.Ne or Cond.LtU or Cond.LeU or Cond.GtU or Cond.GeU;
        }

        var order = a.CompareTo(b);
        return cond switch
        {
            Cond.Eq => order == 0,
            Cond.Ne => order != 0,
            Cond.Lt or Cond.LtU => order < 0,
            Cond.Le or Cond.LeU => order <= 0,
            Cond.Gt or Cond.GtU => order > 0,
            _ => order >= 0,
        };
    }

    private static int Compare(IrFunction f, ref Instr x)
    {
        var (a, b, cond) = (x.Args[0], x.Args[1], (Cond)x.Imm);
        if (f.IsConst(a) && !f.IsConst(b))
        {
            (a, b) = (x.Args[0], x.Args[1]) = (b, a);
            x.Imm = (long)(cond = Mirror(cond));
        }

        var type = f[a].Type;
        var constB = f.IsConst(b, out var cb);
        if (constB && f.IsConst(a, out var ca))
        {
            return f.Bool(type switch
            {
                Ty.F32 => float.IsNaN(F(ca)) || float.IsNaN(F(cb)) ? Test(cond, 0, 0, true) : F(ca) == F(cb) ? Test(cond, 0, 0, false) : Test(cond, F(ca), F(cb), false),
                Ty.F64 => double.IsNaN(D(ca)) || double.IsNaN(D(cb)) ? Test(cond, 0, 0, true) : D(ca) == D(cb) ? Test(cond, 0, 0, false) : Test(cond, D(ca), D(cb), false),
                Ty.I32 when cond >= Cond.LtU => Test(cond, (uint)ca, (uint)cb, false),
                _ when cond >= Cond.LtU => Test(cond, (ulong)ca, (ulong)cb, false),
                _ => Test(cond, ca, cb, false),
            });
        }

        var isFloat = type is Ty.F32 or Ty.F64;
        if (a == b && !isFloat)
        {
            return f.Bool(cond is Cond.Eq or Cond.Le or Cond.Ge or Cond.LeU or Cond.GeU);
        }

        if (isFloat || !constB)
        {
            return -1;
        }

        // Booleans compared with 0 or 1; the IL idiom is ceq 0, cgt.un 0, brtrue.
        ref var left = ref f[a];
        if (left.Op == Op.BoolToInt && cb is 0 or 1)
        {
            var predicate = left.Args[0];
            var same = (cond, cb) is (Cond.Ne, 0) or (Cond.Eq, 1) or (Cond.GtU, 0) or (Cond.Gt, 0);
            var inverse = (cond, cb) is (Cond.Eq, 0) or (Cond.Ne, 1);
            return same ? predicate : inverse ? f.Emit(Op.Not, Ty.Pred, predicate) : -1;
        }

        // ((long)i) compared with a constant that fits: compare the 32 bits.
        if (left.Op == Op.SExt && cb == (int)cb && cond < Cond.LtU)
        {
            return f.Compare(cond, left.Args[0], f.Int((int)cb));
        }

        if (cond == Cond.GtU && cb == 0)
        {
            return f.Compare(Cond.Ne, a, b);
        }

        if (cond == Cond.LtU && cb == 0)
        {
            return f.Bool(false);
        }

        if (type == Ty.I32)
        {
            var max = MaxUnsigned(f, a);
            if (cond == Cond.LtU && max < (uint)cb)
            {
                return f.Bool(true);
            }

            if (max <= int.MaxValue && (int)cb >= 0 && cond < Cond.LtU)
            {
                if (max < (ulong)cb && cond is Cond.Lt or Cond.Le)
                {
                    return f.Bool(true);
                }

                if (cb == 0 && cond is Cond.Ge or Cond.Lt)
                {
                    return f.Bool(cond == Cond.Ge);
                }
            }
        }

        return -1;
    }

    private static int Select(IrFunction f, ref Instr x)
    {
        var (p, a, b) = (x.Args[0], x.Args[1], x.Args[2]);
        if (f.IsConst(p, out var c))
        {
            return c != 0 ? a : b;
        }

        if (a == b)
        {
            return a;
        }

        if (f[p].Op == Op.Not)
        {
            x.Args = [f[p].Args[0], b, a];
            return Select(f, ref x);
        }

        if (x.Type == Ty.Pred)
        {
            if (f.IsConst(a, out var ta))
            {
                return ta != 0 ? f.Emit(Op.Or, Ty.Pred, p, b) : f.Emit(Op.And, Ty.Pred, f.Emit(Op.Not, Ty.Pred, p), b);
            }

            if (f.IsConst(b, out var tb))
            {
                return tb != 0 ? f.Emit(Op.Or, Ty.Pred, f.Emit(Op.Not, Ty.Pred, p), a) : f.Emit(Op.And, Ty.Pred, p, a);
            }
        }

        if (x.Type == Ty.I32 && AsPredicate(f, a) is >= 0 and var pa && AsPredicate(f, b) is >= 0 and var pb)
        {
            return f.Emit(Op.BoolToInt, Ty.I32, f.Emit(Op.Select, Ty.Pred, p, pa, pb));
        }

        return -1;
    }

    /// <summary>The predicate that a 0/1 integer was made from, or -1.</summary>
    public static int AsPredicate(IrFunction f, int value)
    {
        ref var x = ref f[value];
        return x.Op == Op.BoolToInt ? x.Args[0] : x.Op == Op.Const && x.Imm is 0 or 1 ? f.Bool(x.Imm == 1) : -1;
    }
}
