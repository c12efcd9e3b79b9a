using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// Bilinear resizing of dense planes: a thread to a result pixel, or to four neighbours of a row. Where a pixel lies is computed in double, so
/// that a device mixes the pixels that the host mixes. Backward, a thread to a source pixel gathers from the result pixels around it, row by row.
/// </summary>
internal static class ResizeKernels
{
    public static readonly Kernel<ArrayView<float>, ArrayView<float>, ResizeAxis, ResizeAxis, PlaneCells, int> Forward =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ResizeAxis, ResizeAxis, PlaneCells, int>(Resize);

    /// <summary>A cell of the plane is four neighbours of a row.</summary>
    public static readonly Kernel<ArrayView<float>, ArrayView<float>, ResizeAxis, ResizeAxis, PlaneCells, int> ForwardOfQuads =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ResizeAxis, ResizeAxis, PlaneCells, int>(ResizeQuads);

    public static readonly Kernel<ArrayView<float>, ArrayView<float>, ResizeAxis, ResizeAxis, PlaneCells, int> Backward =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ResizeAxis, ResizeAxis, PlaneCells, int>(ResizeBackward);

    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void Resize(ArrayView<float> x, ArrayView<float> y, ResizeAxis rows, ResizeAxis columns, PlaneCells cells, int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i < count)
        {
            int plane = cells.Locate(i, out int row, out int column);
            PixelRows source = new(plane, row, rows, columns.Source);
            y[i] = source.Mix(x, columns, column);
        }
    }

    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void ResizeQuads(ArrayView<float> x, ArrayView<float> y, ResizeAxis rows, ResizeAxis columns, PlaneCells cells, int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i < count)
        {
            int plane = cells.Locate(i, out int row, out int column);
            PixelRows source = new(plane, row, rows, columns.Source);
            y.AsAligned16().Cast<Float4>()[i] = new(
                source.Mix(x, columns, 4 * column), source.Mix(x, columns, (4 * column) + 1),
                source.Mix(x, columns, (4 * column) + 2), source.Mix(x, columns, (4 * column) + 3));
        }
    }

    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void ResizeBackward(ArrayView<float> dy, ArrayView<float> dx, ResizeAxis rows, ResizeAxis columns, PlaneCells cells, int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= count)
        {
            return;
        }

        int plane = cells.Locate(i, out int row, out int column);
        rows.Users(row, out int top, out int bottom);
        columns.Users(column, out int left, out int right);
        int from = plane * rows.Result * columns.Result;
        float sum = 0;
        for (int r = top; r < bottom; r++)
        {
            float down = rows.Share(row, r), line = 0;
            if (down != 0)
            {
                for (int c = left; c < right; c++)
                {
                    line += columns.Share(column, c) * dy[from + (r * columns.Result) + c];
                }

                sum += down * line;
            }
        }

        dx[i] = sum;
    }

    /// <summary>The two rows of the source that a row of the result mixes.</summary>
    private readonly struct PixelRows
    {
        private readonly int _upper;
        private readonly int _lower;
        private readonly float _down;

        public PixelRows(int plane, int row, ResizeAxis rows, int sourceWidth)
        {
            rows.Locate(row, out int upper, out int lower, out _down);
            _upper = ((plane * rows.Source) + upper) * sourceWidth;
            _lower = ((plane * rows.Source) + lower) * sourceWidth;
        }

        public float Mix(ArrayView<float> x, ResizeAxis columns, int column)
        {
            columns.Locate(column, out int left, out int right, out float across);
            float first = ((1 - _down) * x[_upper + left]) + (_down * x[_lower + left]);
            float second = ((1 - _down) * x[_upper + right]) + (_down * x[_lower + right]);
            return ((1 - across) * first) + (across * second);
        }
    }
}

/// <summary>Numbers of the cells of planes that follow each other, rows of cells without gaps.</summary>
internal readonly struct PlaneCells(int height, int width)
{
    private readonly DeviceDivisor _height = new(height);
    private readonly DeviceDivisor _width = new(width);

    /// <summary>The plane of a cell, its row and its column.</summary>
    public int Locate(int cell, out int row, out int column) => _height.Divide(_width.Divide(cell, out column), out row);
}
