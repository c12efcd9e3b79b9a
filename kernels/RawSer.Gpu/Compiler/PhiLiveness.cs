namespace RawSer.Gpu.Compiler;

/// <summary>Where the values of phis are used. As long as nothing is moved, the blocks of edges may be added meanwhile.</summary>
internal sealed class PhiLiveness
{
    private readonly IrFunction _f;
    private readonly Dictionary<int, List<int>> _uses = []; // of each phi: blocks in which or at whose end it is used
    private readonly Dictionary<int, int> _home = [];       // of each phi: its block
    private readonly HashSet<int> _seen = [];
    private readonly Stack<int> _work = new();

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
        _seen.Clear();
        _seen.Add(_home[phi]);
        _work.Clear();
        _uses[phi].ForEach(_work.Push);
        while (_work.TryPop(out var b))
        {
            if (!_seen.Add(b))
            {
                continue;
            }

            if (b == at)
            {
                return true;
            }

            foreach (var p in _f.Blocks[b].Preds)
            {
                _work.Push(p);
            }
        }

        return false;
    }

    private void Use(int v, int block)
    {
        if (_f[v].Op == Op.Phi && _uses.TryGetValue(v, out var blocks) && (blocks.Count == 0 || blocks[^1] != block))
        {
            blocks.Add(block);
        }
    }
}
