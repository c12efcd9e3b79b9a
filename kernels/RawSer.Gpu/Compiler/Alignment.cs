namespace RawSer.Gpu.Compiler;

/// <summary>
/// Powers of two that values are multiples of: from constants, the alignment of shared memory (16 bytes), of the element type of a
/// view (a view of Float4 lies at multiples of 16) and of what AsAligned promises.
/// </summary>
internal sealed class Alignment(IrFunction f)
{
    private const long Most = 256;

    private readonly Dictionary<int, long> _known = [];

    public long Of(int v)
    {
        if (_known.TryGetValue(v, out var value))
        {
            return value;
        }

        _known[v] = Most; // a cycle of phis keeps what its other arguments have
        value = Compute(v);
        _known[v] = value;
        return value;
    }

    private long Compute(int v)
    {
        var x = f[v];
        switch (x.Op)
        {
            case Op.Const:
                return x.Imm == 0 ? Most : Math.Min(Most, x.Imm & -x.Imm);
            case Op.SharedAddr:
                return 16;
            case Op.SlotAddr:
                return f.Slots[(int)x.Imm].Align;
            case Op.Param:
                return x.Mem == Mem.Ptr ? f.Parameters[(int)x.Imm].Align : 1;
            case Op.Assume:
                return Math.Max(x.Imm, Of(x.Args[0]));
            case Op.PtrAdd:
                var offset = x.Args.Length == 2 ? Of(x.Args[1]) : Most;
                return Math.Min(Math.Min(Of(x.Args[0]), offset), x.Imm == 0 ? Most : x.Imm & -x.Imm);
            case Op.Add or Op.Sub or Op.Or or Op.Xor or Op.Min or Op.Max:
                return Math.Min(Of(x.Args[0]), Of(x.Args[1]));
            case Op.And:
                return Math.Max(Of(x.Args[0]), Of(x.Args[1]));
            case Op.Mul:
                return Math.Min(Most, Of(x.Args[0]) * Of(x.Args[1]));
            case Op.SExt or Op.ZExt or Op.Narrow or Op.Neg or Op.PtrToInt or Op.IntToPtr:
                return Of(x.Args[0]);
            case Op.Select:
                return Math.Min(Of(x.Args[1]), Of(x.Args[2]));
            case Op.Phi:
                var least = Most;
                foreach (var a in x.Args)
                {
                    least = Math.Min(least, Of(f.Resolve(a)));
                }

                // What was found for others on the way assumed too much.
                _known.Clear();
                return least;
            default:
                return 1;
        }
    }
}
