namespace RawSer.Gpu.Compiler;

/// <summary>
/// Short sides of a branch become straight code: values are chosen by <c>selp</c>, loads and stores carry the predicate. Guards of
/// tile loads thus cost no branch, and neighbouring ones overlap.
/// </summary>
internal static class IfConversion
{
    private const int MaxInstructions = 12;

    public static void Run(IrFunction f)
    {
        for (var changed = true; changed;)
        {
            changed = false;
            var order = DominatorTree.OrderOf(f);
            order.Reverse();
            foreach (var b in order)
            {
                ControlFlow.SettleBranch(f, f.Blocks[b]);
                if (f.Blocks[b].Term == Term.Branch && Convert(f, f.Blocks[b]))
                {
                    changed = true;
                }
            }

            if (changed)
            {
                ControlFlow.Clean(f, true);
            }
        }
    }

    private static bool Convert(IrFunction f, Block block)
    {
        var (a, b) = (f.Blocks[block.Succ[0]], f.Blocks[block.Succ[1]]);
        if (a == b)
        {
            return false;
        }

        var (aSide, bSide) = (IsSide(f, a), IsSide(f, b));
        Block join;
        if (aSide && bSide && a.Succ[0] == b.Succ[0])
        {
            join = f.Blocks[a.Succ[0]];
        }
        else if (aSide && a.Succ[0] == b.Id)
        {
            (join, bSide) = (b, false);
        }
        else if (bSide && b.Succ[0] == a.Id)
        {
            (join, aSide) = (a, false);
        }
        else
        {
            return false;
        }

        if (join == block || (aSide ? a.Code.Count : 0) + (bSide ? b.Code.Count : 0) > MaxInstructions)
        {
            return false;
        }

        var cond = f.Resolve(block.Cond);
        f.At = block.Code;
        f.Source = block.Source;
        if (aSide)
        {
            Move(f, block, a, cond);
        }

        var inverse = -1;
        if (bSide)
        {
            inverse = f.Emit(Op.Not, Ty.Pred, cond);
            Move(f, block, b, inverse);
        }

        var (edgeA, edgeB) = (join.Preds.IndexOf(aSide ? a.Id : block.Id), join.Preds.IndexOf(bSide ? b.Id : block.Id));
        f.At = block.Code;
        var given = new HashSet<int>();
        foreach (var v in join.Code)
        {
            if (f[v].Op != Op.Phi)
            {
                break;
            }

            var args = f[v].Args;
            var chosen = Choose(f, given, cond, inverse, f.Resolve(args[edgeA]), f.Resolve(args[edgeB]));
            args[edgeA] = chosen;
            f[v].Args = [.. args.Where((_, i) => i != edgeB)];
        }

        join.Preds[edgeA] = block.Id;
        join.Preds.RemoveAt(edgeB);
        block.Term = Term.Jump;
        block.Succ = [join.Id];
        block.Cond = -1;
        foreach (var side in new[] { a, b })
        {
            if (side != join)
            {
                side.Code = [];
                (side.Term, side.Succ) = (Term.None, []);
                side.Preds.Clear();
            }
        }

        // Straighten at once, so that what is around can follow.
        ControlFlow.JoinFollowers(f, block);
        return true;
    }

    private static bool IsSide(IrFunction f, Block block)
    {
        if (block.Preds.Count != 1 || block.Term != Term.Jump || block.Code.Count > MaxInstructions || block.Succ[0] == block.Id)
        {
            return false;
        }

        foreach (var v in block.Code)
        {
            ref var x = ref f[v];
            var allowed = x.Op switch
            {
                Op.Load or Op.Store => (x.Access & (Access.Predicated | Access.Volatile)) == 0,
                Op.Div or Op.DivU or Op.Rem or Op.RemU or Op.Sqrt => false,
                _ => f.IsPure(v),
            };
            if (!allowed)
            {
                return false;
            }
        }

        return true;
    }

    private static void Move(IrFunction f, Block block, Block side, int predicate)
    {
        foreach (var v in side.Code)
        {
            f.ResolveArgs(v);
            ref var x = ref f[v];
            if (x.Op == Op.Load)
            {
                var zero = f.Const(x.Type, 0);
                x = ref f[v];
                x.Args = [x.Args[0], predicate, zero];
                x.Access |= Access.Predicated;
            }
            else if (x.Op == Op.Store)
            {
                x.Args = [x.Args[0], x.Args[1], predicate];
                x.Access |= Access.Predicated;
            }

            block.Code.Add(v);
        }
    }

    private static int Choose(IrFunction f, HashSet<int> given, int cond, int inverse, int a, int b) =>
        a == b ? a
        : TakesOther(f, given, a, cond, b) ? a
        : TakesOther(f, given, b, inverse, a) ? b
        : f.Emit(Op.Select, f[a].Type, cond, a, b);

    /// <summary>p ? load : x is the predicated load with x as its other value.</summary>
    private static bool TakesOther(IrFunction f, HashSet<int> given, int v, int predicate, int other)
    {
        ref var load = ref f[v];
        if (load.Op == Op.Load && (load.Access & Access.Predicated) != 0 && load.Args[1] == predicate && f.IsConst(other)
            && f.IsConst(load.Args[2], out var zero) && zero == 0 && given.Add(v))
        {
            load.Args[2] = other;
            return true;
        }

        return false;
    }
}
