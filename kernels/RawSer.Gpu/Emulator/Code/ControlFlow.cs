namespace RawSer.Gpu.Emulator;

/// <summary>
/// Finds where the lanes of a divergent branch meet again: the branch's immediate post-dominator (Cooper, Harvey and Kennedy, "A simple,
/// fast dominance algorithm", 2001, on the reversed graph).
/// </summary>
internal static class ControlFlow
{
    /// <summary>Sets <see cref="Op.Join"/> of all branches.</summary>
    public static void SetJoins(CodeFunction function)
    {
        Op[] ops = function.Ops;
        int[] starts = BlockStarts(function);
        int blocks = starts.Length, exit = blocks;
        int[] blockOf = new int[ops.Length];
        for (int block = 0; block < blocks; block++)
        {
            int end = block + 1 < blocks ? starts[block + 1] : ops.Length;
            Array.Fill(blockOf, block, starts[block], end - starts[block]);
        }

        var successors = new List<int>[blocks + 1];
        var predecessors = new List<int>[blocks + 1];
        for (int block = 0; block <= blocks; block++)
        {
            successors[block] = [];
            predecessors[block] = [];
        }

        for (int block = 0; block < blocks; block++)
        {
            int last = (block + 1 < blocks ? starts[block + 1] : ops.Length) - 1;
            foreach (int target in Targets(function, last))
            {
                int next = target < 0 || target >= ops.Length ? exit : blockOf[target];
                successors[block].Add(next);
                predecessors[next].Add(block);
            }
        }

        int[] immediate = PostDominators(successors, predecessors, exit);
        for (int at = 0; at < ops.Length; at++)
        {
            if (ops[at].Kind is OpKind.Branch or OpKind.BranchTable)
            {
                int join = immediate[blockOf[at]];
                bool leaves = join < 0 || join == exit || (ops[starts[join]] is { Kind: OpKind.Exit, Guard: < 0 });
                ops[at].Join = leaves ? -1 : starts[join];
            }
        }
    }

    private static int[] BlockStarts(CodeFunction function)
    {
        var starts = new SortedSet<int> { 0 };
        for (int at = 0; at < function.Ops.Length; at++)
        {
            Op op = function.Ops[at];
            if (op.Kind is OpKind.Branch or OpKind.BranchTable or OpKind.Exit or OpKind.Return or OpKind.Trap)
            {
                starts.Add(at + 1);
                foreach (int target in Targets(function, at))
                {
                    starts.Add(Math.Max(target, 0));
                }
            }
        }

        starts.Remove(function.Ops.Length);
        return [.. starts];
    }

    // Where control may go after an operation; -1 leaves the function.
    private static IEnumerable<int> Targets(CodeFunction function, int at)
    {
        Op op = function.Ops[at];
        bool falls = op.Guard >= 0;
        switch (op.Kind)
        {
            case OpKind.Branch:
                yield return op.Target;
                break;
            case OpKind.BranchTable:
                foreach (int target in function.Extras[op.Extra].Targets)
                {
                    yield return target;
                }

                break;
            case OpKind.Exit or OpKind.Return:
                yield return -1;
                break;
            case OpKind.Trap: // ends the launch, so nobody waits for the lanes that take it
                break;
            default:
                falls = true;
                break;
        }

        if (falls)
        {
            yield return at + 1;
        }
    }

    private static int[] PostDominators(List<int>[] successors, List<int>[] predecessors, int exit)
    {
        // Postorder of the reversed graph from the exit.
        int[] order = new int[exit + 1];
        Array.Fill(order, -1);
        var sequence = new List<int>();
        var stack = new Stack<(int Node, int Next)>([(exit, 0)]);
        bool[] seen = new bool[exit + 1];
        seen[exit] = true;
        while (stack.TryPop(out var top))
        {
            if (top.Next < predecessors[top.Node].Count)
            {
                stack.Push((top.Node, top.Next + 1));
                int node = predecessors[top.Node][top.Next];
                if (!seen[node])
                {
                    seen[node] = true;
                    stack.Push((node, 0));
                }
            }
            else
            {
                order[top.Node] = sequence.Count;
                sequence.Add(top.Node);
            }
        }

        int[] immediate = new int[exit + 1];
        Array.Fill(immediate, -1);
        immediate[exit] = exit;
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int i = sequence.Count - 2; i >= 0; i--)
            {
                int node = sequence[i], best = -1;
                foreach (int next in successors[node])
                {
                    if (immediate[next] >= 0)
                    {
                        best = best < 0 ? next : Meet(best, next);
                    }
                }

                if (immediate[node] != best)
                {
                    immediate[node] = best;
                    changed = true;
                }
            }
        }

        return immediate;

        int Meet(int a, int b)
        {
            while (a != b)
            {
                while (order[a] < order[b])
                {
                    a = immediate[a];
                }

                while (order[b] < order[a])
                {
                    b = immediate[b];
                }
            }

            return a;
        }
    }
}
