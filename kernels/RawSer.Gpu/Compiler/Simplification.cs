namespace RawSer.Gpu.Compiler;

/// <summary>
/// The passes that make the program smaller without moving anything: folding again what has become constant, common
/// subexpressions by value numbering down the dominator tree, and dead code.
/// </summary>
internal static class Simplification
{
    /// <summary>Kept from compilation to compilation, because it is large.</summary>
    [ThreadStatic]
    private static Dictionary<(Op, Ty, long, int, int, int, int), int>? s_known;

    /// <summary>All of it until nothing changes in the control flow.</summary>
    public static void Run(IrFunction f, bool keepTraps)
    {
        for (var round = 0; round < 8; round++)
        {
            var flow = new ControlFlow(f);
            Phis.RemoveTrivial(f, flow);
            Refold(f, flow);
            var before = flow.Order.Count;
            ControlFlow.Clean(f, keepTraps);
            RemoveDead(f);
            if (new ControlFlow(f).Order.Count == before)
            {
                break;
            }
        }
    }

    /// <summary>Folds every instruction again, in an order in which arguments come first.</summary>
    public static void Refold(IrFunction f, ControlFlow flow)
    {
        foreach (var b in flow.Order)
        {
            var block = f.Blocks[b];
            var code = block.Code;
            var integers = new List<int>();
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

    /// <summary>Replaces each pure instruction by an equal one that dominates it.</summary>
    public static void NumberValues(IrFunction f)
    {
        var flow = new ControlFlow(f);
        var children = new List<int>?[f.Blocks.Count];
        foreach (var b in flow.Order)
        {
            if (b != 0)
            {
                (children[flow.Dominator[b]] ??= []).Add(b);
            }
        }

        var known = s_known ??= [];
        known.Clear();
        var stack = new Stack<(int Block, List<(Op, Ty, long, int, int, int, int)>? Undo)>();
        stack.Push((0, null));
        while (stack.Count > 0)
        {
            var (b, undo) = stack.Pop();
            if (undo is not null)
            {
                foreach (var key in undo)
                {
                    known.Remove(key);
                }

                continue;
            }

            undo = [];
            foreach (var v in f.Blocks[b].Code)
            {
                if (f[v].Op == Op.Nop)
                {
                    continue;
                }

                f.ResolveArgs(v);
                ref var x = ref f[v];
                if (x.Op is Op.Phi or Op.Assume || x.Args.Length > 3 || !f.IsPure(v))
                {
                    continue;
                }

                var (a, second) = (x.Args.Length > 0 ? x.Args[0] : -1, x.Args.Length > 1 ? x.Args[1] : -1);
                if (x.Op is Op.Add or Op.Mul or Op.And or Op.Or or Op.Xor or Op.Min or Op.Max or Op.MinU or Op.MaxU && second < a)
                {
                    (a, second) = (second, a);
                }

                var key = (x.Op, x.Type, x.Imm, x.Aux, a, second, x.Args.Length > 2 ? x.Args[2] : -1);
                if (known.TryGetValue(key, out var equal))
                {
                    f.Replace(v, equal);
                }
                else
                {
                    known[key] = v;
                    undo.Add(key);
                }
            }

            stack.Push((b, undo));
            if (children[b] is { } inner)
            {
                for (var i = inner.Count - 1; i >= 0; i--)
                {
                    stack.Push((inner[i], null));
                }
            }
        }

        foreach (var block in f.Blocks)
        {
            block.Code.RemoveAll(v => f[v].Op == Op.Nop);
            if (block.Cond >= 0)
            {
                block.Cond = f.Resolve(block.Cond);
            }
        }
    }
}
