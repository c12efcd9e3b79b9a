namespace RawSer.Kernels;

/// <summary>Work on one stretch of a row of a <see cref="StridedLoop"/>.</summary>
internal interface IRowKernel
{
    /// <summary>Does elements [start, start + length) of row <paramref name="row"/>.</summary>
    void Invoke(in StridedLoop loop, long row, long start, long length);
}

/// <summary>Runs a row kernel over all rows of a walk on the worker pool, in parts of about <see cref="WorkerPool.Grain"/> elements.</summary>
internal static class RowLoop
{
    public static void Run<TKernel>(in StridedLoop loop, in TKernel kernel) where TKernel : struct, IRowKernel
    {
        if (loop.Count == 0)
        {
            return;
        }

        if (loop.Count <= WorkerPool.Grain)
        {
            for (long row = 0; row < loop.RowCount; row++)
            {
                kernel.Invoke(loop, row, 0, loop.RowLength);
            }

            return;
        }

        long stretchesPerRow = WorkerPool.PartCount(loop.RowLength);
        long rowsPerPart = Math.Max(1, WorkerPool.Grain / loop.RowLength);
        int parts = checked((int)((loop.RowCount + rowsPerPart - 1) / rowsPerPart * stretchesPerRow));
        WorkerPool.Shared.Run(parts, new Body<TKernel>(loop, kernel, stretchesPerRow, rowsPerPart));
    }

    private readonly struct Body<TKernel>(StridedLoop loop, TKernel kernel, long stretchesPerRow, long rowsPerPart) : IParallelBody
        where TKernel : struct, IRowKernel
    {
        private readonly StridedLoop _loop = loop;
        private readonly TKernel _kernel = kernel;

        public void Invoke(int index)
        {
            long start = index % stretchesPerRow * WorkerPool.Grain;
            long length = Math.Min(WorkerPool.Grain, _loop.RowLength - start);
            long first = index / stretchesPerRow * rowsPerPart;
            long last = Math.Min(first + rowsPerPart, _loop.RowCount);
            for (long row = first; row < last; row++)
            {
                _kernel.Invoke(_loop, row, start, length);
            }
        }
    }
}
