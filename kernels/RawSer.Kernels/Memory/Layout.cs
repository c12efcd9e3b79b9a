namespace RawSer.Kernels;

/// <summary>
/// How the elements of a view lie in its storage: element (i0, i1, ...) stands at <c>Offset + i0*Strides[0] + i1*Strides[1] + ...</c>,
/// all in elements, not bytes. Immutable. A stride of 0 repeats one element (broadcasting).
/// </summary>
public sealed class Layout
{
    private readonly long[] _strides;

    /// <summary>A layout from its parts.</summary>
    /// <exception cref="ArgumentException">The number of strides is not the rank of the shape.</exception>
    public Layout(Shape shape, ReadOnlySpan<long> strides, long offset)
    {
        if (strides.Length != shape.Rank)
        {
            throw new ArgumentException($"layout of shape {shape}: {strides.Length} strides for {shape.Rank} dimensions");
        }

        Shape = shape;
        _strides = strides.ToArray();
        Offset = offset;
        IsContiguous = StridesAreRowMajor(shape, strides);
    }

    /// <summary>Extents.</summary>
    public Shape Shape { get; }

    /// <summary>Distance in elements between neighbours, one per dimension.</summary>
    public ReadOnlySpan<long> Strides => _strides;

    /// <summary>Index of the first element in the storage.</summary>
    public long Offset { get; }

    /// <summary>True when the elements follow each other in row-major order without gaps (dimensions of extent 1 do not matter).</summary>
    public bool IsContiguous { get; }

    /// <summary>The dense row-major layout of a shape.</summary>
    public static Layout RowMajor(Shape shape, long offset = 0)
    {
        Span<long> strides = stackalloc long[shape.Rank];
        FillRowMajor(shape.AsSpan(), strides);
        return new Layout(shape, strides, offset);
    }

    /// <summary>Dimensions reordered: dimension <c>i</c> of the result is dimension <c>dims[i]</c> of this layout.</summary>
    public Layout Permute(ReadOnlySpan<int> dims)
    {
        if (dims.Length != Shape.Rank)
        {
            throw new ArgumentException($"permute of shape {Shape}: {dims.Length} dimensions given, expected {Shape.Rank}");
        }

        int[] extents = new int[dims.Length];
        Span<long> strides = stackalloc long[dims.Length];
        int seen = 0;
        for (int i = 0; i < dims.Length; i++)
        {
            int from = Shape.Dim(dims[i]);
            seen |= 1 << from;
            extents[i] = Shape[from];
            strides[i] = _strides[from];
        }

        if (seen != (1 << dims.Length) - 1)
        {
            throw new ArgumentException($"permute of shape {Shape}: ({string.Join(", ", dims.ToArray())}) names a dimension twice");
        }

        return new Layout(extents, strides, Offset);
    }

    /// <summary>Elements <c>start, start+step, ...</c> (<paramref name="length"/> of them) of one dimension.</summary>
    public Layout Slice(int dim, int start, int length, int step = 1)
    {
        int d = Shape.Dim(dim);
        if (step < 1 || start < 0 || length < 0 || (length > 0 && start + ((long)(length - 1) * step) >= Shape[d]))
        {
            throw new ArgumentException($"slice of dimension {dim} of shape {Shape}: start {start}, length {length}, step {step} reach beyond extent {Shape[d]}");
        }

        long[] strides = (long[])_strides.Clone();
        long offset = Offset + (start * strides[d]);
        strides[d] *= step;
        return new Layout(Shape.With(d, length), strides, offset);
    }

    /// <summary>Without a dimension, at index <paramref name="index"/> of it.</summary>
    public Layout Select(int dim, int index)
    {
        int d = Shape.Dim(dim);
        Layout sliced = Slice(d, index, 1);
        return new Layout(Shape.Without(d), [.. sliced._strides.AsSpan(0, d), .. sliced._strides.AsSpan(d + 1)], sliced.Offset);
    }

