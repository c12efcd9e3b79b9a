using RawSer.Gpu.Dialect;

namespace RawSer.Gpu.Tests.Dialect;

/// <summary>All that indices have, in kernels and on the host.</summary>
public sealed class IndexTests
{
    [Kernel]
    private static void OneInt(ArrayView<long> results, int one)
    {
        var that = new KernelChecks(results);
        Index1D a = new(7 * one), b = 2 * one;
        that.Is(a.X, 7);
        that.Is(a.Size, 7);
        that.Is(a.LongSize, 7);
        that.Is((int)a.IndexType, 1);
        that.Is(a.IsFirst, false);
        that.Is((a - 7).IsFirst, true);
        that.Is(Index1D.Invalid.X, -1);
        that.Is(Index1D.One.X, 1);
        that.Is(Index1D.Zero.X, 0);
        that.Is(a.ToLongIndex().X, 7);
        LongIndex1D wide = a;
        that.Is(wide.X, 7);
        that.Is((uint)(b - a), 0xfffffffb);
        that.Is((a + b).X, 9);
        that.Is((a - b).X, 5);
        that.Is((a * b).X, 14);
        that.Is((a / b).X, 3);
        that.Is(Index1D.Add(a, b).X, 9);
        that.Is(a.Add(b).X, 9);
        that.Is(Index1D.Subtract(a, b).X, 5);
        that.Is(a.Subtract(b).X, 5);
        that.Is(Index1D.Multiply(a, b).X, 14);
        that.Is(Index1D.Divide(a, b).X, 3);
        that.Is(Index1D.Min(a, b).X, 2);
        that.Is(Index1D.Max(a, b).X, 7);
        that.Is(Index1D.Clamp(a, one, 5).X, 5);
        that.Is(Index1D.Clamp(-a, one, 5).X, 1);
        that.Is(a == b, false);
        that.Is(a != b, true);
        that.Is(a.Equals(b + 5), true);
        that.Is(b.InBounds(a), true);
        that.Is(a.InBounds(a), false);
        that.Is((b - 3).InBounds(a), false);
        that.Is(a.InBoundsInclusive(a), true);
        that.Is((a + 1).InBoundsInclusive(a), false);
        that.Is(b < a, true);
        that.Finish();
    }

    [Kernel]
    private static void TwoInts(ArrayView<long> results, int one)
    {
        var that = new KernelChecks(results);
        Index2D a = new(7 * one, 9 * one), b = (2 * one, 4 * one);
        that.Is(a, 7, 9);
        that.Is(b, 2, 4);
        that.Is(a.Size, 63);
        that.Is(new Index2D(100_000 * one).LongSize, 10_000_000_000);
        that.Is((int)a.IndexType, 2);
        that.Is(a.IsFirst, false);
        that.Is((a - new Index2D(7, 9)).IsFirst, true);
        that.Is((a - new Index2D(7, 8)).IsFirst, false);
        that.Is(Index2D.Invalid, -1, -1);
        that.Is(Index2D.One, 1, 1);
        that.Is(Index2D.Zero, 0, 0);
        that.Is(a.ToLongIndex(), 7, 9);
        (int x, int y) = a;
        that.Is(x, 7);
        that.Is(y, 9);
        (int X, int Y) tuple = a.ToValueTuple();
        that.Is(tuple.X, 7);
        that.Is(tuple.Y, 9);
        that.Is(a + b, 9, 13);
        that.Is(a - b, 5, 5);
        that.Is(a * b, 14, 36);
        that.Is(a / b, 3, 2);
        that.Is(Index2D.Add(a, b), 9, 13);
        that.Is(a.Add(b), 9, 13);
        that.Is(Index2D.Subtract(a, b), 5, 5);
        that.Is(a.Subtract(b), 5, 5);
        that.Is(Index2D.Multiply(a, b), 14, 36);
        that.Is(Index2D.Divide(a, b), 3, 2);
        that.Is(Index2D.Min(a, new Index2D(8, 4)), 7, 4);
        that.Is(Index2D.Max(a, new Index2D(8, 4)), 8, 9);
        that.Is(Index2D.Clamp(a, b, new Index2D(5, 20)), 5, 9);
        that.Is(Index2D.Clamp(new Index2D(-one, 3), b, new Index2D(5, 20)), 2, 4);
        that.Is(a == b, false);
        that.Is(a != b, true);
        that.Is(a.Equals(new Index2D(7, 9)), true);
        that.Is(a.Equals(new Index2D(7, 8)), false);
        that.Is(b.InBounds(a), true);
        that.Is(new Index2D(6, 9 * one).InBounds(a), false);
        that.Is(new Index2D(-one, 8).InBounds(a), false);
        that.Is(a.InBoundsInclusive(a), true);
        that.Is(new Index2D(8, one).InBoundsInclusive(a), false);
        that.Finish();
    }

