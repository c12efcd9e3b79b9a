using System.Buffers;
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
    private readonly int _words;               // of such a set
    private readonly bool[] _live;             // of each value, at the place at hand
    private readonly ulong[] _way;             // what lives behind a block on one way on
    private readonly int[] _most;              // of each block: the registers that are alive at once in it
    private readonly ulong[][] _liveIn;        // of each block: the crossing values alive at its beginning, its phis among them

    private RegisterPressure(IrFunction f, Space[] spaces)
    {
        (_f, _spaces, _order) = (f, spaces, DominatorTree.OrderOf(f));
        _bit = new int[f.Count];
        _live = new bool[f.Count];
        FindCrossing();
        _words = (_crossing.Count + 63) / 64;
        _way = new ulong[_words];
        _liveIn = new ulong[f.Blocks.Count][];
        _most = new int[f.Blocks.Count];
        foreach (var b in _order)
        {
            _liveIn[b] = new ulong[_words];
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
        var live = new ulong[_words];
        foreach (var b in _order)
        {
            _most[b] = Visit(_f.Blocks[b], live);
            Max = Math.Max(Max, _most[b]);
        }
    }

    private void FindLiveIn()
    {
        // Of each block in the order: the crossing values that it uses before it makes them, its phis among them, and those that it makes.
        var sets = ArrayPool<ulong>.Shared.Rent(2 * _order.Count * _words);
        Array.Clear(sets, 0, 2 * _order.Count * _words);
        for (var i = 0; i < _order.Count; i++)
        {
            Summarise(_f.Blocks[_order[i]], Used(i), Made(i));
        }

        var stale = new bool[_f.Blocks.Count]; // what lives behind the block has changed
        Array.Fill(stale, true);
        var live = new ulong[_words];
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
                ReadOnlySpan<ulong> used = Used(i), made = Made(i);
                for (var w = 0; w < live.Length; w++)
                {
                    live[w] = used[w] | (live[w] & ~made[w]);
                }

                if (!live.AsSpan().SequenceEqual(_liveIn[block.Id]))
                {
                    live.CopyTo(_liveIn[block.Id], 0);
                    block.Preds.ForEach(p => stale[p] = true);
                    changed = true;
                }
            }
        }

        ArrayPool<ulong>.Shared.Return(sets);

        Span<ulong> Used(int i) => sets.AsSpan(2 * i * _words, _words);

        Span<ulong> Made(int i) => sets.AsSpan(((2 * i) + 1) * _words, _words);
    }

    private void Summarise(Block block, Span<ulong> used, Span<ulong> made)
    {
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
                    AddUse(_f.Resolve(a), used, made);
                }
            }

            Add(made, v);
        }

        if (block.Term == Term.Branch)
        {
            AddUse(_f.Resolve(block.Cond), used, made);
        }
    }

    private void AddUse(int v, Span<ulong> used, ReadOnlySpan<ulong> made)
    {
        if (_bit[v] >= 0 && (made[_bit[v] / 64] >> _bit[v] & 1) == 0)
        {
            Add(used, v);
        }
    }

    private void Add(Span<ulong> set, int v)
    {
        if (_bit[v] >= 0)
        {
            set[_bit[v] / 64] |= 1ul << _bit[v];
        }
    }

    /// <summary>The crossing values alive behind a block: for each way on, what is alive there, with the arguments of its phis in their places.</summary>
    private void FindLiveOut(Block block, ulong[] live)
    {
        Array.Clear(live);
        foreach (var s in block.Succ)
        {
            _liveIn[s].CopyTo(_way, 0);
            var code = _f.Blocks[s].Code;
            var phis = 0;
            for (; phis < code.Count && _f[code[phis]].Op == Op.Phi; phis++)
            {
                var bit = _bit[code[phis]];
                _way[bit / 64] &= ~(1ul << bit);
            }

            var index = phis > 0 ? _f.Blocks[s].Preds.IndexOf(block.Id) : -1;
            for (var i = 0; i < phis; i++)
            {
                if (_bit[_f.Resolve(_f[code[i]].Args[index])] is >= 0 and var bit)
                {
                    _way[bit / 64] |= 1ul << bit;
                }
            }

            for (var w = 0; w < live.Length; w++)
            {
                live[w] |= _way[w];
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

    /// <summary>The registers of a value; predicates have their own.</summary>
    public int Width(int v) => _f[v].Type switch
    {
        Ty.I64 or Ty.F64 => 2,
        Ty.Ptr => _spaces[v] is Space.Shared or Space.Local ? 1 : 2,
        Ty.I32 or Ty.F32 => 1,
        _ => 0,
    };
}
