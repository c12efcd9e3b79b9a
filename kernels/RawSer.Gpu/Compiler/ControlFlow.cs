namespace RawSer.Gpu.Compiler;

/// <summary>A natural loop: the blocks from which its header is reached without leaving it.</summary>
internal sealed class Loop(int header)
{
    public readonly int Header = header;
    public readonly HashSet<int> Blocks = [header];
    public readonly List<int> Latches = [];
    public Loop? Parent;

    public int Depth => Parent is null ? 1 : Parent.Depth + 1;
}

/// <summary>
/// Shape of the control flow: order, dominators (Cooper, Harvey, Kennedy: "A simple, fast dominance algorithm") and loops, and
/// the cleaning that keeps it small.
/// </summary>
internal sealed class ControlFlow
{
    private readonly IrFunction _f;
    private int[] _number = [];

    /// <summary>Blocks in reverse postorder.</summary>
    public List<int> Order { get; } = [];

    /// <summary>Immediate dominator of each block; the entry is its own.</summary>
    public int[] Dominator { get; private set; } = [];

    /// <summary>Loops, inner ones before the loops around them.</summary>
    public List<Loop> Loops { get; } = [];

    /// <summary>The innermost loop of each block.</summary>
    public Loop?[] LoopOf { get; private set; } = [];

    public ControlFlow(IrFunction f)
    {
        this._f = f;
        Sort();
        FindDominators();
        FindLoops();
    }

    public int Depth(int block) => LoopOf[block]?.Depth ?? 0;

    public bool IsReachable(int block) => _number[block] >= 0;

    public bool Dominates(int a, int b)
    {
        while (_number[b] > _number[a])
        {
            b = Dominator[b];
        }

        return a == b;
    }

    private void Sort()
    {
        _number = new int[_f.Blocks.Count];
        Array.Fill(_number, -1);
        var state = new int[_f.Blocks.Count];
        var stack = new Stack<int>();
        stack.Push(0);
        while (stack.Count > 0)
        {
            var b = stack.Peek();
            var succ = _f.Blocks[b].Succ;

            // Last successor first, so that the fall-through comes right after its branch in the order.
            if (state[b] < succ.Length)
            {
                var next = succ[succ.Length - 1 - state[b]++];
                if (state[next] == 0 && _number[next] == -1 && next != 0)
                {
                    _number[next] = -2;
                    stack.Push(next);
                }

                continue;
            }

            stack.Pop();
            Order.Add(b);
        }

        Order.Reverse();
        Array.Fill(_number, -1);
        for (var i = 0; i < Order.Count; i++)
        {
            _number[Order[i]] = i;
        }
    }

    private void FindDominators()
    {
        Dominator = new int[_f.Blocks.Count];
        Array.Fill(Dominator, -1);
        Dominator[0] = 0;
        for (var changed = true; changed;)
        {
            changed = false;
            foreach (var b in Order)
            {
                if (b == 0)
                {
                    continue;
                }

                var idom = -1;
                foreach (var p in _f.Blocks[b].Preds)
                {
                    if (_number[p] >= 0 && Dominator[p] >= 0)
                    {
                        idom = idom < 0 ? p : Meet(p, idom);
                    }
                }

                changed |= Dominator[b] != idom;
                Dominator[b] = idom;
            }
        }
    }

    private int Meet(int a, int b)
    {
        while (a != b)
        {
            while (_number[a] > _number[b])
            {
                a = Dominator[a];
            }

            while (_number[b] > _number[a])
            {
                b = Dominator[b];
            }
        }

        return a;
    }

    private void FindLoops()
    {
        LoopOf = new Loop?[_f.Blocks.Count];
        var byHeader = new Dictionary<int, Loop>();
        foreach (var b in Order)
        {
            foreach (var s in _f.Blocks[b].Succ)
            {
                if (!Dominates(s, b))
                {
                    continue;
                }

                if (!byHeader.TryGetValue(s, out var loop))
                {
                    byHeader[s] = loop = new Loop(s);
                    Loops.Add(loop);
                }

                loop.Latches.Add(b);
                var work = new Stack<int>();
                work.Push(b);
                while (work.Count > 0)
                {
                    var at = work.Pop();
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

        Loops.Sort((a, b) => a.Blocks.Count != b.Blocks.Count ? a.Blocks.Count.CompareTo(b.Blocks.Count) : _number[a.Header].CompareTo(_number[b.Header]));
        foreach (var loop in Loops)
        {
            foreach (var b in loop.Blocks)
            {
                LoopOf[b] ??= loop;
            }
        }

        for (var i = 0; i < Loops.Count; i++)
        {
            Loops[i].Parent = Loops.Skip(i + 1).FirstOrDefault(l => l.Blocks.Contains(Loops[i].Header) && l != Loops[i]);
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
    public static void Clean(IrFunction f, bool keepTraps)
    {
        f.Blocks.ForEach(block => SettleBranch(f, block));
        if (!keepTraps)
        {
            DropUnreachable(f);
        }

        var reached = new bool[f.Blocks.Count];
        var work = new Stack<int>();
        work.Push(0);
        reached[0] = true;
        while (work.Count > 0)
        {
            foreach (var s in f.Blocks[work.Pop()].Succ)
            {
                if (!reached[s])
                {
                    reached[s] = true;
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
                JoinFollowers(f, block);
            }
        }
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

    /// <summary>Takes in the blocks behind a reachable one that nothing else leads to.</summary>
    public static void JoinFollowers(IrFunction f, Block block)
    {
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
        }
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