    [Kernel]
    private static void ThreeInts(ArrayView<long> results, int one)
    {
        var that = new KernelChecks(results);
        Index3D a = new(7 * one, 9 * one, 12 * one), b = (2 * one, 4 * one, 5 * one);
        that.Is(a, 7, 9, 12);
        that.Is(b, 2, 4, 5);
        that.Is(new Index3D(a.XY, 3), 7, 9, 3);
        that.Is(new Index3D(3, a.YZ), 3, 9, 12);
        that.Is(a.Size, 756);
        that.Is(new Index3D(10_000 * one).LongSize, 1_000_000_000_000);
        that.Is((int)a.IndexType, 3);
        that.Is(a.IsFirst, false);
        that.Is((a - new Index3D(7, 9, 12)).IsFirst, true);
        that.Is((a - new Index3D(7, 9, 11)).IsFirst, false);
        that.Is(Index3D.Invalid, -1, -1, -1);
        that.Is(Index3D.One, 1, 1, 1);
        that.Is(Index3D.Zero, 0, 0, 0);
        that.Is(a.ToLongIndex(), 7, 9, 12);
        (int x, int y, int z) = a;
        that.Is(new Index3D(z, y, x), 12, 9, 7);
        (int X, int Y, int Z) tuple = a.ToValueTuple();
        that.Is(new Index3D(tuple.Z, tuple.Y, tuple.X), 12, 9, 7);
        that.Is(a + b, 9, 13, 17);
        that.Is(a - b, 5, 5, 7);
        that.Is(a * b, 14, 36, 60);
        that.Is(a / b, 3, 2, 2);
        that.Is(Index3D.Add(a, b), 9, 13, 17);
        that.Is(a.Add(b), 9, 13, 17);
        that.Is(Index3D.Subtract(a, b), 5, 5, 7);
        that.Is(a.Subtract(b), 5, 5, 7);
        that.Is(Index3D.Multiply(a, b), 14, 36, 60);
        that.Is(Index3D.Divide(a, b), 3, 2, 2);
        that.Is(Index3D.Min(a, new Index3D(8, 4, 13)), 7, 4, 12);
        that.Is(Index3D.Max(a, new Index3D(8, 4, 13)), 8, 9, 13);
        that.Is(Index3D.Clamp(a, b, new Index3D(5, 20, 11)), 5, 9, 11);
        that.Is(Index3D.Clamp(new Index3D(-one, 3, 6), b, a), 2, 4, 6);
        that.Is(a == b, false);
        that.Is(a != b, true);
        that.Is(a.Equals(new Index3D(7, 9, 12)), true);
        that.Is(a.Equals(new Index3D(7, 9, 13)), false);
        that.Is(b.InBounds(a), true);
        that.Is(new Index3D(6, 8, 12 * one).InBounds(a), false);
        that.Is(new Index3D(6, -one, 1).InBounds(a), false);
        that.Is(a.InBoundsInclusive(a), true);
        that.Is(new Index3D(8, one, 1).InBoundsInclusive(a), false);
        that.Finish();
    }

