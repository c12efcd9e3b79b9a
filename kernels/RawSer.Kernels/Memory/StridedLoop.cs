namespace RawSer.Kernels;

/// <summary>
/// How to walk up to four views of one shape together: dimensions of extent 1 dropped, neighbouring dimensions merged where all
/// views allow it, so that most walks end as one long row. A value type: planning allocates nothing.
/// </summary>
internal unsafe struct StridedLoop
{
    /// <summary>Largest number of views.</summary>
    public const int MaxOperands = 4;

    private fixed long _extents[Shape.MaxRank];
    private fixed long _strides[Shape.MaxRank * MaxOperands];
    private readonly int _operands;
    private readonly int _rank;

    /// <summary>A walk over views of the same shape.</summary>
    public StridedLoop(params ReadOnlySpan<Layout> layouts)
    {
        _operands = layouts.Length;
        Shape shape = layouts[0].Shape;
        _rank = 0;
        Count = shape.ElementCount;
        for (int d = 0; d < shape.Rank; d++)
        {
            if (shape[d] == 1)
            {
                continue;
            }

            // The previous kept dimension and this one are one row when stepping the outer equals walking the whole inner.
            bool merge = _rank > 0;
            for (int o = 0; o < layouts.Length && merge; o++)
            {
                merge = _strides[((_rank - 1) * MaxOperands) + o] == layouts[o].Strides[d] * shape[d];
            }

            if (!merge)
            {
                _extents[_rank++] = 1;
            }

            _extents[_rank - 1] *= shape[d];
            for (int o = 0; o < layouts.Length; o++)
            {
                _strides[((_rank - 1) * MaxOperands) + o] = layouts[o].Strides[d];
            }
        }

        if (_rank == 0)
        {
            _rank = 1;
            _extents[0] = Count; // 1, or 0 for an empty shape
            for (int o = 0; o < layouts.Length; o++)
            {
                _strides[o] = 1;
            }
        }
    }

    /// <summary>Number of elements.</summary>
    public long Count { get; }

    /// <summary>Length of the innermost row.</summary>
    public readonly long RowLength => _extents[_rank - 1];

    /// <summary>Number of rows.</summary>
    public readonly long RowCount => Count == 0 ? 0 : Count / RowLength;

    /// <summary>Stride of a view along the row, in elements.</summary>
    public readonly long RowStride(int operand) => _strides[((_rank - 1) * MaxOperands) + operand];

    /// <summary>Number of dimensions after merging, the row included.</summary>
    public readonly int Rank => _rank;

    /// <summary>Extent of a dimension; the row is the last.</summary>
    public readonly long Extent(int dim) => _extents[dim];

    /// <summary>Stride of a view in a dimension, in elements.</summary>
    public readonly long Stride(int dim, int operand) => _strides[(dim * MaxOperands) + operand];

    /// <summary>True when every view is one row without gaps.</summary>
    public readonly bool IsFlat
    {
        get
        {
            bool flat = _rank == 1;
            for (int o = 0; o < _operands; o++)
            {
                flat &= _strides[o] == 1;
            }

            return flat;
        }
    }

    /// <summary>Element offset of a view at the start of row <paramref name="row"/>, relative to the view's first element.</summary>
    public readonly long RowOffset(int operand, long row)
    {
        if (_rank < 2)
        {
            return 0;
        }

        long offset = 0;
        for (int d = _rank - 2; d > 0; d--)
        {
            long outer = row / _extents[d];
            offset += (row - (outer * _extents[d])) * _strides[(d * MaxOperands) + operand];
            row = outer;
        }

        return offset + (row * _strides[operand]); // no division for the outermost dimension: most walks have two
    }
}
