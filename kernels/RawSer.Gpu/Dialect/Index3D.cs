namespace RawSer.Gpu.Dialect;

/// <summary>A position in three dimensions; also an extent.</summary>
/// <param name="x">First (fastest) coordinate.</param>
/// <param name="y">Second coordinate.</param>
/// <param name="z">Third coordinate.</param>
public readonly struct Index3D(int x, int y, int z) : IIntIndex<Index3D, LongIndex3D>
{
    /// <summary>-1 in each coordinate.</summary>
    public static readonly Index3D Invalid = new(-1);

    /// <summary>1 in each coordinate.</summary>
    public static readonly Index3D One = new(1);

    /// <summary>The origin.</summary>
    public static readonly Index3D Zero;

    /// <summary>The same value in each coordinate.</summary>
    public Index3D(int value)
        : this(value, value, value)
    {
    }

    /// <summary>The third coordinate after the first two.</summary>
    public Index3D(Index2D xy, int z)
        : this(xy.X, xy.Y, z)
    {
    }

    /// <summary>The first coordinate before the other two.</summary>
    public Index3D(int x, Index2D yz)
        : this(x, yz.X, yz.Y)
    {
    }

    /// <summary>First coordinate.</summary>
    public int X { get; } = x;

    /// <summary>Second coordinate.</summary>
    public int Y { get; } = y;

    /// <summary>Third coordinate.</summary>
    public int Z { get; } = z;

    /// <summary>The first two coordinates.</summary>
    public Index2D XY => new(X, Y);

    /// <summary>The last two coordinates.</summary>
    public Index2D YZ => new(Y, Z);

    /// <inheritdoc/>
    public IndexType IndexType => IndexType.Index3D;

    /// <summary>Whether all coordinates are 0.</summary>
    public bool IsFirst => X == 0 && Y == 0 && Z == 0;

    /// <summary>Product of the coordinates.</summary>
    public int Size => X * Y * Z;

    /// <summary>Product of the coordinates in 64 bits.</summary>
    public long LongSize => (long)X * Y * Z;

    /// <summary>As 64-bit coordinates.</summary>
    public LongIndex3D ToLongIndex() => new(X, Y, Z);

    /// <summary>As 64-bit coordinates.</summary>
    public static implicit operator LongIndex3D(Index3D index) => index.ToLongIndex();

    /// <summary>The tuple as an index.</summary>
    public static implicit operator Index3D((int, int, int) values) => new(values.Item1, values.Item2, values.Item3);

    /// <summary>The coordinates as a tuple.</summary>
    public (int X, int Y, int Z) ToValueTuple() => (X, Y, Z);

    /// <summary>Takes the coordinates apart.</summary>
    public void Deconstruct(out int x, out int y, out int z)
    {
        x = X;
        y = Y;
        z = Z;
    }

    /// <summary>Whether each coordinate is at least 0 and below that of the extent.</summary>
    public bool InBounds(Index3D dimension) => X >= 0 && X < dimension.X && Y >= 0 && Y < dimension.Y && Z >= 0 && Z < dimension.Z;

    /// <summary>Whether each coordinate is at least 0 and at most that of the extent.</summary>
    public bool InBoundsInclusive(Index3D dimension) => X >= 0 && X <= dimension.X && Y >= 0 && Y <= dimension.Y && Z >= 0 && Z <= dimension.Z;

    /// <summary>Sum of each coordinate.</summary>
    public static Index3D operator +(Index3D first, Index3D second) => new(first.X + second.X, first.Y + second.Y, first.Z + second.Z);

    /// <summary>Sum of each coordinate.</summary>
    public static Index3D Add(Index3D first, Index3D second) => first + second;

    /// <summary>Sum of each coordinate.</summary>
    public Index3D Add(Index3D rhs) => this + rhs;

    /// <summary>Difference of each coordinate.</summary>
    public static Index3D operator -(Index3D first, Index3D second) => new(first.X - second.X, first.Y - second.Y, first.Z - second.Z);

    /// <summary>Difference of each coordinate.</summary>
    public static Index3D Subtract(Index3D first, Index3D second) => first - second;

    /// <summary>Difference of each coordinate.</summary>
    public Index3D Subtract(Index3D rhs) => this - rhs;

    /// <summary>Product of each coordinate.</summary>
    public static Index3D operator *(Index3D first, Index3D second) => new(first.X * second.X, first.Y * second.Y, first.Z * second.Z);

    /// <summary>Product of each coordinate.</summary>
    public static Index3D Multiply(Index3D first, Index3D second) => first * second;

    /// <summary>Quotient of each coordinate.</summary>
    public static Index3D operator /(Index3D first, Index3D second) => new(first.X / second.X, first.Y / second.Y, first.Z / second.Z);

    /// <summary>Quotient of each coordinate.</summary>
    public static Index3D Divide(Index3D first, Index3D second) => first / second;

    /// <summary>The smaller of each coordinate.</summary>
    public static Index3D Min(Index3D first, Index3D second) => new(first.X < second.X ? first.X : second.X, first.Y < second.Y ? first.Y : second.Y, first.Z < second.Z ? first.Z : second.Z);

    /// <summary>The larger of each coordinate.</summary>
    public static Index3D Max(Index3D first, Index3D second) => new(first.X > second.X ? first.X : second.X, first.Y > second.Y ? first.Y : second.Y, first.Z > second.Z ? first.Z : second.Z);

    /// <summary>The value moved into the range, each coordinate by itself.</summary>
    public static Index3D Clamp(Index3D value, Index3D min, Index3D max) => Max(min, Min(value, max));

    /// <summary>Equality of all coordinates.</summary>
    public static bool operator ==(Index3D first, Index3D second) => first.Equals(second);

    /// <summary>Whether a coordinate differs.</summary>
    public static bool operator !=(Index3D first, Index3D second) => !first.Equals(second);

    /// <inheritdoc/>
    public bool Equals(Index3D other) => X == other.X && Y == other.Y && Z == other.Z;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Index3D other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(X, Y, Z);

    /// <inheritdoc/>
    public override string ToString() => $"({X}, {Y}, {Z})";
}
