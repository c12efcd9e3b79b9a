namespace RawSer.Gpu.Dialect;

/// <summary>A position in one dimension, 64 bits each; <see cref="Index1D"/> is the form for indices inside kernels.</summary>
/// <param name="x">First (fastest) coordinate.</param>
public readonly struct LongIndex1D(long x) : ILongIndex<LongIndex1D, Index1D>
{
    /// <summary>-1.</summary>
    public static readonly LongIndex1D Invalid = new(-1);

    /// <summary>1.</summary>
    public static readonly LongIndex1D One = new(1);

    /// <summary>0.</summary>
    public static readonly LongIndex1D Zero;

    /// <summary>First coordinate.</summary>
    public long X { get; } = x;

    /// <inheritdoc/>
    public IndexType IndexType => IndexType.LongIndex1D;

    /// <summary>Whether all coordinates are 0.</summary>
    public bool IsFirst => X == 0;

    /// <summary>The value.</summary>
    public long Size => X;

    /// <summary>As 32-bit coordinates; the upper halves are lost.</summary>
    public Index1D ToIntIndex() => new((int)X);

    /// <summary>As 32-bit coordinates; the upper halves are lost.</summary>
    public static explicit operator Index1D(LongIndex1D index) => index.ToIntIndex();

    /// <summary>The value as an index.</summary>
    public static implicit operator LongIndex1D(long idx) => new(idx);

    /// <summary>The value.</summary>
    public static implicit operator long(LongIndex1D idx) => idx.X;

    /// <summary>The value without sign.</summary>
    public static explicit operator ulong(LongIndex1D idx) => (ulong)idx.X;

    /// <summary>Whether each coordinate is at least 0 and below that of the extent.</summary>
    public bool InBounds(LongIndex1D dimension) => X >= 0 && X < dimension.X;

    /// <summary>Whether each coordinate is at least 0 and at most that of the extent.</summary>
    public bool InBoundsInclusive(LongIndex1D dimension) => X >= 0 && X <= dimension.X;

    /// <summary>Sum.</summary>
    public static LongIndex1D operator +(LongIndex1D first, LongIndex1D second) => new(first.X + second.X);

    /// <summary>Sum.</summary>
    public static LongIndex1D Add(LongIndex1D first, LongIndex1D second) => first + second;

    /// <summary>Sum.</summary>
    public LongIndex1D Add(LongIndex1D rhs) => this + rhs;

    /// <summary>Difference.</summary>
    public static LongIndex1D operator -(LongIndex1D first, LongIndex1D second) => new(first.X - second.X);

    /// <summary>Difference.</summary>
    public static LongIndex1D Subtract(LongIndex1D first, LongIndex1D second) => first - second;

    /// <summary>Difference.</summary>
    public LongIndex1D Subtract(LongIndex1D rhs) => this - rhs;

    /// <summary>Product.</summary>
    public static LongIndex1D operator *(LongIndex1D first, LongIndex1D second) => new(first.X * second.X);

    /// <summary>Product.</summary>
    public static LongIndex1D Multiply(LongIndex1D first, LongIndex1D second) => first * second;

    /// <summary>Quotient.</summary>
    public static LongIndex1D operator /(LongIndex1D first, LongIndex1D second) => new(first.X / second.X);

    /// <summary>Quotient.</summary>
    public static LongIndex1D Divide(LongIndex1D first, LongIndex1D second) => first / second;

    /// <summary>The smaller one.</summary>
    public static LongIndex1D Min(LongIndex1D first, LongIndex1D second) => new(first.X < second.X ? first.X : second.X);

    /// <summary>The larger one.</summary>
    public static LongIndex1D Max(LongIndex1D first, LongIndex1D second) => new(first.X > second.X ? first.X : second.X);

    /// <summary>The value moved into the range.</summary>
    public static LongIndex1D Clamp(LongIndex1D value, LongIndex1D min, LongIndex1D max) => Max(min, Min(value, max));

    /// <summary>Equality.</summary>
    public static bool operator ==(LongIndex1D first, LongIndex1D second) => first.Equals(second);

    /// <summary>Inequality.</summary>
    public static bool operator !=(LongIndex1D first, LongIndex1D second) => !first.Equals(second);

    /// <inheritdoc/>
    public bool Equals(LongIndex1D other) => X == other.X;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is LongIndex1D other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(X);

    /// <inheritdoc/>
    public override string ToString() => $"{X}";
}
