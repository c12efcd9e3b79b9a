namespace RawSer.Gpu.Compiler;

/// <summary>A natural loop: the blocks from which its header is reached without leaving it.</summary>
/// <param name="header">The block through which it is entered.</param>
/// <param name="blocks">The number of blocks of the function.</param>
internal sealed class Loop(int header, int blocks)
{
    public readonly int Header = header;
    public readonly BlockSet Blocks = new(blocks) { header };
    public readonly List<int> Latches = [];
    public Loop? Parent;

    public int Depth => Parent is null ? 1 : Parent.Depth + 1;
}

/// <summary>Shape of the control flow: order, dominators and loops, and the cleaning that keeps it small.</summary>
internal sealed class ControlFlow : DominatorTree
{
    private readonly IrFunction _f;

    public ControlFlow(IrFunction f)
        : base(f)
    {
        this._f = f;
        LoopOf = new Loop?[f.Blocks.Count];
        FindLoops();
    }

    /// <summary>Loops, inner ones before the loops around them.</summary>
    public List<Loop> Loops { get; } = [];

    /// <summary>The innermost loop of each block.</summary>
    public Loop?[] LoopOf { get; }

    public int Depth(int block) => LoopOf[block]?.Depth ?? 0;

    private void FindLoops()
    {
        var headed = new Loop?[_f.Blocks.Count];
        var work = new Stack<int>();
        foreach (var b in Order)
        {
            foreach (var s in _f.Blocks[b].Succ)
            {
                if (!Dominates(s, b))
                {
                    continue;
                }

                if (headed[s] is not { } loop)
                {
                    headed[s] = loop = new Loop(s, _f.Blocks.Count);
                    Loops.Add(loop);
                }

                loop.Latches.Add(b);
                work.Push(b);
                while (work.TryPop(out var at))
                {
                    if (loop.Blocks.Add(at))
                    {
                        foreach (var p in _f.Blocks[at].Preds)
                        {
                            work.Push(p);
                        }
                    }
                }
            }
        }

        Loops.Sort((a, b) => a.Blocks.Count != b.Blocks.Count ? a.Blocks.Count.CompareTo(b.Blocks.Count) : Number(a.Header).CompareTo(Number(b.Header)));
        var outermost = new Loop?[_f.Blocks.Count]; // of each block: the largest of its loops so far
        foreach (var loop in Loops)
        {
            foreach (var b in loop.Blocks)
            {
                LoopOf[b] ??= loop;
                if (outermost[b] is { } inner)
                {
                    inner.Parent ??= loop;
                }

                outermost[b] = loop;
            }
        }
    }

    /// <summary>Sets the predecessors of all blocks anew; for functions without phis.</summary>
    public static void ConnectPredecessors(IrFunction f)
    {
        foreach (var b in f.Blocks)
        {
            b.Preds.Clear();
        }

        foreach (var b in f.Blocks)
        {
            foreach (var s in b.Succ)
            {
                f.Blocks[s].Preds.Add(b.Id);
            }
        }
    }

    /// <summary>
    /// Resolves branches on constants, drops what is not reached (from phis too), and joins blocks with their only predecessor.
    /// Branches to unreachable places are taken never, unless they shall trap.
    /// </summary>
    /// <returns>The number of blocks that are left.</returns>
    public static int Clean(IrFunction f, bool keepTraps)
    {
        foreach (var block in f.Blocks)
        {
            SettleBranch(f, block);
        }

        if (!keepTraps)
        {
            DropUnreachable(f);
        }

        var reached = new bool[f.Blocks.Count];
        var left = 1;
        var work = new Stack<int>();
        work.Push(0);
        reached[0] = true;
        while (work.TryPop(out var b))
        {
            foreach (var s in f.Blocks[b].Succ)
            {
                if (!reached[s])
                {
                    reached[s] = true;
                    left++;
                    work.Push(s);
                }
            }
        }

        foreach (var block in f.Blocks)
        {
            if (!reached[block.Id] && (block.Code.Count > 0 || block.Succ.Length > 0))
            {
                foreach (var s in block.Succ)
                {
                    RemoveEdge(f, block.Id, s);
                }

                block.Code = [];
                (block.Term, block.Succ) = (Term.None, []);
                block.Preds.Clear();
            }
        }

        foreach (var block in f.Blocks)
        {
            if (reached[block.Id])
            {
                left -= JoinFollowers(f, block);
            }
        }

        return left;
    }

