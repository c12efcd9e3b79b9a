using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>Max pooling over windows of any kind. Planes of rows and columns follow each other without gaps.</summary>
internal static class MaxPoolKernels
{
    public static readonly Kernel<ArrayView<float>, ArrayView<float>, PoolPlaces, DevicePoolAxis, DevicePoolAxis, int> Forward =
        Kernel.Create<ArrayView<float>, ArrayView<float>, PoolPlaces, DevicePoolAxis, DevicePoolAxis, int>(MaxPool);

    public static readonly Kernel<ArrayView<float>, PoolPlaces, ArrayView<float>, DevicePoolAxis, DevicePoolAxis, int> Backward =
        Kernel.Create<ArrayView<float>, PoolPlaces, ArrayView<float>, DevicePoolAxis, DevicePoolAxis, int>(MaxPoolBackward);

    public static readonly Kernel<PoolPlaces, ArrayView<long>, DevicePoolAxis, DevicePoolAxis, int> Index =
        Kernel.Create<PoolPlaces, ArrayView<long>, DevicePoolAxis, DevicePoolAxis, int>(MaxPoolIndex);

    /// <summary>Keeps the larger, the first of equals, the last NaN.</summary>
    public static void Take(float value, int place, ref float best, ref int at)
    {
        if (at < 0 || value > best || float.IsNaN(value))
        {
            best = value;
            at = place;
        }
    }

    /// <summary>A thread to a window.</summary>
    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void MaxPool(ArrayView<float> x, ArrayView<float> y, PoolPlaces places, DevicePoolAxis rows, DevicePoolAxis columns, int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= count)
        {
            return;
        }

        int plane = rows.LineOfWindows(columns.LineOfWindows(i, out int windowColumn), out int windowRow);
        rows.Cells(windowRow, out int top, out int height, out int skippedRows);
        columns.Cells(windowColumn, out int left, out int width, out int skippedColumns);
        float best = float.NegativeInfinity;
        int at = -1;
        int from = (((plane * rows.Input) + top) * columns.Input) + left;
        int place = (skippedRows * columns.Kernel) + skippedColumns;
        for (int r = 0; r < height; r++)
        {
            for (int c = 0; c < width; c++)
            {
                Take(x[from + (c * columns.Dilation)], place + c, ref best, ref at);
            }

            from += rows.Dilation * columns.Input;
            place += columns.Kernel;
        }

        y[i] = best;
        places.Store(i, at);
    }

    /// <summary>A thread to a cell of the input.</summary>
    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void MaxPoolBackward(ArrayView<float> dy, PoolPlaces places, ArrayView<float> dx, DevicePoolAxis rows, DevicePoolAxis columns, int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= count)
        {
            return;
        }

        int plane = rows.Line(columns.Line(i, out int column), out int row);
        rows.Windows(row, out int firstRow, out int lastRow);
        columns.Windows(column, out int firstColumn, out int lastColumn);
        float sum = 0;
        for (int r = firstRow; r <= lastRow; r++)
        {
            int cellRow = rows.PlaceIn(r, row);
            int line = ((plane * rows.Output) + r) * columns.Output;
            for (int c = firstColumn; c <= lastColumn; c++)
            {
                int cellColumn = columns.PlaceIn(c, column);
                if (cellRow >= 0 && cellColumn >= 0 && places[line + c] == (cellRow * columns.Kernel) + cellColumn)
                {
                    sum += dy[line + c];
                }
            }
        }

        dx[i] = sum;
    }

    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void MaxPoolIndex(PoolPlaces places, ArrayView<long> index, DevicePoolAxis rows, DevicePoolAxis columns, int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i < count)
        {
            rows.LineOfWindows(columns.LineOfWindows(i, out int windowColumn), out int windowRow);
            int place = places[i];
            int cellRow = (int)((uint)place / (uint)columns.Kernel);
            int row = rows.Start(windowRow) + (cellRow * rows.Dilation);
            int column = columns.Start(windowColumn) + ((place - (cellRow * columns.Kernel)) * columns.Dilation);
            index[i] = (row * columns.Input) + column;
        }
    }
}
