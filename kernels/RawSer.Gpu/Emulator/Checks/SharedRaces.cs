using System.Numerics;

namespace RawSer.Gpu.Emulator;

/// <summary>
/// Finds accesses to shared memory that nothing orders, by vector clocks (Flanagan and Freund, "FastTrack", 2009): each warp has a clock and
/// knows up to which time of every other warp it has synchronised; each byte remembers its last writer and two readers. Barriers, and fences
/// around strong accesses (volatile, relaxed, atomic), pass the knowledge on. Within a warp, barriers order lanes; that is checked only if
/// asked for. Bytes are kept by words of four until something accesses a part of one.
/// </summary>
internal sealed unsafe class SharedRaces
{
    private const ulong Plain = 0, Strong = 1, Async = 2;
    private readonly int _warps;
    private readonly bool _lanes;
    private readonly Block _block;
    private readonly ulong[] _writes;
    private readonly ulong[] _readsA;
    private readonly ulong[] _readsB;
    private readonly bool[] _split;
    private readonly ulong[][] _clocks;
    private readonly ulong[][] _fenced;
    private readonly ulong[][] _pending;
    private readonly ulong[] _fullSync;
    private readonly ulong[,,] _laneSync;
    private readonly Dictionary<int, ulong[]> _variables = [];
    private ulong _access;

    public SharedRaces(Block block, int bytes, int warps, bool lanes)
    {
        (_block, _warps, _lanes) = (block, warps, lanes);
        _writes = new ulong[bytes + 4];
        _readsA = new ulong[bytes + 4];
        _readsB = new ulong[bytes + 4];
        _split = new bool[(bytes / 4) + 1];
        _clocks = Vectors();
        _fenced = Vectors();
        _pending = Vectors();
        _fullSync = new ulong[warps];
        _laneSync = new ulong[lanes ? warps : 0, Lanes.Count, Lanes.Count];
        Reset();

        ulong[][] Vectors() => [.. Enumerable.Range(0, warps).Select(_ => new ulong[warps])];
    }

    public void Reset()
    {
        Array.Clear(_writes);
        Array.Clear(_readsA);
        Array.Clear(_readsB);
        Array.Clear(_split);
        Array.Clear(_fullSync);
        Array.Clear(_laneSync);
        _variables.Clear();
        for (int warp = 0; warp < _warps; warp++)
        {
            Array.Clear(_clocks[warp]);
            Array.Clear(_fenced[warp]);
            Array.Clear(_pending[warp]);
            _clocks[warp][warp] = 1;
        }
    }

    public void Read(Warp warp, Op* op, uint mask, byte** pointers, int size, bool strong)
    {
        _access++;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest), from = (int)(pointers[lane] - _block.Shared);
            ulong record = Record(warp.Index, lane, strong ? Strong : Plain);
            for (int at = from, step; at < from + size; at += step)
            {
                step = Step(at, size);
                ulong write = _writes[at];
                if (write != 0 && !MayFollow(write, record, warp.Index, lane))
                {
                    throw Race(warp, op, lane, at, write, "writes", "reads");
                }

                if (SameWarp(_readsA[at], record))
                {
                    _readsA[at] = record;
                }
                else
                {
                    _readsB[at] = _readsA[at];
                    _readsA[at] = record;
                }
            }

