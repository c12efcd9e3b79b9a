using System.Numerics;
using System.Runtime.CompilerServices;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Gpu.Tests.Compiler;

/// <summary>
/// The meaning of C#: each function runs as .NET code on the host and as PTX in the emulator, on the same inputs, and must give the
/// same bits.
/// </summary>
public sealed partial class SemanticsTests
{
    /// <summary>A function of two numbers.</summary>
    public interface IFunction<T, TResult>
        where T : unmanaged
        where TResult : unmanaged
    {
        /// <summary>The function.</summary>
        static abstract TResult Apply(T a, T b);
    }

    private static void Map<T, TResult, TFunction>(ArrayView<T> a, ArrayView<T> b, ArrayView<TResult> results)
        where T : unmanaged
        where TResult : unmanaged
        where TFunction : IFunction<T, TResult>
    {
        int i = Grid.GlobalIndex.X;
        if (i < results.IntLength)
        {
            results[i] = TFunction.Apply(a[i], b[i]);
        }
    }

    private static readonly int[] Ints = [0, 1, -1, 2, 7, -7, 31, 33, 100, -100, 255, 256, 65535, 65536, -32768, int.MaxValue, int.MinValue, int.MinValue + 1, 123456789, -987654321];
    private static readonly long[] Longs = [0, 1, -1, 5, -5, 255, 1L << 31, (1L << 31) - 1, -(1L << 31), 1L << 32, (1L << 32) - 1, long.MaxValue, long.MinValue, 1234567890123456789, -42];
    private static readonly float[] Floats =
    [
        0f, -0f, 1f, -1f, 0.5f, -0.5f, 1.5f, 2.5f, -2.5f, 3.75f, 1e-40f, -1e-40f, 1e10f, -1e10f, 3e9f, 2147483648f, 4294967296f, 1e20f, float.MaxValue, float.Epsilon,
        float.PositiveInfinity, float.NegativeInfinity, float.NaN, 16777217f, 0.1f,
    ];

    private static void Check<T, TResult, TFunction>(T[] values)
        where T : unmanaged
        where TResult : unmanaged
        where TFunction : IFunction<T, TResult>
    {
        var a = values.SelectMany(x => values.Select(_ => x)).ToArray();
        var b = values.SelectMany(_ => values).ToArray();
        var expected = a.Zip(b, TFunction.Apply).ToArray();
        foreach (var (sm, bounds) in ((int, bool)[])[(70, false), (80, false), (80, true)])
        {
            using var gpu = new Gpu(sm);
            var (viewA, viewB, results) = (gpu.Upload(a), gpu.Upload(b), gpu.Upload(new TResult[a.Length]));
            Kernel.Create<ArrayView<T>, ArrayView<T>, ArrayView<TResult>>(Map<T, TResult, TFunction>, new KernelOptions { DebugBounds = bounds }).Launch(gpu.Device, new LaunchShape((a.Length + 63) / 64, 64), viewA, viewB, results);
            var actual = gpu.Read(results);
            for (var i = 0; i < a.Length; i++)
            {
                if (!Same(actual[i], expected[i]))
                {
                    Assert.Fail($"{typeof(TFunction).Name}({a[i]}, {b[i]}) is {expected[i]} in .NET and {actual[i]} on sm_{sm}{(bounds ? " with checks of bounds" : "")}");
                }
            }
        }
    }

    /// <summary>Equal bits, or both NaN.</summary>
    private static bool Same<T>(T a, T b)
        where T : unmanaged =>
        a is float x && b is float y && float.IsNaN(x) && float.IsNaN(y) || EqualityComparer<T>.Default.Equals(a, b)
            && (a is not float f || b is not float g || BitConverter.SingleToInt32Bits(f) == BitConverter.SingleToInt32Bits(g));

    // ---- Integers -----------------------------------------------------------------------------------------------------------

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

    // ---- Floats -------------------------------------------------------------------------------------------------------------

