namespace RawSer.Gpu.Compiler;

/// <summary>Puts a block on every edge from a branch to a block with phis: the place for the copies that replace the phis.</summary>
internal static class CriticalEdges
{
    public static void Split(IrFunction f)
    {
        for (var b = 0; b < f.Blocks.Count; b++)
        {
            var block = f.Blocks[b];
            if (block.Term != Term.Branch)
            {
                continue;
            }

            for (var i = 0; i < block.Succ.Length; i++)
            {
                var target = f.Blocks[block.Succ[i]];
                if (target.Code.Count == 0 || f[target.Code[0]].Op != Op.Phi)
                {
                    continue;
                }

                var edge = f.NewBlock();
                edge.Term = Term.Jump;
                edge.Succ = [target.Id];
                edge.Source = block.Source;
                edge.Preds.Add(b);
                target.Preds[target.Preds.IndexOf(b)] = edge.Id;
                block.Succ[i] = edge.Id;
            }
        }
    }
}
