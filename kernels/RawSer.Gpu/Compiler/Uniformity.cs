using System.Numerics;

namespace RawSer.Gpu.Compiler;

/// <summary>
/// Which values differ between the threads of a block, and with them which branches threads take differently. A barrier between
/// such a branch and the place where its sides meet again would wait for ever: that is an error here. Memory at an address that is
/// the same for all threads is taken to hold one value.
/// </summary>
internal sealed class Uniformity
{
    private readonly IrFunction _f;
    private readonly List<int> _order;
    private readonly bool[] _varies;
    private readonly HashSet<int>?[] _regions; // blocks under a branch that varies
    private readonly int[] _postDominator;

    private Uniformity(IrFunction f)
    {
        this._f = f;
        _order = DominatorTree.OrderOf(f);
        _varies = new bool[f.Count];
        _regions = new HashSet<int>?[f.Blocks.Count];
        _postDominator = PostDominators();
        Propagate();
    }

    /// <summary>Throws for a barrier that not all threads of a block reach together.</summary>
    public static void CheckBarriers(IrFunction f, Frontend frontend)
    {
        if (!f.AsmTexts.Exists(t => (t.Effects & AsmEffects.BlockBarrier) != 0))
        {
            return;
        }

        var pass = new Uniformity(f);
        foreach (var b in pass._order)
        {
            foreach (var v in f.Blocks[b].Code)
            {
                if (f[v].Op != Op.Asm || (f.AsmTexts[f[v].Aux].Effects & AsmEffects.BlockBarrier) == 0)
                {
                    continue;
                }

                foreach (var branch in pass._order)
                {
                    if (pass._regions[branch] is { } region && region.Contains(b))
                    {
                        throw frontend.Error(f[v].Source, $"a barrier of the block is under a condition that threads decide differently ({frontend.Describe(f.Blocks[branch].Source)}); all threads must reach it together");
                    }
                }
            }
        }
    }

    private void Propagate()
    {
        for (var changed = true; changed;)
        {
            changed = false;
            foreach (var b in _order)
            {
                var block = _f.Blocks[b];
                foreach (var v in block.Code)
                {
                    if (!_varies[v] && Varies(v, b))
                    {
                        _varies[v] = changed = true;
                    }
                }

                if (block.Term == Term.Branch && _regions[b] is null && DiffersIn(_f.Resolve(block.Cond))
                    && !block.Succ.Any(s => _f.Blocks[s].Term == Term.Unreachable))
                {
                    _regions[b] = Region(b);
                    changed = true;
                }
            }
        }
    }

    private bool DiffersIn(int v) => _varies[v] || (_f[v].Op == Op.Special && (SpecialRegister)_f[v].Imm is SpecialRegister.TidX or SpecialRegister.TidY or SpecialRegister.TidZ or SpecialRegister.LaneId)
        || _f[v].Op == Op.SlotAddr;

    private bool Varies(int v, int block)
    {
        ref var x = ref _f[v];
        if (x.Op == Op.Atomic || (x.Op == Op.Asm && (_f.AsmTexts[x.Aux].Effects & AsmEffects.BlockBarrier) == 0 && _f.AsmTexts[x.Aux].Effects != AsmEffects.Pure))
        {
            return true;
        }

        if (x.Op == Op.Asm && (_f.AsmTexts[x.Aux].Effects & AsmEffects.BlockBarrier) != 0)
        {
            return false; // all threads get the count of the block
        }

        foreach (var a in x.Args)
        {
            if (DiffersIn(_f.Resolve(a)))
            {
                return true;
            }
        }

        if (x.Op == Op.Phi)
        {
            foreach (var b in _order)
            {
                if (_regions[b] is { } region && (region.Contains(block) || _postDominator[b] == block))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>The blocks between a branch and the block where all its paths have met.</summary>
    private HashSet<int> Region(int branch)
    {
        var region = new HashSet<int>();
        var work = new Stack<int>(_f.Blocks[branch].Succ);
        while (work.Count > 0)
        {
            var b = work.Pop();
            if (b != _postDominator[branch] && region.Add(b))
            {
                foreach (var s in _f.Blocks[b].Succ)
                {
                    work.Push(s);
                }
            }
        }

        return region;
    }

    /// <summary>Immediate postdominators; -1 is the end of the program. A trap ends the kernel for all threads, so paths into one count for nothing:
    /// everything postdominates them.</summary>
    private int[] PostDominators()
    {
        // Sets of postdominators shrink until they fit; kernels have a few hundred blocks at most.
        var order = _order;
        var place = new int[_f.Blocks.Count];
        for (var i = 0; i < order.Count; i++)
        {
            place[order[i]] = i;
        }

        var words = (order.Count + 63) / 64;
        var sets = new ulong[order.Count][];
        for (var i = 0; i < order.Count; i++)
        {
            sets[i] = new ulong[words];
            Array.Fill(sets[i], ulong.MaxValue);
        }

        var next = new ulong[words];
        for (var changed = true; changed;)
        {
            changed = false;
            for (var i = order.Count - 1; i >= 0; i--)
            {
                var succ = _f.Blocks[order[i]].Succ;
                Array.Fill(next, succ.Length == 0 && _f.Blocks[order[i]].Term != Term.Unreachable ? 0 : ulong.MaxValue);
                foreach (var s in succ)
                {
                    for (var w = 0; w < words; w++)
                    {
                        next[w] &= sets[place[s]][w];
                    }
                }

                next[i / 64] |= 1ul << (i % 64);
                if (!next.AsSpan().SequenceEqual(sets[i]))
                {
                    next.CopyTo(sets[i], 0);
                    changed = true;
                }
            }
        }

        // The immediate one is the postdominator with the most postdominators itself.
        var result = new int[_f.Blocks.Count];
        Array.Fill(result, -1);
        for (var i = 0; i < order.Count; i++)
        {
            var most = -1;
            for (var j = 0; j < order.Count; j++)
            {
                if (j != i && (sets[i][j / 64] >> (j % 64) & 1) != 0 && sets[j].Sum(BitOperations.PopCount) is var count && count > most)
                {
                    most = count;
                    result[order[i]] = order[j];
                }
            }
        }

        return result;
    }
}
