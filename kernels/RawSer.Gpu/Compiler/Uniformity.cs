using System.Runtime.InteropServices;

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
    private readonly bool[] _parts;      // of each block: its branch varies
    private readonly bool[] _isParted;   // of each block: it stands between such a branch and the block where its paths meet
    private readonly bool[] _isMeeting;  // of each block: paths of such a branch meet there
    private readonly int[] _postDominator;

    private Uniformity(IrFunction f)
    {
        this._f = f;
        _order = DominatorTree.OrderOf(f);
        _varies = new bool[f.Count];
        (_parts, _isParted, _isMeeting) = (new bool[f.Blocks.Count], new bool[f.Blocks.Count], new bool[f.Blocks.Count]);
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
        foreach (var b in pass._order.Where(b => pass._isParted[b]))
        {
            foreach (var v in f.Blocks[b].Code)
            {
                if (f[v].Op == Op.Asm && (f.AsmTexts[f[v].Aux].Effects & AsmEffects.BlockBarrier) != 0)
                {
                    var branch = pass._order.First(branch => pass._parts[branch] && pass.Region(branch).Contains(b));
                    throw frontend.Error(f[v].Source, $"a barrier of the block is under a condition that threads decide differently ({frontend.Describe(f.Blocks[branch].Source)}); all threads must reach it together");
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

                if (block.Term == Term.Branch && !_parts[b] && DiffersIn(_f.Resolve(block.Cond))
                    && !block.Succ.Any(s => _f.Blocks[s].Term == Term.Unreachable))
                {
                    _parts[b] = changed = true;
                    foreach (var parted in Region(b))
                    {
                        _isParted[parted] = true;
                    }

                    if (_postDominator[b] >= 0)
                    {
                        _isMeeting[_postDominator[b]] = true;
                    }
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

        return x.Op == Op.Phi && (_isParted[block] || _isMeeting[block]);
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

    /// <summary>
    /// Immediate postdominators: dominators along the edges backwards; -1 is the end of the program. A trap ends the kernel for all threads, so paths
    /// into one count for nothing.
    /// </summary>
    private int[] PostDominators()
    {
        bool IsEnd(int b) => _f.Blocks[b] is { Succ: [], Term: not Term.Unreachable };
        var order = Dominance.ReversePostorder(_f.Blocks.Count, _order.Where(IsEnd), b => CollectionsMarshal.AsSpan(_f.Blocks[b].Preds));
        return Dominance.Immediate(order, Dominance.Places(_f.Blocks.Count, order), IsEnd, b => _f.Blocks[b].Succ);
    }
}