    private readonly struct StackAtMerges : IFunction<int, int>
    {
        public static int Apply(int a, int b) => unchecked((a > b ? a - b : b * 2) + Twice(a < 0 ? -a : a) + (a == 3 ? b == 3 ? 1 : 2 : b > 0 && a > 0 || a < b ? 3 : 4) + (a++ * b--) + --a);

        private static int Twice(int x) => x + x;
    }

    private readonly struct Swaps : IFunction<int, int>
    {
        public static int Apply(int a, int b)
        {
            var (x, y, z) = (a, b, a ^ b);
            for (var i = 0; i < (b & 7); i++)
            {
                (x, y, z) = (y, z, x); // a cycle of phis
            }

            return unchecked((x * 5) + (y * 3) + z);
        }
    }

    private readonly struct LostCopy : IFunction<int, int>
    {
        public static int Apply(int a, int b)
        {
            int last, i = a & 3;
            do
            {
                last = i;
                i++;
            }
            while (i < (b & 15));

            return (last * 100) + i;
        }
    }

    private readonly struct Switches : IFunction<int, int>
    {
        public static int Apply(int a, int b)
        {
            var sum = 0;
            for (var i = 0; i < 4; i++)
            {
                sum += ((a + i) & 7) switch
                {
                    0 => b,
                    1 => -b,
                    2 => 10,
                    5 when b > 0 => 20,
                    6 => a,
                    _ => 30,
                };
                if (sum > 1000)
                {
                    continue;
                }

                if (sum < -1000)
                {
                    break;
                }

                sum ^= 1;
            }

            return sum;
        }
    }

    private readonly struct NestedLoops : IFunction<int, int>
    {
        public static int Apply(int a, int b)
        {
            var total = 0;
            for (var i = 0; i < 5; i++)
            {
                for (var j = i; j < (a & 7); j++)
                {
                    if (((i + j) & 3) == (b & 3))
                    {
                        goto next;
                    }

                    total += (i * j) + 1;
                }

                total = unchecked(total * 3);
            next:
                total++;
            }

            return total;
        }
    }

    /// <summary>Variables in memory that only a loop on one side of a branch stores, or only the other side, inside a loop and outside of one.</summary>
    private readonly struct LoopsInBranches : IFunction<int, int>
    {
        public static int Apply(int a, int b)
        {
            Pair p = new(a & 15, b & 15), q = new(1, 2);
            for (var round = 0; round < (a & 3) + 1; round++)
            {
                if ((b & 1) == 0)
                {
                    for (var i = 0; i < (a & 7); i++)
                    {
                        q.Add(p); // no store before the loop or behind it
                    }
                }

                p.X += q.X;
                if ((a & 2) == 0)
                {
                    while (p.X > 40)
                    {
                        p.X -= 17;
                        if ((p.X & 4) != 0)
                        {
                            continue;
                        }

                        do
                        {
                            q = q.Swapped;
                            p.X--;
                        }
                        while ((p.X & 3) != 0);
                    }
                }
                else
                {
                    q.Y = (short)(q.Y + round);
                }
            }

            return unchecked((p.X * 31) + (q.X * 7) + q.Y + (q.Flag ? 1000 : 0));
        }
    }

    private readonly struct EarlyReturns : IFunction<int, int>
    {
        public static int Apply(int a, int b)
        {
            for (var i = 0; i < 16; i++)
            {
                if ((i * i) > (a & 127))
                {
                    return Pick(i, b);
                }
            }

            return Pick(a, b);
        }

        private static int Pick(int x, int y)
        {
            if (x > y)
            {
                return x;
            }

            if (x == 7)
            {
                return 77;
            }

            return y & 255;
        }
    }

    private readonly struct Gcd : IFunction<int, int>
    {
        public static int Apply(int a, int b)
        {
            var (x, y) = ((uint)a, (uint)b);
            while (y != 0)
            {
                (x, y) = (y, x % y);
            }

            return (int)x;
        }
    }

