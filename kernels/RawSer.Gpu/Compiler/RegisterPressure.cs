using System.Numerics;

namespace RawSer.Gpu.Compiler;

/// <summary>Counts the registers that are alive at the same time, by backward data flow over the blocks.</summary>
internal sealed class RegisterPressure
{
    private readonly IrFunction _f;
    private readonly Space[] _spaces;
    private readonly List<int> _order;
    private readonly List<int> _crossing = []; // values that live in more than one block; a set of them is a bit each
    private readonly int[] _bit;               // of each value: its place there, or -1
    private readonly bool[] _live;             // of each value, at the place at hand
    private readonly int[] _most;              // of each block: the registers that are alive at once in it
    private readonly ulong[][] _liveIn;        // of each block: the crossing values alive at its beginning, its phis among them

    private RegisterPressure(IrFunction f, Space[] spaces)
    {
        (_f, _spaces, _order) = (f, spaces, DominatorTree.OrderOf(f));
        _bit = new int[f.Count];
        _live = new bool[f.Count];
        FindCrossing();
        _liveIn = new ulong[f.Blocks.Count][];
        _most = new int[f.Blocks.Count];
        foreach (var b in _order)
        {
            _liveIn[b] = new ulong[(_crossing.Count + 63) / 64];
        }
    }

    public static RegisterPressure Analyse(IrFunction f, Space[] spaces)
    {
        var pressure = new RegisterPressure(f, spaces);
        pressure.Run();
        return pressure;
    }

    /// <summary>The most registers that are alive at once.</summary>
    public int Max { get; private set; }

    /// <summary>The most registers that are alive at once in a block.</summary>
    public int Of(int block) => _most[block];

    /// <summary>The values that are alive at the beginning of a block, its phis among them.</summary>
    public IEnumerable<int> LiveIn(int block)
    {
        var live = _liveIn[block];
        for (var w = 0; w < live.Length; w++)
        {
            for (var rest = live[w]; rest != 0; rest &= rest - 1)
            {
                yield return _crossing[(64 * w) + BitOperations.TrailingZeroCount(rest)];
            }
        }
    }

    private void Run()
    {
        var stale = new bool[_f.Blocks.Count]; // what lives behind the block has changed
        Array.Fill(stale, true);
        var live = new ulong[(_crossing.Count + 63) / 64];
        for (var changed = true; changed;)
        {
            changed = false;
            for (var i = _order.Count - 1; i >= 0; i--)
            {
                var block = _f.Blocks[_order[i]];
                if (!stale[block.Id])
                {
                    continue;
                }

                stale[block.Id] = false;
                _most[block.Id] = Visit(block, live);
                Max = Math.Max(Max, _most[block.Id]);
                if (!live.AsSpan().SequenceEqual(_liveIn[block.Id]))
                {
                    live.CopyTo(_liveIn[block.Id], 0);
                    block.Preds.ForEach(p => stale[p] = true);
                    changed = true;
                }
            }
        }
    }

    /// <summary>The registers that a block needs; sets what is alive at its beginning.</summary>
    private int Visit(Block block, ulong[] live)
    {
        Array.Clear(live);
        foreach (var s in block.Succ)
        {
            for (var w = 0; w < live.Length; w++)
            {
                live[w] |= _liveIn[s][w];
            }

            var index = _f.Blocks[s].Preds.IndexOf(block.Id);
            foreach (var phi in Phis(_f.Blocks[s]))
            {
                live[_bit[phi] / 64] &= ~(1ul << _bit[phi]);
                if (_bit[_f.Resolve(_f[phi].Args[index])] is >= 0 and var bit)
                {
                    live[bit / 64] |= 1ul << bit;
                }
            }
        }

        var registers = 0;
        for (var w = 0; w < live.Length; w++)
        {
            for (var rest = live[w]; rest != 0; rest &= rest - 1)
            {
                registers += Use(live, _crossing[(64 * w) + BitOperations.TrailingZeroCount(rest)]);
            }
        }

        if (block.Term == Term.Branch)
        {
            registers += Use(live, _f.Resolve(block.Cond));
        }

        var max = registers;
        for (var k = block.Code.Count - 1; k >= 0; k--)
        {
            var v = block.Code[k];
            if (_live[v])
            {
                _live[v] = false;
                registers -= Width(v);
                if (_bit[v] >= 0)
                {
                    live[_bit[v] / 64] &= ~(1ul << _bit[v]);
                }
            }

            if (_f[v].Op != Op.Phi)
            {
                foreach (var a in _f[v].Args)
                {
                    registers += Use(live, _f.Resolve(a));
                }

                max = Math.Max(max, registers);
            }
        }

        for (var w = 0; w < live.Length; w++)
        {
            for (var rest = live[w]; rest != 0; rest &= rest - 1)
            {
                _live[_crossing[(64 * w) + BitOperations.TrailingZeroCount(rest)]] = false;
            }
        }

        foreach (var phi in Phis(block))
        {
            live[_bit[phi] / 64] |= 1ul << _bit[phi]; // alive at the entry
        }

        return max;
    }

    /// <summary>Makes a value alive; the registers that this takes.</summary>
    private int Use(ulong[] live, int v)
    {
        if (_live[v] || _f.IsFloating(v))
        {
            return 0;
        }

        _live[v] = true;
        if (_bit[v] >= 0)
        {
            live[_bit[v] / 64] |= 1ul << _bit[v];
        }

        return Width(v);
    }

    private void FindCrossing()
    {
        var home = LoopInvariants.Homes(_f, _order);
        Array.Fill(_bit, -1);
        foreach (var b in _order)
        {
            var block = _f.Blocks[b];
            foreach (var v in block.Code)
            {
                var isPhi = _f[v].Op == Op.Phi;
                if (isPhi)
                {
                    Cross(v);
                }

                foreach (var a in _f[v].Args)
                {
                    if (isPhi || home[a] != b)
                    {
                        Cross(a);
                    }
                }
            }

            if (block.Term == Term.Branch && _f.Resolve(block.Cond) is var cond && home[cond] != b)
            {
                Cross(cond);
            }
        }
    }

    private void Cross(int v)
    {
        if (_bit[v] < 0 && !_f.IsFloating(v))
        {
            _bit[v] = _crossing.Count;
            _crossing.Add(v);
        }
    }

    private IEnumerable<int> Phis(Block block) => block.Code.TakeWhile(v => _f[v].Op == Op.Phi);

    /// <summary>The registers of a value; predicates have their own.</summary>
    public int Width(int v) => _f[v].Type switch
    {
        Ty.I64 or Ty.F64 => 2,
        Ty.Ptr => _spaces[v] is Space.Shared or Space.Local ? 1 : 2,
        Ty.I32 or Ty.F32 => 1,
        _ => 0,
    };
}
