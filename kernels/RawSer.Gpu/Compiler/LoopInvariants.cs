namespace RawSer.Gpu.Compiler;

/// <summary>
/// Moves pure instructions whose arguments do not change in a loop in front of it. Gives every loop a preheader, a block that only
/// jumps to the header, and a single latch.
/// </summary>
internal static class LoopInvariants
{
    public static void Run(IrFunction f)
    {
        var flow = Normalise(f);
        Hoist(f, flow, Homes(f, flow.Order));
    }

    /// <summary>Hoists, and keeps the table of homes.</summary>
    public static void Hoist(IrFunction f, ControlFlow flow, int[] home)
    {
        foreach (var loop in flow.Loops)
        {
            var preheader = f.Blocks[f.Blocks[loop.Header].Preds.First(p => !loop.Blocks.Contains(p))];
            foreach (var b in loop.Blocks.OrderBy(flow.Number))
            {
                var code = f.Blocks[b].Code;
                var kept = new List<int>(code.Count);
                foreach (var v in code)
                {
                    if (f[v].Op is not (Op.Phi or Op.Extract or Op.Assume) && f.IsPure(v) && Array.TrueForAll(f[v].Args, a => home[a] < 0 || !loop.Blocks.Contains(home[a])))
                    {
                        preheader.Code.Add(v);
                        home[v] = preheader.Id;
                    }
                    else
                    {
                        kept.Add(v);
                    }
                }

                f.Blocks[b].Code = kept;
            }
        }
    }

    /// <summary>The block of each value; -1 for those that belong to none.</summary>
    public static int[] Homes(IrFunction f, List<int> order)
    {
        var home = new int[f.Count];
        Array.Fill(home, -1);
        foreach (var b in order)
        {
            foreach (var v in f.Blocks[b].Code)
            {
                f.ResolveArgs(v);
                home[v] = b;
            }
        }

        return home;
    }

    /// <summary>Gives every loop one entry edge from a block of its own, and one back edge. Returns the control flow that is then.</summary>
    public static ControlFlow Normalise(IrFunction f)
    {
        var flow = new ControlFlow(f);
        var before = f.Blocks.Count;
        foreach (var loop in flow.Loops)
        {
            var header = f.Blocks[loop.Header];
            var outside = header.Preds.Where(p => !loop.Blocks.Contains(p)).ToList();
            if (outside.Count != 1 || f.Blocks[outside[0]].Term != Term.Jump)
            {
                Join(f, header, outside);
            }

            var latches = header.Preds.Where(loop.Blocks.Contains).ToList();
            if (latches.Count != 1)
            {
                Join(f, header, latches);
            }
        }

        return f.Blocks.Count == before ? flow : new ControlFlow(f);
    }

    /// <summary>Puts a new block between some predecessors and a block.</summary>
    public static Block Join(IrFunction f, Block target, List<int> from)
    {
        var block = f.NewBlock();
        block.Term = Term.Jump;
        block.Succ = [target.Id];
        block.Source = target.Source;
        var places = new List<int>();
        for (var i = 0; i < target.Preds.Count; i++)
        {
            if (from.Contains(target.Preds[i]))
            {
                places.Add(i);
                block.Preds.Add(target.Preds[i]);
            }
        }

        foreach (var v in target.Code)
        {
            if (f[v].Op != Op.Phi)
            {
                continue;
            }

            var args = f[v].Args;
            var merged = places.Count == 1
                ? args[places[0]]
                : f.New(new Instr { Op = Op.Phi, Type = f[v].Type, Args = [.. places.Select(i => args[i])], Source = f[v].Source });
            if (places.Count > 1)
            {
                block.Code.Add(merged);
            }

            f[v].Args = [.. Enumerable.Range(0, args.Length).Where(i => !places.Contains(i)).Select(i => args[i]), merged];
        }

        target.Preds.RemoveAll(from.Contains);
        target.Preds.Add(block.Id);
        foreach (var p in from)
        {
            var succ = f.Blocks[p].Succ;
            for (var i = 0; i < succ.Length; i++)
            {
                succ[i] = succ[i] == target.Id ? block.Id : succ[i];
            }
        }

        return block;
    }
}
