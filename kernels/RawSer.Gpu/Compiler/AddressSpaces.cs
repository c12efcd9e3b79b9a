namespace RawSer.Gpu.Compiler;

/// <summary>
/// Where each pointer points: from parameters and memory to global, from static and dynamic allocations to shared, from slots to
/// local memory. Everything is inlined, so the answer is exact; a pointer that may be either of two is an error, as generic
/// accesses are slower and hide mistakes.
/// </summary>
internal static class AddressSpaces
{
    public static Space[] Infer(IrFunction f, Frontend frontend)
    {
        var spaces = new Space[f.Count];
        for (var v = 0; v < f.Count; v++)
        {
            ref var x = ref f[v];
            if (x.Type == Ty.Ptr)
            {
                spaces[v] = x.Op switch
                {
                    Op.Param or Op.Load or Op.IntToPtr or Op.Extract or Op.Asm or Op.Const or Op.Atomic => Space.Global,
                    Op.SharedAddr => Space.Shared,
                    Op.SlotAddr => Space.Local,
                    _ => Space.Unknown,
                };
            }
        }

        var order = DominatorTree.OrderOf(f);
        for (var changed = true; changed;)
        {
            changed = false;
            foreach (var b in order)
            {
                foreach (var v in f.Blocks[b].Code)
                {
                    if (f[v].Type != Ty.Ptr || f[v].Op is not (Op.Phi or Op.Select or Op.PtrAdd or Op.Assume))
                    {
                        continue;
                    }

                    f.ResolveArgs(v);
                    var space = spaces[v];
                    var args = f[v].Args;
                    var (first, end) = f[v].Op switch { Op.Select => (1, 3), Op.Phi => (0, args.Length), _ => (0, 1) };
                    for (var i = first; i < end; i++)
                    {
                        var other = f.IsConst(args[i]) && f[args[i]].Imm == 0 ? Space.Unknown : spaces[args[i]];
                        if (space == Space.Unknown)
                        {
                            space = other;
                        }
                        else if (other != Space.Unknown && other != space)
                        {
                            throw frontend.Error(f[v].Source, $"a reference points to {space} or {other} memory depending on the path; use a branch around the accesses instead");
                        }
                    }

                    changed |= space != spaces[v];
                    spaces[v] = space;
                }
            }
        }

        return spaces;
    }
}