    [Kernel]
    private static void OneLong(ArrayView<long> results, int one)
    {
        const long Large = 5_000_000_000;
        var that = new KernelChecks(results);
        LongIndex1D a = new(Large * one), b = 2L * one;
        that.Is(a.X, Large);
        that.Is(a.Size, Large);
        that.Is((int)a.IndexType, 4);
        that.Is(a.IsFirst, false);
        that.Is((a - Large).IsFirst, true);
        that.Is(LongIndex1D.Invalid.X, -1);
        that.Is(LongIndex1D.One.X, 1);
        that.Is(LongIndex1D.Zero.X, 0);
        that.Is(b.ToIntIndex().X, 2);
        that.Is(((Index1D)b).X, 2);
        that.Is((long)a, Large);
        that.Is((long)(ulong)a, Large);
        that.Is((a + b).X, Large + 2);
        that.Is((a - b).X, Large - 2);
        that.Is((a * b).X, 2 * Large);
        that.Is((a / b).X, Large / 2);
        that.Is(LongIndex1D.Add(a, b).X, Large + 2);
        that.Is(a.Add(b).X, Large + 2);
        that.Is(LongIndex1D.Subtract(a, b).X, Large - 2);
        that.Is(a.Subtract(b).X, Large - 2);
        that.Is(LongIndex1D.Multiply(a, b).X, 2 * Large);
        that.Is(LongIndex1D.Divide(a, b).X, Large / 2);
        that.Is(LongIndex1D.Min(a, b).X, 2);
        that.Is(LongIndex1D.Max(a, b).X, Large);
        that.Is(LongIndex1D.Clamp(a, b, 5).X, 5);
        that.Is(LongIndex1D.Clamp(b, 3, a).X, 3);
        that.Is(a == b, false);
        that.Is(a != b, true);
        that.Is(a.Equals(b - 2 + Large), true);
        that.Is(b.InBounds(a), true);
        that.Is(a.InBounds(a), false);
        that.Is(a.InBoundsInclusive(a), true);
        that.Is((a + 1).InBoundsInclusive(a), false);
        that.Finish();
    }

    [Kernel]
    private static void TwoLongs(ArrayView<long> results, int one)
    {
        const long Large = 5_000_000_000;
        var that = new KernelChecks(results);
        LongIndex2D a = new(Large * one, 9 * one), b = (2L * one, 4L * one);
        that.Is(a, Large, 9);
        that.Is(b, 2, 4);
        that.Is(a.Size, 9 * Large);
        that.Is(new LongIndex2D(3L * one), 3, 3);
        that.Is((int)a.IndexType, 5);
        that.Is(a.IsFirst, false);
        that.Is((a - new LongIndex2D(Large, 9)).IsFirst, true);
        that.Is(LongIndex2D.Invalid, -1, -1);
        that.Is(LongIndex2D.One, 1, 1);
        that.Is(LongIndex2D.Zero, 0, 0);
        that.Is(b.ToIntIndex(), 2, 4);
        that.Is((Index2D)b, 2, 4);
        (long x, long y) = a;
        that.Is(new LongIndex2D(y, x), 9, Large);
        (long X, long Y) tuple = a.ToValueTuple();
        that.Is(new LongIndex2D(tuple.Y, tuple.X), 9, Large);
        that.Is(a + b, Large + 2, 13);
        that.Is(a - b, Large - 2, 5);
        that.Is(a * b, 2 * Large, 36);
        that.Is(a / b, Large / 2, 2);
        that.Is(LongIndex2D.Add(a, b), Large + 2, 13);
        that.Is(a.Add(b), Large + 2, 13);
        that.Is(LongIndex2D.Subtract(a, b), Large - 2, 5);
        that.Is(a.Subtract(b), Large - 2, 5);
        that.Is(LongIndex2D.Multiply(a, b), 2 * Large, 36);
        that.Is(LongIndex2D.Divide(a, b), Large / 2, 2);
        that.Is(LongIndex2D.Min(a, new LongIndex2D(8, 44)), 8, 9);
        that.Is(LongIndex2D.Max(a, new LongIndex2D(8, 44)), Large, 44);
        that.Is(LongIndex2D.Clamp(a, b, new LongIndex2D(5, 20)), 5, 9);
        that.Is(a == b, false);
        that.Is(a != b, true);
        that.Is(a.Equals(new LongIndex2D(Large, 9)), true);
        that.Is(a.Equals(new LongIndex2D(Large, 8)), false);
        that.Is(b.InBounds(a), true);
        that.Is(new LongIndex2D(6, 9 * one).InBounds(a), false);
        that.Is(a.InBoundsInclusive(a), true);
        that.Is(new LongIndex2D(8, 10 * one).InBoundsInclusive(a), false);
        that.Finish();
    }