    /// <summary>Resolves a block's branch on a constant, on a negation, or to the same place twice.</summary>
    public static void SettleBranch(IrFunction f, Block block)
    {
        if (block.Term != Term.Branch)
        {
            return;
        }

        block.Cond = f.Resolve(block.Cond);
        if (block.Succ[0] == block.Succ[1])
        {
            // Twice the same: drop one edge.
            RemoveEdge(f, block.Id, block.Succ[1]);
            (block.Term, block.Succ) = (Term.Jump, [block.Succ[0]]);
        }
        else if (f.IsConst(block.Cond, out var known))
        {
            RemoveEdge(f, block.Id, block.Succ[known != 0 ? 1 : 0]);
            (block.Term, block.Succ) = (Term.Jump, [block.Succ[known != 0 ? 0 : 1]]);
        }
        else if (f[block.Cond].Op == Op.Not)
        {
            (block.Cond, block.Succ) = (f.Resolve(f[block.Cond].Args[0]), [block.Succ[1], block.Succ[0]]);
        }
    }

    /// <summary>Takes in the blocks behind a reachable one that nothing else leads to, and returns how many.</summary>
    public static int JoinFollowers(IrFunction f, Block block)
    {
        var joined = 0;
        while (block.Term == Term.Jump && f.Blocks[block.Succ[0]] is { Preds.Count: 1 } next && next.Id != 0 && next != block)
        {
            foreach (var v in next.Code)
            {
                if (f[v].Op == Op.Phi)
                {
                    f.Replace(v, f[v].Args[0]);
                }
                else if (f[v].Op != Op.Nop)
                {
                    block.Code.Add(v);
                }
            }

            (block.Term, block.Cond, block.Succ, block.Source) = (next.Term, next.Cond, next.Succ, next.Source);
            foreach (var s in block.Succ)
            {
                var preds = f.Blocks[s].Preds;
                preds[preds.IndexOf(next.Id)] = block.Id;
            }

            next.Code = [];
            (next.Term, next.Succ) = (Term.None, []);
            next.Preds.Clear();
            joined++;
        }

        return joined;
    }

    /// <summary>A branch with an unreachable side goes the other way.</summary>
    private static void DropUnreachable(IrFunction f)
    {
        for (var changed = true; changed;)
        {
            changed = false;
            foreach (var block in f.Blocks)
            {
                if (block.Term == Term.Branch)
                {
                    for (var side = 0; side < 2; side++)
                    {
                        if (IsDead(f, f.Blocks[block.Succ[side]]))
                        {
                            RemoveEdge(f, block.Id, block.Succ[side]);
                            (block.Term, block.Succ) = (Term.Jump, [block.Succ[1 - side]]);
                            changed = true;
                            break;
                        }
                    }
                }
                else if (block.Term == Term.Jump && IsDead(f, f.Blocks[block.Succ[0]]) && IsEmpty(f, block))
                {
                    RemoveEdge(f, block.Id, block.Succ[0]);
                    (block.Term, block.Succ) = (Term.Unreachable, []);
                    changed = true;
                }
            }
        }
    }

    private static bool IsDead(IrFunction f, Block block) => block.Term == Term.Unreachable && IsEmpty(f, block);

    private static bool IsEmpty(IrFunction f, Block block)
    {
        foreach (var v in block.Code)
        {
            if (f[v].Op != Op.Nop && f.HasEffect(v))
            {
                return false;
            }
        }

        return true;
    }

    private static void RemoveEdge(IrFunction f, int from, int to)
    {
        var target = f.Blocks[to];
        var index = target.Preds.IndexOf(from);
        if (index < 0)
        {
            return;
        }

        target.Preds.RemoveAt(index);
        foreach (var v in target.Code)
        {
            ref var x = ref f[v];
            if (x.Op == Op.Phi)
            {
                var args = new int[x.Args.Length - 1];
                Array.Copy(x.Args, args, index);
                Array.Copy(x.Args, index + 1, args, index, args.Length - index);
                x.Args = args;
            }
        }
    }
}
