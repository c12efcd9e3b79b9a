using System.Numerics;

namespace RawSer.Gpu.Emulator;

/// <summary>Operations with more operands than the templates of <see cref="Lanes"/> have.</summary>
internal static unsafe class BitFields
{
    /// <summary>Modes of prmt, by <see cref="Op.Choice"/>; -1 is the general one.</summary>
    public static readonly string[] PermuteModes = ["f4e", "b4e", "rc8", "ecl", "ecr", "rc16"];

    public static void Logic(byte* registers, Op* op, uint mask)
    {
        uint* a = (uint*)(registers + op->A), b = (uint*)(registers + op->B), c = (uint*)(registers + op->C), d = (uint*)(registers + op->D);
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            d[lane] = Logic3.Apply(a[lane], b[lane], c[lane], (uint)op->Choice);
        }
    }

    public static void Insert32(byte* registers, Op* op, uint mask)
    {
        uint* a = (uint*)(registers + op->A), b = (uint*)(registers + op->B), d = (uint*)(registers + op->D);
        uint* position = (uint*)(registers + op->C), length = (uint*)(registers + op->Choice);
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            d[lane] = (uint)InsertField.Apply(a[lane], b[lane], position[lane], length[lane], 32);
        }
    }

    public static void Insert64(byte* registers, Op* op, uint mask)
    {
        ulong* a = (ulong*)(registers + op->A), b = (ulong*)(registers + op->B), d = (ulong*)(registers + op->D);
        uint* position = (uint*)(registers + op->C), length = (uint*)(registers + op->Choice);
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            d[lane] = InsertField.Apply(a[lane], b[lane], position[lane], length[lane], 64);
        }
    }

    public static void Permute(byte* registers, Op* op, uint mask)
    {
        uint* a = (uint*)(registers + op->A), b = (uint*)(registers + op->B), c = (uint*)(registers + op->C), d = (uint*)(registers + op->D);
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            uint selectors = op->Choice < 0 ? c[lane] : PermuteBytes.Selectors(PermuteModes[op->Choice], c[lane]);
            d[lane] = PermuteBytes.Apply(a[lane], b[lane], selectors);
        }
    }
}
