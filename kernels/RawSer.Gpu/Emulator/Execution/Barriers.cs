using System.Numerics;

namespace RawSer.Gpu.Emulator;

/// <summary>The sixteen barriers of a block.</summary>
internal sealed unsafe class Barriers(Block block, int warps)
{
    private readonly Barrier[] _barriers = [.. Enumerable.Range(0, 16).Select(_ => new Barrier(warps))];

    /// <summary>Forgets all arrivals.</summary>
    public void Reset() => Array.ForEach(_barriers, barrier => barrier.Clear());

    /// <summary>A fragment executes a barrier instruction. True if it goes on at once.</summary>
    public bool Arrive(Warp warp, Fragment fragment, Op* op)
    {
        int first = BitOperations.TrailingZeroCount(fragment.Mask);
        Frame frame = fragment.Frame;
        uint undefined = (frame.Undefined[op->AU] | frame.Undefined[op->BU] | frame.Undefined[op->CU]) & fragment.Mask;
        if (undefined != 0)
        {
            throw warp.Fault(EmulatorFaultKind.UninitialisedRegister, op, BitOperations.TrailingZeroCount(undefined), "a barrier's operand was never written");
        }

        uint id = ((uint*)(frame.Registers + op->A))[first];
        int count = op->Count == 0 ? -1 : ((int*)(frame.Registers + op->B))[first];
        if (id > 15 || count == 0 || count % Lanes.Count != 0 && count > 0)
        {
            throw warp.Fault(EmulatorFaultKind.BarrierDeadlock, op, first, $"barrier {id} for {count} threads: there are barriers 0 to 15, for multiples of 32 threads");
        }

        Barrier barrier = _barriers[id];
        CheckPlace(barrier, warp, op, first, (int)id);
        barrier.Count = count;
        barrier.Place = (nint)op;
        barrier.Places[warp.Index] = (nint)op;
        barrier.Lanes[warp.Index] |= fragment.Mask;
        var action = (BarrierAction)op->Choice;
        if (action >= BarrierAction.PopCount)
        {
            uint votes = *(uint*)(frame.Registers + op->C);
            votes = ((op->Flags & AccessFlags.Negated) != 0 ? ~votes : votes) & fragment.Mask;
            barrier.Votes += BitOperations.PopCount(votes);
            barrier.Voters += BitOperations.PopCount(fragment.Mask);
        }

        block.Races?.BarrierArrive(warp, barrier.Known, fragment.Mask);
        if (action != BarrierAction.Arrive)
        {
            fragment.State = FragmentState.AtBarrier;
            barrier.Waiting.Add((warp, fragment));
        }

        TryComplete(barrier);
        return action == BarrierAction.Arrive;
    }

    /// <summary>Threads have exited: they are not waited for.</summary>
    public void WarpChanged() => Array.ForEach(_barriers, TryComplete);

    /// <summary>True if only a part of the warp's threads has come to the barrier that a fragment waits at.</summary>
    public bool IsPartial(Warp warp, Fragment fragment)
    {
        Barrier? barrier = Array.Find(_barriers, barrier => barrier.Waiting.Contains((warp, fragment)));
        return barrier is not null && (warp.Alive & ~barrier.Lanes[warp.Index]) != 0;
    }

    private void CheckPlace(Barrier barrier, Warp warp, Op* op, int lane, int id)
    {
        Op* own = (Op*)barrier.Places[warp.Index], other = (Op*)barrier.Place;
        if (own != null && own != op && op->Signed && !barrier.HasWarp(warp))
        {
            throw warp.Fault(EmulatorFaultKind.DivergentBarrier, op, lane, $"lanes of one warp reach barrier {id} here and at line {own->Line}");
        }

        if (other != null && other != op && op->Count == 0 && op->Signed && block.ChecksStrictly)
        {
            throw warp.Fault(EmulatorFaultKind.DivergentBarrier, op, lane, $"threads of the block reach barrier {id} here and at line {other->Line}");
        }
    }

    private void TryComplete(Barrier barrier)
    {
        if (barrier.Place == 0)
        {
            return;
        }

        int arrived = 0, missing = 0;
        foreach (Warp warp in block.Warps)
        {
            if (barrier.Lanes[warp.Index] != 0 && (warp.Alive & ~barrier.Lanes[warp.Index]) == 0)
            {
                barrier.Arrived[warp.Index] = true;
            }

            arrived += barrier.Arrived[warp.Index] ? 1 : 0;
            missing += !barrier.Arrived[warp.Index] && warp.Alive != 0 ? 1 : 0;
        }

        bool complete = barrier.Count < 0 ? missing == 0 : arrived * Lanes.Count >= barrier.Count;
        if (complete)
        {
            Complete(barrier);
        }
    }

    private void Complete(Barrier barrier)
    {
        (int votes, int voters) = (barrier.Votes, barrier.Voters);
        (Warp Warp, Fragment Fragment)[] waiting = [.. barrier.Waiting];
        ulong[] known = [.. barrier.Known];
        barrier.Clear();
        foreach ((Warp warp, Fragment fragment) in waiting)
        {
            Op* op = fragment.Frame.Code.First + fragment.Pc;
            WriteResult(fragment, op, votes, voters);
            block.Races?.BarrierLeave(warp, known);
            fragment.State = FragmentState.Ready;
            fragment.Pc++;
        }
    }

    private static void WriteResult(Fragment fragment, Op* op, int votes, int voters)
    {
        Frame frame = fragment.Frame;
        var action = (BarrierAction)op->Choice;
        if (action == BarrierAction.PopCount)
        {
            for (uint rest = fragment.Mask; rest != 0; rest &= rest - 1)
            {
                ((uint*)(frame.Registers + op->D))[BitOperations.TrailingZeroCount(rest)] = (uint)votes;
            }
        }
        else if (action is BarrierAction.And or BarrierAction.Or)
        {
            bool holds = action == BarrierAction.And ? votes == voters : votes > 0;
            uint* d = (uint*)(frame.Registers + op->D);
            *d = holds ? *d | fragment.Mask : *d & ~fragment.Mask;
        }
        else
        {
            return;
        }

        frame.Undefined[op->DU] &= ~fragment.Mask;
    }

    private sealed class Barrier(int warps)
    {
        /// <summary>The last instruction that arrived, as an address; 0 if none has.</summary>
        public nint Place { get; set; }

        public nint[] Places { get; } = new nint[warps];

        public int Count { get; set; }

        /// <summary>Lanes of each warp that have come.</summary>
        public uint[] Lanes { get; } = new uint[warps];

        /// <summary>Warps of which all lanes have come.</summary>
        public bool[] Arrived { get; } = new bool[warps];

        public ulong[] Known { get; } = new ulong[warps];

        public List<(Warp Warp, Fragment Fragment)> Waiting { get; } = [];

        public int Votes { get; set; }

        public int Voters { get; set; }

        public bool HasWarp(Warp warp) => Arrived[warp.Index];

        public void Clear()
        {
            (Place, Count, Votes, Voters) = (0, 0, 0, 0);
            Array.Clear(Places);
            Array.Clear(Lanes);
            Array.Clear(Arrived);
            Array.Clear(Known);
            Waiting.Clear();
        }
    }
}
