using System.Diagnostics.CodeAnalysis;

namespace RawSer.Kernels;

/// <summary>
/// Layouts that launches make on the way, each made once: a training step asks for the same ones again and again, and a launch shall
/// allocate nothing. Thread-safe.
/// </summary>
internal static class LayoutTable
{
    private const int MostLayouts = 4096; // far more than a network has; programs of ever new shapes start again

    private static readonly Lock s_lock = new();
    private static readonly HashSet<Layout> s_layouts = new(new ByParts());
    private static readonly HashSet<Layout>.AlternateLookup<LayoutParts> s_byParts = s_layouts.GetAlternateLookup<LayoutParts>();

    /// <summary>The layout of these parts.</summary>
    public static Layout Get(ReadOnlySpan<int> extents, ReadOnlySpan<long> strides, long offset)
    {
        LayoutParts parts = new(extents, strides, offset);
        lock (s_lock)
        {
            if (!s_byParts.TryGetValue(parts, out Layout? layout))
            {
                if (s_layouts.Count == MostLayouts)
                {
                    s_layouts.Clear();
                }

                layout = new Layout(Shape.Create(extents), strides, offset);
                s_layouts.Add(layout);
            }

            return layout;
        }
    }

    /// <summary>The dense layout of a shape.</summary>
    public static Layout RowMajor(ReadOnlySpan<int> extents, long offset = 0)
    {
        Span<long> strides = stackalloc long[extents.Length];
        Layout.FillRowMajor(extents, strides);
        return Get(extents, strides, offset);
    }

    /// <summary>A layout without a dimension, at an index of it that must exist.</summary>
    public static Layout Select(Layout layout, int dim, int index)
    {
        Span<int> extents = stackalloc int[Shape.MaxRank];
        Span<long> strides = stackalloc long[Shape.MaxRank];
        int removed = layout.Shape.Dim(dim), rank = 0;
        for (int d = 0; d < layout.Shape.Rank; d++)
        {
            if (d != removed)
            {
                (extents[rank], strides[rank++]) = (layout.Shape[d], layout.Strides[d]);
            }
        }

        return Get(extents[..rank], strides[..rank], layout.Offset + (index * layout.Strides[removed]));
    }

    private readonly ref struct LayoutParts(ReadOnlySpan<int> extents, ReadOnlySpan<long> strides, long offset)
    {
        public ReadOnlySpan<int> Extents { get; } = extents;

        public ReadOnlySpan<long> Strides { get; } = strides;

        public long Offset { get; } = offset;

        public static LayoutParts Of(Layout layout) => new(layout.Shape.AsSpan(), layout.Strides, layout.Offset);
    }

    private sealed class ByParts : IEqualityComparer<Layout>, IAlternateEqualityComparer<LayoutParts, Layout>
    {
        public bool Equals(Layout? x, Layout? y) => x is null || y is null ? ReferenceEquals(x, y) : Equals(LayoutParts.Of(x), y);

        public bool Equals(LayoutParts alternate, Layout other) =>
            alternate.Offset == other.Offset && alternate.Extents.SequenceEqual(other.Shape.AsSpan()) && alternate.Strides.SequenceEqual(other.Strides);

        public int GetHashCode([DisallowNull] Layout obj) => GetHashCode(LayoutParts.Of(obj));

        public int GetHashCode(LayoutParts alternate)
        {
            HashCode hash = default;
            hash.Add(alternate.Offset);
            foreach (int extent in alternate.Extents)
            {
                hash.Add(extent);
            }

            foreach (long stride in alternate.Strides)
            {
                hash.Add(stride);
            }

            return hash.ToHashCode();
        }

        public Layout Create(LayoutParts alternate) => new(Shape.Create(alternate.Extents), alternate.Strides, alternate.Offset);
    }
}
