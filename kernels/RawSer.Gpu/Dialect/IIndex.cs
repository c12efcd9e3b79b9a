namespace RawSer.Gpu.Dialect;

/// <summary>Kinds of indices.</summary>
public enum IndexType
{
    /// <summary>No index.</summary>
    None = 0,

    /// <summary><see cref="Dialect.Index1D"/>.</summary>
    Index1D = 1,

    /// <summary><see cref="Dialect.Index2D"/>.</summary>
    Index2D = 2,

    /// <summary><see cref="Dialect.Index3D"/>.</summary>
    Index3D = 3,

    /// <summary><see cref="Dialect.LongIndex1D"/>.</summary>
    LongIndex1D = 4,

    /// <summary><see cref="Dialect.LongIndex2D"/>.</summary>
    LongIndex2D = 5,

    /// <summary><see cref="Dialect.LongIndex3D"/>.</summary>
    LongIndex3D = 6,

    /// <summary><see cref="Dialect.KernelConfig"/>.</summary>
    KernelConfig = 7,
}

/// <summary>An index or extent.</summary>
public interface IIndex
{
    /// <summary>Which one.</summary>
    IndexType IndexType { get; }
}

/// <summary>An index that can be compared with its like.</summary>
public interface IGenericIndex<TIndex> : IIndex, IEquatable<TIndex> where TIndex : struct, IIndex;

/// <summary>An index of 32-bit coordinates, with its 64-bit form.</summary>
public interface IIntIndex<TIndex, TLongIndex> : IGenericIndex<TIndex>
    where TIndex : struct, IIntIndex<TIndex, TLongIndex>
    where TLongIndex : struct, ILongIndex<TLongIndex, TIndex>;

/// <summary>An index of 64-bit coordinates, with its 32-bit form.</summary>
public interface ILongIndex<TLongIndex, TIndex> : IGenericIndex<TLongIndex>
    where TLongIndex : struct, ILongIndex<TLongIndex, TIndex>
    where TIndex : struct, IIntIndex<TIndex, TLongIndex>;
