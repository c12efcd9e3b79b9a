namespace RawSer.Kernels;

/// <summary>Columns of a tile that are outputs: <c>Length</c> neighbours from column <c>Start</c> on belong to (Row, Column) and its right neighbours.</summary>
internal readonly record struct Segment(int Start, int Length, int Row, int Column);

/// <summary>
/// Walks a block of outputs (rows x columns, stored with a pitch) tile by tile: either along each row, or across the rows' ends with the
/// columns between width and pitch computed in vain, whichever wastes less.
/// </summary>
internal unsafe struct TileCursor(bool alongRows, int rows, int columns, int pitch, int lanes, int maxWidth)
{
    private int _row;
    private int _column;

    /// <summary>Back to the first tile.</summary>
    public void Reset() => (_row, _column) = (0, 0);

    /// <summary>The next tile: where it starts in the block, its width, and the segments of it that are outputs.</summary>
    public bool Next(Segment* segments, out int start, out int width, out int count)
    {
        int end = ((rows - 1) * pitch) + columns;
        start = (_row * pitch) + _column;
        (width, count) = (0, 0);
        if (start >= end)
        {
            return false;
        }

        if (alongRows)
        {
            width = TileWidth(columns - _column);
            segments[count++] = new Segment(0, width, _row, _column);
            Advance(width, columns);
            return true;
        }

        width = TileWidth(end - start);
        for (int at = 0; at < width;)
        {
            int run = Math.Min(width - at, pitch - _column);
            int outputs = Math.Min(run, columns - _column);
            if (outputs > 0)
            {
                segments[count++] = new Segment(at, outputs, _row, _column);
            }

            at += run;
            Advance(run, pitch);
        }

        return true;
    }

    /// <summary>The width of the next tile when what remains is cut into tiles of about equally many registers.</summary>
    private readonly int TileWidth(int remaining)
    {
        int registers = (remaining + lanes - 1) / lanes, perTile = maxWidth / lanes;
        int tiles = (registers + perTile - 1) / perTile;
        return Math.Min((registers + tiles - 1) / tiles * lanes, remaining);
    }

    private void Advance(int by, int end)
    {
        _column += by;
        if (_column >= end)
        {
            (_row, _column) = (_row + 1, 0);
        }
    }
}
