namespace RawSer.Gpu.Compiler;

/// <content>Copies of a loop's blocks, one for each round.</content>
internal sealed partial class Unrolling
{
    private void Unroll(Loop loop, int exit, int rounds)
    {
        Demote(loop);
        var header = _f.Blocks[loop.Header];
        var entry = header.Preds.FindIndex(p => !loop.Blocks.Contains(p));
        var preheader = _f.Blocks[header.Preds[entry]];
        var latch = header.Preds[1 - entry];
        var order = _flow.Order.Where(loop.Blocks.Contains).ToList();
        var outside = order.SelectMany(b => _f.Blocks[b].Succ).Where(s => !loop.Blocks.Contains(s)).Distinct().ToList();
        foreach (var s in outside)
        {
            _f.Blocks[s].Preds.RemoveAll(loop.Blocks.Contains);
        }

        MakeRoomForCopies();
        var phis = header.Code.FindAll(v => _f[v].Op == Op.Phi);
        var current = phis.ConvertAll(v => _f.Resolve(_f[v].Args[entry])); // their values at the start of the round
        var from = preheader;
        for (var round = 0; round <= rounds; round++)
        {
            var copied = round < rounds ? order : LastRound(loop, exit, order);
            var blocks = new Dictionary<int, Block>();
            foreach (var b in copied)
            {
                blocks[b] = _f.NewBlock();
            }

            Redirect(from, round == 0 ? loop.Header : -1 - loop.Header, blocks[loop.Header]);
            for (var i = 0; i < phis.Count; i++)
            {
                _copies[phis[i]] = current[i];
            }

            Copy(loop, exit, round == rounds, copied, blocks);
            foreach (var copy in blocks.Values)
            {
                NoteReads(copy);
            }

            if (round == rounds)
            {
                break;
            }

            current = phis.ConvertAll(v => CopyOf(_f[v].Args[1 - entry]));
            from = blocks[latch];
        }

        foreach (var b in loop.Blocks)
        {
            var block = _f.Blocks[b];
            block.Code.ForEach(v => _copies[v] = -1);
            block.Code = [];
            (block.Term, block.Succ) = (Term.None, []);
            block.Preds.Clear();
        }
    }

    private void MakeRoomForCopies()
    {
        var known = _copies.Length;
        if (known < _f.Count)
        {
            Array.Resize(ref _copies, Math.Max(_f.Count, 2 * known));
            Array.Fill(_copies, -1, known, _copies.Length - known);
        }
    }

    /// <summary>Sends the edge to the header (marked as -1 - header in copies) to the next copy of it.</summary>
    private static void Redirect(Block from, int header, Block to)
    {
        for (var i = 0; i < from.Succ.Length; i++)
        {
            if (from.Succ[i] == header)
            {
                from.Succ[i] = to.Id;
                to.Preds.Add(from.Id);
            }
        }
    }

    /// <summary>The blocks of the loop that are reached before its exit in the round that leaves.</summary>
    private List<int> LastRound(Loop loop, int exit, List<int> order)
    {
        var reached = new HashSet<int> { loop.Header };
        foreach (var b in order)
        {
            if (reached.Contains(b) && b != exit)
            {
                foreach (var s in _f.Blocks[b].Succ)
                {
                    if (loop.Blocks.Contains(s))
                    {
                        reached.Add(s);
                    }
                }
            }
        }

        return order.Where(reached.Contains).ToList();
    }

    /// <summary>What a value of the loop is in the round at hand; values from outside are themselves.</summary>
    private int CopyOf(int v)
    {
        v = _f.Resolve(v);
        return v < _copies.Length && _copies[v] >= 0 ? _f.Resolve(_copies[v]) : v;
    }

    private void Copy(Loop loop, int exit, bool isLast, List<int> copied, Dictionary<int, Block> blocks)
    {
        var phis = new List<(int Copy, int Original)>();
        foreach (var b in copied)
        {
            var (source, target) = (_f.Blocks[b], blocks[b]);
            _f.At = target.Code;
            foreach (var v in source.Code)
            {
                var x = _f[v];
                if (x.Op == Op.Nop || (b == loop.Header && x.Op == Op.Phi))
                {
                    continue;
                }

                _f.Source = x.Source;
                if (x.Op == Op.Phi)
                {
                    var phi = _f.New(x with { Args = [] });
                    _copies[v] = phi;
                    target.Code.Add(phi);
                    phis.Add((phi, v));
                    continue;
                }

                var args = new int[x.Args.Length];
                for (var i = 0; i < args.Length; i++)
                {
                    args[i] = CopyOf(x.Args[i]);
                }

                x.Args = args;
                _copies[v] = x.Op == Op.Assume ? Append(x) : _f.Emit(x);
            }

            target.Source = source.Source;
            (target.Term, target.Cond) = (source.Term, source.Cond >= 0 ? CopyOf(source.Cond) : -1);
            var succ = source.Succ;
            if (b == exit)
            {
                // Which way is known.
                var inside = loop.Blocks.Contains(succ[0]) ? 0 : 1;
                (target.Term, target.Cond, succ) = (Term.Jump, -1, [succ[isLast ? 1 - inside : inside]]);
            }

            target.Succ = new int[succ.Length];
            for (var i = 0; i < succ.Length; i++)
            {
                if (succ[i] == loop.Header)
                {
                    target.Succ[i] = -1 - loop.Header;
                    continue;
                }

                var to = blocks.TryGetValue(succ[i], out var copy) ? copy : _f.Blocks[succ[i]];
                target.Succ[i] = to.Id;
                to.Preds.Add(target.Id);
            }
        }

        // Arguments of the copied phis, in the order of the copied predecessors.
        foreach (var (copy, original) in phis)
        {
            var home = _home[original];
            var preds = _f.Blocks[home].Preds;
            _f[copy].Args = [.. blocks[home].Preds.Select(p => CopyOf(_f[original].Args[preds.FindIndex(o => blocks.TryGetValue(o, out var block) && block.Id == p)]))];
        }
    }

    private int Append(in Instr x)
    {
        var v = _f.New(x);
        _f.At.Add(v);
        return v;
    }
}
