namespace RawSer.Gpu.Compiler;

/// <summary>
/// Loops with a constant number of rounds become straight code. The number is found by running the loop's counter: the header's
/// phis that the exit condition depends on are evaluated round by round until the loop is left, whatever the arithmetic. Loops of
/// methods marked [Unroll] are always unrolled (<see cref="LoopOwners"/>), others when they are short or index a local array, which only then becomes registers.
/// Values that leave the loop pass through slots meanwhile, so that copying blocks needs no repair of phis outside.
/// </summary>
internal sealed partial class Unrolling
{
    public const int MaxRounds = 4096;
    public const int MaxInstructions = 200_000;

    private const int SmallLoop = 192;

    private readonly IrFunction _f;
    private readonly Frontend _frontend;
    private readonly ControlFlow _flow;
    private readonly int[] _home;
    private int[] _copies = []; // of each value of the loop that is being unrolled: its copy in the round at hand, or -1

    private Unrolling(IrFunction f, Frontend frontend)
    {
        this._f = f;
        this._frontend = frontend;
        _flow = LoopInvariants.Normalise(f);
        _home = LoopInvariants.Homes(f, _flow.Order);
    }

    /// <summary>Unrolls the innermost loops that can be; returns whether any was.</summary>
    public static bool Run(IrFunction f, Frontend frontend)
    {
        var pass = new Unrolling(f, frontend);
        var touched = new BlockSet(f.Blocks.Count);
        var any = false;
        foreach (var loop in pass._flow.Loops)
        {
            // An outer loop waits for the next round: its blocks have changed.
            if (loop.Blocks.Overlaps(touched))
            {
                continue;
            }

            if (pass.CountRounds(loop) is { } found && pass.IsWorth(loop, found.Rounds))
            {
                foreach (var b in loop.Blocks)
                {
                    touched.Add(b);
                }

                pass.Unroll(loop, found.Exit, found.Rounds);
                any = true;
            }
        }

        return any;
    }

    private int Size(Loop loop) => loop.Blocks.Sum(b => _f.Blocks[b].Code.Count);

    private bool IsWorth(Loop loop, int rounds)
    {
        var size = (long)Size(loop) * Math.Max(1, rounds);
        if (size > MaxInstructions)
        {
            return false;
        }

        if (LoopOwners.IsUnrolled(_f, _frontend, loop) || rounds <= 1)
        {
            return true;
        }

        return size <= SmallLoop || (size <= 16 * SmallLoop && IndexesSlot(loop));
    }

    /// <summary>Whether the loop indexes a local array by a variable.</summary>
    private bool IndexesSlot(Loop loop)
    {
        foreach (var b in loop.Blocks)
        {
            foreach (var v in _f.Blocks[b].Code)
            {
                if (_f[v].Op == Op.PtrAdd && _f[v].Args.Length == 2)
                {
                    var root = _f[v].Args[0];
                    while (_f[root].Op == Op.PtrAdd)
                    {
                        root = _f[root].Args[0];
                    }

                    if (_f[root].Op == Op.SlotAddr)
                    {
                        return true;
                    }
                }
            }
        }

        return false;
    }

    // ---- Counting -----------------------------------------------------------------------------------------------------------

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

    // ---- Copying ------------------------------------------------------------------------------------------------------------

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
