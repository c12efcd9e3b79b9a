namespace RawSer.Gpu.Compiler;

/// <summary>
/// Makes cheap values again where they are used (Briggs, Cooper and Torczon, "Rematerialization", 1992). What stands in front of a loop holds
/// its registers all through it, whether it was written there or hoisted. A loop around other loops runs one round for many of theirs: an
/// instruction more costs little there, a register as much as anywhere. Where such a nest needs more registers than <see cref="Budget"/>, values
/// that a few instructions make of constants, parameters and values that live through the loop anyway are made in each block that uses them, in
/// front of the loops inside and behind those that only pass them on. Innermost loops get no instruction.
/// </summary>
internal sealed class Rematerialisation
{
    private const int Budget = 64; // four blocks of 256 threads
    private const int MaxInstructions = 16;

    private readonly IrFunction _f;
    private readonly ControlFlow _flow;
    private readonly RegisterPressure _pressure; // of all before any of these loops is changed: it only falls
    private readonly Loop?[] _chosenFor;         // of each value: the loop behind whose beginning it is made again
    private readonly Dictionary<(int Value, int Block), int> _made = [];
    private Loop _loop;
    private HashSet<int> _held = [];             // values that live through the loop at hand, without those that are made again

    private Rematerialisation(IrFunction f, ControlFlow flow, RegisterPressure pressure)
    {
        (_f, _flow, _pressure, _loop) = (f, flow, pressure, flow.Loops[^1]);
        _chosenFor = new Loop?[f.Count];
    }

    public static void Run(IrFunction f, Frontend frontend)
    {
        var flow = LoopInvariants.Normalise(f);
        RegisterPressure? pressure = null; // as it is now, if known
        foreach (var loops in flow.Loops.Where(loop => loop.Parent is not null || IsOuter(flow, loop)).GroupBy(loop => loop.Depth).OrderBy(level => level.Key))
        {
            pressure ??= RegisterPressure.Analyse(f, AddressSpaces.Infer(f, frontend));
            if (pressure.Max <= Budget)
            {
                return;
            }

            if (new Rematerialisation(f, flow, pressure).Run(loops))
            {
                Simplification.RemoveDead(f);
                pressure = null;
            }
        }
    }

    private static bool IsOuter(ControlFlow flow, Loop loop) => flow.Loops.Exists(inner => inner.Parent == loop);

    private bool Run(IEnumerable<Loop> loops)
    {
        var hasChanged = false;
        foreach (var loop in loops.Where(loop => loop.Blocks.Any(b => _pressure.Of(b) > Budget)))
        {
            _loop = loop;
            _held = [.. _pressure.LiveIn(loop.Header).Where(v => _chosenFor[v] is null)];
            if (Choose())
            {
                hasChanged = true;
                Replace();
            }
        }

        return hasChanged;
    }

    /// <summary>Makes what was chosen again for all uses from the beginning of the loop on.</summary>
    private void Replace()
    {
        _made.Clear();
        var behind = new BlockSet(_f.Blocks.Count);
        foreach (var b in _flow.Order)
        {
            if (b == _loop.Header || behind.Contains(_flow.Dominator[b]))
            {
                behind.Add(b);
                if (UsesOf(_f.Blocks[b]).Any(IsMadeAgain))
                {
                    ReplaceIn(_f.Blocks[b]);
                }
            }
        }
    }

    private bool IsMadeAgain(int v) => v < _chosenFor.Length && _chosenFor[v] == _loop;

    /// <summary>
    /// Chooses among the values that live through the loop, those that depend on others first: what a choice is made of stays. Returns whether
    /// there was one.
    /// </summary>
    private bool Choose()
    {
        var inInnermost = new HashSet<int>();
        if (!IsOuter(_flow, _loop))
        {
            foreach (var b in _loop.Blocks)
            {
                inInnermost.UnionWith(UsesOf(_f.Blocks[b]));
            }
        }

        var isChosen = false;
        var needed = new HashSet<int>();
        var sources = new List<int>();
        foreach (var v in _flow.Order.SelectMany(b => _f.Blocks[b].Code).Where(_held.Contains).Reverse().ToList())
        {
            var instructions = 0;
            sources.Clear();
            if (_pressure.Width(v) > 0 && !needed.Contains(v) && !inInnermost.Contains(v) && IsCheap(v, ref instructions, sources))
            {
                _held.Remove(v);
                _chosenFor[v] = _loop;
                isChosen = true;
                needed.UnionWith(sources);
            }
        }

        return isChosen;
    }

