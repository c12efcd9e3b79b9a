using System.Runtime.InteropServices;

namespace RawSer.Gpu.Compiler;

/// <summary>
/// Memory to registers. A slot all of whose uses are loads and stores at constant offsets falls apart into its scalars (scalar
/// replacement), and each scalar becomes SSA values with phis where paths meet (Braun et al.: "Simple and efficient construction
/// of static single assignment form"). A slot that is indexed by a variable waits until unrolling has made the index a constant.
/// </summary>
internal sealed class Promotion : IDisposable
{
    private const int MostSpare = 1 << 16;

    /// <summary>A scalar of a slot: the bytes from an offset on that all accesses there take as one.</summary>
    private struct Variable
    {
        public byte Size;
        public Ty Type;
        public bool IsStored;
        public int Stored; // the place in the order of the last block that was met storing it, or -1
        public int Block;  // one that has read or written it last, or -1
        public int Value;  // its value there; those of other blocks stand in _elsewhere
    }

    /// <summary>The tables of the run before: large objects too, as those of <see cref="IrFunction"/> are.</summary>
    [ThreadStatic]
    private static (Variable[] Variables, Dictionary<long, int> Elsewhere)? s_spare;

    private readonly IrFunction _f;
    private readonly DominatorTree _flow;
    private readonly int[] _first;         // of each slot: its place in _variables, which has one for each byte, or -1
    private readonly bool[] _rejected;     // of each slot
    private readonly Dictionary<long, int> _elsewhere; // values by block and variable
    private readonly List<(int Phi, int Variable, int Block)> _incomplete = [];
    private readonly List<int>?[] _phis;
    private readonly int[] _header;        // of each place in the order: that of the last loop's header up to there
    private readonly bool[] _filled;       // of each block: it has been, or is never reached
    private Variable[] _variables;
    private int _end;                      // of what is used of them

    private Promotion(IrFunction f)
    {
        _f = f;
        (_variables, _elsewhere) = s_spare ?? (new Variable[256], []);
        s_spare = null;
        _flow = new DominatorTree(f);
        _first = new int[f.Slots.Count];
        Array.Fill(_first, -1);
        _rejected = new bool[f.Slots.Count];
        _phis = new List<int>?[f.Blocks.Count];
        _filled = new bool[f.Blocks.Count];
        Array.Fill(_filled, true);
        _header = new int[_flow.Order.Count];
        for (var i = 0; i < _header.Length; i++)
        {
            var b = _flow.Order[i];
            _filled[b] = false;
            _header[i] = i == 0 || f.Blocks[b].Preds.Exists(p => _flow.Number(p) >= i) ? i : _header[i - 1];
        }
    }

    /// <summary>Promotes what can be; returns whether anything was.</summary>
    public static bool Run(IrFunction f)
    {
        if (f.Slots.Count == 0)
        {
            return false;
        }

        using var pass = new Promotion(f);
        if (!pass.FindVariables())
        {
            return false;
        }

        foreach (var b in pass._flow.Order)
        {
            pass.Fill(f.Blocks[b]);
        }

        foreach (var (phi, variable, block) in pass._incomplete)
        {
            pass.Complete(phi, variable, block);
        }

        pass.Place();
        return true;
    }

    /// <summary>Leaves the tables to the thread's next run.</summary>
    public void Dispose()
    {
        if (_variables.Length <= MostSpare && _elsewhere.Count <= MostSpare)
        {
            Array.Clear(_variables, 0, _end);
            _elsewhere.Clear();
            s_spare = (_variables, _elsewhere);
        }
    }

