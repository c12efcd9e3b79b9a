using System.Numerics;

namespace RawSer.Gpu.Tests.Compiler;

/// <content>Integers: arithmetic, shifts, widths, comparisons.</content>
public sealed partial class SemanticsTests
{
    private readonly struct Sums : IFunction<int, int>
    {
        public static int Apply(int a, int b) => unchecked(((a + b) * 3) - (a * b) + (-b) + ~a);
    }

    private readonly struct Quotients : IFunction<int, int>
    {
        public static int Apply(int a, int b) => b == 0 || (a == int.MinValue && b == -1) ? 17 : (a / b) + (a % b * 31);
    }

    private readonly struct ConstantQuotients : IFunction<int, int>
    {
        public static int Apply(int a, int b) => unchecked((a / 7) + (a / 10 * 3) + (a % 3) + (a / 16) + (a % 16 * 5) + (a / 641) + (a % 1000003) + (b / 2) + (a / 0x40000001) + (b % 12345));
    }

    private readonly struct ConstantUnsigned : IFunction<uint, uint>
    {
        public static uint Apply(uint a, uint b) => unchecked((a / 7) + (a / 10 * 3) + (a % 3) + (a / 16) + (a % 16 * 5) + (a / 641) + (b % 1000003) + (a / 0x7fffffff) + ((b & 0xffff) / 9) + ((b & 0xffff) % 11));
    }

    private readonly struct Shifts : IFunction<int, int>
    {
        public static int Apply(int a, int b) => unchecked((a << b) ^ (a >> b) ^ (a >>> b) ^ (int)((uint)a >> (b & 7)) ^ (1 << b));
    }

    private readonly struct Narrowing : IFunction<int, int>
    {
        public static int Apply(int a, int b) => unchecked((sbyte)a + ((byte)a * 3) + ((short)b * 5) + ((ushort)b * 7) + (char)a + (byte)(a + b) + (sbyte)(a * b));
    }

    private readonly struct Widening : IFunction<int, long>
    {
        public static long Apply(int a, int b) => unchecked((long)a * b + (uint)a * (long)(uint)b + (long)(uint)(a + b) + (a + b) + (long)((ulong)(uint)a << 3));
    }

    private readonly struct LongArithmetic : IFunction<long, long>
    {
        public static long Apply(long a, long b) => unchecked((a * b) + (a - b) + (a << (int)b) + (a >> (int)b) + (long)((ulong)a >> (int)b) + (int)a + (uint)b + (b == 0 || b == -1 ? 3 : (a / b) + (a % b)) + (a / 8) + (a % 8));
    }

    private readonly struct Comparisons : IFunction<int, int>
    {
        public static int Apply(int a, int b) =>
            (a < b ? 1 : 0) | (a <= b ? 2 : 0) | (a > b ? 4 : 0) | (a >= b ? 8 : 0) | (a == b ? 16 : 0) | (a != b ? 32 : 0) | ((uint)a < (uint)b ? 64 : 0) | ((uint)a >= (uint)b ? 128 : 0)
            | ((uint)a <= 5 ? 256 : 0) | ((uint)a > (uint)b ? 512 : 0) | (a > 0 && b > 0 ? 1024 : 0) | (a > 0 || b < 0 ? 2048 : 0) | (a > 0 ^ b > 0 ? 4096 : 0) | (!(a > 3) ? 8192 : 0);
    }

    private readonly struct BitCounts : IFunction<uint, int>
    {
        public static int Apply(uint a, uint b) => BitOperations.PopCount(a) + (BitOperations.LeadingZeroCount(b) * 64) + (BitOperations.TrailingZeroCount(a) * 4096) + (BitOperations.Log2(b) << 20)
            + (int)BitOperations.RotateLeft(a, (int)b) + (int)BitOperations.RotateRight(b, 5) + BitOperations.PopCount(((ulong)a << 32) | b);
    }

    private readonly struct Extrema : IFunction<int, long>
    {
        public static long Apply(int a, int b) => Math.Min(a, b) + ((long)Math.Max(a, b) << 8) + Math.Min((uint)a, (uint)b) + (Math.Abs((long)a) << 3) + Math.Clamp(a, -50, 50);
    }

    [Test]
    public void Integers()
    {
        Check<int, int, Sums>(Ints);
        Check<int, int, Quotients>(Ints);
        Check<int, int, ConstantQuotients>(Ints);
        Check<uint, uint, ConstantUnsigned>([.. Ints.Select(i => (uint)i)]);
        Check<int, int, Shifts>(Ints);
        Check<int, int, Narrowing>(Ints);
        Check<int, long, Widening>(Ints);
        Check<long, long, LongArithmetic>(Longs);
        Check<int, int, Comparisons>(Ints);
        Check<uint, int, BitCounts>([.. Ints.Select(i => (uint)i)]);
        Check<int, long, Extrema>(Ints);
    }
}
