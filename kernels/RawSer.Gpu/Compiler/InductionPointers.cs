namespace RawSer.Gpu.Compiler;

/// <summary>
/// Strength reduction of addresses: in a short loop whose counter grows by a constant, an address that is linear in the counter becomes a
/// pointer that grows by a constant. The assembler takes several rounds of such a loop together; their accesses then differ by a constant
/// that is part of the instruction, where each would need a product of its own. Where the step is no constant nothing is gained.
/// </summary>
internal sealed class InductionPointers
{
    private const int MaxInstructions = 64;
    private const int MaxPointers = 2; // two registers each

    private readonly IrFunction _f;
    private readonly Block _block;
    private readonly HashSet<int> _inside;
    private readonly int _entry;

    private int _counter;
    private int _start;
    private long _step;

    private InductionPointers(IrFunction f, Block block)
    {
        (_f, _block, _inside) = (f, block, [.. block.Code]);
        _entry = block.Preds.FindIndex(p => p != block.Id);
    }

    public static void Run(IrFunction f, Frontend frontend)
    {
        LoopInvariants.Normalise(f);
        var spaces = AddressSpaces.Infer(f, frontend);
        foreach (var block in f.Blocks.Where(b => b.Succ.Contains(b.Id) && b.Code.Count <= MaxInstructions).ToList())
        {
            new InductionPointers(f, block).Reduce(spaces);
        }
    }

    private void Reduce(Space[] spaces)
    {
        foreach (var v in _block.Code)
        {
            _f.ResolveArgs(v);
        }

        var pointers = _block.Code.Where(v => _f[v].Op == Op.PtrAdd && _f[v].Args.Length == 2 && spaces[v] == Space.Global).ToList();
        if (pointers.Count is 0 or > MaxPointers)
        {
            return;
        }

        foreach (var phi in _block.Code.Where(v => _f[v] is { Op: Op.Phi, Type: Ty.I32 }).ToList())
        {
            var next = _f[phi].Args[1 - _entry];
            if (_f[next].Op != Op.Add || _f[next].Args[0] != phi || !_f.IsConst(_f[next].Args[1], out _step))
            {
                continue;
            }

            (_counter, _start) = (phi, _f[phi].Args[_entry]);
            foreach (var p in pointers)
            {
                if (!_inside.Contains(_f[p].Args[0]) && Factor(_f[p].Args[1]) is { } factor and not 0)
                {
                    Replace(p, factor * _step);
                }
            }
        }
    }

    /// <summary>The constant that a value grows by when the counter grows by one, or null. Indices do not overflow.</summary>
    private long? Factor(int v)
    {
        if (v == _counter || !_inside.Contains(v))
        {
            return v == _counter ? 1 : 0;
        }

        ref var x = ref _f[v];
        var args = x.Args;
        return x.Op switch
        {
            Op.SExt => Factor(args[0]),
            Op.Add => Factor(args[0]) + Factor(args[1]),
            Op.Sub => Factor(args[0]) - Factor(args[1]),
            Op.Mul when _f.IsConst(args[1], out var c) => Factor(args[0]) * c,
            _ => null,
        };
    }

    private void Replace(int pointer, long step)
    {
        _f.At = _f.Blocks[_block.Preds[_entry]].Code;
        _f.Source = _f[pointer].Source;
        var first = AtStart(pointer);
        var phi = _f.New(new Instr { Op = Op.Phi, Type = Ty.Ptr, Args = [], Source = _f.Source });
        _f.At = [];
        var next = _f.EmitImm(Op.PtrAdd, Ty.Ptr, step, phi);
        _f[phi].Args = _entry == 0 ? [first, next] : [next, first];
        _block.Code.AddRange(_f.At);
        _block.Code.Insert(0, phi);
        _f.Replace(pointer, phi);
        _inside.Add(phi);
    }

    /// <summary>A value with the counter's first value in place of the counter, in front of the loop.</summary>
    private int AtStart(int v)
    {
        if (v == _counter || !_inside.Contains(v))
        {
            return v == _counter ? _start : v;
        }

        var x = _f[v];
        x.Args = [.. x.Args.Select(AtStart)];
        return _f.Emit(x);
    }
}
