namespace RawSer.Kernels;

/// <content>Reading and adding at places given by indices (I64). An index outside the dimension is refused.</content>
public abstract partial class Backend
{
    /// <summary><c>y[.., i, ..] = x[.., index[i], ..]</c> in dimension dim; index is a dense vector, x and y are dense, of any one type.</summary>
    public abstract void IndexSelect(View x, int dim, View index, View y);

    /// <summary><c>y[.., index[i], ..] += x[.., i, ..]</c> in the order of i; index is a dense vector, x and y are dense floats.</summary>
    public abstract void IndexAdd(View y, int dim, View index, View x);

    /// <summary>
    /// <c>y[p] = x[q]</c> where q is p with index[p] in dimension dim. index and y have one shape, which in the other dimensions may be
    /// smaller than x; any strides, floats.
    /// </summary>
    public abstract void Gather(View x, int dim, View index, View y);

    /// <summary><c>y[q] += source[p]</c> in row-major order of p, with q as in <see cref="Gather"/>; any strides, floats.</summary>
    public abstract void ScatterAdd(View y, int dim, View index, View source);
}

/// <summary>What host kernels check of indices.</summary>
internal static class IndexRange
{
    /// <exception cref="ArgumentOutOfRangeException">The index is not from 0 to extent - 1.</exception>
    public static long Check(string op, long index, long extent)
    {
        if ((ulong)index >= (ulong)extent)
        {
            throw Refusal(op, index, extent);
        }

        return index;
    }

    /// <summary>The error of an index outside its dimension.</summary>
    public static ArgumentOutOfRangeException Refusal(string op, long index, long extent) =>
        new(nameof(index), $"{op}: index {index} into a dimension of extent {extent}, expected 0 to {extent - 1}");
}

/// <summary>Dense arrays as rows that indices of a dimension number.</summary>
internal static class IndexedRows
{
    /// <summary>Elements of a row: the product of the extents behind the dimension.</summary>
    public static long InnerCount(Shape shape, int dim)
    {
        long inner = 1;
        for (int d = dim + 1; d < shape.Rank; d++)
        {
            inner *= shape[d];
        }

        return inner;
    }
}
