using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void AveragePool(View x, PoolWindows windows, bool countPadding, double divisor, View y)
    {
        long rows = y.Count / Math.Max(1, windows.Columns.Output);
        long rowWork = (long)(windows.Rows.IsAdaptive ? (windows.Rows.Input / windows.Rows.Output) + 1 : windows.Rows.Kernel) * windows.Columns.Input;
        RowSplit split = new(rows, rowWork, wholeRows: true);
        WorkerPool.Shared.Run(split.PartCount, new AveragePoolRows(split, windows, countPadding, divisor, x.Pointer<float>(), y.Pointer<float>()));
    }

    /// <inheritdoc/>
    public override void AveragePoolBackward(View dy, PoolWindows windows, bool countPadding, double divisor, View dx)
    {
        long cells = (long)windows.Rows.Input * windows.Columns.Input;
        RowSplit split = new(dx.Count / Math.Max(1, cells), cells, wholeRows: true);
        WorkerPool.Shared.Run(split.PartCount, new AveragePoolSpread(split, windows, countPadding, divisor, dy.Pointer<float>(), dx.Pointer<float>()));
    }

    /// <summary>y += x over a row.</summary>
    private static void AddRow(float* x, float* y, nint count)
    {
        if (count < 8)
        {
            for (nint j = 0; j < count; j++)
            {
                y[j] += x[j];
            }

            return;
        }

        Vector256<float> last = Vector256.Load(y + count - 8) + Vector256.Load(x + count - 8); // stored last, because it overlaps the others
        for (nint j = 0; j <= count - 8; j += 8)
        {
            (Vector256.Load(y + j) + Vector256.Load(x + j)).Store(y + j);
        }

        last.Store(y + count - 8);
    }

    private static int AverageDivisor(PoolAxis axis, int window, bool countPadding) => countPadding ? axis.PaddedCount(window) : axis.Cells(window).Count;

    /// <summary>Sums down the columns of a window's rows in vectors, then across.</summary>
    private readonly struct AveragePoolRows(RowSplit split, PoolWindows windows, bool countPadding, double divisor, float* x, float* y) : IParallelBody
    {
        public void Invoke(int index)
        {
            (long first, long last, _, _) = split.Part(index);
            (PoolAxis rows, PoolAxis columns) = windows;
            float* sums = ThreadScratch.Floats(ThreadScratch.Use.Left, columns.Input);
            for (long row = first; row < last; row++)
            {
                float* plane = x + (row / rows.Output * rows.Input * columns.Input);
                int outputRow = (int)(row % rows.Output);
                (int top, int height) = rows.Cells(outputRow);
                new ReadOnlySpan<float>(plane + ((long)top * columns.Input), columns.Input).CopyTo(new Span<float>(sums, columns.Input));
                for (int r = 1; r < height; r++)
                {
                    AddRow(plane + ((long)(top + r) * columns.Input), sums, columns.Input);
                }

                float* target = y + (row * columns.Output);
                int rowDivisor = AverageDivisor(rows, outputRow, countPadding);
                for (int o = 0; o < columns.Output; o++)
                {
                    (int left, int width) = columns.Cells(o);
                    float sum = Sum(sums + left, width);
                    target[o] = sum / (float)(divisor != 0 ? divisor : (double)rowDivisor * AverageDivisor(columns, o, countPadding));
                }
            }
        }

        private static float Sum(float* x, nint count)
        {
            Vector256<float> sums = default;
            nint j = 0;
            for (; j <= count - 8; j += 8)
            {
                sums += Vector256.Load(x + j);
            }

            float sum = Vector256.Sum(sums);
            for (; j < count; j++)
            {
                sum += x[j];
            }

            return sum;
        }
    }

    /// <summary>One row of shares per row of windows, added to every row of the window.</summary>
    private readonly struct AveragePoolSpread(RowSplit split, PoolWindows windows, bool countPadding, double divisor, float* dy, float* dx) : IParallelBody
    {
        public void Invoke(int index)
        {
            (long first, long last, _, _) = split.Part(index);
            (PoolAxis rows, PoolAxis columns) = windows;
            float* shares = ThreadScratch.Floats(ThreadScratch.Use.Left, columns.Input);
            for (long plane = first; plane < last; plane++)
            {
                float* target = dx + (plane * rows.Input * columns.Input);
                new Span<float>(target, rows.Input * columns.Input).Clear();
                for (int o = 0; o < rows.Output; o++)
                {
                    new Span<float>(shares, columns.Input).Clear();
                    float* source = dy + (((plane * rows.Output) + o) * columns.Output);
                    int rowDivisor = AverageDivisor(rows, o, countPadding);
                    for (int c = 0; c < columns.Output; c++)
                    {
                        (int left, int width) = columns.Cells(c);
                        float share = source[c] / (float)(divisor != 0 ? divisor : (double)rowDivisor * AverageDivisor(columns, c, countPadding));
                        for (int j = left; j < left + width; j++)
                        {
                            shares[j] += share;
                        }
                    }

                    (int top, int height) = rows.Cells(o);
                    for (int r = top; r < top + height; r++)
                    {
                        AddRow(shares, target + ((long)r * columns.Input), columns.Input);
                    }
                }
            }
        }
    }
}
