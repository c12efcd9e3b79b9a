using System.Numerics;
using System.Runtime.CompilerServices;
using RawSer.Gpu.Compiler;

namespace RawSer.Gpu.Tests.Compiler;

/// <content>Structs, references, generics.</content>
public sealed partial class SemanticsTests
{
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
        Assert.That(error.Message, Does.Contain("LocalMemory.Allocate").And.Contain("SemanticsTests.Structs.cs:").And.Contain("IL_"));
    }
}
