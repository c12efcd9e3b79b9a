using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>Average pooling over windows of any kind. Planes of rows and columns follow each other without gaps.</summary>
internal static class AveragePoolKernels
{
    public static readonly Kernel<ArrayView<float>, ArrayView<float>, DevicePoolAxis, DevicePoolAxis, AverageDivisor, int> Forward =
        Kernel.Create<ArrayView<float>, ArrayView<float>, DevicePoolAxis, DevicePoolAxis, AverageDivisor, int>(AveragePool<Alone>);

    public static readonly Kernel<ArrayView<float>, ArrayView<float>, DevicePoolAxis, DevicePoolAxis, AverageDivisor, int> ForwardInWarps =
        Kernel.Create<ArrayView<float>, ArrayView<float>, DevicePoolAxis, DevicePoolAxis, AverageDivisor, int>(AveragePool<InWarp>);

    public static readonly Kernel<ArrayView<float>, ArrayView<float>, DevicePoolAxis, DevicePoolAxis, AverageDivisor, int> Backward =
        Kernel.Create<ArrayView<float>, ArrayView<float>, DevicePoolAxis, DevicePoolAxis, AverageDivisor, int>(AveragePoolBackward);

    /// <summary>A team to a window, whose threads go through its cells side by side.</summary>
    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void AveragePool<TTeam>(
        ArrayView<float> x, ArrayView<float> y, DevicePoolAxis rows, DevicePoolAxis columns, AverageDivisor divisor, int count) where TTeam : struct, ILineTeam
    {
        int i = TTeam.Line;
        if (i >= count)
        {
            return; // a whole team
        }

        int plane = rows.LineOfWindows(columns.LineOfWindows(i, out int windowColumn), out int windowRow);
        rows.Cells(windowRow, out int top, out int height, out _);
        columns.Cells(windowColumn, out int left, out int width, out _);
        int from = (((plane * rows.Input) + top) * columns.Input) + left;
        float sum = 0;
        if (TTeam.Size == 1)
        {
            for (int r = 0; r < height; r++)
            {
                for (int c = 0; c < width; c++)
                {
                    sum += x[from + c];
                }

                from += columns.Input;
            }
        }
        else
        {
            int safe = IntrinsicMath.Max(1, width); // a window of no cells is not entered
            int rowStep = (int)((uint)TTeam.Size / (uint)safe), columnStep = TTeam.Size - (rowStep * safe);
            int row = (int)((uint)TTeam.First / (uint)safe), column = TTeam.First - (row * safe);
            for (; row < height && width > 0; row += rowStep)
            {
                sum += x[from + (row * columns.Input) + column];
                column += columnStep;
                if (column >= width)
                {
                    column -= width;
                    row++;
                }
            }
        }

        sum = TTeam.Sum(sum);
        if (TTeam.First == 0)
        {
            y[i] = sum / divisor.Of(rows, columns, windowRow, windowColumn, height, width);
        }
    }

    /// <summary>A thread to a cell of the input.</summary>
    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void AveragePoolBackward(
        ArrayView<float> dy, ArrayView<float> dx, DevicePoolAxis rows, DevicePoolAxis columns, AverageDivisor divisor, int count)
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
            int line = ((plane * rows.Output) + r) * columns.Output;
            rows.Cells(r, out _, out int height, out _);
            for (int c = firstColumn; c <= lastColumn; c++)
            {
                float share = dy[line + c];
                if (!divisor.IsCommon)
                {
                    columns.Cells(c, out _, out int width, out _);
                    share /= divisor.Of(rows, columns, r, c, height, width);
                }

                sum += share;
            }
        }

        dx[i] = divisor.IsCommon ? sum / divisor.Common : sum;
    }
}

/// <summary>What the sum of a window is divided by, as a device kernel receives it.</summary>
internal readonly struct AverageDivisor
{
    private readonly float _common;
    private readonly int _countPadding;

    /// <summary>The divisors of windows, as <see cref="Backend.AveragePool"/> says.</summary>
    public AverageDivisor(PoolWindows windows, bool countPadding, double divisor)
    {
        (PoolAxis rows, PoolAxis columns) = windows;
        bool whole = IsWhole(rows, countPadding) && IsWhole(columns, countPadding);
        _common = divisor != 0 ? (float)divisor : whole ? (float)((double)rows.Kernel * columns.Kernel) : 0;
        _countPadding = countPadding ? 1 : 0;
    }

    /// <summary>Whether all windows have the same divisor.</summary>
    public bool IsCommon => _common != 0;

    /// <summary>The divisor of all windows.</summary>
    public float Common => _common;

    /// <summary>The divisor of a window with <paramref name="height"/> rows and <paramref name="width"/> columns inside the input.</summary>
    public float Of(DevicePoolAxis rows, DevicePoolAxis columns, int row, int column, int height, int width)
    {
        if (IsCommon)
        {
            return _common;
        }

        if (_countPadding != 0)
        {
            height = rows.PaddedCount(row, height);
            width = columns.PaddedCount(column, width);
        }

        return (float)height * width;
    }

    /// <summary>Whether no window of an axis is cut.</summary>
    private static bool IsWhole(PoolAxis axis, bool countPadding) =>
        !axis.IsAdaptive && (countPadding || axis.Before == 0)
        && ((axis.Output - 1L) * axis.Stride) - axis.Before + axis.Kernel <= axis.Input + (countPadding ? axis.After : 0);
}