    private bool FindVariables()
    {
        var slots = new List<int>(); // those that are used
        foreach (var b in _flow.Order)
        {
            foreach (var v in _f.Blocks[b].Code)
            {
                _f.ResolveArgs(v);
                ref var x = ref _f[v];
                for (var i = 0; i < x.Args.Length; i++)
                {
                    if (_f[x.Args[i]].Op != Op.SlotAddr)
                    {
                        continue;
                    }

                    var slot = (int)_f[x.Args[i]].Imm;
                    var size = IrFunction.SizeOf(x.Mem);
                    var whole = i == 0 && x.Op is Op.Load or Op.Store && (x.Access & (Access.Volatile | Access.Predicated)) == 0
                        && x.Imm >= 0 && x.Imm + size <= _f.Slots[slot].Size;
                    if (!whole)
                    {
                        _rejected[slot] = true;
                        continue;
                    }

                    if (_first[slot] < 0)
                    {
                        slots.Add(slot);
                        _first[slot] = _end;
                        _end += _f.Slots[slot].Size;
                        if (_end > _variables.Length)
                        {
                            Array.Resize(ref _variables, Math.Max(_end, 2 * _variables.Length));
                        }
                    }

                    ref var variable = ref _variables[_first[slot] + x.Imm];
                    var isStored = x.Op == Op.Store;
                    if (variable.Size == 0 || (variable.Size == size && isStored && !variable.IsStored))
                    {
                        variable = new Variable { Size = (byte)size, Type = IrFunction.RegisterOf(x.Mem), IsStored = isStored, Stored = -1, Block = -1 };
                    }

                    _rejected[slot] |= variable.Size != size;
                }
            }
        }

        var any = false;
        foreach (var slot in slots)
        {
            var free = 0; // behind the last variable
            for (var at = 0; at < _f.Slots[slot].Size; at++)
            {
                if (_variables[_first[slot] + at].Size is > 0 and var size)
                {
                    _rejected[slot] |= at < free;
                    free = at + size;
                }
            }

            any |= !_rejected[slot];
        }

        return any;
    }

    /// <summary>The variable that an instruction loads or stores, or -1.</summary>
    private int VariableOf(in Instr x) =>
        x.Op is Op.Load or Op.Store && _f[x.Args[0]] is { Op: Op.SlotAddr, Imm: var slot } && !_rejected[slot] ? _first[slot] + (int)x.Imm : -1;

    private bool TryGet(int variable, int block, out int value)
    {
        ref var last = ref _variables[variable];
        value = last.Value;
        return last.Block == block || _elsewhere.TryGetValue(Key(block, variable), out value);
    }

    private void Set(int variable, int block, int value)
    {
        ref var last = ref _variables[variable];
        if (last.Block >= 0 && last.Block != block)
        {
            _elsewhere[Key(last.Block, variable)] = last.Value;
        }

        (last.Block, last.Value) = (block, value);
    }

    private static long Key(int block, int variable) => ((long)block << 32) | (uint)variable;

    private void Fill(Block block)
    {
        var code = block.Code;
        block.Code = _f.At = new List<int>(code.Count);
        foreach (var v in code)
        {
            _f.ResolveArgs(v);
            var x = _f[v];
            if (x.Op == Op.Nop)
            {
                continue;
            }

            if (VariableOf(x) is >= 0 and var variable)
            {
                _f.Source = x.Source;
                if (x.Op == Op.Store)
                {
                    _variables[variable].Stored = _flow.Number(block.Id);
                    Set(variable, block.Id, Cast(x.Args[1], _variables[variable].Type));
                    _f[v].Op = Op.Nop;
                }
                else
                {
                    _f.Replace(v, Widen(Cast(Read(variable, block.Id), x.Type), x.Mem));
                }

                continue;
            }

            _f.At.Add(v);
        }

        _filled[block.Id] = true;
    }

    private int Cast(int value, Ty type)
    {
        var from = _f[value].Type;
        if (from == type)
        {
            return value;
        }

        if (from == Ty.Ptr)
        {
            return Cast(_f.Emit(Op.PtrToInt, Ty.I64, value), type);
        }

        return type == Ty.Ptr ? _f.Emit(Op.IntToPtr, Ty.Ptr, Cast(value, Ty.I64)) : _f.Emit(Op.Bitcast, type, value);
    }

