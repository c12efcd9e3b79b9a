using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RawSer.Kernels;

/// <summary>
/// 8 x 48 in AVX-512: 24 accumulators, 3 registers of b and one broadcast element of a.
/// 24 multiply-adds per 11 loads, so the caches have twice the time they need.
/// </summary>
internal readonly unsafe struct Tile512 : ITile
{
    public static int Rows => 8;

    public static int Columns => 48;

    public static int Lanes => 16;

    public static void Multiply(nint depth, float* a, float* b, int* rows, int columns, float* c, nint stride, bool accumulate, Ahead ahead = default)
    {
        if (columns > 32)
        {
            Multiply48(depth, a, b, rows, columns - 16, c, stride, accumulate, ahead);
        }
        else if (columns > 16)
        {
            Multiply32(depth, a, b, rows, columns - 16, c, stride, accumulate, ahead);
        }
        else
        {
            Multiply16(depth, a, b, rows, c, stride, accumulate, ahead);
        }
    }

    private static void Multiply48(nint depth, float* a, float* b, int* rows, nint last, float* c, nint stride, bool accumulate, Ahead ahead)
    {
        Vector512<float> c00 = default, c01 = default, c02 = default;
        Vector512<float> c10 = default, c11 = default, c12 = default;
        Vector512<float> c20 = default, c21 = default, c22 = default;
        Vector512<float> c30 = default, c31 = default, c32 = default;
        Vector512<float> c40 = default, c41 = default, c42 = default;
        Vector512<float> c50 = default, c51 = default, c52 = default;
        Vector512<float> c60 = default, c61 = default, c62 = default;
        Vector512<float> c70 = default, c71 = default, c72 = default;
        float* next = Start(ahead, a);
        for (nint k = 0; k < depth; k++)
        {
            if (Sse.IsSupported)
            {
                Sse.Prefetch1(next);
                next += ahead.Step;
            }

            float* row = b + rows[k];
            Vector512<float> b0 = Vector512.Load(row), b1 = Vector512.Load(row + 16), b2 = Vector512.Load(row + last);
            Vector512<float> x = Vector512.Create(a[0]);
            c00 = Vector512.MultiplyAddEstimate(x, b0, c00);
            c01 = Vector512.MultiplyAddEstimate(x, b1, c01);
            c02 = Vector512.MultiplyAddEstimate(x, b2, c02);
            x = Vector512.Create(a[1]);
            c10 = Vector512.MultiplyAddEstimate(x, b0, c10);
            c11 = Vector512.MultiplyAddEstimate(x, b1, c11);
            c12 = Vector512.MultiplyAddEstimate(x, b2, c12);
            x = Vector512.Create(a[2]);
            c20 = Vector512.MultiplyAddEstimate(x, b0, c20);
            c21 = Vector512.MultiplyAddEstimate(x, b1, c21);
            c22 = Vector512.MultiplyAddEstimate(x, b2, c22);
            x = Vector512.Create(a[3]);
            c30 = Vector512.MultiplyAddEstimate(x, b0, c30);
            c31 = Vector512.MultiplyAddEstimate(x, b1, c31);
            c32 = Vector512.MultiplyAddEstimate(x, b2, c32);
            x = Vector512.Create(a[4]);
            c40 = Vector512.MultiplyAddEstimate(x, b0, c40);
            c41 = Vector512.MultiplyAddEstimate(x, b1, c41);
            c42 = Vector512.MultiplyAddEstimate(x, b2, c42);
            x = Vector512.Create(a[5]);
            c50 = Vector512.MultiplyAddEstimate(x, b0, c50);
            c51 = Vector512.MultiplyAddEstimate(x, b1, c51);
            c52 = Vector512.MultiplyAddEstimate(x, b2, c52);
            x = Vector512.Create(a[6]);
            c60 = Vector512.MultiplyAddEstimate(x, b0, c60);
            c61 = Vector512.MultiplyAddEstimate(x, b1, c61);
            c62 = Vector512.MultiplyAddEstimate(x, b2, c62);
            x = Vector512.Create(a[7]);
            c70 = Vector512.MultiplyAddEstimate(x, b0, c70);
            c71 = Vector512.MultiplyAddEstimate(x, b1, c71);
            c72 = Vector512.MultiplyAddEstimate(x, b2, c72);
            a += 8;
        }

        Store(c, last, accumulate, c00, c01, c02);
        Store(c + stride, last, accumulate, c10, c11, c12);
        Store(c + (2 * stride), last, accumulate, c20, c21, c22);
        Store(c + (3 * stride), last, accumulate, c30, c31, c32);
        Store(c + (4 * stride), last, accumulate, c40, c41, c42);
        Store(c + (5 * stride), last, accumulate, c50, c51, c52);
        Store(c + (6 * stride), last, accumulate, c60, c61, c62);
        Store(c + (7 * stride), last, accumulate, c70, c71, c72);
    }

    private static void Multiply32(nint depth, float* a, float* b, int* rows, nint last, float* c, nint stride, bool accumulate, Ahead ahead)
    {
        Vector512<float> c00 = default, c01 = default;
        Vector512<float> c10 = default, c11 = default;
        Vector512<float> c20 = default, c21 = default;
        Vector512<float> c30 = default, c31 = default;
        Vector512<float> c40 = default, c41 = default;
        Vector512<float> c50 = default, c51 = default;
        Vector512<float> c60 = default, c61 = default;
        Vector512<float> c70 = default, c71 = default;
        float* next = Start(ahead, a);
        for (nint k = 0; k < depth; k++)
        {
            if (Sse.IsSupported)
            {
                Sse.Prefetch1(next);
                next += ahead.Step;
            }

            float* row = b + rows[k];
            Vector512<float> b0 = Vector512.Load(row), b1 = Vector512.Load(row + last);
            Vector512<float> x = Vector512.Create(a[0]);
            c00 = Vector512.MultiplyAddEstimate(x, b0, c00);
            c01 = Vector512.MultiplyAddEstimate(x, b1, c01);
            x = Vector512.Create(a[1]);
            c10 = Vector512.MultiplyAddEstimate(x, b0, c10);
            c11 = Vector512.MultiplyAddEstimate(x, b1, c11);
            x = Vector512.Create(a[2]);
            c20 = Vector512.MultiplyAddEstimate(x, b0, c20);
            c21 = Vector512.MultiplyAddEstimate(x, b1, c21);
            x = Vector512.Create(a[3]);
            c30 = Vector512.MultiplyAddEstimate(x, b0, c30);
            c31 = Vector512.MultiplyAddEstimate(x, b1, c31);
            x = Vector512.Create(a[4]);
            c40 = Vector512.MultiplyAddEstimate(x, b0, c40);
            c41 = Vector512.MultiplyAddEstimate(x, b1, c41);
            x = Vector512.Create(a[5]);
            c50 = Vector512.MultiplyAddEstimate(x, b0, c50);
            c51 = Vector512.MultiplyAddEstimate(x, b1, c51);
            x = Vector512.Create(a[6]);
            c60 = Vector512.MultiplyAddEstimate(x, b0, c60);
            c61 = Vector512.MultiplyAddEstimate(x, b1, c61);
            x = Vector512.Create(a[7]);
            c70 = Vector512.MultiplyAddEstimate(x, b0, c70);
            c71 = Vector512.MultiplyAddEstimate(x, b1, c71);
            a += 8;
        }

        Store(c, last, accumulate, c00, c01);
        Store(c + stride, last, accumulate, c10, c11);
        Store(c + (2 * stride), last, accumulate, c20, c21);
        Store(c + (3 * stride), last, accumulate, c30, c31);
        Store(c + (4 * stride), last, accumulate, c40, c41);
        Store(c + (5 * stride), last, accumulate, c50, c51);
        Store(c + (6 * stride), last, accumulate, c60, c61);
        Store(c + (7 * stride), last, accumulate, c70, c71);
    }

    private static void Multiply16(nint depth, float* a, float* b, int* rows, float* c, nint stride, bool accumulate, Ahead ahead)
    {
        Vector512<float> c00 = default;
        Vector512<float> c10 = default;
        Vector512<float> c20 = default;
        Vector512<float> c30 = default;
        Vector512<float> c40 = default;
        Vector512<float> c50 = default;
        Vector512<float> c60 = default;
        Vector512<float> c70 = default;
        float* next = Start(ahead, a);
        for (nint k = 0; k < depth; k++)
        {
            if (Sse.IsSupported)
            {
                Sse.Prefetch1(next);
                next += ahead.Step;
            }

            float* row = b + rows[k];
            Vector512<float> b0 = Vector512.Load(row);
            Vector512<float> x = Vector512.Create(a[0]);
            c00 = Vector512.MultiplyAddEstimate(x, b0, c00);
            x = Vector512.Create(a[1]);
            c10 = Vector512.MultiplyAddEstimate(x, b0, c10);
            x = Vector512.Create(a[2]);
            c20 = Vector512.MultiplyAddEstimate(x, b0, c20);
            x = Vector512.Create(a[3]);
            c30 = Vector512.MultiplyAddEstimate(x, b0, c30);
            x = Vector512.Create(a[4]);
            c40 = Vector512.MultiplyAddEstimate(x, b0, c40);
            x = Vector512.Create(a[5]);
            c50 = Vector512.MultiplyAddEstimate(x, b0, c50);
            x = Vector512.Create(a[6]);
            c60 = Vector512.MultiplyAddEstimate(x, b0, c60);
            x = Vector512.Create(a[7]);
            c70 = Vector512.MultiplyAddEstimate(x, b0, c70);
            a += 8;
        }

        Store(c, accumulate, c00);
        Store(c + stride, accumulate, c10);
        Store(c + (2 * stride), accumulate, c20);
        Store(c + (3 * stride), accumulate, c30);
        Store(c + (4 * stride), accumulate, c40);
        Store(c + (5 * stride), accumulate, c50);
        Store(c + (6 * stride), accumulate, c60);
        Store(c + (7 * stride), accumulate, c70);
    }

    /// <summary>The first line to ask for; without one, a line that is at hand.</summary>
    private static float* Start(Ahead ahead, float* otherwise) => ahead.Data is null ? otherwise : ahead.Data;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, nint last, bool accumulate, Vector512<float> v0, Vector512<float> v1, Vector512<float> v2)
    {
        if (accumulate)
        {
            v0 += Vector512.Load(c);
            v1 += Vector512.Load(c + 16);
            v2 += Vector512.Load(c + last);
        }

        v0.Store(c);
        v1.Store(c + 16);
        v2.Store(c + last);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, nint last, bool accumulate, Vector512<float> v0, Vector512<float> v1)
    {
        if (accumulate)
        {
            v0 += Vector512.Load(c);
            v1 += Vector512.Load(c + last);
        }

        v0.Store(c);
        v1.Store(c + last);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, bool accumulate, Vector512<float> v0)
    {
        if (accumulate)
        {
            v0 += Vector512.Load(c);
        }

        v0.Store(c);
    }
}
