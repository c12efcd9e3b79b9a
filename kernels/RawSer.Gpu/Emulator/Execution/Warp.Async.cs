using System.Numerics;

namespace RawSer.Gpu.Emulator;

/// <summary>
/// cp.async: the source is read at once, the destination is written when the thread waits for the group, so that a missing wait shows.
/// </summary>
internal sealed unsafe partial class Warp
{
    private readonly List<(int Lane, int Group, int Offset, byte[] Bytes)> _async = [];
    private readonly int[] _committed = new int[Lanes.Count];

    private void AsyncCopy(Frame frame, Op* op, uint mask)
    {
        if ((frame.Undefined[op->CU] & mask) != 0)
        {
            UseOfUndefined(frame, op, op->CU, mask, "the size of a copy");
        }

        int size = op->Bytes;
        uint* sizes = (uint*)(frame.Registers + op->C);
        uint reading = 0;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            reading |= sizes[lane] > 0 ? 1u << lane : 0;
        }

        // The sources, lane by lane, because each may be shorter than the copy.
        Op source = *op;
        (source.A, source.AU, source.Space, source.Immediate) = (op->B, op->BU, StateSpace.Global, frame.Code.Extras[op->Extra].Targets[0]);
        source.Flags = AccessFlags.None;
        byte[][] contents = new byte[Lanes.Count][];
        long offset = source.Immediate;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            contents[lane] = new byte[size];
            int bytes = (int)Math.Min(sizes[lane], (uint)size);
            ulong address = ((ulong*)(frame.Registers + op->B))[lane] + (ulong)offset;
            if ((address & (uint)(size - 1)) != 0)
            {
                throw Fault(EmulatorFaultKind.Misaligned, op, lane, $"cp.async of {size} bytes from 0x{address:x}");
            }

            for (int i = 0; i < bytes;)
            {
                int part = bytes - i >= 4 && i % 4 == 0 ? 4 : 1;
                source.Immediate = offset + i;
                Resolve(frame, &source, 1u << lane, part, writes: false);
                if (_shadows[lane] != null && (part == 4 ? IsMarked(_shadows[lane], 4) : *_shadows[lane] != 0))
                {
                    throw Fault(EmulatorFaultKind.UninitialisedGlobal, op, lane, $"cp.async of memory that was never written, at 0x{address + (uint)i:x}");
                }

                new ReadOnlySpan<byte>(_pointers[lane], part).CopyTo(contents[lane].AsSpan(i));
                i += part;
            }
        }

        Resolve(frame, op, mask, size, writes: true);
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            _async.Add((lane, _committed[lane], (int)(_pointers[lane] - Block.Shared), contents[lane]));
        }

        Block.Races?.AsyncBegin(this, op, mask, _pointers, size);
    }

    private void AsyncCommit(uint mask)
    {
        for (; mask != 0; mask &= mask - 1)
        {
            _committed[BitOperations.TrailingZeroCount(mask)]++;
        }
    }

    // Choice: so many of the latest groups may stay under way; -1 waits for all, committed or not.
    private void AsyncWait(Op* op, uint mask)
    {
        int kept = 0;
        for (int i = 0; i < _async.Count; i++)
        {
            var (lane, group, offset, bytes) = _async[i];
            bool done = (mask >> lane & 1) != 0 && (op->Choice < 0 || group < _committed[lane] - op->Choice);
            if (!done)
            {
                _async[kept++] = _async[i];
                continue;
            }

            bytes.CopyTo(new Span<byte>(Block.Shared + offset, bytes.Length));
            new Span<byte>(Block.SharedShadow + offset, bytes.Length).Clear();
            Block.Races?.AsyncEnd(this, lane, offset, bytes.Length);
        }

        _async.RemoveRange(kept, _async.Count - kept);
    }
}
