namespace RawSer.Gpu.Dialect;

/// <summary>A position in two dimensions, 64 bits each; <see cref="Index2D"/> is the form for indices inside kernels.</summary>
/// <param name="x">First (fastest) coordinate.</param>
/// <param name="y">Second coordinate.</param>
public readonly struct LongIndex2D(long x, long y) : ILongIndex<LongIndex2D, Index2D>
{
    /// <summary>-1 in each coordinate.</summary>
    public static readonly LongIndex2D Invalid = new(-1);

    /// <summary>1 in each coordinate.</summary>
    public static readonly LongIndex2D One = new(1);

    /// <summary>The origin.</summary>
    public static readonly LongIndex2D Zero;

    /// <summary>The same value in each coordinate.</summary>
    public LongIndex2D(long value)
        : this(value, value)
    {
    }

    /// <summary>First coordinate.</summary>
    public long X { get; } = x;

    /// <summary>Second coordinate.</summary>
    public long Y { get; } = y;

    /// <inheritdoc/>
    public IndexType IndexType => IndexType.LongIndex2D;

    /// <summary>Whether all coordinates are 0.</summary>
    public bool IsFirst => X == 0 && Y == 0;

    /// <summary>Product of the coordinates.</summary>
    public long Size => X * Y;

    /// <summary>As 32-bit coordinates; the upper halves are lost.</summary>
    public Index2D ToIntIndex() => new((int)X, (int)Y);

    /// <summary>As 32-bit coordinates; the upper halves are lost.</summary>
    public static explicit operator Index2D(LongIndex2D index) => index.ToIntIndex();

    /// <summary>The tuple as an index.</summary>
    public static implicit operator LongIndex2D((long, long) values) => new(values.Item1, values.Item2);

    /// <summary>The coordinates as a tuple.</summary>
    public (long X, long Y) ToValueTuple() => (X, Y);

    /// <summary>Takes the coordinates apart.</summary>
    public void Deconstruct(out long x, out long y)
    {
        x = X;
        y = Y;
    }

    /// <summary>Whether each coordinate is at least 0 and below that of the extent.</summary>
    public bool InBounds(LongIndex2D dimension) => X >= 0 && X < dimension.X && Y >= 0 && Y < dimension.Y;

    /// <summary>Whether each coordinate is at least 0 and at most that of the extent.</summary>
    public bool InBoundsInclusive(LongIndex2D dimension) => X >= 0 && X <= dimension.X && Y >= 0 && Y <= dimension.Y;

    /// <summary>Sum of each coordinate.</summary>
    public static LongIndex2D operator +(LongIndex2D first, LongIndex2D second) => new(first.X + second.X, first.Y + second.Y);

    /// <summary>Sum of each coordinate.</summary>
    public static LongIndex2D Add(LongIndex2D first, LongIndex2D second) => first + second;

    /// <summary>Sum of each coordinate.</summary>
    public LongIndex2D Add(LongIndex2D rhs) => this + rhs;

    /// <summary>Difference of each coordinate.</summary>
    public static LongIndex2D operator -(LongIndex2D first, LongIndex2D second) => new(first.X - second.X, first.Y - second.Y);

    /// <summary>Difference of each coordinate.</summary>
    public static LongIndex2D Subtract(LongIndex2D first, LongIndex2D second) => first - second;

    /// <summary>Difference of each coordinate.</summary>
    public LongIndex2D Subtract(LongIndex2D rhs) => this - rhs;

    /// <summary>Product of each coordinate.</summary>
    public static LongIndex2D operator *(LongIndex2D first, LongIndex2D second) => new(first.X * second.X, first.Y * second.Y);

    /// <summary>Product of each coordinate.</summary>
    public static LongIndex2D Multiply(LongIndex2D first, LongIndex2D second) => first * second;

    /// <summary>Quotient of each coordinate.</summary>
    public static LongIndex2D operator /(LongIndex2D first, LongIndex2D second) => new(first.X / second.X, first.Y / second.Y);

    /// <summary>Quotient of each coordinate.</summary>
    public static LongIndex2D Divide(LongIndex2D first, LongIndex2D second) => first / second;

    /// <summary>The smaller of each coordinate.</summary>
    public static LongIndex2D Min(LongIndex2D first, LongIndex2D second) => new(first.X < second.X ? first.X : second.X, first.Y < second.Y ? first.Y : second.Y);

    /// <summary>The larger of each coordinate.</summary>
    public static LongIndex2D Max(LongIndex2D first, LongIndex2D second) => new(first.X > second.X ? first.X : second.X, first.Y > second.Y ? first.Y : second.Y);

    /// <summary>The value moved into the range, each coordinate by itself.</summary>
    public static LongIndex2D Clamp(LongIndex2D value, LongIndex2D min, LongIndex2D max) => Max(min, Min(value, max));

    /// <summary>Equality of all coordinates.</summary>
    public static bool operator ==(LongIndex2D first, LongIndex2D second) => first.Equals(second);

    /// <summary>Whether a coordinate differs.</summary>
    public static bool operator !=(LongIndex2D first, LongIndex2D second) => !first.Equals(second);

    /// <inheritdoc/>
    public bool Equals(LongIndex2D other) => X == other.X && Y == other.Y;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is LongIndex2D other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(X, Y);

    /// <inheritdoc/>
    public override string ToString() => $"({X}, {Y})";
}
