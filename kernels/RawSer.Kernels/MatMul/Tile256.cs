using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

/// <summary>4 x 24 in AVX2: 12 accumulators, 3 registers of b and one broadcast element of a fill the 16 registers.</summary>
internal readonly unsafe struct Tile256 : ITile
{
    public static int Rows => 4;

    public static int Columns => 24;

    public static int Lanes => 8;

    public static void Multiply(nint depth, float* a, float* b, int* rows, int columns, float* c, nint stride, bool accumulate)
    {
        if (columns > 16)
        {
            Multiply24(depth, a, b, rows, c, stride, accumulate);
        }
        else if (columns > 8)
        {
            Multiply16(depth, a, b, rows, c, stride, accumulate);
        }
        else
        {
            Multiply8(depth, a, b, rows, c, stride, accumulate);
        }
    }

    private static void Multiply24(nint depth, float* a, float* b, int* rows, float* c, nint stride, bool accumulate)
    {
        Vector256<float> c00 = default, c01 = default, c02 = default;
        Vector256<float> c10 = default, c11 = default, c12 = default;
        Vector256<float> c20 = default, c21 = default, c22 = default;
        Vector256<float> c30 = default, c31 = default, c32 = default;
        for (nint k = 0; k < depth; k++)
        {
            float* row = b + rows[k];
            Vector256<float> b0 = Vector256.Load(row), b1 = Vector256.Load(row + 8), b2 = Vector256.Load(row + 16);
            Vector256<float> x = Vector256.Create(a[0]);
            c00 = Vector256.MultiplyAddEstimate(x, b0, c00);
            c01 = Vector256.MultiplyAddEstimate(x, b1, c01);
            c02 = Vector256.MultiplyAddEstimate(x, b2, c02);
            x = Vector256.Create(a[1]);
            c10 = Vector256.MultiplyAddEstimate(x, b0, c10);
            c11 = Vector256.MultiplyAddEstimate(x, b1, c11);
            c12 = Vector256.MultiplyAddEstimate(x, b2, c12);
            x = Vector256.Create(a[2]);
            c20 = Vector256.MultiplyAddEstimate(x, b0, c20);
            c21 = Vector256.MultiplyAddEstimate(x, b1, c21);
            c22 = Vector256.MultiplyAddEstimate(x, b2, c22);
            x = Vector256.Create(a[3]);
            c30 = Vector256.MultiplyAddEstimate(x, b0, c30);
            c31 = Vector256.MultiplyAddEstimate(x, b1, c31);
            c32 = Vector256.MultiplyAddEstimate(x, b2, c32);
            a += 4;
        }

        Store(c, accumulate, c00, c01, c02);
        Store(c + stride, accumulate, c10, c11, c12);
        Store(c + (2 * stride), accumulate, c20, c21, c22);
        Store(c + (3 * stride), accumulate, c30, c31, c32);
    }

    private static void Multiply16(nint depth, float* a, float* b, int* rows, float* c, nint stride, bool accumulate)
    {
        Vector256<float> c00 = default, c01 = default;
        Vector256<float> c10 = default, c11 = default;
        Vector256<float> c20 = default, c21 = default;
        Vector256<float> c30 = default, c31 = default;
        for (nint k = 0; k < depth; k++)
        {
            float* row = b + rows[k];
            Vector256<float> b0 = Vector256.Load(row), b1 = Vector256.Load(row + 8);
            Vector256<float> x = Vector256.Create(a[0]);
            c00 = Vector256.MultiplyAddEstimate(x, b0, c00);
            c01 = Vector256.MultiplyAddEstimate(x, b1, c01);
            x = Vector256.Create(a[1]);
            c10 = Vector256.MultiplyAddEstimate(x, b0, c10);
            c11 = Vector256.MultiplyAddEstimate(x, b1, c11);
            x = Vector256.Create(a[2]);
            c20 = Vector256.MultiplyAddEstimate(x, b0, c20);
            c21 = Vector256.MultiplyAddEstimate(x, b1, c21);
            x = Vector256.Create(a[3]);
            c30 = Vector256.MultiplyAddEstimate(x, b0, c30);
            c31 = Vector256.MultiplyAddEstimate(x, b1, c31);
            a += 4;
        }

        Store(c, accumulate, c00, c01);
        Store(c + stride, accumulate, c10, c11);
        Store(c + (2 * stride), accumulate, c20, c21);
        Store(c + (3 * stride), accumulate, c30, c31);
    }

    private static void Multiply8(nint depth, float* a, float* b, int* rows, float* c, nint stride, bool accumulate)
    {
        Vector256<float> c00 = default;
        Vector256<float> c10 = default;
        Vector256<float> c20 = default;
        Vector256<float> c30 = default;
        for (nint k = 0; k < depth; k++)
        {
            float* row = b + rows[k];
            Vector256<float> b0 = Vector256.Load(row);
            Vector256<float> x = Vector256.Create(a[0]);
            c00 = Vector256.MultiplyAddEstimate(x, b0, c00);
            x = Vector256.Create(a[1]);
            c10 = Vector256.MultiplyAddEstimate(x, b0, c10);
            x = Vector256.Create(a[2]);
            c20 = Vector256.MultiplyAddEstimate(x, b0, c20);
            x = Vector256.Create(a[3]);
            c30 = Vector256.MultiplyAddEstimate(x, b0, c30);
            a += 4;
        }

        Store(c, accumulate, c00);
        Store(c + stride, accumulate, c10);
        Store(c + (2 * stride), accumulate, c20);
        Store(c + (3 * stride), accumulate, c30);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, bool accumulate, Vector256<float> v0, Vector256<float> v1, Vector256<float> v2)
    {
        if (accumulate)
        {
            v0 += Vector256.Load(c);
            v1 += Vector256.Load(c + 8);
            v2 += Vector256.Load(c + 16);
        }

        v0.Store(c);
        v1.Store(c + 8);
        v2.Store(c + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, bool accumulate, Vector256<float> v0, Vector256<float> v1)
    {
        if (accumulate)
        {
            v0 += Vector256.Load(c);
            v1 += Vector256.Load(c + 8);
        }

        v0.Store(c);
        v1.Store(c + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, bool accumulate, Vector256<float> v0)
    {
        if (accumulate)
        {
            v0 += Vector256.Load(c);
        }

        v0.Store(c);
    }
}
