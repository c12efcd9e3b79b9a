using System.Numerics;

namespace RawSer.Gpu.Emulator;

/// <content>What happens in registers alone and is no function of a lane: divisions, which fault; parts of registers; the clock.</content>
internal sealed unsafe partial class Warp
{
    private static void SetAll(Frame frame, Op* op, uint mask, uint value)
    {
        frame.Undefined[op->DU] &= ~mask;
        for (; mask != 0; mask &= mask - 1)
        {
            ((uint*)(frame.Registers + op->D))[BitOperations.TrailingZeroCount(mask)] = value;
        }
    }

    // Time is the number of instructions of the block.
    private void SetClock(Frame frame, Op* op, uint mask)
    {
        frame.Undefined[op->DU] &= ~mask;
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            if (op->Width == 8)
            {
                ((ulong*)(frame.Registers + op->D))[lane] = (ulong)Block.Steps;
            }
            else
            {
                ((uint*)(frame.Registers + op->D))[lane] = (uint)Block.Steps;
            }
        }
    }

    private void Divide(Frame frame, Op* op, uint mask)
    {
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            bool isZero = op->Width == 8 ? ((ulong*)(frame.Registers + op->B))[lane] == 0 : ((uint*)(frame.Registers + op->B))[lane] == 0;
            if (isZero && (frame.Undefined[op->BU] >> lane & 1) == 0)
            {
                throw Fault(EmulatorFaultKind.DivisionByZero, op, lane, "an integer is divided by zero");
            }
        }

        if (((frame.Undefined[op->AU] | frame.Undefined[op->BU]) & mask) == 0)
        {
            frame.Undefined[op->DU] &= ~mask;
        }
        else
        {
            Definedness.Spread(frame, op, mask);
        }

        op->Run(frame.Registers, op, mask);
    }

    // Packs parts into a register or takes it apart, with the undefined bytes.
    private static void Move(Frame frame, Op* op, uint mask)
    {
        OpExtra extra = frame.Code.Extras[op->Extra];
        Slot whole = extra.More[0];
        byte partBytes = (byte)((1 << op->Bytes) - 1);
        ulong partMask = op->Bytes == 8 ? ulong.MaxValue : (1ul << (8 * op->Bytes)) - 1;
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            if (op->Choice == 1)
            {
                ulong value = Read(frame, whole, lane);
                byte bytes = Definedness.BytesOf(frame, whole.Number, lane);
                for (int i = 0; i < extra.Slots.Length; i++)
                {
                    Slot part = extra.Slots[i];
                    Write(frame, part, lane, (value >> (8 * op->Bytes * i)) & partMask);
                    Definedness.Set(frame, part.Number, lane, (byte)((bytes >> (op->Bytes * i)) & partBytes), frame.Origins[whole.Number]);
                }
            }
            else
            {
                ulong value = 0;
                byte bytes = 0, origin = 0;
                for (int i = 0; i < extra.Slots.Length; i++)
                {
                    Slot part = extra.Slots[i];
                    value |= (Read(frame, part, lane) & partMask) << (8 * op->Bytes * i);
                    byte undefined = (byte)((Definedness.BytesOf(frame, part.Number, lane) & partBytes) << (op->Bytes * i));
                    bytes |= undefined;
                    origin = undefined != 0 ? frame.Origins[part.Number] : origin;
                }

                Write(frame, whole, lane, value);
                Definedness.Set(frame, whole.Number, lane, bytes, origin);
            }
        }
    }

    private static ulong Read(Frame frame, Slot slot, int lane) =>
        slot.Width == 8 ? ((ulong*)(frame.Registers + slot.Offset))[lane] : ((uint*)(frame.Registers + slot.Offset))[lane];

    private static void Write(Frame frame, Slot slot, int lane, ulong value)
    {
        if (slot.Width == 8)
        {
            ((ulong*)(frame.Registers + slot.Offset))[lane] = value;
        }
        else
        {
            ((uint*)(frame.Registers + slot.Offset))[lane] = (uint)value;
        }
    }
}
