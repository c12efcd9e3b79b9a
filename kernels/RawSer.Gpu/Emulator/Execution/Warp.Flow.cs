using System.Numerics;

namespace RawSer.Gpu.Emulator;

/// <summary>Branches, calls and exits.</summary>
internal sealed unsafe partial class Warp
{
    /// <summary>Calls that may be nested.</summary>
    private const int MaxDepth = 1024;

    // Lanes of "away" go to a target; the rest of the fragment stays.
    private void Diverge(Fragment f, Op* op, uint mask, int target, uint away)
    {
        Join? join = f.Join;
        if (op->Join >= 0 && !(join is not null && join.Pc == op->Join && join.Frame == f.Frame))
        {
            join = new Join(op->Join, f.Frame, mask, f.Join);
        }

        f.Join = join;
        _fragments.Add(new Fragment { Frame = f.Frame, Pc = target, Mask = away, Join = join });
    }

    // Before an operation that only the active lanes execute: the others go past it and wait there.
    private void Split(Fragment f, Op* op, uint active)
    {
        uint rest = f.Mask & ~active;
        if (rest != 0)
        {
            f.Join = new Join(f.Pc + 1, f.Frame, f.Mask, f.Join);
            _fragments.Add(new Fragment { Frame = f.Frame, Pc = f.Pc + 1, Mask = rest, Join = f.Join });
            f.Mask = active;
        }
    }

    // At its join. True if all have come and the fragment goes on for them.
    private bool Arrive(Fragment f)
    {
        _sinceArrival = 0;
        Join join = f.Join!;
        join.Arrived |= f.Mask;
        f.State = FragmentState.AtJoin;
        return TryMeet(f);
    }

    private bool TryMeet(Fragment f)
    {
        Join join = f.Join!;
        if ((join.Expected & Alive & ~join.Arrived) != 0)
        {
            return false;
        }

        _fragments.RemoveAll(other => other != f && other.Join == join && other.State == FragmentState.AtJoin);
        f.Mask = join.Arrived & Alive;
        f.Join = join.Parent;
        f.State = FragmentState.Ready;
        return true;
    }

    private bool Exit(Fragment f, uint active)
    {
        Alive &= ~active;
        f.Mask &= ~active;
        for (Frame? frame = f.Frame; frame is not null; frame = frame.Caller)
        {
            frame.Live &= ~active;
        }

        if (f.Mask == 0)
        {
            _fragments.Remove(f);
            f.State = FragmentState.AtJoin;
        }

        // Those who waited for the lanes that exited need not any more.
        for (int i = 0; i < _fragments.Count; i++)
        {
            if (_fragments[i].State == FragmentState.AtJoin)
            {
                TryMeet(_fragments[i]);
            }
        }

        RetryCollectives();
        Block.Barriers.WarpChanged();
        if (f.Mask == 0)
        {
            return false;
        }

        f.Pc++;
        return true;
    }

    private void BranchTable(Fragment f, Op* op, uint active)
    {
        Frame frame = f.Frame;
        if ((frame.Undefined[op->AU] & active) != 0)
        {
            UseOfUndefined(frame, op, op->AU, active, "the index of a branch");
        }

        int[] targets = frame.Code.Extras[op->Extra].Targets;
        uint mask = f.Mask, rest = active;
        uint* index = (uint*)(frame.Registers + op->A);
        var ways = new List<(int Target, uint Lanes)>();
        for (; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            if (index[lane] >= targets.Length)
            {
                throw Fault(EmulatorFaultKind.BadTarget, op, lane, $"branch index {index[lane]} of {targets.Length} targets");
            }

            int target = targets[index[lane]], at = ways.FindIndex(way => way.Target == target);
            if (at < 0)
            {
                ways.Add((target, 1u << lane));
            }
            else
            {
                ways[at] = (target, ways[at].Lanes | (1u << lane));
            }
        }

        if ((mask & ~active) != 0)
        {
            ways.Add((f.Pc + 1, mask & ~active));
        }

        for (int i = 1; i < ways.Count; i++)
        {
            Diverge(f, op, mask, ways[i].Target, ways[i].Lanes);
        }

        f.Pc = ways[0].Target;
        f.Mask = ways[0].Lanes;
    }

    private void Call(Fragment f, Op* op)
    {
        Frame frame = f.Frame;
        OpExtra extra = frame.Code.Extras[op->Extra];
        CodeFunction callee = extra.Callee ?? IndirectCallee(f, op);
        if (frame.Depth + 1 >= MaxDepth || frame.LocalEnd > MaxLocalBytes)
        {
            throw Fault(EmulatorFaultKind.StackOverflow, op, BitOperations.TrailingZeroCount(f.Mask), $"{frame.Depth + 1} nested calls with {frame.LocalEnd} bytes of local memory");
        }

        if (callee.ParameterOffsets.Length != extra.Arguments.Length || callee.ResultOffsets.Length < extra.Results.Length)
        {
            throw Fault(EmulatorFaultKind.BadTarget, op, BitOperations.TrailingZeroCount(f.Mask), $"'{callee.Source.Name}' has other parameters than the call");
        }

        Frame inner = Rent(callee);
        inner.Enter(frame, f.Pc + 1, f.Join, f.Mask);
        FillSpecials(inner);
        EnsureLocal(inner.LocalEnd);
        MarkLocal(inner.LocalBase, inner.LocalEnd, f.Mask);
        for (int i = 0; i < extra.Arguments.Length; i++)
        {
            int bytes = Math.Min(extra.Arguments[i].Bytes, (int)callee.Source.Parameters[i].Size);
            CopyLocal(frame.LocalBase + extra.Arguments[i].Offset, inner.LocalBase + callee.ParameterOffsets[i], bytes, f.Mask);
        }

        f.Frame = inner;
        f.Join = new Join(callee.Epilogue, inner, f.Mask, null);
        f.Pc = 0;
    }

