namespace RawSer.Gpu.Dialect;

/// <summary>What <see cref="Atomic.MakeAtomic{T, TOperation, TCompareExchangeOperation}"/> makes uninterruptible.</summary>
public interface IAtomicOperation<T> where T : unmanaged
{
    /// <summary>The new value.</summary>
    T Operation(T current, T value);
}

/// <summary>Compare and exchange of a type.</summary>
public interface ICompareExchangeOperation<T> where T : unmanaged
{
    /// <summary>target = value where target has the bits of <paramref name="compare"/>; returns the value before.</summary>
    T CompareExchange(ref T target, T compare, T value);

    /// <summary>Whether both have the same bits.</summary>
    bool IsSame(T left, T right);
}

/// <summary>Compare and exchange of <see cref="int"/>.</summary>
public readonly struct CompareExchangeInt32 : ICompareExchangeOperation<int>
{
    /// <inheritdoc/>
    public int CompareExchange(ref int target, int compare, int value) => Atomic.CompareExchange(ref target, compare, value);

    /// <inheritdoc/>
    public bool IsSame(int left, int right) => left == right;
}

/// <summary>Compare and exchange of <see cref="long"/>.</summary>
public readonly struct CompareExchangeInt64 : ICompareExchangeOperation<long>
{
    /// <inheritdoc/>
    public long CompareExchange(ref long target, long compare, long value) => Atomic.CompareExchange(ref target, compare, value);

    /// <inheritdoc/>
    public bool IsSame(long left, long right) => left == right;
}

/// <summary>Compare and exchange of <see cref="uint"/>.</summary>
public readonly struct CompareExchangeUInt32 : ICompareExchangeOperation<uint>
{
    /// <inheritdoc/>
    public uint CompareExchange(ref uint target, uint compare, uint value) => Atomic.CompareExchange(ref target, compare, value);

    /// <inheritdoc/>
    public bool IsSame(uint left, uint right) => left == right;
}

/// <summary>Compare and exchange of <see cref="ulong"/>.</summary>
public readonly struct CompareExchangeUInt64 : ICompareExchangeOperation<ulong>
{
    /// <inheritdoc/>
    public ulong CompareExchange(ref ulong target, ulong compare, ulong value) => Atomic.CompareExchange(ref target, compare, value);

    /// <inheritdoc/>
    public bool IsSame(ulong left, ulong right) => left == right;
}

/// <summary>Compare and exchange of <see cref="float"/>.</summary>
public readonly struct CompareExchangeFloat : ICompareExchangeOperation<float>
{
    /// <inheritdoc/>
    public float CompareExchange(ref float target, float compare, float value) => Atomic.CompareExchange(ref target, compare, value);

    /// <inheritdoc/>
    public bool IsSame(float left, float right) => Interop.FloatAsInt(left) == Interop.FloatAsInt(right);
}

/// <summary>Compare and exchange of <see cref="double"/>.</summary>
public readonly struct CompareExchangeDouble : ICompareExchangeOperation<double>
{
    /// <inheritdoc/>
    public double CompareExchange(ref double target, double compare, double value) => Atomic.CompareExchange(ref target, compare, value);

    /// <inheritdoc/>
    public bool IsSame(double left, double right) => Interop.FloatAsInt(left) == Interop.FloatAsInt(right);
}