    [Test]
    public void ControlFlow()
    {
        Check<int, int, StackAtMerges>(Ints);
        Check<int, int, Swaps>(Ints);
        Check<int, int, LostCopy>(Ints);
        Check<int, int, Switches>(Ints);
        Check<int, int, NestedLoops>(Ints);
        Check<int, int, LoopsInBranches>(Ints);
        Check<int, int, EarlyReturns>(Ints);
        Check<int, int, Gcd>(Ints);
    }

    // ---- Structs, references, generics --------------------------------------------------------------------------------------

    private struct Pair
    {
        public int X;
        public short Y;
        public bool Flag;

        public Pair(int x, int y)
        {
            X = x;
            Y = (short)y;
            Flag = x > y;
        }

        public void Add(in Pair other)
        {
            X += other.X;
            Y += other.Y;
            Flag ^= other.Flag;
        }

        public readonly Pair Swapped => new(Y, X);
    }

    private struct Nest
    {
        public Pair First;
        public Pair Second;
    }

    private readonly struct Structs : IFunction<int, int>
    {
        public static int Apply(int a, int b)
        {
            var nest = new Nest { First = new Pair(a, b), Second = new Pair(b, a) };
            ref var larger = ref nest.First;
            larger.Add(nest.Second);
            nest.Second = nest.First.Swapped;
            var copy = nest;
            copy.First.X++;
            Increase(ref copy.Second.X, out var old);
            return unchecked(nest.First.X + (nest.Second.Y * 3) + (nest.First.Flag ? 5 : 7) + copy.First.X + (copy.Second.X * 11) + old);
        }

        private static void Increase(ref int x, out int old)
        {
            old = x;
            x += 100;
        }
    }

    [InlineArray(6)]
    private struct Six
    {
        private int _first;
    }

    private readonly struct InlineArrays : IFunction<int, int>
    {
        public static int Apply(int a, int b)
        {
            var six = default(Six);
            for (var i = 0; i < 6; i++)
            {
                six[i] = (a >> i) + b;
            }

            var sum = 0;
            for (var i = 0; i < 6; i++)
            {
                sum = unchecked((sum * 3) + six[5 - i]);
            }

            return sum;
        }
    }

    private readonly struct LocalArrays : IFunction<int, int>
    {
        public static int Apply(int a, int b)
        {
            Span<int> values = stackalloc int[1];
            values[0] = a;
            return values[0] + b;
        }
    }

    private readonly struct TypeTests : IFunction<int, int>
    {
        public static int Apply(int a, int b) => Kind<int>() + (Kind<float>() * 10) + (Kind<Pair>() * 100) + Size<Nest>() + Generic(a) + (int)Generic((long)b) + Tile<Four>.Count;

        private static int Kind<T>()
        {
            if (typeof(T) == typeof(int))
            {
                return 1;
            }

            return typeof(T) == typeof(float) ? 2 : 3;
        }

        private static unsafe int Size<T>()
            where T : unmanaged => sizeof(T);

        private static T Generic<T>(T x)
            where T : INumber<T> => (x + T.One) * (x - T.One);
    }

    private interface IConstant
    {
        static virtual int Value => 3;
    }

    private readonly struct Four : IConstant
    {
        public static int Value => 4;
    }

    private readonly struct Defaulted : IConstant;

    private readonly struct Tile<TConstant>
        where TConstant : struct, IConstant
    {
        public static int Count => (TConstant.Value * 100) + Default<Defaulted>();

        private static int Default<T>()
            where T : struct, IConstant => T.Value;
    }

    [Test]
    public void StructsAndGenerics()
    {
        Check<int, int, Structs>(Ints);
        Check<int, int, InlineArrays>(Ints);
        Check<int, int, TypeTests>(Ints);
    }

    [Test]
    public void StackallocIsRefused()
    {
        var error = Assert.Throws<KernelCompileException>(() => Check<int, int, LocalArrays>(Ints));
        Assert.That(error.Message, Does.Contain("LocalMemory.Allocate").And.Contain("SemanticsTests.cs:").And.Contain("IL_"));
    }
}
