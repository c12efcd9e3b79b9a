namespace RawSer.Gpu.Dialect;

/// <summary>A position in three dimensions, 64 bits each; <see cref="Index3D"/> is the form for indices inside kernels.</summary>
/// <param name="x">First (fastest) coordinate.</param>
/// <param name="y">Second coordinate.</param>
/// <param name="z">Third coordinate.</param>
public readonly struct LongIndex3D(long x, long y, long z) : ILongIndex<LongIndex3D, Index3D>
{
    /// <summary>-1 in each coordinate.</summary>
    public static readonly LongIndex3D Invalid = new(-1);

    /// <summary>1 in each coordinate.</summary>
    public static readonly LongIndex3D One = new(1);

    /// <summary>The origin.</summary>
    public static readonly LongIndex3D Zero;

    /// <summary>The same value in each coordinate.</summary>
    public LongIndex3D(long value)
        : this(value, value, value)
    {
    }

    /// <summary>The third coordinate after the first two.</summary>
    public LongIndex3D(LongIndex2D xy, long z)
        : this(xy.X, xy.Y, z)
    {
    }

    /// <summary>The first coordinate before the other two.</summary>
    public LongIndex3D(long x, LongIndex2D yz)
        : this(x, yz.X, yz.Y)
    {
    }

    /// <summary>First coordinate.</summary>
    public long X { get; } = x;

    /// <summary>Second coordinate.</summary>
    public long Y { get; } = y;

    /// <summary>Third coordinate.</summary>
    public long Z { get; } = z;

    /// <summary>The first two coordinates.</summary>
    public LongIndex2D XY => new(X, Y);

    /// <summary>The last two coordinates.</summary>
    public LongIndex2D YZ => new(Y, Z);

    /// <inheritdoc/>
    public IndexType IndexType => IndexType.LongIndex3D;

    /// <summary>Whether all coordinates are 0.</summary>
    public bool IsFirst => X == 0 && Y == 0 && Z == 0;

    /// <summary>Product of the coordinates.</summary>
    public long Size => X * Y * Z;

    /// <summary>As 32-bit coordinates; the upper halves are lost.</summary>
    public Index3D ToIntIndex() => new((int)X, (int)Y, (int)Z);

    /// <summary>As 32-bit coordinates; the upper halves are lost.</summary>
    public static explicit operator Index3D(LongIndex3D index) => index.ToIntIndex();

    /// <summary>The tuple as an index.</summary>
    public static implicit operator LongIndex3D((long, long, long) values) => new(values.Item1, values.Item2, values.Item3);

    /// <summary>The coordinates as a tuple.</summary>
    public (long X, long Y, long Z) ToValueTuple() => (X, Y, Z);

    /// <summary>Takes the coordinates apart.</summary>
    public void Deconstruct(out long x, out long y, out long z)
    {
        x = X;
        y = Y;
        z = Z;
    }

    /// <summary>Whether each coordinate is at least 0 and below that of the extent.</summary>
    public bool InBounds(LongIndex3D dimension) => X >= 0 && X < dimension.X && Y >= 0 && Y < dimension.Y && Z >= 0 && Z < dimension.Z;

    /// <summary>Whether each coordinate is at least 0 and at most that of the extent.</summary>
    public bool InBoundsInclusive(LongIndex3D dimension) => X >= 0 && X <= dimension.X && Y >= 0 && Y <= dimension.Y && Z >= 0 && Z <= dimension.Z;

    /// <summary>Sum of each coordinate.</summary>
    public static LongIndex3D operator +(LongIndex3D first, LongIndex3D second) => new(first.X + second.X, first.Y + second.Y, first.Z + second.Z);

    /// <summary>Sum of each coordinate.</summary>
    public static LongIndex3D Add(LongIndex3D first, LongIndex3D second) => first + second;

    /// <summary>Sum of each coordinate.</summary>
    public LongIndex3D Add(LongIndex3D rhs) => this + rhs;

    /// <summary>Difference of each coordinate.</summary>
    public static LongIndex3D operator -(LongIndex3D first, LongIndex3D second) => new(first.X - second.X, first.Y - second.Y, first.Z - second.Z);

    /// <summary>Difference of each coordinate.</summary>
    public static LongIndex3D Subtract(LongIndex3D first, LongIndex3D second) => first - second;

    /// <summary>Difference of each coordinate.</summary>
    public LongIndex3D Subtract(LongIndex3D rhs) => this - rhs;

    /// <summary>Product of each coordinate.</summary>
    public static LongIndex3D operator *(LongIndex3D first, LongIndex3D second) => new(first.X * second.X, first.Y * second.Y, first.Z * second.Z);

    /// <summary>Product of each coordinate.</summary>
    public static LongIndex3D Multiply(LongIndex3D first, LongIndex3D second) => first * second;

    /// <summary>Quotient of each coordinate.</summary>
    public static LongIndex3D operator /(LongIndex3D first, LongIndex3D second) => new(first.X / second.X, first.Y / second.Y, first.Z / second.Z);

    /// <summary>Quotient of each coordinate.</summary>
    public static LongIndex3D Divide(LongIndex3D first, LongIndex3D second) => first / second;

    /// <summary>The smaller of each coordinate.</summary>
    public static LongIndex3D Min(LongIndex3D first, LongIndex3D second) => new(first.X < second.X ? first.X : second.X, first.Y < second.Y ? first.Y : second.Y, first.Z < second.Z ? first.Z : second.Z);

    /// <summary>The larger of each coordinate.</summary>
    public static LongIndex3D Max(LongIndex3D first, LongIndex3D second) => new(first.X > second.X ? first.X : second.X, first.Y > second.Y ? first.Y : second.Y, first.Z > second.Z ? first.Z : second.Z);

    /// <summary>The value moved into the range, each coordinate by itself.</summary>
    public static LongIndex3D Clamp(LongIndex3D value, LongIndex3D min, LongIndex3D max) => Max(min, Min(value, max));

    /// <summary>Equality of all coordinates.</summary>
    public static bool operator ==(LongIndex3D first, LongIndex3D second) => first.Equals(second);

    /// <summary>Whether a coordinate differs.</summary>
    public static bool operator !=(LongIndex3D first, LongIndex3D second) => !first.Equals(second);

    /// <inheritdoc/>
    public bool Equals(LongIndex3D other) => X == other.X && Y == other.Y && Z == other.Z;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is LongIndex3D other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(X, Y, Z);

    /// <inheritdoc/>
    public override string ToString() => $"({X}, {Y}, {Z})";
}