    [Kernel]
    private static void ThreeLongs(ArrayView<long> results, int one)
    {
        const long Large = 5_000_000_000;
        var that = new KernelChecks(results);
        LongIndex3D a = new(Large * one, 9 * one, 12 * one), b = (2L * one, 4L * one, 5L * one);
        that.Is(a, Large, 9, 12);
        that.Is(b, 2, 4, 5);
        that.Is(new LongIndex3D(a.XY, 3), Large, 9, 3);
        that.Is(new LongIndex3D(3, a.YZ), 3, 9, 12);
        that.Is(new LongIndex3D(3L * one), 3, 3, 3);
        that.Is(a.Size, 108 * Large);
        that.Is((int)a.IndexType, 6);
        that.Is(a.IsFirst, false);
        that.Is((a - new LongIndex3D(Large, 9, 12)).IsFirst, true);
        that.Is(LongIndex3D.Invalid, -1, -1, -1);
        that.Is(LongIndex3D.One, 1, 1, 1);
        that.Is(LongIndex3D.Zero, 0, 0, 0);
        that.Is(b.ToIntIndex(), 2, 4, 5);
        that.Is((Index3D)b, 2, 4, 5);
        (long x, long y, long z) = a;
        that.Is(new LongIndex3D(z, y, x), 12, 9, Large);
        (long X, long Y, long Z) tuple = a.ToValueTuple();
        that.Is(new LongIndex3D(tuple.Z, tuple.Y, tuple.X), 12, 9, Large);
        that.Is(a + b, Large + 2, 13, 17);
        that.Is(a - b, Large - 2, 5, 7);
        that.Is(a * b, 2 * Large, 36, 60);
        that.Is(a / b, Large / 2, 2, 2);
        that.Is(LongIndex3D.Add(a, b), Large + 2, 13, 17);
        that.Is(a.Add(b), Large + 2, 13, 17);
        that.Is(LongIndex3D.Subtract(a, b), Large - 2, 5, 7);
        that.Is(a.Subtract(b), Large - 2, 5, 7);
        that.Is(LongIndex3D.Multiply(a, b), 2 * Large, 36, 60);
        that.Is(LongIndex3D.Divide(a, b), Large / 2, 2, 2);
        that.Is(LongIndex3D.Min(a, new LongIndex3D(8, 44, 1)), 8, 9, 1);
        that.Is(LongIndex3D.Max(a, new LongIndex3D(8, 44, 1)), Large, 44, 12);
        that.Is(LongIndex3D.Clamp(a, b, new LongIndex3D(5, 20, 11)), 5, 9, 11);
        that.Is(a == b, false);
        that.Is(a != b, true);
        that.Is(a.Equals(new LongIndex3D(Large, 9, 12)), true);
        that.Is(a.Equals(new LongIndex3D(Large, 9, 11)), false);
        that.Is(b.InBounds(a), true);
        that.Is(new LongIndex3D(6, 8, 12 * one).InBounds(a), false);
        that.Is(a.InBoundsInclusive(a), true);
        that.Is(new LongIndex3D(8, 1, 13 * one).InBoundsInclusive(a), false);
        that.Finish();
    }

    [Test]
    public void Indices_of_one_number()
    {
        KernelChecks.Run(OneInt);
        KernelChecks.Run(OneLong);
    }

    [Test]
    public void Indices_of_two_numbers()
    {
        KernelChecks.Run(TwoInts);
        KernelChecks.Run(TwoLongs);
    }

    [Test]
    public void Indices_of_three_numbers()
    {
        KernelChecks.Run(ThreeInts);
        KernelChecks.Run(ThreeLongs);
    }
}
