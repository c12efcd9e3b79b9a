using System.Runtime.InteropServices;

namespace RawSer.Gpu.Compiler;

/// <summary>
/// Memory to registers. A slot all of whose uses are loads and stores at constant offsets falls apart into its scalars (scalar
/// replacement), and each scalar becomes SSA values with phis where paths meet (Braun et al.: "Simple and efficient construction
/// of static single assignment form"). A slot that is indexed by a variable waits until unrolling has made the index a constant.
/// </summary>
internal sealed class Promotion
{
    private readonly IrFunction _f;
    private readonly ControlFlow _flow;
    private readonly Dictionary<(int Slot, long Offset), int> _variables = [];
    private readonly List<Ty> _types = [];
    private readonly Dictionary<(int Variable, int Block), int> _current = [];
    private readonly List<(int Phi, int Variable, int Block)> _incomplete = [];
    private readonly List<int>?[] _phis;
    private readonly bool[] _filled;

    private Promotion(IrFunction f, ControlFlow flow)
    {
        this._f = f;
        this._flow = flow;
        _phis = new List<int>?[f.Blocks.Count];
        _filled = new bool[f.Blocks.Count];
    }

    /// <summary>Promotes what can be; returns whether anything was.</summary>
    public static bool Run(IrFunction f)
    {
        var flow = new ControlFlow(f);
        var pass = new Promotion(f, flow);
        if (!pass.FindVariables())
        {
            return false;
        }

        foreach (var b in flow.Order)
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

    private bool FindVariables()
    {
        var rejected = new bool[_f.Slots.Count];
        var found = new Dictionary<(int Slot, long Offset), (int Size, Ty Type, bool Stored)>();
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
                        rejected[slot] = true;
                        continue;
                    }

                    var stored = x.Op == Op.Store;
                    if (!found.TryGetValue((slot, x.Imm), out var piece))
                    {
                        found[(slot, x.Imm)] = (size, IrFunction.RegisterOf(x.Mem), stored);
                    }
                    else if (piece.Size != size)
                    {
                        rejected[slot] = true;
                    }
                    else if (stored && !piece.Stored)
                    {
                        found[(slot, x.Imm)] = (size, IrFunction.RegisterOf(x.Mem), true);
                    }
                }
            }
        }

        var pieces = found.OrderBy(piece => piece.Key).ToArray();
        var last = (Slot: -1, End: 0L);
        foreach (var ((slot, offset), (size, _, _)) in pieces)
        {
            if (slot == last.Slot && offset < last.End)
            {
                rejected[slot] = true;
            }

            last = (slot, offset + size);
        }

        foreach (var (key, (_, type, _)) in pieces)
        {
            if (!rejected[key.Slot])
            {
                _variables[key] = _types.Count;
                _types.Add(type);
            }
        }

        return _types.Count > 0;
    }

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

            if (x.Op is Op.Load or Op.Store && _f[x.Args[0]].Op == Op.SlotAddr && _variables.TryGetValue(((int)_f[x.Args[0]].Imm, x.Imm), out var variable))
            {
                _f.Source = x.Source;
                if (x.Op == Op.Store)
                {
                    _current[(variable, block.Id)] = Cast(x.Args[1], _types[variable]);
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
            if (_current.TryGetValue((variable, at), out var value))
            {
                value = _f.Resolve(value);
                if (at != block)
                {
                    _current[(variable, block)] = value;
                }

                return value;
            }

            var preds = _f.Blocks[at].Preds;
            if (preds.Count == 0)
            {
                return _f.Const(_types[variable], 0); // never stored: C#'s definite assignment forbids reading it
            }

            if (preds.Count > 1)
            {
                break;
            }

            at = preds[0];
        }

        var phi = _f.New(new Instr { Op = Op.Phi, Type = _types[variable], Args = new int[_f.Blocks[at].Preds.Count], Source = _f.Source });
        Array.Fill(_f[phi].Args, phi);
        (_phis[at] ??= []).Add(phi);
        _current[(variable, at)] = phi;
        if (at != block)
        {
            _current[(variable, block)] = phi;
        }

        var isFilled = true;
        foreach (var p in _f.Blocks[at].Preds)
        {
            isFilled &= _filled[p] || !_flow.IsReachable(p);
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

        Phis.RemoveTrivial(_f, _flow);
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

    public static void RemoveTrivial(IrFunction f, ControlFlow flow)
    {
        for (var changed = true; changed;)
        {
            changed = false;
            foreach (var b in flow.Order)
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
