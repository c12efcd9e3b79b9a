using System.Numerics;
using System.Runtime.InteropServices;

namespace RawSer.Gpu.Emulator;

/// <summary>Addresses, loads and stores.</summary>
internal sealed unsafe partial class Warp
{
    /// <summary>Local memory of a thread.</summary>
    private const int MaxLocalBytes = 512 * 1024;

    // For each lane of the access at hand: where its bytes are, and their shadow (null: all defined).
    private readonly byte** _pointers;
    private readonly byte** _shadows;
    private readonly Allocation?[] _owners = new Allocation?[Lanes.Count];
    private uint _sharedLanes;
    private uint _globalLanes;
    private byte* _local;
    private int _localStride;

    private byte* LocalShadow => _local + ((long)_localStride * Lanes.Count);

    // Local memory and, behind it, its shadow: 0 or the origin of an undefined byte.
    private void EnsureLocal(int bytes)
    {
        if (bytes <= _localStride)
        {
            return;
        }

        int stride = Math.Max(256, (int)BitOperations.RoundUpToPowerOf2((uint)bytes));
        byte* grown = (byte*)NativeMemory.AlignedAlloc((nuint)((long)stride * Lanes.Count * 2), 64);
        for (int lane = 0; lane < Lanes.Count && _localStride > 0; lane++)
        {
            Buffer.MemoryCopy(_local + ((long)lane * _localStride), grown + ((long)lane * stride), stride, _localStride);
            Buffer.MemoryCopy(LocalShadow + ((long)lane * _localStride), grown + ((long)(lane + Lanes.Count) * stride), stride, _localStride);
        }

        NativeMemory.AlignedFree(_local);
        _local = grown;
        _localStride = stride;
    }

    private void MarkLocal(int from, int to, uint mask)
    {
        for (; mask != 0 && to > from; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            NativeMemory.Fill(LocalShadow + ((long)lane * _localStride) + from, (nuint)(to - from), (byte)Origin.Local);
        }
    }

    private void CopyLocal(int from, int to, int bytes, uint mask)
    {
        for (; mask != 0; mask &= mask - 1)
        {
            long lane = (long)BitOperations.TrailingZeroCount(mask) * _localStride;
            Buffer.MemoryCopy(_local + lane + from, _local + lane + to, bytes, bytes);
            Buffer.MemoryCopy(LocalShadow + lane + from, LocalShadow + lane + to, bytes, bytes);
        }
    }

