using System.Numerics;

namespace RawSer.Gpu.Emulator;

/// <summary>add.cc, addc, sub.cc, subc: the carry is a predicate at <see cref="Op.Target"/>; for differences it means a borrow.</summary>
internal static unsafe class CarryOps
{
    public const int Subtracts = 1;
    public const int Uses = 2;
    public const int Sets = 4;

    public static void Add<T>(byte* registers, Op* op, uint mask)
        where T : unmanaged, IBinaryInteger<T>
    {
        T* a = (T*)(registers + op->A), b = (T*)(registers + op->B), d = (T*)(registers + op->D);
        uint* carry = (uint*)(registers + op->Target);
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            bool carryIn = (op->Choice & Uses) != 0 && (*carry >> lane & 1) != 0;
            T x = a[lane], y = b[lane], one = carryIn ? T.One : T.Zero, sum;
            bool carryOut;
            if ((op->Choice & Subtracts) != 0)
            {
                sum = unchecked(x - y - one);
                carryOut = x < y || (carryIn && x == y);
            }
            else
            {
                sum = unchecked(x + y + one);
                carryOut = sum < x || (carryIn && sum == x);
            }

            d[lane] = sum;
            if ((op->Choice & Sets) != 0)
            {
                *carry = carryOut ? *carry | (1u << lane) : *carry & ~(1u << lane);
            }
        }
    }
}

/// <summary>dp4a and dp2a. Choice: bit 0 a is signed, bit 1 b is signed, bit 2 the upper half of b.</summary>
internal static unsafe class DotProducts
{
    public static void Four(byte* registers, Op* op, uint mask) => Run(registers, op, mask, 4, 8, 0);

    public static void Two(byte* registers, Op* op, uint mask) => Run(registers, op, mask, 2, 16, (op->Choice & 4) != 0 ? 16 : 0);

    private static void Run(byte* registers, Op* op, uint mask, int count, int bits, int shift)
    {
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            uint a = ((uint*)(registers + op->A))[lane], b = ((uint*)(registers + op->B))[lane] >> shift;
            int sum = ((int*)(registers + op->C))[lane];
            for (int i = 0; i < count; i++)
            {
                sum += Part(a, i * bits, bits, (op->Choice & 1) != 0) * Part(b, i * 8, 8, (op->Choice & 2) != 0);
            }

            ((int*)(registers + op->D))[lane] = sum;
        }
    }

    private static int Part(uint value, int at, int bits, bool signed)
    {
        uint part = value << (32 - at - bits);
        return signed ? (int)part >> (32 - bits) : (int)(part >> (32 - bits));
    }
}
