using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void MaxPool(View x, PoolWindows windows, View y, View place)
    {
        if (place.Exists)
        {
            MaxPool<WithPlaces>(x, windows, y, place);
        }
        else
        {
            MaxPool<ValuesOnly>(x, windows, y, place);
        }
    }

    /// <inheritdoc/>
    public override void MaxPoolBackward(View dy, View place, PoolWindows windows, View dx)
    {
        if (windows.Rows.IsTiling && windows.Columns.IsTiling && place.DType == DType.U8)
        {
            RowSplit rows = new(dy.Count / windows.Columns.Output, (long)windows.Rows.Kernel * windows.Columns.Input, wholeRows: true);
            WorkerPool.Shared.Run(rows.PartCount, new MaxPoolTiles(rows, windows, dy.Pointer<float>(), place.Pointer<byte>(), dx.Pointer<float>()));
            return;
        }

        long planes = dx.Count / Math.Max(1, (long)windows.Rows.Input * windows.Columns.Input);
        RowSplit split = new(planes, (long)windows.Rows.Input * windows.Columns.Input, wholeRows: true);
        WorkerPool.Shared.Run(split.PartCount, new MaxPoolScatter(split, windows, dy.Pointer<float>(), place, dx.Pointer<float>()));
    }

    /// <inheritdoc/>
    public override void MaxPoolIndex(View place, PoolWindows windows, View index)
    {
        long* p = index.Pointer<long>();
        WindowPlaces places = new(place, windows);
        long count = place.Count;
        for (long i = 0; i < count; i++)
        {
            int column = (int)(i % windows.Columns.Output);
            p[i] = places.Cell((int)(i / windows.Columns.Output % windows.Rows.Output), column, i);
        }
    }

    private static void MaxPool<TTracking>(View x, PoolWindows windows, View y, View place) where TTracking : struct, IPoolTracking
    {
        long rows = y.Count / Math.Max(1, windows.Columns.Output);
        RowSplit split = new(rows, (long)windows.Rows.Kernel * windows.Columns.Input, wholeRows: true);
        WorkerPool.Shared.Run(split.PartCount, new MaxPoolRows<TTracking>(split, windows, x.Pointer<float>(), y.Pointer<float>(), place));
    }

    /// <summary>Stores a row of places in their type.</summary>
    private static void StorePlaces(int* places, View place, long at, int count)
    {
        if (place.DType == DType.I32)
        {
            new ReadOnlySpan<int>(places, count).CopyTo(new Span<int>(place.Pointer<int>() + at, count));
            return;
        }

        byte* p = place.Pointer<byte>() + at;
        int i = 0;
        for (; i <= count - 8; i += 8)
        {
            Vector128<ushort> shorts = Vector128.Narrow(Vector128.Load((uint*)places + i), Vector128.Load((uint*)places + i + 4));
            Vector128.Narrow(shorts, default).GetLower().Store(p + i);
        }

        for (; i < count; i++)
        {
            p[i] = (byte)places[i];
        }
    }

    private readonly struct MaxPoolRows<TTracking>(RowSplit split, PoolWindows windows, float* x, float* y, View place) : IParallelBody
        where TTracking : struct, IPoolTracking
    {
        public void Invoke(int index)
        {
            (long first, long last, _, _) = split.Part(index);
            MaxWindows<PoolIdentity, TTracking> pool = new(windows, default);
            float* scratch = ThreadScratch.Floats(ThreadScratch.Use.Left, MaxWindows<PoolIdentity, TTracking>.ScratchFloats(windows));
            long stride = MaxWindows<PoolIdentity, TTracking>.Stride(windows);
            int width = windows.Columns.Output;
            for (long row = first; row < last; row++)
            {
                long plane = row / windows.Rows.Output;
                pool.Row(x + (plane * windows.Rows.Input * windows.Columns.Input), (int)(row % windows.Rows.Output), scratch);
                new ReadOnlySpan<float>(scratch, width).CopyTo(new Span<float>(y + (row * width), width));
                if (TTracking.Places)
                {
                    StorePlaces((int*)(scratch + stride), place, row * width, width);
                }
            }
        }
    }

    /// <summary>Windows that tile the planes: every cell is written once, with the gradient of its window or 0.</summary>
    private readonly struct MaxPoolTiles(RowSplit split, PoolWindows windows, float* dy, byte* place, float* dx) : IParallelBody
    {
        public void Invoke(int index)
        {
            (long first, long last, _, _) = split.Part(index);
            (PoolAxis rows, PoolAxis columns) = windows;
            WindowSpread spread = new(columns, ThreadScratch.Floats(ThreadScratch.Use.Left, WindowSpread.ScratchFloats(columns)));
            for (long row = first; row < last; row++)
            {
                (long plane, long outputRow) = Math.DivRem(row, rows.Output);
                spread.Fill(dy + (row * columns.Output), place + (row * columns.Output));
                float* target = dx + (((plane * rows.Input) + (outputRow * rows.Kernel)) * columns.Input);
                for (int r = 0; r < rows.Kernel; r++, target += columns.Input)
                {
                    Winners(spread, r * columns.Kernel, target, columns.Input);
                }

                if (outputRow == rows.Output - 1)
                {
                    new Span<float>(target, (rows.Input - (rows.Output * rows.Kernel)) * columns.Input).Clear(); // behind the last windows
                }
            }
        }

        private static void Winners(WindowSpread spread, int rowPlace, float* target, nint width)
        {
            Vector256<int> own = Vector256.Create(rowPlace);
            for (nint j = 0; j <= width - 8; j += 8)
            {
                (Vector256.Equals(Vector256.Load(spread.RowPlaces + j), own).AsSingle() & Vector256.Load(spread.Gradients + j)).Store(target + j);
            }

            for (nint j = width / 8 * 8; j < width; j++)
            {
                target[j] = spread.RowPlaces[j] == rowPlace ? spread.Gradients[j] : 0;
            }
        }
    }

    private readonly struct MaxPoolScatter(RowSplit split, PoolWindows windows, float* dy, View place, float* dx) : IParallelBody
    {
        public void Invoke(int index)
        {
            (long first, long last, _, _) = split.Part(index);
            WindowPlaces places = new(place, windows);
            long cells = (long)windows.Rows.Input * windows.Columns.Input;
            for (long plane = first; plane < last; plane++)
            {
                float* target = dx + (plane * cells);
                new Span<float>(target, checked((int)cells)).Clear();
                long i = plane * windows.Rows.Output * windows.Columns.Output;
                for (int row = 0; row < windows.Rows.Output; row++)
                {
                    for (int column = 0; column < windows.Columns.Output; column++, i++)
                    {
                        target[places.Cell(row, column, i)] += dy[i];
                    }
                }
            }
        }
    }

    /// <summary>From the place in a window to the cell in the plane.</summary>
    private readonly struct WindowPlaces(View place, PoolWindows windows)
    {
        private readonly byte* _bytes = place.DType == DType.U8 ? place.Pointer<byte>() : null;
        private readonly int* _ints = place.DType == DType.I32 ? place.Pointer<int>() : null;

        public long Cell(int row, int column, long i)
        {
            int place = _bytes != null ? _bytes[i] : _ints[i];
            (int down, int across) = Math.DivRem(place, windows.Columns.Kernel);
            return ((long)(windows.Rows.Start(row) + (down * windows.Rows.Dilation)) * windows.Columns.Input)
                + windows.Columns.Start(column) + (across * windows.Columns.Dilation);
        }
    }
}
