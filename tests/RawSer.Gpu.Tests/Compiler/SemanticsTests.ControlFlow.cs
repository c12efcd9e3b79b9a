namespace RawSer.Gpu.Tests.Compiler;

/// <content>Merges, loops, switches and returns.</content>
public sealed partial class SemanticsTests
{
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
}
