namespace RawSer.Gpu.Compiler;

/// <summary>
/// The passes that make the program smaller without moving anything: folding again what has become constant, common
/// subexpressions by value numbering down the dominator tree, and dead code.
/// </summary>
internal static class Simplification
{
    /// <summary>All of it until nothing changes in the control flow.</summary>
    public static void Run(IrFunction f, bool keepTraps)
    {
        for (var round = 0; round < 8; round++)
        {
            var order = DominatorTree.OrderOf(f);
            Phis.RemoveTrivial(f, order);
            Refold(f, order);
            var left = ControlFlow.Clean(f, keepTraps);
            RemoveDead(f);
            if (left == order.Count)
            {
                break;
            }
        }
    }

    /// <summary>Folds every instruction again, in an order in which arguments come first.</summary>
    private static void Refold(IrFunction f, List<int> order)
    {
        var integers = new List<int>();
        foreach (var b in order)
        {
            var block = f.Blocks[b];
            var code = block.Code;
            block.Code = f.At = new List<int>(code.Count);
            foreach (var v in code)
            {
                if (f[v].Op == Op.Nop)
                {
                    continue;
                }

                f.ResolveArgs(v);
                var x = f[v];
                if (x.Op == Op.Phi)
                {
                    if (!PredicatePhi(f, v, integers))
                    {
                        f.At.Add(v);
                    }

                    continue;
                }

                if (integers.Count > 0)
                {
                    f.At.AddRange(integers); // behind the last phi
                    integers.Clear();
                }

                f.Source = x.Source;
                var folded = Folding.Fold(f, ref x);
                if (folded >= 0)
                {
                    f.Replace(v, folded);
                }
                else
                {
                    f[v] = x;
                    f.At.Add(v);
                }
            }

            f.At.AddRange(integers);
            integers.Clear();
            if (block.Cond >= 0)
            {
                block.Cond = f.Resolve(block.Cond);
            }
        }
    }

    /// <summary>A phi of 0/1 integers becomes a phi of predicates.</summary>
    private static bool PredicatePhi(IrFunction f, int v, List<int> integers)
    {
        if (f[v].Type != Ty.I32)
        {
            return false;
        }

        var args = (int[])f[v].Args.Clone();
        var converted = false;
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == v || Folding.AsPredicate(f, args[i]) is not (>= 0 and var p))
            {
                return false;
            }

            converted |= f[args[i]].Op == Op.BoolToInt;
            args[i] = p;
        }

        if (!converted)
        {
            return false;
        }

        var phi = f.New(new Instr { Op = Op.Phi, Type = Ty.Pred, Args = args, Source = f[v].Source });
        f.At.Add(phi);
        var integer = f.New(new Instr { Op = Op.BoolToInt, Type = Ty.I32, Args = [phi], Source = f[v].Source });
        integers.Add(integer);
        f.Replace(v, integer);
        return true;
    }

    /// <summary>Removes instructions that nobody needs.</summary>
    public static void RemoveDead(IrFunction f)
    {
        var live = new bool[f.Count];
        var work = new Stack<int>();
        foreach (var block in f.Blocks)
        {
            foreach (var v in block.Code)
            {
                if (f[v].Op != Op.Nop && f.HasEffect(v))
                {
                    Mark(v);
                }
            }

            if (block.Term is Term.Branch)
            {
                block.Cond = f.Resolve(block.Cond);
                Mark(block.Cond);
            }
        }

        while (work.Count > 0)
        {
            var v = work.Pop();
            f.ResolveArgs(v);
            foreach (var a in f[v].Args)
            {
                Mark(a);
            }
        }

        foreach (var block in f.Blocks)
        {
            block.Code.RemoveAll(v => !live[v]);
        }

        void Mark(int v)
        {
            if (!live[v])
            {
                live[v] = true;
                work.Push(v);
            }
        }
    }
}
