namespace RawSer.Gpu.Compiler;

/// <summary>Blocks in order, and their dominators (Cooper, Harvey, Kennedy: "A simple, fast dominance algorithm").</summary>
internal class DominatorTree
{
    private readonly IrFunction _f;
    private readonly int[] _number;

    public DominatorTree(IrFunction f)
    {
        this._f = f;
        Order = OrderOf(f);
        _number = new int[f.Blocks.Count];
        Array.Fill(_number, -1);
        for (var i = 0; i < Order.Count; i++)
        {
            _number[Order[i]] = i;
        }

        Dominator = new int[f.Blocks.Count];
        FindDominators();
    }

    /// <summary>Blocks in reverse postorder.</summary>
    public List<int> Order { get; }

    /// <summary>Immediate dominator of each block; the entry is its own.</summary>
    public int[] Dominator { get; }

    /// <summary>The place of a block in the order; -1 for one that is not reached.</summary>
    public int Number(int block) => _number[block];

    public bool IsReachable(int block) => _number[block] >= 0;

    public bool Dominates(int a, int b)
    {
        while (_number[b] > _number[a])
        {
            b = Dominator[b];
        }

        return a == b;
    }

    /// <summary>The blocks that are reached, in reverse postorder.</summary>
    public static List<int> OrderOf(IrFunction f)
    {
        var order = new List<int>();
        var next = new int[f.Blocks.Count]; // of each block met: the successor to follow next, plus one
        var stack = new Stack<int>();
        stack.Push(0);
        next[0] = 1;
        while (stack.TryPeek(out var b))
        {
            // Last successor first, so that the fall-through comes right after its branch in the order.
            var succ = f.Blocks[b].Succ;
            if (next[b] <= succ.Length)
            {
                var s = succ[^next[b]++];
                if (next[s] == 0)
                {
                    next[s] = 1;
                    stack.Push(s);
                }

                continue;
            }

            stack.Pop();
            order.Add(b);
        }

        order.Reverse();
        return order;
    }

    private void FindDominators()
    {
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
}