    /// <summary>Whether a value takes few instructions, counted, of one cycle each; adds the held values that it is made of.</summary>
    private bool IsCheap(int v, ref int instructions, List<int> sources)
    {
        if (!IsOneCycle(v) || ++instructions > MaxInstructions)
        {
            return false;
        }

        foreach (var a in _f[v].Args)
        {
            if (_held.Contains(a))
            {
                sources.Add(a);
            }
            else if (!_f.IsFloating(a) && !IsCheap(a, ref instructions, sources))
            {
                return false;
            }
        }

        return true;
    }

    private bool IsOneCycle(int v) => _f[v].Type != Ty.F64 && _f[v].Op is Op.Add or Op.Sub or Op.Mul or Op.Neg or Op.Min or Op.Max or Op.MinU or Op.MaxU
        or Op.And or Op.Or or Op.Xor or Op.Not or Op.Shl or Op.Shr or Op.ShrU or Op.Cmp or Op.Select
        or Op.SExt or Op.ZExt or Op.Narrow or Op.Bitcast or Op.PtrAdd or Op.PtrToInt or Op.IntToPtr;

    /// <summary>Where a value is made for a use in a block: there, or in front of the outermost loop around it that lies in this loop or behind it.</summary>
    private int PlaceOf(int block)
    {
        var place = block;
        for (var loop = _flow.LoopOf[block]; loop is not null && !loop.Blocks.Contains(_loop.Header); loop = loop.Parent)
        {
            place = _f.Blocks[loop.Header].Preds.First(p => !loop.Blocks.Contains(p));
        }

        return place;
    }

    /// <summary>A value, made at the end of what a block has so far.</summary>
    private int Make(int v, int block)
    {
        if (_f.IsFloating(v) || _held.Contains(v))
        {
            return v;
        }

        if (!_made.TryGetValue((v, block), out var made))
        {
            var x = _f[v];
            x.Args = Array.ConvertAll(x.Args, a => Make(a, block));
            _made[(v, block)] = made = _f.New(x);
            _f.Blocks[block].Code.Add(made);
        }

        return made;
    }

    /// <summary>The values that a block uses, for its instructions, the phis behind it and its end.</summary>
    private IEnumerable<int> UsesOf(Block block)
    {
        foreach (var v in block.Code)
        {
            if (_f[v].Op != Op.Phi)
            {
                foreach (var a in _f[v].Args)
                {
                    yield return a;
                }
            }
        }

        foreach (var s in block.Succ)
        {
            var index = _f.Blocks[s].Preds.IndexOf(block.Id);
            foreach (var phi in _f.Blocks[s].Code.TakeWhile(v => _f[v].Op == Op.Phi))
            {
                yield return _f[phi].Args[index];
            }
        }

        if (block.Term == Term.Branch)
        {
            yield return block.Cond;
        }
    }

    /// <summary>Makes what was chosen again for each use in a block, for its instructions, the phis behind it and its end, in front of the use.</summary>
    private void ReplaceIn(Block block)
    {
        var place = PlaceOf(block.Id);
        var code = block.Code;
        block.Code = new List<int>(code.Count);
        foreach (var v in code)
        {
            if (_f[v].Op != Op.Phi)
            {
                foreach (ref var a in _f[v].Args.AsSpan())
                {
                    a = MadeFor(a);
                }
            }

            block.Code.Add(v);
        }

        foreach (var s in block.Succ)
        {
            var index = _f.Blocks[s].Preds.IndexOf(block.Id);
            foreach (var phi in _f.Blocks[s].Code.TakeWhile(v => _f[v].Op == Op.Phi))
            {
                var args = _f[phi].Args;
                args[index] = MadeFor(args[index]);
            }
        }

        if (block.Term == Term.Branch)
        {
            block.Cond = MadeFor(block.Cond);
        }

        int MadeFor(int v) => IsMadeAgain(v) ? Make(v, place) : v;
    }
}