    // Finds the bytes of each active lane, or throws.
    private void Resolve(Frame frame, Op* op, uint mask, int size, bool writes)
    {
        if ((frame.Undefined[op->AU] & mask) != 0)
        {
            UseOfUndefined(frame, op, op->AU, mask, "an address");
        }

        ulong* wide = (ulong*)(frame.Registers + op->A);
        uint* narrow = (uint*)wide;
        bool isNarrow = (op->Flags & AccessFlags.Address32) != 0;
        long immediate = op->Immediate;
        _sharedLanes = op->Space == StateSpace.Shared ? mask : 0;
        _globalLanes = op->Space == StateSpace.Global ? mask : 0;
        Allocation? last = null;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            ulong address = isNarrow ? (uint)(narrow[lane] + (uint)immediate) : wide[lane] + (ulong)immediate;
            if ((address & (uint)(size - 1)) != 0)
            {
                throw Fault(EmulatorFaultKind.Misaligned, op, lane, $"{size} bytes at 0x{address:x}, which is {address % (uint)size} modulo {size}");
            }

            StateSpace space = op->Space;
            if (space == StateSpace.Generic)
            {
                space = AddressSpaces.Of(address);
                address -= AddressSpaces.Window(space);
                _sharedLanes |= space == StateSpace.Shared ? 1u << lane : 0;
                _globalLanes |= space == StateSpace.Global ? 1u << lane : 0;
            }

            switch (space)
            {
                case StateSpace.Shared:
                    if (address >= (ulong)Block.SharedBytes || address + (uint)size > (ulong)Block.SharedBytes)
                    {
                        throw OutOfBounds(EmulatorFaultKind.SharedOutOfBounds, op, lane, address, size, $"the block has {Block.SharedBytes} bytes of shared memory");
                    }

                    _pointers[lane] = Block.Shared + address;
                    _shadows[lane] = Block.SharedShadow + address;
                    break;
                case StateSpace.Global:
                    if (last is null || address - last.Start >= (ulong)last.Size)
                    {
                        last = Block.Memory.Find(address);
                    }

                    if (last is null || address - last.Start + (uint)size > (ulong)last.Size)
                    {
                        throw OutOfBounds(EmulatorFaultKind.GlobalOutOfBounds, op, lane, address, size, DescribeGlobal(address));
                    }

                    _pointers[lane] = last.Data + (address - last.Start);
                    _shadows[lane] = last.Undefined == null ? null : last.Undefined + (address - last.Start);
                    _owners[lane] = last;
                    break;
                case StateSpace.Local:
                    if (address >= (ulong)frame.LocalEnd || address + (uint)size > (ulong)frame.LocalEnd)
                    {
                        throw OutOfBounds(EmulatorFaultKind.LocalOutOfBounds, op, lane, address, size, $"the thread has {frame.LocalEnd} bytes of local memory here");
                    }

                    _pointers[lane] = _local + ((long)lane * _localStride) + (long)address;
                    _shadows[lane] = LocalShadow + ((long)lane * _localStride) + (long)address;
                    break;
                default:
                    byte[] bank = space == StateSpace.Const ? Block.Kernel.Image.Constants : Block.Parameters;
                    if (writes)
                    {
                        throw Fault(EmulatorFaultKind.ConstWrite, op, lane, $"{size} bytes of {space} memory are written");
                    }

                    if (address >= (ulong)bank.Length || address + (uint)size > (ulong)bank.Length)
                    {
                        throw OutOfBounds(EmulatorFaultKind.ConstOutOfBounds, op, lane, address, size, $"{space} memory has {bank.Length} bytes");
                    }

                    _pointers[lane] = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(bank, (int)address);
                    _shadows[lane] = null;
                    break;
            }
        }
    }

    private string DescribeGlobal(ulong address) => AddressSpaces.Of(address) is var space and not StateSpace.Global
        ? $"the address lies in the window of {space} memory"
        : Block.Memory.Describe(address);

    private EmulatorFaultException OutOfBounds(EmulatorFaultKind kind, Op* op, int lane, ulong address, int size, string detail) =>
        Fault(kind, op, lane, $"{size} bytes at 0x{address:x}: {detail}");

    private void Load(Frame frame, Op* op, uint mask)
    {
        int size = op->Bytes * op->Count;
        Resolve(frame, op, mask, size, writes: false);
        if ((_sharedLanes | _globalLanes) != 0)
        {
            NoteReads(op, mask, size);
        }

        Slot[] slots = frame.Code.Extras[op->Extra].Slots;
        for (int i = 0; i < slots.Length; i++)
        {
            Slot slot = slots[i];
            int at = i * op->Bytes;
            byte* d = frame.Registers + slot.Offset;
            if (op->Bytes == 4 && slot.Width == 4)
            {
                for (uint rest = mask; rest != 0; rest &= rest - 1)
                {
                    int lane = BitOperations.TrailingZeroCount(rest);
                    ((uint*)d)[lane] = *(uint*)(_pointers[lane] + at);
                }
            }
            else
            {
                for (uint rest = mask; rest != 0; rest &= rest - 1)
                {
                    int lane = BitOperations.TrailingZeroCount(rest);
                    ulong value = ReadElement(_pointers[lane] + at, op->Bytes, op->Signed);
                    Write(frame, slot, lane, op->Choice == 16 ? (ushort)value : value);
                }
            }

            LoadShadows(frame, op, mask, slot, at);
        }
    }

    private static ulong ReadElement(byte* source, int bytes, bool signed) => bytes switch
    {
        1 => signed ? (ulong)(long)*(sbyte*)source : *source,
        2 => signed ? (ulong)(long)*(short*)source : *(ushort*)source,
        4 => signed ? (ulong)(long)*(int*)source : *(uint*)source,
        _ => *(ulong*)source,
    };

    private void LoadShadows(Frame frame, Op* op, uint mask, Slot slot, int at)
    {
        uint undefined = 0;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            byte* shadow = _shadows[lane];
            undefined |= shadow != null && IsMarked(shadow + at, op->Bytes) ? 1u << lane : 0;
        }

        frame.Undefined[slot.Number] &= ~mask;
        for (; undefined != 0; undefined &= undefined - 1)
        {
            int lane = BitOperations.TrailingZeroCount(undefined);
            byte bytes = 0, origin = 0;
            for (int i = 0; i < op->Bytes; i++)
            {
                byte mark = _shadows[lane][at + i];
                bytes |= mark != 0 ? (byte)(1 << i) : (byte)0;
                origin = mark != 0 ? mark : origin;
            }

            bool extends = op->Signed && (bytes >> (op->Bytes - 1) & 1) != 0;
            bytes = extends ? (byte)(bytes | (0xFF << op->Bytes)) : bytes;
            origin = (_globalLanes >> lane & 1) != 0 ? (byte)Origin.Global : (_sharedLanes >> lane & 1) != 0 ? (byte)Origin.Shared : origin;
            Definedness.Set(frame, slot.Number, lane, (byte)(bytes & ((1 << Math.Max(slot.Width, (byte)1)) - 1)), origin);
        }
    }

    private static bool IsMarked(byte* shadow, int bytes) => bytes switch
    {
        1 => *shadow != 0,
        2 => *(ushort*)shadow != 0,
        4 => *(uint*)shadow != 0,
        _ => *(ulong*)shadow != 0,
    };

    private void Store(Frame frame, Op* op, uint mask)
    {
        int size = op->Bytes * op->Count;
        Resolve(frame, op, mask, size, writes: true);
        if ((_sharedLanes | _globalLanes) != 0)
        {
            NoteWrites(op, mask, size);
        }

        Slot[] slots = frame.Code.Extras[op->Extra].Slots;
        for (int i = 0; i < slots.Length; i++)
        {
            Slot slot = slots[i];
            int at = i * op->Bytes;
            uint undefined = frame.Undefined[slot.Number] & mask;
            for (uint rest = mask; rest != 0; rest &= rest - 1)
            {
                int lane = BitOperations.TrailingZeroCount(rest);
                WriteElement(_pointers[lane] + at, op->Bytes, Read(frame, slot, lane));
                if (_shadows[lane] != null)
                {
                    WriteElement(_shadows[lane] + at, op->Bytes, 0);
                }
            }

            if (undefined != 0)
            {
                StoreUndefined(frame, op, undefined, slot, at);
            }

            if (_sharedLanes != 0 && Block.Races is not null)
            {
                CheckOverwritten(frame, op, mask & _sharedLanes, slot, at);
            }
        }
    }

    private static void WriteElement(byte* target, int bytes, ulong value)
    {
        switch (bytes)
        {
            case 1:
                *target = (byte)value;
                break;
            case 2:
                *(ushort*)target = (ushort)value;
                break;
            case 4:
                *(uint*)target = (uint)value;
                break;
            default:
                *(ulong*)target = value;
                break;
        }
    }

    // Lanes of one instruction that store different values to one place: which one stays is not defined.
    private void CheckOverwritten(Frame frame, Op* op, uint mask, Slot slot, int at)
    {
        ulong part = op->Bytes == 8 ? ulong.MaxValue : (1ul << (8 * op->Bytes)) - 1;
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            if (ReadElement(_pointers[lane] + at, op->Bytes, signed: false) != (Read(frame, slot, lane) & part))
            {
                throw Fault(EmulatorFaultKind.SharedRace, op, lane, $"lanes of one store write different values to shared byte {_pointers[lane] + at - Block.Shared}");
            }
        }
    }

    private void StoreUndefined(Frame frame, Op* op, uint undefined, Slot slot, int at)
    {
        for (; undefined != 0; undefined &= undefined - 1)
        {
            int lane = BitOperations.TrailingZeroCount(undefined);
            int bytes = Definedness.BytesOf(frame, slot.Number, lane) & ((1 << op->Bytes) - 1);
            if (bytes != 0 && ((_sharedLanes | _globalLanes) >> lane & 1) != 0)
            {
                UseOfUndefined(frame, op, slot.Number, 1u << lane, "a stored value");
            }

            for (int i = 0; i < op->Bytes && bytes != 0; i++)
            {
                _shadows[lane][at + i] = (bytes >> i & 1) != 0 ? frame.Origins[slot.Number] : (byte)0;
            }
        }
    }

    private void NoteReads(Op* op, uint mask, int size)
    {
        if (_sharedLanes != 0)
        {
            Block.Races?.Read(this, op, mask & _sharedLanes, _pointers, size, (op->Flags & AccessFlags.Strong) != 0);
        }

        if (_globalLanes != 0 && Block.TracksReadOnly)
        {
            NoteReadOnly(op, mask & _globalLanes, size, writes: false);
        }
    }

    private void NoteWrites(Op* op, uint mask, int size)
    {
        if (_sharedLanes != 0)
        {
            Block.Races?.Write(this, op, mask & _sharedLanes, _pointers, size, (op->Flags & AccessFlags.Strong) != 0);
        }

        if (_globalLanes != 0 && Block.TracksReadOnly)
        {
            NoteReadOnly(op, mask & _globalLanes, size, writes: true);
        }
    }

    // A byte that ld.global.nc reads must not be written by the launch, before or after.
    private void NoteReadOnly(Op* op, uint mask, int size, bool writes)
    {
        bool isReadOnly = (op->Flags & AccessFlags.ReadOnly) != 0;
        if (!writes && !isReadOnly)
        {
            return;
        }

        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            Allocation owner = _owners[lane]!;
            if (owner.Writes == null)
            {
                continue;
            }

            long offset = _pointers[lane] - owner.Data;
            byte* own = writes ? owner.Writes : owner.ReadOnlyReads, other = writes ? owner.ReadOnlyReads : owner.Writes;
            for (int i = 0; i < size; i++)
            {
                own[offset + i] = 1;
                if (other[offset + i] != 0)
                {
                    throw Fault(EmulatorFaultKind.ReadonlyWritten, op, lane, $"ld.global.nc and a store of one launch meet at 0x{owner.Start + (ulong)(offset + i):x}");
                }
            }
        }
    }

    private void IsSpace(Frame frame, Op* op, uint mask)
    {
        frame.Undefined[op->DU] &= ~mask;
        uint* d = (uint*)(frame.Registers + op->D);
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            bool holds = AddressSpaces.Of(((ulong*)(frame.Registers + op->A))[lane]) == op->Space;
            *d = holds ? *d | (1u << lane) : *d & ~(1u << lane);
        }
    }
}
