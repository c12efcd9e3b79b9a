namespace RawSer.Gpu.Compiler;

/// <content>Values that leave a loop go through slots of memory, which promotion takes away again.</content>
internal sealed partial class Unrolling
{
    /// <summary>Of each block: the loops whose values it uses from outside of them.</summary>
    private List<List<Loop>?>? _reads;

    /// <summary>Values that are used outside, and phis outside that the loop feeds, go through slots.</summary>
    private void Demote(Loop loop)
    {
        if (_reads is null)
        {
            _reads = [];
            foreach (var b in _flow.Order)
            {
                NoteReads(_f.Blocks[b]);
            }
        }

        var fed = new BlockSet(_f.Blocks.Count);
        foreach (var b in loop.Blocks)
        {
            foreach (var s in _f.Blocks[b].Succ)
            {
                fed.Add(s);
            }
        }

        var stored = new Dictionary<int, int>();
        for (var b = 0; b < _f.Blocks.Count; b++) // with the copies of loops that were unrolled before in this round
        {
            if (loop.Blocks.Contains(b) || !(fed.Contains(b) || (b < _reads.Count && _reads[b] is { } reads && reads.Contains(loop))))
            {
                continue;
            }

            var block = _f.Blocks[b];
            var code = block.Code;
            block.Code = _f.At = new List<int>(code.Count);
            if (fed.Contains(b))
            {
                foreach (var v in code)
                {
                    if (_f[v].Op == Op.Phi)
                    {
                        var slot = NewSlot();
                        for (var i = 0; i < block.Preds.Count; i++)
                        {
                            Store(_f.Blocks[block.Preds[i]].Code, slot, _f.Resolve(_f[v].Args[i]));
                        }

                        _f.At = block.Code;
                        _f.Replace(v, Load(slot, _f[v].Type));
                    }
                }
            }

            foreach (var v in code)
            {
                if (_f[v].Op == Op.Nop)
                {
                    continue;
                }

                _f.ResolveArgs(v);
                if (_f[v].Op == Op.Phi)
                {
                    for (var i = 0; i < _f[v].Args.Length; i++)
                    {
                        if (IsInside(loop, _f[v].Args[i]))
                        {
                            // Its predecessor is outside: load there.
                            _f.At = _f.Blocks[block.Preds[i]].Code;
                            var loaded = Load(SlotOf(stored, _f[v].Args[i]), _f[_f[v].Args[i]].Type);
                            _f[v].Args[i] = loaded;
                        }
                    }

                    block.Code.Add(v);
                    continue;
                }

                _f.At = block.Code;
                for (var i = 0; i < _f[v].Args.Length; i++)
                {
                    if (IsInside(loop, _f[v].Args[i]))
                    {
                        var loaded = Load(SlotOf(stored, _f[v].Args[i]), _f[_f[v].Args[i]].Type);
                        _f[v].Args[i] = loaded;
                    }
                }

                block.Code.Add(v);
            }

            if (block.Cond >= 0 && IsInside(loop, _f.Resolve(block.Cond)))
            {
                _f.At = block.Code;
                block.Cond = Load(SlotOf(stored, _f.Resolve(block.Cond)), Ty.Pred);
            }
        }

        foreach (var (v, slot) in stored)
        {
            var code = _f.Blocks[_home[v]].Code;
            var at = code.IndexOf(v) + 1;
            while (_f[v].Op == Op.Phi && at < code.Count && _f[code[at]].Op == Op.Phi)
            {
                at++;
            }

            var added = new List<int>();
            Store(added, slot, v);
            code.InsertRange(at, added);
        }
    }

    /// <summary>Notes the loops whose values a block uses, and its predecessors hand to its phis.</summary>
    private void NoteReads(Block block)
    {
        foreach (var v in block.Code)
        {
            _f.ResolveArgs(v);
            var args = _f[v].Args;
            for (var i = 0; i < args.Length; i++)
            {
                Note(block.Id, args[i]);
                if (_f[v].Op == Op.Phi)
                {
                    Note(block.Preds[i], args[i]);
                }
            }
        }

        if (block.Cond >= 0)
        {
            Note(block.Id, _f.Resolve(block.Cond));
        }

        void Note(int b, int v)
        {
            if (v >= _home.Length || _home[v] < 0)
            {
                return;
            }

            for (var loop = _flow.LoopOf[_home[v]]; loop is not null && !loop.Blocks.Contains(b); loop = loop.Parent)
            {
                while (_reads!.Count <= b)
                {
                    _reads.Add(null);
                }

                if (!(_reads[b] ??= []).Contains(loop))
                {
                    _reads[b]!.Add(loop);
                }
            }
        }
    }

    private bool IsInside(Loop loop, int v) => v < _home.Length && _home[v] >= 0 && loop.Blocks.Contains(_home[v]);

    private int SlotOf(Dictionary<int, int> stored, int v)
    {
        if (!stored.TryGetValue(v, out var slot))
        {
            stored[v] = slot = NewSlot();
        }

        return slot;
    }

    private int NewSlot()
    {
        _f.Slots.Add(new Slot(8, 8, "value of an unrolled loop", _f.Source));
        return _f.Slots.Count - 1;
    }

    private static Mem MemOf(Ty type) => type switch { Ty.I64 => Mem.I64, Ty.F32 => Mem.F32, Ty.F64 => Mem.F64, Ty.Ptr => Mem.Ptr, _ => Mem.I32 };

    private void Store(List<int> code, int slot, int v)
    {
        var at = _f.At;
        _f.At = code;
        var value = _f[v].Type == Ty.Pred ? _f.Emit(Op.BoolToInt, Ty.I32, v) : v;
        _f.Emit(new Instr { Op = Op.Store, Mem = MemOf(_f[v].Type), Align = 4, Args = [_f.Intern(Op.SlotAddr, Ty.Ptr, slot), value] });
        _f.At = at;
    }

    private int Load(int slot, Ty type)
    {
        var mem = MemOf(type);
        var loaded = _f.Emit(new Instr { Op = Op.Load, Type = IrFunction.RegisterOf(mem), Mem = mem, Align = 4, Args = [_f.Intern(Op.SlotAddr, Ty.Ptr, slot)] });
        return type == Ty.Pred ? _f.Compare(Cond.Ne, loaded, _f.Int(0)) : loaded;
    }
}
