using System.Collections;
using System.Runtime.CompilerServices;

namespace RawSer.Kernels;

/// <summary>
/// The extents of a tensor, outermost first. Immutable; rank 0 is a scalar, extents may be 0.
/// Written as a collection expression: <c>Shape s = [32, 1, 128, 94];</c>
/// </summary>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public sealed class Shape : IReadOnlyList<int>, IEquatable<Shape>
{
    /// <summary>Largest number of dimensions.</summary>
    public const int MaxRank = 8;

    // So that the bytes of any type are a number of 64 bits.
    private const long MaxElements = 1L << 59;

    /// <summary>The shape of a single value: rank 0.</summary>
    public static readonly Shape Scalar = new([]);

    private readonly int[] _extents;

    private Shape(int[] extents)
    {
        if (extents.Length > MaxRank)
        {
            throw new ArgumentException($"shape of rank {extents.Length}: at most {MaxRank} dimensions are supported");
        }

        long count = 1;
        bool empty = false;
        foreach (int extent in extents)
        {
            if (extent < 0)
            {
                throw new ArgumentException($"shape ({string.Join(", ", extents)}): extent {extent} is negative");
            }

            empty |= extent == 0;
            if (!empty && extent > MaxElements / count)
            {
                throw new ArgumentException($"shape ({string.Join(", ", extents)}): more than {MaxElements} elements");
            }

            count = empty ? 0 : count * extent;
        }

        _extents = extents;
        ElementCount = count;
    }

    /// <summary>Number of dimensions.</summary>
    public int Rank => _extents.Length;

    /// <summary>Product of the extents; 1 for a scalar.</summary>
    public long ElementCount { get; }

    int IReadOnlyCollection<int>.Count => _extents.Length;

    /// <summary>Extent of a dimension; negative numbers count from the end (-1 is the innermost).</summary>
    public int this[int dim] => _extents[Dim(dim)];

    /// <summary>The extents as a span.</summary>
    public ReadOnlySpan<int> AsSpan() => _extents;

    /// <summary>A shape with these extents.</summary>
    /// <exception cref="ArgumentException">An extent is negative, the rank exceeds <see cref="MaxRank"/>, or there are more than 2^59 elements.</exception>
    public static Shape Create(ReadOnlySpan<int> extents) => extents.IsEmpty && Scalar is not null ? Scalar : new Shape(extents.ToArray());

    /// <summary>A shape with these extents.</summary>
    public static implicit operator Shape(int[] extents) => Create(extents);

    /// <summary>The non-negative number of a dimension that may be counted from the end.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The dimension does not exist.</exception>
    public int Dim(int dim)
    {
        int positive = dim < 0 ? dim + Rank : dim;
        if ((uint)positive >= (uint)Rank)
        {
            throw new ArgumentOutOfRangeException(nameof(dim), $"dimension {dim} of a tensor of shape {this}: expected {-Rank} to {Rank - 1}");
        }

        return positive;
    }

    /// <summary>The same shape with one extent replaced.</summary>
    public Shape With(int dim, int extent)
    {
        int[] extents = (int[])_extents.Clone();
        extents[Dim(dim)] = extent;
        return new Shape(extents);
    }

    /// <summary>The same shape without one dimension.</summary>
    public Shape Without(int dim)
    {
        int removed = Dim(dim);
        return Create([.. _extents.AsSpan(0, removed), .. _extents.AsSpan(removed + 1)]);
    }

    /// <summary>The same shape with a dimension inserted before <paramref name="dim"/> (0 to rank, or -1 for the end).</summary>
    public Shape Insert(int dim, int extent)
    {
        int at = dim < 0 ? dim + Rank + 1 : dim;
        if ((uint)at > (uint)Rank)
        {
            throw new ArgumentOutOfRangeException(nameof(dim), $"new dimension {dim} in shape {this}: expected {-Rank - 1} to {Rank}");
        }

        return Create([.. _extents.AsSpan(0, at), extent, .. _extents.AsSpan(at)]);
    }

    /// <summary>
    /// The shape that two operands broadcast to by NumPy's rule: aligned at the innermost dimension, extents equal or one of them 1.
    /// Null when they do not fit.
    /// </summary>
    public static Shape? Broadcast(Shape a, Shape b)
    {
        int rank = Math.Max(a.Rank, b.Rank);
        int[] extents = new int[rank];
        for (int i = 1; i <= rank; i++)
        {
            int ea = i <= a.Rank ? a._extents[^i] : 1;
            int eb = i <= b.Rank ? b._extents[^i] : 1;
            if (ea != eb && ea != 1 && eb != 1)
            {
                return null;
            }

            extents[^i] = ea == 1 ? eb : ea;
        }

        return new Shape(extents);
    }

    /// <inheritdoc/>
    public bool Equals(Shape? other) => other is not null && _extents.AsSpan().SequenceEqual(other._extents);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Shape);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (int extent in _extents)
        {
            hash.Add(extent);
        }

        return hash.ToHashCode();
    }

    /// <summary>Equal extents.</summary>
    public static bool operator ==(Shape? a, Shape? b) => a is null ? b is null : a.Equals(b);

    /// <summary>Different extents.</summary>
    public static bool operator !=(Shape? a, Shape? b) => !(a == b);

    /// <summary>Enumerates the extents.</summary>
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)_extents).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _extents.GetEnumerator();

    /// <summary>For example <c>(32, 1, 128, 94)</c>; <c>()</c> for a scalar.</summary>
    public override string ToString() => $"({string.Join(", ", _extents)})";
}
