namespace RawSer.Gpu.Dialect;

/// <summary>A position in one dimension; also an extent.</summary>
/// <param name="x">First (fastest) coordinate.</param>
public readonly struct Index1D(int x) : IIntIndex<Index1D, LongIndex1D>
{
    /// <summary>-1.</summary>
    public static readonly Index1D Invalid = new(-1);

    /// <summary>1.</summary>
    public static readonly Index1D One = new(1);

    /// <summary>0.</summary>
    public static readonly Index1D Zero;

    /// <summary>First coordinate.</summary>
    public int X { get; } = x;

    /// <inheritdoc/>
    public IndexType IndexType => IndexType.Index1D;

    /// <summary>Whether all coordinates are 0.</summary>
    public bool IsFirst => X == 0;

    /// <summary>The value.</summary>
    public int Size => X;

    /// <summary>The value in 64 bits.</summary>
    public long LongSize => (long)X;

    /// <summary>As 64-bit coordinates.</summary>
    public LongIndex1D ToLongIndex() => new(X);

    /// <summary>As 64-bit coordinates.</summary>
    public static implicit operator LongIndex1D(Index1D index) => index.ToLongIndex();

    /// <summary>The value as an index.</summary>
    public static implicit operator Index1D(int idx) => new(idx);

    /// <summary>The value.</summary>
    public static implicit operator int(Index1D idx) => idx.X;

    /// <summary>The value without sign.</summary>
    public static explicit operator uint(Index1D idx) => (uint)idx.X;

    /// <summary>Whether each coordinate is at least 0 and below that of the extent.</summary>
    public bool InBounds(Index1D dimension) => X >= 0 && X < dimension.X;

    /// <summary>Whether each coordinate is at least 0 and at most that of the extent.</summary>
    public bool InBoundsInclusive(Index1D dimension) => X >= 0 && X <= dimension.X;

    /// <summary>Sum.</summary>
    public static Index1D operator +(Index1D first, Index1D second) => new(first.X + second.X);

    /// <summary>Sum.</summary>
    public static Index1D Add(Index1D first, Index1D second) => first + second;

    /// <summary>Sum.</summary>
    public Index1D Add(Index1D rhs) => this + rhs;

    /// <summary>Difference.</summary>
    public static Index1D operator -(Index1D first, Index1D second) => new(first.X - second.X);

    /// <summary>Difference.</summary>
    public static Index1D Subtract(Index1D first, Index1D second) => first - second;

    /// <summary>Difference.</summary>
    public Index1D Subtract(Index1D rhs) => this - rhs;

    /// <summary>Product.</summary>
    public static Index1D operator *(Index1D first, Index1D second) => new(first.X * second.X);

    /// <summary>Product.</summary>
    public static Index1D Multiply(Index1D first, Index1D second) => first * second;

    /// <summary>Quotient.</summary>
    public static Index1D operator /(Index1D first, Index1D second) => new(first.X / second.X);

    /// <summary>Quotient.</summary>
    public static Index1D Divide(Index1D first, Index1D second) => first / second;

    /// <summary>The smaller one.</summary>
    public static Index1D Min(Index1D first, Index1D second) => new(first.X < second.X ? first.X : second.X);

    /// <summary>The larger one.</summary>
    public static Index1D Max(Index1D first, Index1D second) => new(first.X > second.X ? first.X : second.X);

    /// <summary>The value moved into the range.</summary>
    public static Index1D Clamp(Index1D value, Index1D min, Index1D max) => Max(min, Min(value, max));

    /// <summary>Equality.</summary>
    public static bool operator ==(Index1D first, Index1D second) => first.Equals(second);

    /// <summary>Inequality.</summary>
    public static bool operator !=(Index1D first, Index1D second) => !first.Equals(second);

    /// <inheritdoc/>
    public bool Equals(Index1D other) => X == other.X;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Index1D other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(X);

    /// <inheritdoc/>
    public override string ToString() => $"{X}";
}
