namespace RawSer.Gpu.Compiler;

/// <summary>Where the values of phis are used. As long as nothing is moved, the blocks of edges may be added meanwhile.</summary>
internal sealed class PhiLiveness
{
    private readonly IrFunction _f;
    private readonly Dictionary<int, List<int>> _uses = []; // of each phi: blocks in which or at whose end it is used
    private readonly Dictionary<int, int> _home = [];       // of each phi: its block

    public PhiLiveness(IrFunction f)
    {
        _f = f;
        foreach (var block in f.Blocks)
        {
            foreach (var v in Phis(block))
            {
                _home[v] = block.Id;
                _uses[v] = [];
            }
        }

        foreach (var block in f.Blocks)
        {
            foreach (var v in block.Code)
            {
                f.ResolveArgs(v);
                var args = f[v].Args;
                for (var i = 0; i < args.Length; i++)
                {
                    Use(args[i], f[v].Op == Op.Phi ? block.Preds[i] : block.Id);
                }
            }

            if (block.Term == Term.Branch)
            {
                block.Cond = f.Resolve(block.Cond);
                Use(block.Cond, block.Id);
            }
        }
    }

    /// <summary>The phis of a block.</summary>
    public IEnumerable<int> Phis(Block block) => block.Code.TakeWhile(v => _f[v].Op == Op.Phi);

    /// <summary>Whether a phi's value is used from the beginning of a block on.</summary>
    public bool IsLive(int phi, int at)
    {
        var seen = new HashSet<int> { _home[phi] };
        var work = new Stack<int>(_uses[phi]);
        while (work.TryPop(out var b))
        {
            if (!seen.Add(b))
            {
                continue;
            }

            if (b == at)
            {
                return true;
            }

            foreach (var p in _f.Blocks[b].Preds)
            {
                work.Push(p);
            }
        }

        return false;
    }

    private void Use(int v, int block)
    {
        if (_uses.TryGetValue(v, out var blocks) && (blocks.Count == 0 || blocks[^1] != block))
        {
            blocks.Add(block);
        }
    }
}
