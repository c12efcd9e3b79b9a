namespace RawSer.Gpu.Compiler;

/// <summary>Which method a loop stands in, and the check that what [Unroll] promises has happened.</summary>
internal static class LoopOwners
{
    /// <summary>Whether the loop stands in a method marked with [Unroll].</summary>
    public static bool IsUnrolled(IrFunction f, Frontend frontend, Loop loop) => frontend.FrameOf(PlaceOf(f, frontend, loop)) is { Il.IsUnrolled: true };

    /// <summary>Refuses loops that are still there, but for those that [Unroll] counts as known to the launch only.</summary>
    /// <exception cref="KernelCompileException">A method has more of them.</exception>
    public static void CheckUnrolled(IrFunction f, Frontend frontend)
    {
        var left = new Dictionary<Frontend.Frame, SortedDictionary<int, int>>();
        foreach (var loop in new ControlFlow(f).Loops)
        {
            var place = PlaceOf(f, frontend, loop);
            if (frontend.FrameOf(place) is { Il.IsUnrolled: true } frame)
            {
                if (!left.TryGetValue(frame, out var loops))
                {
                    left[frame] = loops = [];
                }

                loops.TryAdd(frontend.OffsetOf(place), place);
            }
        }

        foreach (var (frame, loops) in left)
        {
            if (loops.Count > frame.Il.RuntimeLoops)
            {
                var others = loops.Count == 1 ? "" : $", and so of those at {string.Join(", ", loops.Values.Skip(1).Select(place => frontend.LineOf(place) ?? $"IL_{frontend.OffsetOf(place):x4}"))}";
                throw frontend.Error(
                    loops.Values.First(),
                    $"the rounds of this loop are not a constant of at most {Unrolling.MaxRounds} rounds and {Unrolling.MaxInstructions} instructions{others}, but [Unroll] allows {frame.Il.RuntimeLoops} such; make it a constant, or state them: [Unroll(RuntimeLoops = {loops.Count})]");
            }
        }
    }

    /// <summary>
    /// A place of the loop in its own method: of the branches in the loop, its header's or another that lies in no call made from the loop.
    /// </summary>
    private static int PlaceOf(IrFunction f, Frontend frontend, Loop loop)
    {
        var best = f.Blocks[loop.Header].Source;
        foreach (var block in loop.Blocks.Order())
        {
            var source = f.Blocks[block].Source;
            if (frontend.FrameOf(source) is { } frame && (frontend.FrameOf(best) is not { } known || frame.Depth < known.Depth))
            {
                best = source;
            }
        }

        return best;
    }
}
