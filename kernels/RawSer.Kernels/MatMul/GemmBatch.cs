namespace RawSer.Kernels;

/// <summary>The leading dimensions of the operands a, b, c and bias of a batched product.</summary>
internal unsafe struct GemmBatch
{
    private const int Operands = 4;

    private fixed long _strides[Shape.MaxRank * Operands];
    private fixed int _extents[Shape.MaxRank];
    private int _rank;
    private long _count; // less one, so that default is one product

    /// <summary>Number of products.</summary>
    public readonly long Count => _count + 1;

    /// <summary>Extent of the innermost batch dimension; there must be one.</summary>
    public readonly int InnerExtent => _extents[_rank - 1];

    public readonly int Rank => _rank;

    /// <summary>With a and b exchanged.</summary>
    public readonly GemmBatch Swapped
    {
        get
        {
            GemmBatch swapped = this;
            for (int d = 0; d < _rank; d++)
            {
                swapped._strides[d * Operands] = _strides[(d * Operands) + 1];
                swapped._strides[(d * Operands) + 1] = _strides[d * Operands];
            }

            return swapped;
        }
    }

    /// <summary>Stride of an operand along the innermost batch dimension.</summary>
    public readonly long InnerStride(int operand) => _strides[((_rank - 1) * Operands) + operand];

    /// <summary>Adds a dimension inside the others; extents of 1 are left out.</summary>
    public void Add(int extent, long a, long b, long c, long bias)
    {
        if (extent == 1)
        {
            return;
        }

        _extents[_rank] = extent;
        long* strides = stackalloc long[] { a, b, c, bias };
        for (int o = 0; o < Operands; o++)
        {
            _strides[(_rank * Operands) + o] = strides[o];
        }

        _rank++;
        _count = (Count * extent) - 1;
    }

    /// <summary>With results that lie one after the other, <paramref name="elements"/> each, and nothing as the fourth operand.</summary>
    public readonly GemmBatch WithDenseResults(long elements)
    {
        GemmBatch dense = this;
        for (int d = _rank - 1; d >= 0; d--)
        {
            dense._strides[(d * Operands) + 2] = elements;
            dense._strides[(d * Operands) + 3] = 0;
            elements *= _extents[d];
        }

        return dense;
    }

    /// <summary>Whether all strides of an operand are multiples of four.</summary>
    public readonly bool InQuads(int operand)
    {
        bool inQuads = true;
        for (int d = 0; d < _rank; d++)
        {
            inQuads &= _strides[(d * Operands) + operand] % 4 == 0;
        }

        return inQuads;
    }

    /// <summary>The walk of a device over the products, from where the first one's operands start.</summary>
    public readonly DeviceWalk Walk(ReadOnlySpan<long> starts)
    {
        DeviceWalk walk = DeviceWalk.From(starts);
        fixed (long* strides = _strides)
        {
            for (int d = _rank - 1; d >= 0; d--)
            {
                walk.Add(_extents[d], new ReadOnlySpan<long>(strides + (d * Operands), Operands));
            }
        }

        return walk;
    }

    /// <summary>Takes the innermost dimension away.</summary>
    public void RemoveInner()
    {
        _count = (Count / InnerExtent) - 1;
        _rank--;
    }

    /// <summary>Where an operand of product <paramref name="index"/> starts.</summary>
    public readonly long Offset(int operand, long index)
    {
        long offset = 0;
        for (int d = _rank - 1; d >= 0; d--)
        {
            offset += index % _extents[d] * _strides[(d * Operands) + operand];
            index /= _extents[d];
        }

        return offset;
    }
}
