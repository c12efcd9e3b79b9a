namespace RawSer.Gpu.Dialect;

/// <summary>A range of device memory.</summary>
public interface IArrayView
{
    /// <summary>Bytes of an element.</summary>
    int ElementSize { get; }

    /// <summary>Whether it points to memory.</summary>
    bool IsValid { get; }

    /// <summary>Number of elements.</summary>
    long Length { get; }

    /// <summary>Bytes of all elements.</summary>
    long LengthInBytes { get; }
}

/// <summary>A range of elements of one type.</summary>
public interface IArrayView<T> : IArrayView where T : unmanaged;

/// <summary>A range of elements with an extent.</summary>
public interface IArrayView<T, TIndex> : IArrayView<T>
    where T : unmanaged
    where TIndex : struct, IGenericIndex<TIndex>
{
    /// <summary>Elements in each direction.</summary>
    TIndex Extent { get; }

    /// <summary>An element.</summary>
    ref T this[TIndex index] { get; }
}

/// <summary>A range of elements with a stride.</summary>
public interface IStridedArrayView<T, TStrideIndex, TStride> : IArrayView<T>
    where T : unmanaged
    where TStrideIndex : struct, IGenericIndex<TStrideIndex>
    where TStride : struct, IStride<TStrideIndex>
{
    /// <summary>The stride.</summary>
    TStride Stride { get; }
}

/// <summary>A range of elements with an extent and a stride.</summary>
public interface IArrayView<T, TIndex, TLongIndex, TStride> : IArrayView<T, TLongIndex>, IStridedArrayView<T, TIndex, TStride>
    where T : unmanaged
    where TIndex : struct, IIntIndex<TIndex, TLongIndex>
    where TLongIndex : struct, ILongIndex<TLongIndex, TIndex>
    where TStride : struct, IStride<TIndex>
{
    /// <summary>Elements in each direction, in 32 bits.</summary>
    TIndex IntExtent { get; }

    /// <summary>Number of elements, in 32 bits.</summary>
    int IntLength { get; }

    /// <summary>An element.</summary>
    ref T this[TIndex index] { get; }
}

/// <summary>A range of elements without gaps.</summary>
public interface IContiguousArrayView<T> : IArrayView<T> where T : unmanaged;
