namespace RawSer.Gpu.Compiler;

/// <summary>
/// Places for the copies that replace phis: an edge from a branch gets a block of its own. At the end of a loop they stand in front of the
/// branch instead, where neither way sees what the other's copies write: so a loop that tests at its end remains one block.
/// </summary>
internal static class CriticalEdges
{
    public static void Split(IrFunction f)
    {
        var live = new PhiLiveness(f);
        var flow = new DominatorTree(f);
        var count = f.Blocks.Count;
        for (var b = 0; b < count; b++)
        {
            var block = f.Blocks[b];
            if (block.Term != Term.Branch || (IsLatch(flow, block) && CanCopyBefore(f, live, block)))
            {
                continue;
            }

            for (var i = 0; i < block.Succ.Length; i++)
            {
                var target = f.Blocks[block.Succ[i]];
                if (!live.Phis(target).Any())
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

    private static bool IsLatch(DominatorTree flow, Block block) => flow.IsReachable(block.Id) && Array.Exists(block.Succ, to => flow.Dominates(to, block.Id));

    private static bool CanCopyBefore(IrFunction f, PhiLiveness live, Block block)
    {
        for (var i = 0; i < block.Succ.Length; i++)
        {
            var other = block.Succ[1 - i];
            if (live.Phis(f.Blocks[block.Succ[i]]).Any(v => v == block.Cond || live.IsLive(v, other)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Phis that can be one register: what a variable is at the beginning of a loop's round, and what it is behind the loop. Both take the
    /// same value where the loop ends, and neither is used where the other lives. Maps the second to the first.
    /// </summary>
    public static Dictionary<int, int> SharedRegisters(IrFunction f)
    {
        var live = new PhiLiveness(f);
        var shared = new Dictionary<int, int>();
        foreach (var latch in f.Blocks)
        {
            if (latch.Term != Term.Branch)
            {
                continue;
            }

            var (one, two) = (f.Blocks[latch.Succ[0]], f.Blocks[latch.Succ[1]]);
            var (at, atTwo) = (one.Preds.IndexOf(latch.Id), two.Preds.IndexOf(latch.Id));
            var taken = new HashSet<int>();
            foreach (var b in live.Phis(two))
            {
                foreach (var a in live.Phis(one))
                {
                    if (f[a].Type == f[b].Type && f[a].Args[at] == f[b].Args[atTwo] && !taken.Contains(a) && !shared.ContainsKey(a) && !shared.ContainsKey(b) && !shared.ContainsValue(b)
                        && IsFree(f, live, a, two, latch) && IsFree(f, live, b, one, latch))
                    {
                        shared[b] = a;
                        taken.Add(a);
                        break;
                    }
                }
            }
        }

        return shared;
    }

    /// <summary>Whether a phi's register may be written wherever the phis of a block are.</summary>
    private static bool IsFree(IrFunction f, PhiLiveness live, int phi, Block block, Block except)
    {
        if (live.IsLive(phi, block.Id))
        {
            return false;
        }

        foreach (var p in block.Preds)
        {
            foreach (var other in f.Blocks[p].Succ)
            {
                if (p != except.Id && other != block.Id && (live.IsLive(phi, other) || f.Blocks[other].Code.Contains(phi)))
                {
                    return false;
                }
            }
        }

        return true;
    }
}
