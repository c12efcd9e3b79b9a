using System.Numerics;

namespace RawSer.Gpu.Emulator;

/// <summary>ldmatrix and mma.</summary>
internal sealed unsafe partial class Warp
{
    // Lane 8 i + r gives the address of row r of matrix i; a row has 16 bytes.
    private void LoadMatrix(Frame frame, Op* op, uint present)
    {
        uint addressed = op->Count == 4 ? Lanes.Full : (1u << (8 * op->Count)) - 1;
        RequireAll(op, present);
        Resolve(frame, op, addressed, 16, writes: false);
        Block.Races?.Read(this, op, addressed, _pointers, 16, strong: false);
        Slot[] slots = frame.Code.Extras[op->Extra].Slots;
        for (int matrix = 0; matrix < op->Count; matrix++)
        {
            Slot slot = slots[matrix];
            for (int lane = 0; lane < Lanes.Count; lane++)
            {
                int group = lane >> 2, pair = 2 * (lane & 3);
                (int row0, int column0, int row1, int column1) = op->Choice == 1 ? (pair, group, pair + 1, group) : (group, pair, group, pair + 1);
                uint low = Element(matrix, row0, column0, out int undefined0), high = Element(matrix, row1, column1, out int undefined1);
                ((uint*)(frame.Registers + slot.Offset))[lane] = low | (high << 16);
                Definedness.Set(frame, slot.Number, lane, (byte)(undefined0 | (undefined1 << 2)), (byte)Origin.Shared);
            }
        }
    }

    private uint Element(int matrix, int row, int column, out int undefined)
    {
        int from = (8 * matrix) + row;
        byte* shadow = _shadows[from] + (2 * column);
        undefined = (shadow[0] != 0 ? 1 : 0) | (shadow[1] != 0 ? 2 : 0);
        return *(ushort*)(_pointers[from] + (2 * column));
    }

    private void RequireAll(Op* op, uint present)
    {
        if (present != Lanes.Full)
        {
            throw Fault(EmulatorFaultKind.DivergentShuffle, op, BitOperations.TrailingZeroCount(present), $"only lanes 0x{present:x8} of the warp execute it");
        }
    }

    private void Mma(Frame frame, Op* op)
    {
        RequireAll(op, Alive);
        OpExtra extra = frame.Code.Extras[op->Extra];
        MmaShape shape = MmaShape.At(op->Choice);
        double[] a = new double[shape.M * shape.K], b = new double[shape.K * MmaShape.N];
        uint undefinedRows = 0, undefinedColumns = 0;
        byte origin = 0;
        for (int lane = 0; lane < Lanes.Count; lane++)
        {
            for (int i = 0; i < shape.ElementsOfA; i++)
            {
                (int row, int column) = shape.A(lane, i);
                a[(row * shape.K) + column] = Element(frame, extra.More, extra.Types[1], lane, i, out bool undefined, ref origin);
                undefinedRows |= undefined ? 1u << row : 0;
            }

            for (int i = 0; i < shape.ElementsOfB; i++)
            {
                (int row, int column) = shape.B(lane, i);
                b[(row * MmaShape.N) + column] = Element(frame, extra.Third, extra.Types[2], lane, i, out bool undefined, ref origin);
                undefinedColumns |= undefined ? 1u << column : 0;
            }
        }

        for (int lane = 0; lane < Lanes.Count; lane++)
        {
            // All of a lane's results before any is written: the accumulator may be the destination.
            double[] results = new double[shape.ElementsOfC];
            int undefinedResults = 0;
            for (int i = 0; i < shape.ElementsOfC; i++)
            {
                (int row, int column) = MmaShape.C(lane, i);
                double sum = Element(frame, extra.Fourth, extra.Types[3], lane, i, out bool undefined, ref origin);
                for (int k = 0; k < shape.K; k++)
                {
                    sum += a[(row * shape.K) + k] * b[(k * MmaShape.N) + column];
                }

                results[i] = sum;
                undefinedResults |= undefined || (undefinedRows >> row & 1) != 0 || (undefinedColumns >> column & 1) != 0 ? 1 << i : 0;
            }

            StoreResults(frame, op, extra, lane, results, undefinedResults, origin);
        }
    }

    private static double Element(Frame frame, Slot[] registers, PtxType type, int lane, int element, out bool undefined, ref byte origin)
    {
        int perRegister = Math.Max(1, 32 / type.Bits), within = element % perRegister;
        Slot slot = registers[element / perRegister];
        byte bytes = Definedness.BytesOf(frame, slot.Number, lane);
        undefined = bytes != 0 && (bytes >> (within * type.Bytes) & ((1 << type.Bytes) - 1)) != 0;
        origin = undefined ? frame.Origins[slot.Number] : origin;
        ulong bits = Read(frame, slot, lane) >> (within * type.Bits);
        return (type.Kind, type.Bits) switch
        {
            ('f', 16) => Float16.ToSingle((ushort)bits),
            ('h', 16) => BFloat16.ToSingle((ushort)bits),
            ('t', _) => BitConverter.UInt32BitsToSingle((uint)bits & ~0x1FFFu),
            ('f', 32) => BitConverter.UInt32BitsToSingle((uint)bits),
            ('f', 64) => BitConverter.UInt64BitsToDouble(bits),
            ('s', 8) => (sbyte)bits,
            ('u', 8) => (byte)bits,
            _ => (int)bits,
        };
    }

    private static void StoreResults(Frame frame, Op* op, OpExtra extra, int lane, double[] results, int undefined, byte origin)
    {
        PtxType type = extra.Types[0];
        int perRegister = Math.Max(1, 32 / type.Bits);
        for (int i = 0; i < results.Length; i += perRegister)
        {
            Slot slot = extra.Slots[i / perRegister];
            ulong bits = 0;
            byte bytes = 0;
            for (int part = 0; part < perRegister; part++)
            {
                bits |= Encode(results[i + part], type, op->Signed) << (part * type.Bits);
                bytes |= (undefined >> (i + part) & 1) != 0 ? (byte)(((1 << type.Bytes) - 1) << (part * type.Bytes)) : (byte)0;
            }

            Write(frame, slot, lane, bits);
            Definedness.Set(frame, slot.Number, lane, bytes, origin);
        }
    }

    private static ulong Encode(double value, PtxType type, bool saturates) => (type.Kind, type.Bits) switch
    {
        ('f', 16) => Float16.FromDouble(value, RoundingMode.Nearest),
        ('f', 32) => BitConverter.SingleToUInt32Bits((float)value),
        ('f', 64) => BitConverter.DoubleToUInt64Bits(value),
        _ => saturates ? (uint)(int)Math.Clamp(value, int.MinValue, int.MaxValue) : (uint)(long)value,
    };
}
