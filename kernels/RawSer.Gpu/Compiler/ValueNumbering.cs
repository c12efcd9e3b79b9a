using System.Numerics;

namespace RawSer.Gpu.Compiler;

/// <summary>
/// Replaces each pure instruction by an equal one that dominates it. The instructions of the blocks on the way down the dominator tree
/// lie in a table of chains by hash; those of a block leave it, newest first, when all that the block dominates has been visited.
/// </summary>
internal sealed class ValueNumbering
{
    private readonly IrFunction _f;
    private readonly int[] _first; // of each hash: the newest instruction, or -1
    private readonly int[] _next;  // of each instruction in the table: the one before it with its hash

    private ValueNumbering(IrFunction f)
    {
        _f = f;
        _next = new int[f.Count];
        var placed = 0;
        foreach (var block in f.Blocks)
        {
            placed += block.Code.Count;
        }

        _first = new int[BitOperations.RoundUpToPowerOf2((uint)placed + 1)];
        Array.Fill(_first, -1);
    }

    public static void Run(IrFunction f)
    {
        new ValueNumbering(f).Run();
        foreach (var block in f.Blocks)
        {
            block.Code.RemoveAll(v => f[v].Op == Op.Nop);
            if (block.Cond >= 0)
            {
                block.Cond = f.Resolve(block.Cond);
            }
        }
    }

    private void Run()
    {
        var flow = new DominatorTree(_f);
        var children = new List<int>?[_f.Blocks.Count];
        foreach (var b in flow.Order)
        {
            if (b != 0)
            {
                (children[flow.Dominator[b]] ??= []).Add(b);
            }
        }

        var work = new Stack<int>(); // blocks to visit, and -1 - block for one whose instructions leave
        work.Push(0);
        while (work.TryPop(out var b))
        {
            if (b < 0)
            {
                Leave(_f.Blocks[-1 - b]);
                continue;
            }

            Visit(_f.Blocks[b]);
            work.Push(-1 - b);
            if (children[b] is { } inner)
            {
                for (var i = inner.Count - 1; i >= 0; i--)
                {
                    work.Push(inner[i]);
                }
            }
        }
    }

    private void Visit(Block block)
    {
        foreach (var v in block.Code)
        {
            if (_f[v].Op == Op.Nop)
            {
                continue;
            }

            _f.ResolveArgs(v);
            if (!IsNumbered(v))
            {
                continue;
            }

            ref var first = ref _first[Hash(v)];
            var equal = first;
            while (equal >= 0 && !AreEqual(v, equal))
            {
                equal = _next[equal];
            }

            if (equal >= 0)
            {
                _f.Replace(v, equal);
            }
            else
            {
                _next[v] = first;
                first = v;
            }
        }
    }

    private void Leave(Block block)
    {
        for (var i = block.Code.Count - 1; i >= 0; i--)
        {
            var v = block.Code[i];
            if (_f[v].Op != Op.Nop && IsNumbered(v))
            {
                _first[Hash(v)] = _next[v];
            }
        }
    }

    private bool IsNumbered(int v) => _f[v].Op is not (Op.Phi or Op.Assume) && _f[v].Args.Length <= 3 && _f.IsPure(v);

    private uint Hash(int v)
    {
        ref var x = ref _f[v];
        var args = x.Args;
        var (a, b) = Operands(x);
        var hash = (uint)x.Op | (uint)x.Type << 8 | (uint)x.Aux << 12;
        hash = (hash ^ (uint)x.Imm ^ (uint)(x.Imm >> 32)) * 0x9e3779b1;
        hash = (BitOperations.RotateLeft(hash, 13) ^ (uint)a) * 0x85ebca6b;
        hash = (BitOperations.RotateLeft(hash, 13) ^ (uint)b) * 0xc2b2ae35;
        hash ^= args.Length > 2 ? (uint)args[2] * 0x27d4eb2f : 0;
        return (hash ^ hash >> 15) & (uint)(_first.Length - 1);
    }

    private bool AreEqual(int v, int w)
    {
        ref var x = ref _f[v];
        ref var y = ref _f[w];
        return x.Op == y.Op && x.Type == y.Type && x.Imm == y.Imm && x.Aux == y.Aux && x.Args.Length == y.Args.Length
            && Operands(x) == Operands(y) && (x.Args.Length < 3 || x.Args[2] == y.Args[2]);
    }

    /// <summary>The first two arguments, ordered where the order is of no matter.</summary>
    private static (int A, int B) Operands(in Instr x)
    {
        var (a, b) = (x.Args.Length > 0 ? x.Args[0] : -1, x.Args.Length > 1 ? x.Args[1] : -1);
        return b < a && x.Op is Op.Add or Op.Mul or Op.And or Op.Or or Op.Xor or Op.Min or Op.Max or Op.MinU or Op.MaxU ? (b, a) : (a, b);
    }
}
