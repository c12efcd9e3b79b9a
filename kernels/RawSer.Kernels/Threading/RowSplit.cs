namespace RawSer.Kernels;

/// <summary>
/// Rows of equal length cut into parts of about <see cref="WorkerPool.Grain"/> elements: several whole rows, or stretches of one long
/// row. A function of the shape alone.
/// </summary>
internal readonly struct RowSplit
{
    private readonly long _rows;
    private readonly long _length;
    private readonly long _rowsPerPart;
    private readonly int _stretches;

    /// <param name="rows">Number of rows.</param>
    /// <param name="length">Elements per row.</param>
    /// <param name="wholeRows">Never cut a row: what is computed for a row needs all of it.</param>
    public RowSplit(long rows, long length, bool wholeRows = false)
    {
        _rows = rows;
        _length = length;
        _rowsPerPart = Math.Max(1, WorkerPool.Grain / Math.Max(length, 1));
        _stretches = wholeRows ? 1 : Math.Max(1, WorkerPool.PartCount(length));
    }

    public int PartCount => checked((int)((_rows + _rowsPerPart - 1) / _rowsPerPart * _stretches));

    /// <summary>Rows [first, last) and in each the elements [start, start + count) of a part.</summary>
    public (long First, long Last, long Start, long Count) Part(int index)
    {
        long first = index / _stretches * _rowsPerPart;
        long start = (long)(index % _stretches) * WorkerPool.Grain;
        long count = _stretches == 1 ? _length : Math.Min(WorkerPool.Grain, _length - start);
        return (first, Math.Min(first + _rowsPerPart, _rows), start, count);
    }
}
