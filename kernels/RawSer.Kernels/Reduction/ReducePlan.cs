namespace RawSer.Kernels;

/// <summary>Some dimensions of a walk: extents with the strides of the operand that is read.</summary>
internal unsafe struct DimWalk
{
    private fixed long _extents[Shape.MaxRank];
    private fixed long _strides[Shape.MaxRank];
    private int _rank;

    public DimWalk() => Count = 1;

    /// <summary>Product of the extents.</summary>
    public long Count { get; private set; }

    /// <summary>Adds a dimension inside those before; merged with the last one if both can be walked as one.</summary>
    public void Add(long extent, long stride)
    {
        Count *= extent;
        if (_rank > 0 && _strides[_rank - 1] == stride * extent)
        {
            _extents[_rank - 1] *= extent;
            _strides[_rank - 1] = stride;
            return;
        }

        _extents[_rank] = extent;
        _strides[_rank++] = stride;
    }

    /// <summary>Offset of a place in row-major order.</summary>
    public readonly long Offset(long place)
    {
        long offset = 0;
        for (int d = _rank - 1; d > 0; d--)
        {
            long outer = place / _extents[d];
            offset += (place - (outer * _extents[d])) * _strides[d];
            place = outer;
        }

        return _rank > 0 ? offset + (place * _strides[0]) : 0;
    }
}

/// <summary>
/// The dimensions of a reduction, ordered by the strides of x so that neighbours in memory come innermost: the inner dimension, which is
/// either reduced or kept, and the kept and the reduced dimensions around it.
/// </summary>
internal readonly struct ReducePlan
{
    private readonly DimWalk _keptX;
    private readonly DimWalk _keptY;
    private readonly DimWalk _reduced;

    public ReducePlan(Layout x, Layout y)
    {
        Span<int> order = stackalloc int[x.Shape.Rank];
        int rank = 0;
        for (int d = 0; d < x.Shape.Rank; d++)
        {
            if (x.Shape[d] == 1)
            {
                continue;
            }

            int at = rank++;
            while (at > 0 && Math.Abs(x.Strides[order[at - 1]]) < Math.Abs(x.Strides[d]))
            {
                order[at] = order[at - 1];
                at--;
            }

            order[at] = d;
        }

        _keptX = new DimWalk();
        _keptY = new DimWalk();
        _reduced = new DimWalk();
        InnerLength = 1;
        InnerStride = 1;
        InnerStrideY = 1;
        InnerReduced = true;
        int outer = rank;
        if (rank > 0)
        {
            // The inner dimension, with those merged that continue it in both operands.
            int d = order[rank - 1];
            InnerReduced = y.Shape[d] == 1;
            InnerLength = x.Shape[d];
            InnerStride = x.Strides[d];
            InnerStrideY = InnerReduced ? 1 : y.Strides[d];
            outer--;
            while (outer > 0)
            {
                int next = order[outer - 1];
                bool sameKind = y.Shape[next] == 1 == InnerReduced;
                if (!sameKind || x.Strides[next] != InnerStride * InnerLength
                    || (!InnerReduced && y.Strides[next] != InnerStrideY * InnerLength))
                {
                    break;
                }

                InnerLength *= x.Shape[next];
                outer--;
            }
        }

        for (int i = 0; i < outer; i++)
        {
            int d = order[i];
            if (y.Shape[d] == 1)
            {
                _reduced.Add(x.Shape[d], x.Strides[d]);
            }
            else
            {
                _keptX.Add(x.Shape[d], x.Strides[d]);
                _keptY.Add(x.Shape[d], y.Strides[d]);
            }
        }
    }

    /// <summary>True when the inner dimension is reduced, false when it is kept.</summary>
    public bool InnerReduced { get; }

    public long InnerLength { get; }

    /// <summary>Stride of x along the inner dimension.</summary>
    public long InnerStride { get; }

    /// <summary>Stride of y along the inner dimension, if it is kept.</summary>
    public long InnerStrideY { get; }

    /// <summary>Places of the kept dimensions around the inner one.</summary>
    public long OuterKept => _keptX.Count;

    /// <summary>Places of the reduced dimensions around the inner one.</summary>
    public long OuterReduced => _reduced.Count;

    /// <summary>Elements that make one result.</summary>
    public long Reduced => InnerReduced ? _reduced.Count * InnerLength : _reduced.Count;

    public long KeptOffsetX(long place) => _keptX.Offset(place);

    public long KeptOffsetY(long place) => _keptY.Offset(place);

    public long ReducedOffset(long place) => _reduced.Offset(place);
}