            if (strong)
            {
                Acquire(warp.Index, from);
            }
        }
    }

    public void Write(Warp warp, Op* op, uint mask, byte** pointers, int size, bool strong) =>
        WriteAs(warp, op, mask, pointers, size, strong ? Strong : Plain);

    public void Atomic(Warp warp, Op* op, uint mask, byte** pointers, int size)
    {
        WriteAs(warp, op, mask, pointers, size, Strong);
        for (; mask != 0; mask &= mask - 1)
        {
            Acquire(warp.Index, (int)(pointers[BitOperations.TrailingZeroCount(mask)] - _block.Shared));
        }
    }

    /// <summary>A copy begins: it writes until it is waited for.</summary>
    public void AsyncBegin(Warp warp, Op* op, uint mask, byte** pointers, int size) => WriteAs(warp, op, mask, pointers, size, Async);

    /// <summary>Its thread has waited.</summary>
    public void AsyncEnd(Warp warp, int lane, int offset, int size)
    {
        _access++;
        for (int at = offset, step; at < offset + size; at += step)
        {
            step = Step(at, size);
            _writes[at] = Record(warp.Index, lane, Plain);
        }
    }

    /// <summary>membar, fence: what was read before by strong accesses is known now; what is written by them later carries what is known.</summary>
    public void Fence(int warp)
    {
        Join(_clocks[warp], _pending[warp]);
        _clocks[warp].CopyTo(_fenced[warp], 0);
        _clocks[warp][warp]++;
    }

    /// <summary>bar.warp.sync of some lanes.</summary>
    public void WarpSync(Warp warp, uint mask)
    {
        ulong now = _clocks[warp.Index][warp.Index]++;
        if (mask == warp.Alive)
        {
            _fullSync[warp.Index] = now;
        }
        else if (_lanes)
        {
            for (uint rest = mask; rest != 0; rest &= rest - 1)
            {
                int to = BitOperations.TrailingZeroCount(rest);
                for (uint others = mask; others != 0; others &= others - 1)
                {
                    _laneSync[warp.Index, to, BitOperations.TrailingZeroCount(others)] = now;
                }
            }
        }
    }

    /// <summary>A warp arrives at a barrier: adds what it knows.</summary>
    public void BarrierArrive(Warp warp, ulong[] known, uint mask)
    {
        Join(known, _clocks[warp.Index]);
        WarpSync(warp, mask);
    }

    /// <summary>A warp leaves a barrier: knows what all knew that arrived.</summary>
    public void BarrierLeave(Warp warp, ulong[] known) => Join(_clocks[warp.Index], known);

    private void WriteAs(Warp warp, Op* op, uint mask, byte** pointers, int size, ulong kind)
    {
        _access++;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest), from = (int)(pointers[lane] - _block.Shared);
            ulong record = Record(warp.Index, lane, kind);
            for (int at = from, step; at < from + size; at += step)
            {
                step = Step(at, size);
                CheckWrite(warp, op, lane, at, record);
                _writes[at] = record;
                _readsA[at] = 0;
                _readsB[at] = 0;
            }

            if (kind == Strong)
            {
                Release(warp.Index, from);
            }
        }
    }

    private void CheckWrite(Warp warp, Op* op, int lane, int at, ulong record)
    {
        ulong write = _writes[at], a = _readsA[at], b = _readsB[at];
        if (write != 0 && !MayFollow(write, record, warp.Index, lane))
        {
            throw Race(warp, op, lane, at, write, "writes", "writes");
        }

        if (a != 0 && !MayFollow(a, record, warp.Index, lane))
        {
            throw Race(warp, op, lane, at, a, "reads", "writes");
        }

        if (b != 0 && !MayFollow(b, record, warp.Index, lane))
        {
            throw Race(warp, op, lane, at, b, "reads", "writes");
        }
    }

    // How many bytes the record at a place stands for.
    private int Step(int at, int size)
    {
        int word = at >> 2;
        if (_split[word])
        {
            return 1;
        }

        if (size >= 4)
        {
            return 4;
        }

        _split[word] = true;
        int first = word * 4;
        for (int i = 1; i < 4; i++)
        {
            _writes[first + i] = _writes[first];
            _readsA[first + i] = _readsA[first];
            _readsB[first + i] = _readsB[first];
        }

        return 1;
    }

    // A record: kind in 2 bits, thread in 11, number of the access in 19, the warp's clock in 32.
    private ulong Record(int warp, int lane, ulong kind) =>
        kind | (((ulong)((warp * Lanes.Count) + lane) + 1) << 2) | ((_access & 0x7FFFF) << 13) | (_clocks[warp][warp] << 32);

    private static int ThreadOf(ulong record) => (int)((record >> 2) & 0x7FF) - 1;

    private static bool SameWarp(ulong a, ulong b) => ThreadOf(a) >> 5 == ThreadOf(b) >> 5;

    // The access of a record made earlier may precede one of this thread now.
    private bool MayFollow(ulong earlier, ulong now, int warp, int lane)
    {
        if ((earlier & 3) == Async && ((earlier ^ now) & 0xFFFF_E000) != 0)
        {
            return false;
        }

        int thread = ThreadOf(earlier);
        if (thread == ThreadOf(now) || ((earlier & 3) == Strong && (now & 3) == Strong))
        {
            return true;
        }

        ulong clock = earlier >> 32;
        if (thread >> 5 != warp)
        {
            return _clocks[warp][thread >> 5] >= clock;
        }

        bool sameInstruction = ((earlier ^ now) & 0xFFFF_E000) == 0;
        return !_lanes || sameInstruction || _fullSync[warp] >= clock || _laneSync[warp, lane, thread & 31] >= clock;
    }

    private void Release(int warp, int at)
    {
        if (!_variables.TryGetValue(at, out ulong[]? known))
        {
            _variables.Add(at, known = new ulong[_warps]);
        }

        Join(known, _fenced[warp]);
    }

    private void Acquire(int warp, int at)
    {
        if (_variables.TryGetValue(at, out ulong[]? known))
        {
            Join(_pending[warp], known);
        }
    }

    private static void Join(ulong[] into, ulong[] from)
    {
        for (int i = 0; i < into.Length; i++)
        {
            into[i] = Math.Max(into[i], from[i]);
        }
    }

    private static EmulatorFaultException Race(Warp warp, Op* op, int lane, int at, ulong other, string before, string now)
    {
        string what = (other & 3) == Async ? "copies by cp.async, not waited for," : before;
        return warp.Fault(EmulatorFaultKind.SharedRace, op, lane, $"it {now} shared byte {at}, which thread {ThreadOf(other)} {what} without anything that orders the two");
    }
}
