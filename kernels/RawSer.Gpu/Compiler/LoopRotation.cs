namespace RawSer.Gpu.Compiler;

/// <summary>
/// Loops that test at their beginning become loops that test at their end, behind a guard: <c>while (c) { ... }</c> becomes
/// <c>if (c) do { ... } while (c)</c>. The assembler takes rounds together in that shape only, and what is hoisted lands behind the guard.
/// Loops that are left elsewhere than by their test stay as they are, as do tests that are long or touch memory.
/// </summary>
internal sealed class LoopRotation
{
    public const int MaxBlocks = 16; // the assembler turns loops too; long ones gain nothing from a second guard
    private const int MaxTest = 8;
    private const int MaxTogether = 64;

    private readonly IrFunction _f;
    private readonly Loop _loop;
    private readonly Block _header;

    private LoopRotation(IrFunction f, Loop loop) => (_f, _loop, _header) = (f, loop, f.Blocks[loop.Header]);

    public static void Run(IrFunction f)
    {
        var next = 0;
        for (var flow = LoopInvariants.Normalise(f); !Run(f, flow, ref next);)
        {
            flow = new ControlFlow(f);
        }
    }

    /// <summary>
    /// Rotates loops by header, so that none is met again. That gives the loops around them other blocks: false where the next is one of these.
    /// </summary>
    private static bool Run(IrFunction f, ControlFlow flow, ref int next)
    {
        var changed = new HashSet<Loop>();
        var first = next;
        foreach (var loop in flow.Loops.Where(loop => loop.Header >= first).OrderBy(loop => loop.Header))
        {
            if (changed.Contains(loop))
            {
                return false;
            }

            next = loop.Header + 1;
            if (new LoopRotation(f, loop).Rotate(flow))
            {
                for (var outer = loop.Parent; outer is not null; outer = outer.Parent)
                {
                    changed.Add(outer);
                }
            }
        }

        return true;
    }

    /// <summary>Rotates the loop if it should and can be; returns whether it was.</summary>
    private bool Rotate(ControlFlow flow)
    {
        if (_loop.Blocks.Count > MaxBlocks || _header.Term != Term.Branch || _loop.Latches.Count != 1 || _loop.Latches[0] == _loop.Header)
        {
            return false;
        }

        var stays = _loop.Blocks.Contains(_header.Succ[0]) ? 0 : 1;
        if (!_loop.Blocks.Contains(_header.Succ[stays]) || _loop.Blocks.Contains(_header.Succ[1 - stays]) || _header.Succ[stays] == _header.Id
            || _loop.Blocks.Any(b => b != _header.Id && (_f.Blocks[b].Term is Term.Switch or Term.Return or Term.Unreachable || !Array.TrueForAll(_f.Blocks[b].Succ, _loop.Blocks.Contains))))
        {
            return false;
        }

        var (phis, code) = (new List<int>(), new List<int>());
        foreach (var v in _header.Code)
        {
            _f.ResolveArgs(v);
            (_f[v].Op == Op.Phi ? phis : code).Add(v);
        }

        if (TakesLongRoundsTogether(phis) || code.Count > MaxTest || code.Exists(v => _f[v].Op is Op.Extract or Op.Assume || !_f.IsPure(v)))
        {
            return false;
        }

        var entry = _header.Preds.FindIndex(p => !_loop.Blocks.Contains(p));
        var guard = _f.Blocks[_header.Preds[entry]];
        if (guard.Term != Term.Jump)
        {
            return false;
        }

        var latch = Latch(1 - entry);
        var exit = LoopInvariants.Join(_f, _f.Blocks[_header.Succ[1 - stays]], [_header.Id]);
        var body = LoopInvariants.Join(_f, _f.Blocks[_header.Succ[stays]], [_header.Id]);
        _loop.Blocks.Add(body.Id);

        // The values of the header at the beginning of a round, and behind the loop.
        var (inside, outside) = (Phis(body, phis, code), Phis(exit, phis, code));
        var first = phis.ToDictionary(v => v, v => _f.Resolve(_f[v].Args[entry]));
        var next = phis.ToDictionary(v => v, v => In(inside, _f.Resolve(_f[v].Args[1 - entry])));
        var cond = _f.Resolve(_header.Cond);
        foreach (var (from, values) in new[] { (guard, first), (latch, next) })
        {
            _f.At = from.Code;
            foreach (var v in code)
            {
                var x = _f[v];
                x.Args = [.. x.Args.Select(a => In(values, a))];
                _f.Source = x.Source;
                values[v] = _f.Emit(x);
            }

            (from.Term, from.Cond, from.Succ, from.Source) = (Term.Branch, In(values, cond), stays == 0 ? [body.Id, exit.Id] : [exit.Id, body.Id], _header.Source);
        }

        foreach (var (block, made) in new[] { (body, inside), (exit, outside) })
        {
            block.Preds.Clear();
            block.Preds.AddRange([guard.Id, latch.Id]);
            foreach (var (v, phi) in made)
            {
                _f[phi].Args = [first[v], next[v]];
            }
        }

        Rename(flow, inside, outside);
        _header.Code = [];
        (_header.Term, _header.Cond, _header.Succ) = (Term.None, -1, []);
        _header.Preds.Clear();
        return true;
    }

