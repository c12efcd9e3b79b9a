using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

/// <summary>4 x 12 in 128-bit vectors (SSE, NEON): 12 accumulators, 3 registers of b and one broadcast element of a.</summary>
internal readonly unsafe struct Tile128 : ITile
{
    public static int Rows => 4;

    public static int Columns => 12;

    public static int Lanes => 4;

    public static void Multiply(nint depth, float* a, float* b, int* rows, int columns, float* c, nint stride, bool accumulate)
    {
        if (columns > 8)
        {
            Multiply12(depth, a, b, rows, c, stride, accumulate);
        }
        else if (columns > 4)
        {
            Multiply8(depth, a, b, rows, c, stride, accumulate);
        }
        else
        {
            Multiply4(depth, a, b, rows, c, stride, accumulate);
        }
    }

    private static void Multiply12(nint depth, float* a, float* b, int* rows, float* c, nint stride, bool accumulate)
    {
        Vector128<float> c00 = default, c01 = default, c02 = default;
        Vector128<float> c10 = default, c11 = default, c12 = default;
        Vector128<float> c20 = default, c21 = default, c22 = default;
        Vector128<float> c30 = default, c31 = default, c32 = default;
        for (nint k = 0; k < depth; k++)
        {
            float* row = b + rows[k];
            Vector128<float> b0 = Vector128.Load(row), b1 = Vector128.Load(row + 4), b2 = Vector128.Load(row + 8);
            Vector128<float> x = Vector128.Create(a[0]);
            c00 = Vector128.MultiplyAddEstimate(x, b0, c00);
            c01 = Vector128.MultiplyAddEstimate(x, b1, c01);
            c02 = Vector128.MultiplyAddEstimate(x, b2, c02);
            x = Vector128.Create(a[1]);
            c10 = Vector128.MultiplyAddEstimate(x, b0, c10);
            c11 = Vector128.MultiplyAddEstimate(x, b1, c11);
            c12 = Vector128.MultiplyAddEstimate(x, b2, c12);
            x = Vector128.Create(a[2]);
            c20 = Vector128.MultiplyAddEstimate(x, b0, c20);
            c21 = Vector128.MultiplyAddEstimate(x, b1, c21);
            c22 = Vector128.MultiplyAddEstimate(x, b2, c22);
            x = Vector128.Create(a[3]);
            c30 = Vector128.MultiplyAddEstimate(x, b0, c30);
            c31 = Vector128.MultiplyAddEstimate(x, b1, c31);
            c32 = Vector128.MultiplyAddEstimate(x, b2, c32);
            a += 4;
        }

        Store(c, accumulate, c00, c01, c02);
        Store(c + stride, accumulate, c10, c11, c12);
        Store(c + (2 * stride), accumulate, c20, c21, c22);
        Store(c + (3 * stride), accumulate, c30, c31, c32);
    }

    private static void Multiply8(nint depth, float* a, float* b, int* rows, float* c, nint stride, bool accumulate)
    {
        Vector128<float> c00 = default, c01 = default;
        Vector128<float> c10 = default, c11 = default;
        Vector128<float> c20 = default, c21 = default;
        Vector128<float> c30 = default, c31 = default;
        for (nint k = 0; k < depth; k++)
        {
            float* row = b + rows[k];
            Vector128<float> b0 = Vector128.Load(row), b1 = Vector128.Load(row + 4);
            Vector128<float> x = Vector128.Create(a[0]);
            c00 = Vector128.MultiplyAddEstimate(x, b0, c00);
            c01 = Vector128.MultiplyAddEstimate(x, b1, c01);
            x = Vector128.Create(a[1]);
            c10 = Vector128.MultiplyAddEstimate(x, b0, c10);
            c11 = Vector128.MultiplyAddEstimate(x, b1, c11);
            x = Vector128.Create(a[2]);
            c20 = Vector128.MultiplyAddEstimate(x, b0, c20);
            c21 = Vector128.MultiplyAddEstimate(x, b1, c21);
            x = Vector128.Create(a[3]);
            c30 = Vector128.MultiplyAddEstimate(x, b0, c30);
            c31 = Vector128.MultiplyAddEstimate(x, b1, c31);
            a += 4;
        }

        Store(c, accumulate, c00, c01);
        Store(c + stride, accumulate, c10, c11);
        Store(c + (2 * stride), accumulate, c20, c21);
        Store(c + (3 * stride), accumulate, c30, c31);
    }

    private static void Multiply4(nint depth, float* a, float* b, int* rows, float* c, nint stride, bool accumulate)
    {
        Vector128<float> c00 = default;
        Vector128<float> c10 = default;
        Vector128<float> c20 = default;
        Vector128<float> c30 = default;
        for (nint k = 0; k < depth; k++)
        {
            float* row = b + rows[k];
            Vector128<float> b0 = Vector128.Load(row);
            Vector128<float> x = Vector128.Create(a[0]);
            c00 = Vector128.MultiplyAddEstimate(x, b0, c00);
            x = Vector128.Create(a[1]);
            c10 = Vector128.MultiplyAddEstimate(x, b0, c10);
            x = Vector128.Create(a[2]);
            c20 = Vector128.MultiplyAddEstimate(x, b0, c20);
            x = Vector128.Create(a[3]);
            c30 = Vector128.MultiplyAddEstimate(x, b0, c30);
            a += 4;
        }

        Store(c, accumulate, c00);
        Store(c + stride, accumulate, c10);
        Store(c + (2 * stride), accumulate, c20);
        Store(c + (3 * stride), accumulate, c30);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, bool accumulate, Vector128<float> v0, Vector128<float> v1, Vector128<float> v2)
    {
        if (accumulate)
        {
            v0 += Vector128.Load(c);
            v1 += Vector128.Load(c + 4);
            v2 += Vector128.Load(c + 8);
        }

        v0.Store(c);
        v1.Store(c + 4);
        v2.Store(c + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, bool accumulate, Vector128<float> v0, Vector128<float> v1)
    {
        if (accumulate)
        {
            v0 += Vector128.Load(c);
            v1 += Vector128.Load(c + 4);
        }

        v0.Store(c);
        v1.Store(c + 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, bool accumulate, Vector128<float> v0)
    {
        if (accumulate)
        {
            v0 += Vector128.Load(c);
        }

        v0.Store(c);
    }
}