    private int Widen(int value, Mem mem) => mem switch
    {
        Mem.I8 => _f.Emit(Op.Ext8, Ty.I32, value),
        Mem.U8 => _f.Emit(Op.Ext8U, Ty.I32, value),
        Mem.I16 => _f.Emit(Op.Ext16, Ty.I32, value),
        Mem.U16 => _f.Emit(Op.Ext16U, Ty.I32, value),
        _ => value,
    };

    private int Read(int variable, int block)
    {
        // Up the chain of only predecessors.
        var at = block;
        while (true)
        {
            if (TryGet(variable, at, out var value))
            {
                value = _f.Resolve(value);
                if (at != block)
                {
                    Set(variable, block, value);
                }

                return value;
            }

            var preds = _f.Blocks[at].Preds;
            if (preds.Count == 0)
            {
                return _f.Const(_variables[variable].Type, 0); // never stored: C#'s definite assignment forbids reading it
            }

            if (preds.Count > 1)
            {
                // Past all that lies behind the last branch before, where that holds no loop and does not store the variable.
                var branch = _flow.Dominator[at];
                if (Math.Max(_variables[variable].Stored, _header[_flow.Number(at)]) > _flow.Number(branch))
                {
                    break;
                }

                at = branch;
                continue;
            }

            at = preds[0];
        }

        var phi = _f.New(new Instr { Op = Op.Phi, Type = _variables[variable].Type, Args = new int[_f.Blocks[at].Preds.Count], Source = _f.Source });
        Array.Fill(_f[phi].Args, phi);
        (_phis[at] ??= []).Add(phi);
        Set(variable, at, phi);
        if (at != block)
        {
            Set(variable, block, phi);
        }

        var isFilled = true;
        foreach (var p in _f.Blocks[at].Preds)
        {
            isFilled &= _filled[p];
        }

        if (!isFilled)
        {
            _incomplete.Add((phi, variable, at));
            return phi;
        }

        Complete(phi, variable, at);
        return _f.Resolve(phi);
    }

    private void Complete(int phi, int variable, int block)
    {
        var preds = _f.Blocks[block].Preds;
        for (var i = 0; i < preds.Count; i++)
        {
            var value = Read(variable, preds[i]);
            _f[phi].Args[i] = value;
        }

        if (Phis.Trivial(_f, phi) is >= 0 and var same)
        {
            _f.Replace(phi, same);
        }
    }

    private void Place()
    {
        foreach (var b in _flow.Order)
        {
            if (_phis[b] is { } added)
            {
                _f.Blocks[b].Code.InsertRange(0, added.Where(v => _f[v].Op == Op.Phi));
            }
        }

        Phis.RemoveTrivial(_f, _flow.Order);
    }
}

/// <summary>Phis whose arguments are all the same value.</summary>
internal static class Phis
{
    /// <summary>The one value that a phi takes beside itself, or -1.</summary>
    public static int Trivial(IrFunction f, int phi)
    {
        var same = -1;
        foreach (var a in f[phi].Args)
        {
            var value = f.Resolve(a);
            if (value == phi || value == same)
            {
                continue;
            }

            if (same >= 0)
            {
                return -1;
            }

            same = value;
        }

        return same;
    }

    public static void RemoveTrivial(IrFunction f, List<int> order)
    {
        for (var changed = true; changed;)
        {
            changed = false;
            foreach (var b in order)
            {
                foreach (var v in CollectionsMarshal.AsSpan(f.Blocks[b].Code))
                {
                    if (f[v].Op == Op.Phi && Trivial(f, v) is >= 0 and var same)
                    {
                        f.Replace(v, same);
                        changed = true;
                    }
                    else if (f[v].Op is not (Op.Phi or Op.Nop))
                    {
                        break;
                    }
                }
            }
        }
    }
}
