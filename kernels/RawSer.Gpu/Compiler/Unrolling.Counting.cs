namespace RawSer.Gpu.Compiler;

/// <content>The number of rounds, found by running the counter.</content>
internal sealed partial class Unrolling
{
    private (int Exit, int Rounds)? CountRounds(Loop loop)
    {
        // Exits that every round passes, the first one first.
        var header = _f.Blocks[loop.Header];
        var exits = new Stack<Block>();
        for (var b = header.Preds.Find(loop.Blocks.Contains); ; b = _flow.Dominator[b])
        {
            var block = _f.Blocks[b];
            if (block.Term == Term.Branch && loop.Blocks.Contains(block.Succ[0]) != loop.Blocks.Contains(block.Succ[1]))
            {
                exits.Push(block);
            }

            if (b == loop.Header)
            {
                break;
            }
        }

        foreach (var exit in exits)
        {
            if (Count(loop, header, exit) is { } rounds)
            {
                return (exit.Id, rounds);
            }
        }

        return null;
    }

    private int? Count(Loop loop, Block header, Block exit)
    {
        var entry = header.Preds.FindIndex(p => !loop.Blocks.Contains(p));
        var back = 1 - entry;
        var phis = new List<int>();
        if (!Depends(loop, exit.Cond, phis, []))
        {
            return null;
        }

        var state = new Dictionary<int, int>();
        foreach (var phi in phis)
        {
            var start = _f.Resolve(_f[phi].Args[entry]);
            if (!_f.IsConst(start))
            {
                return null;
            }

            state[phi] = start;
        }

        var staysOn = loop.Blocks.Contains(exit.Succ[0]) ? 1 : 0;
        var values = new Dictionary<int, int>();
        _f.At = [];
        for (var round = 0; round <= MaxRounds; round++)
        {
            values.Clear();
            foreach (var (phi, value) in state)
            {
                values[phi] = value;
            }

            var cond = Evaluate(exit.Cond, values);
            if (!_f.IsConst(cond, out var bit))
            {
                return null;
            }

            if ((bit != 0 ? 1 : 0) != staysOn)
            {
                return round;
            }

            foreach (var phi in phis)
            {
                state[phi] = Evaluate(_f[phi].Args[back], values);
                if (!_f.IsConst(state[phi]))
                {
                    return null;
                }
            }
        }

        return null;
    }

    /// <summary>Collects the header's phis that a value depends on; false when it depends on anything else that varies.</summary>
    private bool Depends(Loop loop, int v, List<int> phis, HashSet<int> seen)
    {
        v = _f.Resolve(v);
        if (!seen.Add(v) || _f.IsConst(v))
        {
            return true;
        }

        if (v >= _home.Length || _home[v] < 0 || !loop.Blocks.Contains(_home[v]))
        {
            return false;
        }

        if (_f[v].Op == Op.Phi)
        {
            if (_home[v] != loop.Header)
            {
                return false;
            }

            phis.Add(v);
            var back = _f.Blocks[loop.Header].Preds.FindIndex(loop.Blocks.Contains);
            return Depends(loop, _f[v].Args[back], phis, seen);
        }

        if (_f[v].Op is Op.Load or Op.LoadVec or Op.Asm or Op.Extract or Op.Atomic)
        {
            return false;
        }

        foreach (var a in _f[v].Args)
        {
            if (!Depends(loop, a, phis, seen))
            {
                return false;
            }
        }

        return true;
    }

    private int Evaluate(int v, Dictionary<int, int> values)
    {
        v = _f.Resolve(v);
        if (_f.IsConst(v))
        {
            return v;
        }

        if (values.TryGetValue(v, out var known))
        {
            return known;
        }

        var x = _f[v];
        var args = new int[x.Args.Length];
        for (var i = 0; i < args.Length; i++)
        {
            args[i] = Evaluate(x.Args[i], values);
        }

        x.Args = args;
        var result = Folding.Fold(_f, ref x);
        return values[v] = result >= 0 ? result : v;
    }
}
