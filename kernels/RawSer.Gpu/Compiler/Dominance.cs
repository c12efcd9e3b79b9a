namespace RawSer.Gpu.Compiler;

/// <summary>Dominance among blocks, along their edges or against them (Cooper, Harvey, Kennedy: "A simple, fast dominance algorithm").</summary>
internal static class Dominance
{
    /// <summary>The blocks that are reached, in reverse postorder.</summary>
    /// <param name="blocks">Number of blocks.</param>
    /// <param name="roots">Where the walk begins.</param>
    /// <param name="next">What follows a block. The last goes first, so that the fall-through comes right after its branch in the order.</param>
    public static List<int> ReversePostorder(int blocks, IEnumerable<int> roots, Func<int, ReadOnlySpan<int>> next)
    {
        var order = new List<int>();
        var followed = new int[blocks]; // of each block met: how many of its edges were followed, plus one
        var stack = new Stack<int>();
        foreach (var root in roots)
        {
            stack.Push(root);
            followed[root] = 1;
            while (stack.TryPeek(out var b))
            {
                var edges = next(b);
                if (followed[b] <= edges.Length)
                {
                    var s = edges[^followed[b]++];
                    if (followed[s] == 0)
                    {
                        followed[s] = 1;
                        stack.Push(s);
                    }

                    continue;
                }

                stack.Pop();
                order.Add(b);
            }
        }

        order.Reverse();
        return order;
    }

    /// <summary>The place of each block in an order; -1 for one that is not in it.</summary>
    public static int[] Places(int blocks, List<int> order)
    {
        var places = new int[blocks];
        Array.Fill(places, -1);
        for (var i = 0; i < order.Count; i++)
        {
            places[order[i]] = i;
        }

        return places;
    }

    /// <summary>The immediate dominator of each block; -1 for roots, for what has only a root above all of them, and for what is not in the order.</summary>
    /// <param name="order">Blocks in reverse postorder.</param>
    /// <param name="places">Their <see cref="Places"/>.</param>
    /// <param name="isRoot">Whether a walk begins at a block.</param>
    /// <param name="before">What a block follows.</param>
    public static int[] Immediate(List<int> order, int[] places, Func<int, bool> isRoot, Func<int, ReadOnlySpan<int>> before)
    {
        var nearest = new int[order.Count + 1]; // by place, plus one: 0 is above all roots
        Array.Fill(nearest, -1);
        nearest[0] = 0;
        for (var changed = true; changed;)
        {
            changed = false;
            for (var i = 0; i < order.Count; i++)
            {
                var meeting = isRoot(order[i]) ? 0 : -1;
                foreach (var p in before(order[i]))
                {
                    var at = places[p] + 1;
                    if (at > 0 && nearest[at] >= 0)
                    {
                        meeting = meeting < 0 ? at : Meet(nearest, at, meeting);
                    }
                }

                changed |= nearest[i + 1] != meeting;
                nearest[i + 1] = meeting;
            }
        }

        var immediate = new int[places.Length];
        Array.Fill(immediate, -1);
        for (var i = 0; i < order.Count; i++)
        {
            immediate[order[i]] = nearest[i + 1] > 0 ? order[nearest[i + 1] - 1] : -1;
        }

        return immediate;
    }

    private static int Meet(int[] nearest, int a, int b)
    {
        while (a != b)
        {
            (a, b) = a > b ? (nearest[a], b) : (a, nearest[b]);
        }

        return a;
    }
}
