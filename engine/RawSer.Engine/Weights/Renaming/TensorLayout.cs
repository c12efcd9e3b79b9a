namespace RawSer.Weights.Renaming;

/// <summary>A dense tensor seen in another order: reshape, then permute, then reshape, as strides over the stored values.</summary>
internal sealed class TensorLayout
{
    private TensorLayout(long[] shape, long[] sizes, long[] strides) => (Shape, Sizes, Strides) = (shape, sizes, strides);

    /// <summary>The shape of the result.</summary>
    public long[] Shape { get; }

    /// <summary>Extents after the permutation.</summary>
    public long[] Sizes { get; }

    /// <summary>Steps in elements over the stored values.</summary>
    public long[] Strides { get; }

    /// <exception cref="WeightFileException">The shapes do not fit the tensor.</exception>
    public static TensorLayout Of(RenameRule rule, WeightEntry entry)
    {
        long[] before = Resolve(rule.Shape ?? [.. entry.Extents], entry);
        int[] axes = rule.Axes ?? [.. Enumerable.Range(0, before.Length)];
        if (axes.Length != before.Length || !axes.Order().SequenceEqual(Enumerable.Range(0, before.Length)))
        {
            throw new WeightFileException(entry.File, entry.Name, $"axes ({string.Join(", ", axes)}) are no permutation of the {before.Length} axes of {WeightEntry.Format(before)}");
        }

        long[] strides = new long[before.Length];
        long step = 1;
        for (int i = before.Length - 1; i >= 0; i--)
        {
            strides[i] = step;
            step *= before[i];
        }

        long[] sizes = Array.ConvertAll(axes, axis => before[axis]);
        return new TensorLayout(rule.Final is null ? sizes : Resolve(rule.Final, entry), sizes, Array.ConvertAll(axes, axis => strides[axis]));
    }

    /// <summary>Checks a shape against the number of elements; one extent may be -1.</summary>
    private static long[] Resolve(long[] shape, WeightEntry entry)
    {
        Int128 known = 1;
        foreach (long extent in shape)
        {
            known *= extent == -1 ? 1 : extent;
        }

        int open = shape.Count(extent => extent == -1);
        long[] resolved = Array.ConvertAll(shape, extent => extent == -1 && known > 0 ? (long)(entry.ElementCount / known) : extent);
        Int128 elements = resolved.Aggregate((Int128)1, (product, extent) => product * extent);
        return open <= 1 && resolved.All(extent => extent >= 0) && elements == entry.ElementCount
            ? resolved
            : throw new WeightFileException(entry.File, entry.Name, $"shape {WeightEntry.Format(entry.Extents)} cannot be reshaped to {WeightEntry.Format(shape)}");
    }
}