    /// <summary>Repeated to a larger shape by NumPy's rule, with strides of 0.</summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public Layout BroadcastTo(Shape shape)
    {
        if (Shape == shape)
        {
            return this;
        }

        int lead = shape.Rank - Shape.Rank;
        Span<long> strides = stackalloc long[shape.Rank];
        for (int d = 0; d < shape.Rank; d++)
        {
            int own = d - lead;
            int extent = own < 0 ? 1 : Shape[own];
            if (lead < 0 || (extent != shape[d] && extent != 1))
            {
                throw new ArgumentException($"broadcast: shape {Shape} does not fit {shape}");
            }

            strides[d] = own < 0 || extent == 1 ? 0 : _strides[own];
        }

        return new Layout(shape, strides, Offset);
    }

    /// <summary>
    /// The same elements in the same order under another shape, or null when no strides can express that (a copy is needed).
    /// The element counts must agree.
    /// </summary>
    public Layout? Reshape(Shape shape)
    {
        if (shape.ElementCount != Shape.ElementCount)
        {
            throw new ArgumentException($"reshape: shape {Shape} holds {Shape.ElementCount} elements, {shape} needs {shape.ElementCount}");
        }

        if (IsContiguous || Shape.ElementCount == 0)
        {
            return RowMajor(shape, Offset);
        }

        // Match groups of old dimensions with groups of new ones that hold equally many elements; inside a group the old
        // dimensions must be mergeable: strides[d] == strides[d+1] * extent[d+1].
        Span<long> strides = stackalloc long[shape.Rank];
        int oldDim = 0, newDim = 0;
        while (oldDim < Shape.Rank || newDim < shape.Rank)
        {
            int oldEnd = oldDim, newEnd = newDim;
            long oldCount = 1, newCount = 1;
            if (oldEnd < Shape.Rank)
            {
                oldCount = Shape[oldEnd++];
            }

            if (newEnd < shape.Rank)
            {
                newCount = shape[newEnd++];
            }

            while (oldCount != newCount)
            {
                if (oldCount < newCount)
                {
                    oldCount *= Shape[oldEnd++];
                }
                else
                {
                    newCount *= shape[newEnd++];
                }
            }

            if (!MergedStride(oldDim, oldEnd, out long stride))
            {
                return null;
            }

            for (int d = newEnd - 1; d >= newDim; d--)
            {
                strides[d] = stride;
                stride *= shape[d];
            }

            oldDim = oldEnd;
            newDim = newEnd;
        }

        return new Layout(shape, strides, Offset);
    }

    /// <summary>The innermost stride of dimensions [from, to) seen as one, if they can be merged.</summary>
    private bool MergedStride(int from, int to, out long stride)
    {
        stride = 1;
        bool first = true;
        long expected = 0;
        for (int d = to - 1; d >= from; d--)
        {
            if (Shape[d] == 1)
            {
                continue;
            }

            if (first)
            {
                stride = _strides[d];
                first = false;
            }
            else if (_strides[d] != expected)
            {
                return false;
            }

            expected = _strides[d] * Shape[d];
        }

        return true;
    }

    /// <summary>The strides of a dense row-major layout.</summary>
    internal static void FillRowMajor(ReadOnlySpan<int> extents, Span<long> strides)
    {
        long stride = 1;
        for (int d = extents.Length - 1; d >= 0; d--)
        {
            strides[d] = stride;
            stride *= extents[d];
        }
    }

    private static bool StridesAreRowMajor(Shape shape, ReadOnlySpan<long> strides)
    {
        long expected = 1;
        for (int d = shape.Rank - 1; d >= 0; d--)
        {
            if (shape[d] == 1)
            {
                continue;
            }

            if (strides[d] != expected)
            {
                return shape.ElementCount == 0;
            }

            expected *= shape[d];
        }

        return true;
    }
}