    // One callee goes on; lanes with others execute the call by themselves.
    private CodeFunction IndirectCallee(Fragment f, Op* op)
    {
        Frame frame = f.Frame;
        if ((frame.Undefined[op->AU] & f.Mask) != 0)
        {
            UseOfUndefined(frame, op, op->AU, f.Mask, "the target of a call");
        }

        ulong* handles = (ulong*)(frame.Registers + op->A);
        int first = BitOperations.TrailingZeroCount(f.Mask);
        uint same = 0;
        for (uint rest = f.Mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            same |= handles[lane] == handles[first] ? 1u << lane : 0;
        }

        if (same != f.Mask)
        {
            // The others come back to this call; all meet behind it.
            f.Join = new Join(f.Pc + 1, frame, f.Mask, f.Join);
            _fragments.Add(new Fragment { Frame = frame, Pc = f.Pc, Mask = f.Mask & ~same, Join = f.Join });
            f.Mask = same;
        }

        string name = Block.Kernel.Image.FunctionOf(handles[first])
            ?? throw Fault(EmulatorFaultKind.BadTarget, op, first, $"0x{handles[first]:x} is the address of no function");
        lock (Block.Kernel)
        {
            return Block.Kernel.Function(name);
        }
    }

    private void Return(Fragment f)
    {
        Frame frame = f.Frame, caller = frame.Caller!;
        OpExtra call = caller.Code.Extras[caller.Code.Ops[frame.ReturnPc - 1].Extra];
        for (int i = 0; i < call.Results.Length; i++)
        {
            int bytes = Math.Min(call.Results[i].Bytes, (int)frame.Code.Source.Results[i].Size);
            CopyLocal(frame.LocalBase + frame.Code.ResultOffsets[i], caller.LocalBase + call.Results[i].Offset, bytes, f.Mask);
        }

        f.Frame = caller;
        f.Pc = frame.ReturnPc;
        f.Join = frame.CallerJoin;
        frame.Live &= ~f.Mask;
        if (frame.Live == 0)
        {
            _frames[frame.Code].Push(frame);
        }
    }

    private Frame Rent(CodeFunction code)
    {
        if (!_frames.TryGetValue(code, out Stack<Frame>? free))
        {
            _frames.Add(code, free = new Stack<Frame>());
        }

        if (!free.TryPop(out Frame? frame))
        {
            frame = new Frame(code);
            _allFrames.Add(frame);
        }

        return frame;
    }

    /// <summary>After a block: all frames are free again.</summary>
    public void RecycleFrames()
    {
        foreach (Stack<Frame> free in _frames.Values)
        {
            free.Clear();
        }

        _allFrames.ForEach(frame => _frames[frame.Code].Push(frame));
    }

    private void FillSpecials(Frame frame)
    {
        foreach ((Slot slot, string name) in frame.Code.Specials)
        {
            for (int lane = 0; lane < Lanes.Count; lane++)
            {
                Write(frame, slot, lane, Special(name, lane));
            }
        }
    }

    private uint Special(string name, int lane)
    {
        Dim3 thread = Block.ThreadAt((Index * Lanes.Count) + lane), block = Block.Index, grid = Block.Shape.Grid, shape = Block.Shape.Block;
        return name switch
        {
            "%tid.x" => (uint)thread.X,
            "%tid.y" => (uint)thread.Y,
            "%tid.z" => (uint)thread.Z,
            "%ntid.x" => (uint)shape.X,
            "%ntid.y" => (uint)shape.Y,
            "%ntid.z" => (uint)shape.Z,
            "%ctaid.x" => (uint)block.X,
            "%ctaid.y" => (uint)block.Y,
            "%ctaid.z" => (uint)block.Z,
            "%nctaid.x" => (uint)grid.X,
            "%nctaid.y" => (uint)grid.Y,
            "%nctaid.z" => (uint)grid.Z,
            "%laneid" => (uint)lane,
            "%warpid" => (uint)Index,
            "%nwarpid" => (uint)Block.WarpCount,
            "%nsmid" => 1,
            "%lanemask_eq" => 1u << lane,
            "%lanemask_lt" => (1u << lane) - 1,
            "%lanemask_le" => (uint)((2ul << lane) - 1),
            "%lanemask_gt" => ~(uint)((2ul << lane) - 1),
            "%lanemask_ge" => ~((1u << lane) - 1),
            "%dynamic_smem_size" => (uint)Block.Shape.DynamicSharedBytes,
            "%total_smem_size" => (uint)Block.SharedBytes,
            _ => 0,
        };
    }
}
