using RawSer.Kernels;

namespace RawSer;

/// <summary>The shapes of a reduction over some dimensions.</summary>
internal readonly struct ReducedShape
{
    /// <exception cref="ArgumentException">A dimension is named twice.</exception>
    public ReducedShape(string op, Shape full, ReadOnlySpan<int> dims)
    {
        Full = full;
        Span<bool> reduced = stackalloc bool[full.Rank];
        long count = 1;
        foreach (int dim in dims)
        {
            int d = full.Dim(dim);
            if (reduced[d])
            {
                throw new ArgumentException($"{op}: dimension {dim} of shape {full} is named twice");
            }

            reduced[d] = true;
            count *= full[d];
        }

        Count = count;
        List<int> kept = [], dropped = [];
        for (int d = 0; d < full.Rank; d++)
        {
            kept.Add(reduced[d] ? 1 : full[d]);
            if (!reduced[d])
            {
                dropped.Add(full[d]);
            }
        }

        Kept = kept.ToArray();
        Dropped = dropped.ToArray();
    }

    /// <summary>Before the reduction.</summary>
    public Shape Full { get; }

    /// <summary>After it, the reduced dimensions with extent 1.</summary>
    public Shape Kept { get; }

    /// <summary>After it, without the reduced dimensions.</summary>
    public Shape Dropped { get; }

    /// <summary>Elements that make one result.</summary>
    public long Count { get; }
}
