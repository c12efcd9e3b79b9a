using System.Numerics;

namespace RawSer.Gpu.Emulator;

/// <summary>Atomic operations: the lanes take their turns in order. Launches that use them on global memory run block by block.</summary>
internal sealed unsafe partial class Warp
{
    private void Atomic(Frame frame, Op* op, uint mask)
    {
        Resolve(frame, op, mask, op->Bytes, writes: true);
        uint undefined = (frame.Undefined[op->BU] | frame.Undefined[op->CU]) & mask;
        if (undefined != 0)
        {
            UseOfUndefined(frame, op, (frame.Undefined[op->BU] & mask) != 0 ? op->BU : op->CU, mask, "an atomic operation");
        }

        if (_sharedLanes != 0)
        {
            Block.Races?.Atomic(this, op, mask & _sharedLanes, _pointers, op->Bytes);
        }

        if (_globalLanes != 0 && Block.TracksReadOnly)
        {
            NoteReadOnly(op, mask & _globalLanes, op->Bytes, writes: true);
        }

        var kind = (AtomicKind)op->Choice;
        var b = new Slot(op->B, op->BU, op->Width);
        var c = new Slot(op->C, op->CU, op->Width);
        Slot d = frame.Code.Extras[op->Extra].Slots[0];
        frame.Undefined[op->DU] &= ~mask;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            if (_shadows[lane] != null && IsMarked(_shadows[lane], op->Bytes))
            {
                MeetUndefined(op, lane, kind);
            }

            ulong old = ReadElement(_pointers[lane], op->Bytes, signed: false);
            ulong updated = Apply(kind, op->Bytes, old, Read(frame, b, lane), Read(frame, c, lane));
            WriteElement(_pointers[lane], op->Bytes, updated);
            Write(frame, d, lane, old);
        }
    }

    // An exchange may write what was never written; any other operation would use it.
    private void MeetUndefined(Op* op, int lane, AtomicKind kind)
    {
        if (kind != AtomicKind.Exchange)
        {
            EmulatorFaultKind fault = (_sharedLanes >> lane & 1) != 0 ? EmulatorFaultKind.UninitialisedShared
                : (_globalLanes >> lane & 1) != 0 ? EmulatorFaultKind.UninitialisedGlobal
                : EmulatorFaultKind.UninitialisedLocal;
            throw Fault(fault, op, lane, "an atomic operation on memory that was never written");
        }

        WriteElement(_shadows[lane], op->Bytes, 0);
    }

    private static ulong Apply(AtomicKind kind, int bytes, ulong old, ulong b, ulong c) => kind switch
    {
        AtomicKind.Add => old + b,
        AtomicKind.AddFloat => BitConverter.SingleToUInt32Bits(BitConverter.UInt32BitsToSingle((uint)old) + BitConverter.UInt32BitsToSingle((uint)b)),
        AtomicKind.AddDouble => BitConverter.DoubleToUInt64Bits(BitConverter.UInt64BitsToDouble(old) + BitConverter.UInt64BitsToDouble(b)),
        AtomicKind.AddHalf => HalfAdd<Float16>.Apply((ushort)old, (ushort)b),
        AtomicKind.AddHalfPair => PairBinary<HalfAdd<Float16>, HalfSame>.Apply((uint)old, (uint)b),
        AtomicKind.AddBFloat => HalfAdd<BFloat16>.Apply((ushort)old, (ushort)b),
        AtomicKind.AddBFloatPair => PairBinary<HalfAdd<BFloat16>, HalfSame>.Apply((uint)old, (uint)b),
        AtomicKind.MinSigned => bytes == 8 ? (ulong)Math.Min((long)old, (long)b) : (uint)Math.Min((int)old, (int)b),
        AtomicKind.MaxSigned => bytes == 8 ? (ulong)Math.Max((long)old, (long)b) : (uint)Math.Max((int)old, (int)b),
        AtomicKind.MinUnsigned => Math.Min(old, b),
        AtomicKind.MaxUnsigned => Math.Max(old, b),
        AtomicKind.And => old & b,
        AtomicKind.Or => old | b,
        AtomicKind.Xor => old ^ b,
        AtomicKind.Exchange => b,
        AtomicKind.CompareExchange => old == b ? c : old,
        AtomicKind.Increment => (uint)old >= (uint)b ? 0 : old + 1,
        AtomicKind.Decrement => (uint)old == 0 || (uint)old > (uint)b ? b : old - 1,
        _ => throw new InvalidOperationException($"atomic {kind}"),
    };
}
