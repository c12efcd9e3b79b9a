using System.Numerics;

namespace RawSer.Kernels;

public sealed unsafe partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void MaxPool(View x, PoolWindows windows, View y, View place)
    {
        if (x.DType == DType.F64)
        {
            MaxPool<double>(x, windows, y, place);
        }
        else
        {
            MaxPool<float>(x, windows, y, place);
        }
    }

    /// <inheritdoc/>
    public override void MaxPoolBackward(View dy, View place, PoolWindows windows, View dx)
    {
        if (dy.DType == DType.F64)
        {
            MaxPoolBackward<double>(dy, place, windows, dx);
        }
        else
        {
            MaxPoolBackward<float>(dy, place, windows, dx);
        }
    }

    /// <inheritdoc/>
    public override void MaxPoolIndex(View place, PoolWindows windows, View index)
    {
        long* pi = index.Pointer<long>();
        for (long i = 0; i < place.Count; i++)
        {
            pi[i] = WinningCell(windows, i, Place(place, i));
        }
    }

    /// <inheritdoc/>
    public override void AveragePool(View x, PoolWindows windows, bool countPadding, double divisor, View y)
    {
        if (x.DType == DType.F64)
        {
            AveragePool<double>(x, windows, countPadding, divisor, y);
        }
        else
        {
            AveragePool<float>(x, windows, countPadding, divisor, y);
        }
    }

    /// <inheritdoc/>
    public override void AveragePoolBackward(View dy, PoolWindows windows, bool countPadding, double divisor, View dx)
    {
        if (dy.DType == DType.F64)
        {
            AveragePoolBackward<double>(dy, windows, countPadding, divisor, dx);
        }
        else
        {
            AveragePoolBackward<float>(dy, windows, countPadding, divisor, dx);
        }
    }

    private static void MaxPool<T>(View x, PoolWindows windows, View y, View place) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (PoolAxis rows, PoolAxis columns) = windows;
        T* py = y.Pointer<T>();
        for (long i = 0; i < y.Count; i++)
        {
            T* plane = x.Pointer<T>() + (Plane(windows, i) * rows.Input * columns.Input);
            int top = rows.Start(WindowRow(windows, i)), left = columns.Start(WindowColumn(windows, i));
            T best = T.NegativeInfinity;
            int at = -1;
            for (int r = 0; r < rows.Kernel; r++)
            {
                for (int c = 0; c < columns.Kernel; c++)
                {
                    int row = top + (r * rows.Dilation), column = left + (c * columns.Dilation);
                    if (row < 0 || row >= rows.Input || column < 0 || column >= columns.Input)
                    {
                        continue;
                    }

                    T value = plane[((long)row * columns.Input) + column];
                    if (at < 0 || value > best || T.IsNaN(value))
                    {
                        best = value;
                        at = (r * columns.Kernel) + c;
                    }
                }
            }

            py[i] = best;
            SetPlace(place, i, at);
        }
    }

    private static void MaxPoolBackward<T>(View dy, View place, PoolWindows windows, View dx) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* pdy = dy.Pointer<T>(), pdx = dx.Pointer<T>();
        new Span<T>(pdx, checked((int)dx.Count)).Clear();
        for (long i = 0; i < dy.Count; i++)
        {
            pdx[(Plane(windows, i) * windows.Rows.Input * windows.Columns.Input) + WinningCell(windows, i, Place(place, i))] += pdy[i];
        }
    }

    private static void AveragePool<T>(View x, PoolWindows windows, bool countPadding, double divisor, View y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (PoolAxis rows, PoolAxis columns) = windows;
        T* py = y.Pointer<T>();
        for (long i = 0; i < y.Count; i++)
        {
            T* plane = x.Pointer<T>() + (Plane(windows, i) * rows.Input * columns.Input);
            (int top, int height) = rows.Cells(WindowRow(windows, i));
            (int left, int width) = columns.Cells(WindowColumn(windows, i));
            T sum = T.Zero;
            for (int r = 0; r < height; r++)
            {
                for (int c = 0; c < width; c++)
                {
                    sum += plane[((long)(top + r) * columns.Input) + left + c];
                }
            }

            py[i] = sum / T.CreateChecked(Divisor(windows, i, countPadding, divisor));
        }
    }

    private static void AveragePoolBackward<T>(View dy, PoolWindows windows, bool countPadding, double divisor, View dx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (PoolAxis rows, PoolAxis columns) = windows;
        new Span<T>(dx.Pointer<T>(), checked((int)dx.Count)).Clear();
        for (long i = 0; i < dy.Count; i++)
        {
            T* plane = dx.Pointer<T>() + (Plane(windows, i) * rows.Input * columns.Input);
            (int top, int height) = rows.Cells(WindowRow(windows, i));
            (int left, int width) = columns.Cells(WindowColumn(windows, i));
            T share = dy.Pointer<T>()[i] / T.CreateChecked(Divisor(windows, i, countPadding, divisor));
            for (int r = 0; r < height; r++)
            {
                for (int c = 0; c < width; c++)
                {
                    plane[((long)(top + r) * columns.Input) + left + c] += share;
                }
            }
        }
    }

    private static double Divisor(PoolWindows windows, long i, bool countPadding, double divisor)
    {
        int row = WindowRow(windows, i), column = WindowColumn(windows, i);
        return divisor != 0 ? divisor
            : countPadding ? (double)windows.Rows.PaddedCount(row) * windows.Columns.PaddedCount(column)
            : (double)windows.Rows.Cells(row).Count * windows.Columns.Cells(column).Count;
    }

    private static long Plane(PoolWindows windows, long i) => i / windows.Columns.Output / windows.Rows.Output;

    private static int WindowRow(PoolWindows windows, long i) => (int)(i / windows.Columns.Output % windows.Rows.Output);

    private static int WindowColumn(PoolWindows windows, long i) => (int)(i % windows.Columns.Output);

    private static long WinningCell(PoolWindows windows, long i, int place)
    {
        (PoolAxis rows, PoolAxis columns) = windows;
        int row = rows.Start(WindowRow(windows, i)) + (place / columns.Kernel * rows.Dilation);
        int column = columns.Start(WindowColumn(windows, i)) + (place % columns.Kernel * columns.Dilation);
        return ((long)row * columns.Input) + column;
    }

    private static int Place(View place, long i) => place.DType == DType.U8 ? place.Pointer<byte>()[i] : place.Pointer<int>()[i];

    private static void SetPlace(View place, long i, int at)
    {
        if (!place.Exists)
        {
            return;
        }

        if (place.DType == DType.U8)
        {
            place.Pointer<byte>()[i] = (byte)at;
        }
        else
        {
            place.Pointer<int>()[i] = at;
        }
    }
}