    /// <summary>
    /// Whether the assembler would take several long rounds together, as it does where a counter grows by a constant: that costs registers
    /// and hides no more latency.
    /// </summary>
    private bool TakesLongRoundsTogether(List<int> phis) =>
        _loop.Blocks.Sum(b => _f.Blocks[b].Code.Count) > MaxTogether
        && phis.Exists(v => Array.Exists(_f[v].Args, a => _f[a] is { Op: Op.Add, Type: Ty.I32 } next && next.Args[0] == v && _f.IsConst(next.Args[1])));

    /// <summary>The block that jumps back, and only that.</summary>
    private Block Latch(int back)
    {
        var latch = _f.Blocks[_header.Preds[back]];
        if (latch.Term == Term.Jump)
        {
            return latch;
        }

        var block = LoopInvariants.Join(_f, _header, [latch.Id]); // takes the last place among the predecessors, which is its own
        _loop.Blocks.Add(block.Id);
        return block;
    }

    private Dictionary<int, int> Phis(Block block, List<int> phis, List<int> code)
    {
        var made = new Dictionary<int, int>();
        foreach (var v in phis.Concat(code))
        {
            made[v] = _f.New(new Instr { Op = Op.Phi, Type = _f[v].Type, Args = [], Source = _f[v].Source });
        }

        block.Code.InsertRange(0, made.Values);
        return made;
    }

    private static int In(Dictionary<int, int> values, int v) => values.TryGetValue(v, out var mapped) ? mapped : v;

    /// <summary>Uses of the header's values take what they are in the loop or behind it.</summary>
    private void Rename(ControlFlow flow, Dictionary<int, int> inside, Dictionary<int, int> outside)
    {
        foreach (var b in Users(flow))
        {
            var block = _f.Blocks[b];
            var values = _loop.Blocks.Contains(b) ? inside : outside;
            foreach (var v in block.Code)
            {
                if (_f[v].Op == Op.Nop)
                {
                    continue;
                }

                _f.ResolveArgs(v);
                var args = _f[v].Args;
                for (var i = 0; i < args.Length; i++)
                {
                    args[i] = In(values, args[i]);
                }
            }

            if (block.Cond >= 0)
            {
                block.Cond = In(values, _f.Resolve(block.Cond));
            }
        }
    }

    /// <summary>The blocks that may use the header's values: those that it dominates, those that are new, and their successors, in phis.</summary>
    private BlockSet Users(ControlFlow flow)
    {
        var users = new BlockSet(_f.Blocks.Count);
        var dominated = new BlockSet(_f.Blocks.Count) { _header.Id };
        foreach (var b in flow.Order)
        {
            if (dominated.Contains(flow.Dominator[b]))
            {
                dominated.Add(b);
                AddWithSuccessors(b);
            }
        }

        for (var b = flow.LoopOf.Length; b < _f.Blocks.Count; b++)
        {
            AddWithSuccessors(b);
        }

        return users;

        void AddWithSuccessors(int b)
        {
            users.Add(b);
            foreach (var s in _f.Blocks[b].Succ)
            {
                if (s != _header.Id)
                {
                    users.Add(s);
                }
            }
        }
    }
}
