namespace RawSer.Gpu.Compiler;

/// <summary>Counts the registers that are alive at the same time, by backward data flow over the blocks.</summary>
internal static class RegisterPressure
{
    public static int Estimate(IrFunction f, Space[] spaces)
    {
        var flow = new ControlFlow(f);
        var liveIn = new HashSet<int>[f.Blocks.Count];
        var stale = new bool[f.Blocks.Count]; // what lives behind the block has changed
        Array.Fill(stale, true);
        foreach (var b in flow.Order)
        {
            liveIn[b] = [];
        }

        var max = 0;
        for (var changed = true; changed;)
        {
            changed = false;
            for (var i = flow.Order.Count - 1; i >= 0; i--)
            {
                var block = f.Blocks[flow.Order[i]];
                if (!stale[block.Id])
                {
                    continue;
                }

                stale[block.Id] = false;
                var live = new HashSet<int>();
                foreach (var s in block.Succ)
                {
                    live.UnionWith(liveIn[s]);
                    var index = f.Blocks[s].Preds.IndexOf(block.Id);
                    foreach (var v in f.Blocks[s].Code)
                    {
                        if (f[v].Op != Op.Phi)
                        {
                            break;
                        }

                        live.Remove(v);
                        Use(live, f[v].Args[index]);
                    }
                }

                if (block.Term == Term.Branch)
                {
                    Use(live, block.Cond);
                }

                var registers = live.Sum(Width);
                max = Math.Max(max, registers);
                for (var k = block.Code.Count - 1; k >= 0; k--)
                {
                    var v = block.Code[k];
                    if (live.Remove(v))
                    {
                        registers -= Width(v);
                    }

                    if (f[v].Op == Op.Phi)
                    {
                        continue;
                    }

                    foreach (var a in f[v].Args)
                    {
                        if (Use(live, a))
                        {
                            registers += Width(f.Resolve(a));
                        }
                    }

                    max = Math.Max(max, registers);
                }

                foreach (var v in block.Code)
                {
                    if (f[v].Op != Op.Phi)
                    {
                        break;
                    }

                    live.Add(v); // phis are alive at the entry
                }

                if (live.Count != liveIn[block.Id].Count)
                {
                    liveIn[block.Id] = live;
                    block.Preds.ForEach(p => stale[p] = true);
                    changed = true;
                }
            }
        }

        return max;

        bool Use(HashSet<int> live, int value)
        {
            value = f.Resolve(value);
            return !f.IsFloating(value) && live.Add(value);
        }

        int Width(int v) => f[v].Type switch
        {
            Ty.I64 or Ty.F64 => 2,
            Ty.Ptr => spaces[v] is Space.Shared or Space.Local ? 1 : 2,
            Ty.I32 or Ty.F32 => 1,
            _ => 0,
        };
    }
}
