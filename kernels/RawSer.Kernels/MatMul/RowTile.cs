using System.Numerics;

namespace RawSer.Kernels;

/// <summary>
/// One row in eight registers of any width: for problems with one or two rows (depthwise convolution), where the other tiles would mostly multiply padding.
/// </summary>
internal readonly unsafe struct RowTile : ITile
{
    public static int Rows => 1;

    public static int Columns => 8 * Vector<float>.Count;

    public static int Lanes => Vector<float>.Count;

    public static void Multiply(nint depth, float* a, float* b, int* rows, int columns, float* c, nint stride, bool accumulate, Ahead ahead = default)
    {
        if (columns > 4 * Vector<float>.Count)
        {
            Multiply8(depth, a, b, rows, c, accumulate, columns);
        }
        else
        {
            Multiply4(depth, a, b, rows, c, accumulate, columns);
        }
    }

    private static void Multiply4(nint depth, float* a, float* b, int* rows, float* c, bool accumulate, int columns)
    {
        Vector<float> c0 = default, c1 = default, c2 = default, c3 = default;
        int n = Vector<float>.Count, last = Math.Max(columns - n, 0); // registers beyond the last repeat it
        int o1 = Math.Min(n, last), o2 = Math.Min(2 * n, last), o3 = Math.Min(3 * n, last);
        for (nint k = 0; k < depth; k++)
        {
            float* row = b + rows[k];
            Vector<float> x = new(a[k]);
            c0 = Vector.MultiplyAddEstimate(x, Vector.Load(row), c0);
            c1 = Vector.MultiplyAddEstimate(x, Vector.Load(row + o1), c1);
            c2 = Vector.MultiplyAddEstimate(x, Vector.Load(row + o2), c2);
            c3 = Vector.MultiplyAddEstimate(x, Vector.Load(row + o3), c3);
        }

        if (accumulate)
        {
            c0 += Vector.Load(c);
            c1 += Vector.Load(c + o1);
            c2 += Vector.Load(c + o2);
            c3 += Vector.Load(c + o3);
        }

        c0.Store(c);
        c1.Store(c + o1);
        c2.Store(c + o2);
        c3.Store(c + o3);
    }

    private static void Multiply8(nint depth, float* a, float* b, int* rows, float* c, bool accumulate, int columns)
    {
        Vector<float> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        int n = Vector<float>.Count, last = Math.Max(columns - n, 0); // registers beyond the last repeat it
        int o4 = Math.Min(4 * n, last), o5 = Math.Min(5 * n, last), o6 = Math.Min(6 * n, last), o7 = Math.Min(7 * n, last);
        for (nint k = 0; k < depth; k++)
        {
            float* row = b + rows[k];
            Vector<float> x = new(a[k]);
            c0 = Vector.MultiplyAddEstimate(x, Vector.Load(row), c0);
            c1 = Vector.MultiplyAddEstimate(x, Vector.Load(row + n), c1);
            c2 = Vector.MultiplyAddEstimate(x, Vector.Load(row + (2 * n)), c2);
            c3 = Vector.MultiplyAddEstimate(x, Vector.Load(row + (3 * n)), c3);
            c4 = Vector.MultiplyAddEstimate(x, Vector.Load(row + o4), c4);
            c5 = Vector.MultiplyAddEstimate(x, Vector.Load(row + o5), c5);
            c6 = Vector.MultiplyAddEstimate(x, Vector.Load(row + o6), c6);
            c7 = Vector.MultiplyAddEstimate(x, Vector.Load(row + o7), c7);
        }

        if (accumulate)
        {
            c0 += Vector.Load(c);
            c1 += Vector.Load(c + n);
            c2 += Vector.Load(c + (2 * n));
            c3 += Vector.Load(c + (3 * n));
            c4 += Vector.Load(c + o4);
            c5 += Vector.Load(c + o5);
            c6 += Vector.Load(c + o6);
            c7 += Vector.Load(c + o7);
        }

        c0.Store(c);
        c1.Store(c + n);
        c2.Store(c + (2 * n));
        c3.Store(c + (3 * n));
        c4.Store(c + o4);
        c5.Store(c + o5);
        c6.Store(c + o6);
        c7.Store(c + o7);
    }
}
