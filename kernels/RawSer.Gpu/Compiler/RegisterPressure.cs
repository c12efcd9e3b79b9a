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
    public IEnumerable<int> LiveIn(int block) => Crossing(_liveIn[block]);

    private IEnumerable<int> Crossing(ulong[] set)
    {
        for (var w = 0; w < set.Length; w++)
        {
            for (var rest = set[w]; rest != 0; rest &= rest - 1)
            {
                yield return _crossing[(64 * w) + BitOperations.TrailingZeroCount(rest)];
            }
        }
    }

    private void Run()
    {
        FindLiveIn();
        var live = new ulong[(_crossing.Count + 63) / 64];
        foreach (var b in _order)
        {
            _most[b] = Visit(_f.Blocks[b], live);
            Max = Math.Max(Max, _most[b]);
        }
    }

    private void FindLiveIn()
    {
        var (used, made) = (new ulong[_f.Blocks.Count][], new ulong[_f.Blocks.Count][]);
        foreach (var b in _order)
        {
            (used[b], made[b]) = Summarise(_f.Blocks[b]);
        }

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
                FindLiveOut(block, live);
                for (var w = 0; w < live.Length; w++)
                {
                    live[w] = used[block.Id][w] | (live[w] & ~made[block.Id][w]);
                }

                if (!live.AsSpan().SequenceEqual(_liveIn[block.Id]))
                {
                    live.CopyTo(_liveIn[block.Id], 0);
                    block.Preds.ForEach(p => stale[p] = true);
                    changed = true;
                }
            }
        }
    }

    /// <summary>The crossing values that a block uses before it makes them, its phis among them, and those that it makes.</summary>
    private (ulong[] Used, ulong[] Made) Summarise(Block block)
    {
        var (used, made) = (new ulong[(_crossing.Count + 63) / 64], new ulong[(_crossing.Count + 63) / 64]);
        foreach (var v in block.Code)
        {
            if (_f[v].Op == Op.Phi)
            {
                Add(used, v);
            }
            else
            {
                foreach (var a in _f[v].Args)
                {
                    AddUse(_f.Resolve(a));
                }
            }

            Add(made, v);
        }

        if (block.Term == Term.Branch)
        {
            AddUse(_f.Resolve(block.Cond));
        }

        return (used, made);

        void AddUse(int v)
        {
            if (_bit[v] >= 0 && (made[_bit[v] / 64] >> _bit[v] & 1) == 0)
            {
                Add(used, v);
            }
        }

        void Add(ulong[] set, int v)
        {
            if (_bit[v] >= 0)
            {
                set[_bit[v] / 64] |= 1ul << _bit[v];
            }
        }
    }

    /// <summary>The crossing values alive behind a block: for each way on, what is alive there, with the arguments of its phis in their places.</summary>
    private void FindLiveOut(Block block, ulong[] live)
    {
        Array.Clear(live);
        var way = new ulong[live.Length];
        foreach (var s in block.Succ)
        {
            _liveIn[s].CopyTo(way, 0);
            foreach (var phi in Phis(_f.Blocks[s]))
            {
                way[_bit[phi] / 64] &= ~(1ul << _bit[phi]);
            }

            var index = _f.Blocks[s].Preds.IndexOf(block.Id);
            foreach (var phi in Phis(_f.Blocks[s]))
            {
                if (_bit[_f.Resolve(_f[phi].Args[index])] is >= 0 and var bit)
                {
                    way[bit / 64] |= 1ul << bit;
                }
            }

            for (var w = 0; w < live.Length; w++)
            {
                live[w] |= way[w];
            }
        }
    }

    /// <summary>The registers that a block needs.</summary>
    private int Visit(Block block, ulong[] live)
    {
        FindLiveOut(block, live);
        var registers = 0;
        foreach (var v in Crossing(live))
        {
            registers += Use(v);
        }

        if (block.Term == Term.Branch)
        {
            registers += Use(_f.Resolve(block.Cond));
        }

        var max = registers;
        for (var k = block.Code.Count - 1; k >= 0; k--)
        {
            var v = block.Code[k];
            if (_live[v])
            {
                _live[v] = false;
                registers -= Width(v);
            }

            if (_f[v].Op != Op.Phi)
            {
                foreach (var a in _f[v].Args)
                {
                    registers += Use(_f.Resolve(a));
                }

                max = Math.Max(max, registers);
            }
        }

        foreach (var v in LiveIn(block.Id))
        {
            _live[v] = false;
        }

        return max;
    }

    /// <summary>Makes a value alive; the registers that this takes.</summary>
    private int Use(int v)
    {
        if (_live[v] || _f.IsFloating(v))
        {
            return 0;
        }

        _live[v] = true;
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
