using System.Runtime.CompilerServices;

namespace RawSer.Kernels;

/// <summary>
/// Four rows of three registers of any width: 12 accumulators, 3 registers of b and one broadcast element of a fill the 16 registers that
/// processors without AVX-512 have.
/// </summary>
internal readonly unsafe struct Tile<V> : ITile where V : unmanaged, ISimd<V>
{
    public static int Rows => 4;

    public static int Columns => 3 * V.Count;

    public static int Lanes => V.Count;

    public static void Multiply(nint depth, float* a, float* b, int* rows, int columns, float* c, nint stride, bool accumulate, Ahead ahead = default)
    {
        if (columns > 2 * V.Count)
        {
            Multiply3(depth, a, b, rows, columns - V.Count, c, stride, accumulate);
        }
        else if (columns > V.Count)
        {
            Multiply2(depth, a, b, rows, columns - V.Count, c, stride, accumulate);
        }
        else
        {
            Multiply1(depth, a, b, rows, c, stride, accumulate);
        }
    }

    private static void Multiply3(nint depth, float* a, float* b, int* rows, nint last, float* c, nint stride, bool accumulate)
    {
        V c00 = default, c01 = default, c02 = default;
        V c10 = default, c11 = default, c12 = default;
        V c20 = default, c21 = default, c22 = default;
        V c30 = default, c31 = default, c32 = default;
        for (nint k = 0; k < depth; k++)
        {
            float* row = b + rows[k];
            V b0 = V.Load(row), b1 = V.Load(row + V.Count), b2 = V.Load(row + last);
            V x = V.Create(a[0]);
            c00 = V.MultiplyAdd(x, b0, c00);
            c01 = V.MultiplyAdd(x, b1, c01);
            c02 = V.MultiplyAdd(x, b2, c02);
            x = V.Create(a[1]);
            c10 = V.MultiplyAdd(x, b0, c10);
            c11 = V.MultiplyAdd(x, b1, c11);
            c12 = V.MultiplyAdd(x, b2, c12);
            x = V.Create(a[2]);
            c20 = V.MultiplyAdd(x, b0, c20);
            c21 = V.MultiplyAdd(x, b1, c21);
            c22 = V.MultiplyAdd(x, b2, c22);
            x = V.Create(a[3]);
            c30 = V.MultiplyAdd(x, b0, c30);
            c31 = V.MultiplyAdd(x, b1, c31);
            c32 = V.MultiplyAdd(x, b2, c32);
            a += 4;
        }

        Store(c, last, accumulate, c00, c01, c02);
        Store(c + stride, last, accumulate, c10, c11, c12);
        Store(c + (2 * stride), last, accumulate, c20, c21, c22);
        Store(c + (3 * stride), last, accumulate, c30, c31, c32);
    }

    private static void Multiply2(nint depth, float* a, float* b, int* rows, nint last, float* c, nint stride, bool accumulate)
    {
        V c00 = default, c01 = default;
        V c10 = default, c11 = default;
        V c20 = default, c21 = default;
        V c30 = default, c31 = default;
        for (nint k = 0; k < depth; k++)
        {
            float* row = b + rows[k];
            V b0 = V.Load(row), b1 = V.Load(row + last);
            V x = V.Create(a[0]);
            c00 = V.MultiplyAdd(x, b0, c00);
            c01 = V.MultiplyAdd(x, b1, c01);
            x = V.Create(a[1]);
            c10 = V.MultiplyAdd(x, b0, c10);
            c11 = V.MultiplyAdd(x, b1, c11);
            x = V.Create(a[2]);
            c20 = V.MultiplyAdd(x, b0, c20);
            c21 = V.MultiplyAdd(x, b1, c21);
            x = V.Create(a[3]);
            c30 = V.MultiplyAdd(x, b0, c30);
            c31 = V.MultiplyAdd(x, b1, c31);
            a += 4;
        }

        Store(c, last, accumulate, c00, c01);
        Store(c + stride, last, accumulate, c10, c11);
        Store(c + (2 * stride), last, accumulate, c20, c21);
        Store(c + (3 * stride), last, accumulate, c30, c31);
    }

    private static void Multiply1(nint depth, float* a, float* b, int* rows, float* c, nint stride, bool accumulate)
    {
        V c00 = default;
        V c10 = default;
        V c20 = default;
        V c30 = default;
        for (nint k = 0; k < depth; k++)
        {
            float* row = b + rows[k];
            V b0 = V.Load(row);
            V x = V.Create(a[0]);
            c00 = V.MultiplyAdd(x, b0, c00);
            x = V.Create(a[1]);
            c10 = V.MultiplyAdd(x, b0, c10);
            x = V.Create(a[2]);
            c20 = V.MultiplyAdd(x, b0, c20);
            x = V.Create(a[3]);
            c30 = V.MultiplyAdd(x, b0, c30);
            a += 4;
        }

        Store(c, accumulate, c00);
        Store(c + stride, accumulate, c10);
        Store(c + (2 * stride), accumulate, c20);
        Store(c + (3 * stride), accumulate, c30);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, nint last, bool accumulate, V v0, V v1, V v2)
    {
        if (accumulate)
        {
            v0 += V.Load(c);
            v1 += V.Load(c + V.Count);
            v2 += V.Load(c + last);
        }

        v0.Store(c);
        v1.Store(c + V.Count);
        v2.Store(c + last);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, nint last, bool accumulate, V v0, V v1)
    {
        if (accumulate)
        {
            v0 += V.Load(c);
            v1 += V.Load(c + last);
        }

        v0.Store(c);
        v1.Store(c + last);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, bool accumulate, V v0)
    {
        if (accumulate)
        {
            v0 += V.Load(c);
        }

        v0.Store(c);
    }
}
