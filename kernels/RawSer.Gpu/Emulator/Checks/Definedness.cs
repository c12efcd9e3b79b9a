using System.Numerics;

namespace RawSer.Gpu.Emulator;

/// <summary>Where undefined bytes came from, which names the fault when they are used.</summary>
internal enum Origin : byte
{
    None,
    Register,
    Local,
    Shared,
    Global,
    Shuffle,
}

/// <summary>
/// How undefined bytes travel through registers. Compiled code copies padding and packs registers that were never written, so a read alone
/// is no fault: undefined bytes are followed until they decide something (a branch, an address) or leave the thread (a store to global or
/// shared memory).
/// </summary>
internal static unsafe class Definedness
{
    /// <summary>The fault that the use of such bytes is.</summary>
    public static EmulatorFaultKind KindOf(byte origin) => (Origin)origin switch
    {
        Origin.Local => EmulatorFaultKind.UninitialisedLocal,
        Origin.Shared => EmulatorFaultKind.UninitialisedShared,
        Origin.Global => EmulatorFaultKind.UninitialisedGlobal,
        Origin.Shuffle => EmulatorFaultKind.ShuffleInactive,
        _ => EmulatorFaultKind.UninitialisedRegister,
    };

    /// <summary>A bit per undefined byte of a register in a lane.</summary>
    public static byte BytesOf(Frame frame, int register, int lane) =>
        (frame.Undefined[register] >> lane & 1) == 0 ? (byte)0 : frame.Bytes[(register * Lanes.Count) + lane];

    /// <summary>Sets the undefined bytes of a register in a lane.</summary>
    public static void Set(Frame frame, int register, int lane, byte bytes, byte origin)
    {
        if (bytes == 0)
        {
            frame.Undefined[register] &= ~(1u << lane);
            return;
        }

        frame.Undefined[register] |= 1u << lane;
        frame.Bytes[(register * Lanes.Count) + lane] = bytes;
        frame.Origins[register] = origin;
    }

    /// <summary>Before an operation whose sources have undefined bytes in some lanes of the mask: what becomes of its destination.</summary>
    public static void Spread(Frame frame, Op* op, uint mask)
    {
        byte origin = OriginOf(frame, op, mask);
        int width = op->Width == 0 ? 1 : op->Width;
        byte all = (byte)((1 << width) - 1);
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            byte a = BytesOf(frame, op->AU, lane), b = BytesOf(frame, op->BU, lane), c = BytesOf(frame, op->CU, lane);
            byte result = (a | b | c) == 0 ? (byte)0 : (byte)(Travels(frame, op, lane, a, b, c, all) & all);
            Set(frame, op->DU, lane, result, origin);
        }
    }

    private static byte OriginOf(Frame frame, Op* op, uint mask)
    {
        int register = (frame.Undefined[op->AU] & mask) != 0 ? op->AU : (frame.Undefined[op->BU] & mask) != 0 ? op->BU : op->CU;
        return frame.Origins[register];
    }

    private static int Travels(Frame frame, Op* op, int lane, byte a, byte b, byte c, byte all)
    {
        switch (op->Travel)
        {
            case Travel.Bytewise:
                return a | b | c;
            case Travel.Select when c == 0:
                bool first = ((*(uint*)(frame.Registers + op->C) >> lane) & 1) != 0;
                return first != (op->Choice == 1) ? a : b;
            case Travel.Convert:
                return Convert(RawSer.Gpu.Emulator.Conversion.Unpack(op->Choice), a);
            case Travel.ShiftLeft when b == 0:
                return Shift(a, -(int)Math.Min(Word(frame, op->B, lane), 64));
            case Travel.ShiftRight when b == 0:
                return Shift(a, (int)Math.Min(Word(frame, op->B, lane), 64));
            case Travel.Extract when (b | c) == 0:
                int length = (int)(Word(frame, op->C, lane) & 255);
                int bytes = Math.Min(8, (length + 7) / 8);
                int moved = Shift(a, (int)(Word(frame, op->B, lane) & 255)) & ((1 << bytes) - 1);
                return moved != 0 && bytes < 8 ? moved | (0xFF << bytes & 0xFF) : moved;
            case Travel.Permute when c == 0 && op->Choice < 0:
                int permuted = 0, source = (a & 15) | (b << 4);
                uint selectors = Word(frame, op->C, lane);
                for (int i = 0; i < 4; i++)
                {
                    permuted |= (source >> (int)(selectors >> (4 * i) & 7) & 1) << i;
                }

                return permuted;
            default:
                return all;
        }
    }

    private static uint Word(Frame frame, int offset, int lane) => ((uint*)(frame.Registers + offset))[lane];

    // Bytes after a shift by bits; a byte that gets part of an undefined one is undefined.
    private static int Shift(byte bytes, int right)
    {
        int result = 0;
        for (int i = 0; i < 8; i++)
        {
            if ((bytes >> i & 1) != 0)
            {
                int low = (8 * i) - right, high = low + 7;
                for (int at = Math.Max(0, low >> 3); at <= Math.Min(7, high >> 3); at++)
                {
                    result |= 1 << at;
                }
            }
        }

        return result;
    }

    private static int Convert(Conversion conversion, byte a)
    {
        int from = conversion.From.Bits / 8;
        int low = a & ((1 << from) - 1);
        bool extends = conversion.From.IsSigned && conversion.Width / 8 > from && (low >> (from - 1) & 1) != 0;
        return extends ? low | (0xFF << from & 0xFF) : low;
    }
}
