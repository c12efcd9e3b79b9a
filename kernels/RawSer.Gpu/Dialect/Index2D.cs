namespace RawSer.Gpu.Dialect;

/// <summary>A position in two dimensions; also an extent.</summary>
/// <param name="x">First (fastest) coordinate.</param>
/// <param name="y">Second coordinate.</param>
public readonly struct Index2D(int x, int y) : IIntIndex<Index2D, LongIndex2D>
{
    /// <summary>-1 in each coordinate.</summary>
    public static readonly Index2D Invalid = new(-1);

    /// <summary>1 in each coordinate.</summary>
    public static readonly Index2D One = new(1);

    /// <summary>The origin.</summary>
    public static readonly Index2D Zero;

    /// <summary>The same value in each coordinate.</summary>
    public Index2D(int value)
        : this(value, value)
    {
    }

    /// <summary>First coordinate.</summary>
    public int X { get; } = x;

    /// <summary>Second coordinate.</summary>
    public int Y { get; } = y;

    /// <inheritdoc/>
    public IndexType IndexType => IndexType.Index2D;

    /// <summary>Whether all coordinates are 0.</summary>
    public bool IsFirst => X == 0 && Y == 0;

    /// <summary>Product of the coordinates.</summary>
    public int Size => X * Y;

    /// <summary>Product of the coordinates in 64 bits.</summary>
    public long LongSize => (long)X * Y;

    /// <summary>As 64-bit coordinates.</summary>
    public LongIndex2D ToLongIndex() => new(X, Y);

    /// <summary>As 64-bit coordinates.</summary>
    public static implicit operator LongIndex2D(Index2D index) => index.ToLongIndex();

    /// <summary>The tuple as an index.</summary>
    public static implicit operator Index2D((int, int) values) => new(values.Item1, values.Item2);

    /// <summary>The coordinates as a tuple.</summary>
    public (int X, int Y) ToValueTuple() => (X, Y);

    /// <summary>Takes the coordinates apart.</summary>
    public void Deconstruct(out int x, out int y)
    {
        x = X;
        y = Y;
    }

    /// <summary>Whether each coordinate is at least 0 and below that of the extent.</summary>
    public bool InBounds(Index2D dimension) => X >= 0 && X < dimension.X && Y >= 0 && Y < dimension.Y;

    /// <summary>Whether each coordinate is at least 0 and at most that of the extent.</summary>
    public bool InBoundsInclusive(Index2D dimension) => X >= 0 && X <= dimension.X && Y >= 0 && Y <= dimension.Y;

    /// <summary>Sum of each coordinate.</summary>
    public static Index2D operator +(Index2D first, Index2D second) => new(first.X + second.X, first.Y + second.Y);

    /// <summary>Sum of each coordinate.</summary>
    public static Index2D Add(Index2D first, Index2D second) => first + second;

    /// <summary>Sum of each coordinate.</summary>
    public Index2D Add(Index2D rhs) => this + rhs;

    /// <summary>Difference of each coordinate.</summary>
    public static Index2D operator -(Index2D first, Index2D second) => new(first.X - second.X, first.Y - second.Y);

    /// <summary>Difference of each coordinate.</summary>
    public static Index2D Subtract(Index2D first, Index2D second) => first - second;

    /// <summary>Difference of each coordinate.</summary>
    public Index2D Subtract(Index2D rhs) => this - rhs;

    /// <summary>Product of each coordinate.</summary>
    public static Index2D operator *(Index2D first, Index2D second) => new(first.X * second.X, first.Y * second.Y);

    /// <summary>Product of each coordinate.</summary>
    public static Index2D Multiply(Index2D first, Index2D second) => first * second;

    /// <summary>Quotient of each coordinate.</summary>
    public static Index2D operator /(Index2D first, Index2D second) => new(first.X / second.X, first.Y / second.Y);

    /// <summary>Quotient of each coordinate.</summary>
    public static Index2D Divide(Index2D first, Index2D second) => first / second;

    /// <summary>The smaller of each coordinate.</summary>
    public static Index2D Min(Index2D first, Index2D second) => new(first.X < second.X ? first.X : second.X, first.Y < second.Y ? first.Y : second.Y);

    /// <summary>The larger of each coordinate.</summary>
    public static Index2D Max(Index2D first, Index2D second) => new(first.X > second.X ? first.X : second.X, first.Y > second.Y ? first.Y : second.Y);

    /// <summary>The value moved into the range, each coordinate by itself.</summary>
    public static Index2D Clamp(Index2D value, Index2D min, Index2D max) => Max(min, Min(value, max));

    /// <summary>Equality of all coordinates.</summary>
    public static bool operator ==(Index2D first, Index2D second) => first.Equals(second);

    /// <summary>Whether a coordinate differs.</summary>
    public static bool operator !=(Index2D first, Index2D second) => !first.Equals(second);

    /// <inheritdoc/>
    public bool Equals(Index2D other) => X == other.X && Y == other.Y;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Index2D other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(X, Y);

    /// <inheritdoc/>
    public override string ToString() => $"({X}, {Y})";
}
