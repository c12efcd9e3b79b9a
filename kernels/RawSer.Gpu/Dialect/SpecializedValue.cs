namespace RawSer.Gpu.Dialect;

/// <summary>Makes <see cref="SpecializedValue{T}"/>.</summary>
public static class SpecializedValue
{
    /// <summary>A value for which a kernel is compiled by itself.</summary>
    public static SpecializedValue<T> New<T>(T value) where T : unmanaged, IEquatable<T> => new(value);
}

/// <summary>
/// A kernel parameter that is a constant inside the kernel: each value that is launched has its own compiled kernel. Array extents
/// and trip counts may depend on it.
/// </summary>
/// <param name="value">The constant.</param>
public struct SpecializedValue<T>(T value) : IEquatable<SpecializedValue<T>> where T : unmanaged, IEquatable<T>
{
    /// <summary>The constant.</summary>
    public T Value { readonly get; set; } = value;

    /// <summary>The constant.</summary>
    public static implicit operator T(SpecializedValue<T> value) => value.Value;

    /// <summary>Whether both stand for the same compiled kernel.</summary>
    public static bool operator ==(SpecializedValue<T> first, SpecializedValue<T> second) => first.Equals(second);

    /// <summary>Whether they stand for different compiled kernels.</summary>
    public static bool operator !=(SpecializedValue<T> first, SpecializedValue<T> second) => !first.Equals(second);

    /// <inheritdoc/>
    public readonly bool Equals(SpecializedValue<T> other) => Value.Equals(other.Value);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is SpecializedValue<T> other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => Value.GetHashCode();

    /// <inheritdoc/>
    public override readonly string? ToString() => Value.ToString();
}
