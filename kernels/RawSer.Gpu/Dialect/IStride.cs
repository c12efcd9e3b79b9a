namespace RawSer.Gpu.Dialect;

/// <summary>How an index becomes a position in memory.</summary>
public interface IStride<TIndex> where TIndex : struct, IGenericIndex<TIndex>
{
    /// <summary>Elements from one to the next in each direction.</summary>
    TIndex StrideExtent { get; }

    /// <summary>The distance of neighbours in memory order.</summary>
    Stride1D.General To1DStride();
}

/// <summary>How an index becomes a position in memory, in 32 and 64 bits.</summary>
public interface IStride<TIndex, TLongIndex> : IStride<TIndex>
    where TIndex : struct, IIntIndex<TIndex, TLongIndex>
    where TLongIndex : struct, ILongIndex<TLongIndex, TIndex>
{
    /// <summary>Element of an index.</summary>
    int ComputeElementIndex(TIndex index);

    /// <summary>Element of an index.</summary>
    long ComputeElementIndex(TLongIndex index);

    /// <summary>Element of an index that lies within the extent: in builds with bounds checks a trap if it does not.</summary>
    int ComputeElementIndexChecked(TIndex index, TIndex extent);

    /// <summary>Element of an index that lies within the extent: in builds with bounds checks a trap if it does not.</summary>
    long ComputeElementIndexChecked(TLongIndex index, TLongIndex extent);

    /// <summary>The index of an element.</summary>
    TIndex ReconstructFromElementIndex(int elementIndex);

    /// <summary>The index of an element.</summary>
    TLongIndex ReconstructFromElementIndex(long elementIndex);

    /// <summary>Elements of memory that an extent takes.</summary>
    int ComputeBufferLength(TIndex extent);

    /// <summary>Elements of memory that an extent takes.</summary>
    long ComputeBufferLength(TLongIndex extent);
}

/// <summary>A stride of one dimension.</summary>
public interface IStride1D : IStride<Index1D, LongIndex1D>
{
    /// <summary>Elements from one x to the next.</summary>
    int XStride { get; }

    /// <summary>The same stride without knowledge of its form.</summary>
    Stride1D.General AsGeneral();
}

/// <summary>A stride of two dimensions.</summary>
public interface IStride2D : IStride<Index2D, LongIndex2D>
{
    /// <summary>Elements from one x to the next.</summary>
    int XStride { get; }

    /// <summary>Elements from one y to the next.</summary>
    int YStride { get; }

    /// <summary>The same stride without knowledge of its form.</summary>
    Stride2D.General AsGeneral();
}

/// <summary>A stride of three dimensions.</summary>
public interface IStride3D : IStride<Index3D, LongIndex3D>
{
    /// <summary>Elements from one x to the next.</summary>
    int XStride { get; }

    /// <summary>Elements from one y to the next.</summary>
    int YStride { get; }

    /// <summary>Elements from one z to the next.</summary>
    int ZStride { get; }

    /// <summary>The same stride without knowledge of its form.</summary>
    Stride3D.General AsGeneral();
}

/// <summary>How extents change when elements of another size are seen in the same memory.</summary>
public interface IStrideCastContext
{
    /// <summary>The extent in new elements.</summary>
    int ComputeNewExtent(int sourceExtent);

    /// <summary>The extent in new elements.</summary>
    long ComputeNewExtent(long sourceExtent);
}

/// <summary>A stride that has a form for elements of another size.</summary>
public interface ICastableStride<TIndex, TLongIndex, TStride>
    where TIndex : struct, IIntIndex<TIndex, TLongIndex>
    where TLongIndex : struct, ILongIndex<TLongIndex, TIndex>
    where TStride : struct, IStride<TIndex, TLongIndex>, ICastableStride<TIndex, TLongIndex, TStride>
{
    /// <summary>Extent and stride in new elements.</summary>
    (TLongIndex Extent, TStride Stride) Cast<TContext>(in TContext context, in TLongIndex extent)
        where TContext : struct, IStrideCastContext;
}

/// <summary>Help with strides.</summary>
public static class StrideExtensions
{
    /// <summary>The change from elements of one size to another.</summary>
    public static ElementSizeCastContext CreateCastContext(int elementSize, int newElementSize) => new(elementSize, newElementSize);

    /// <summary>A row length in elements, rounded up so that each row starts at the alignment.</summary>
    public static long GetPitchedLeadingDimension<T>(long leadingDimension, int alignmentInBytes) where T : unmanaged
    {
        int elements = alignmentInBytes / Interop.SizeOf<T>();
        return elements < 2 ? leadingDimension : IntrinsicMath.DivRoundUp(leadingDimension, elements) * elements;
    }

    /// <summary>The change from elements of one size to another.</summary>
    /// <param name="elementSize">Bytes of an element before.</param>
    /// <param name="newElementSize">Bytes of an element after.</param>
    public readonly struct ElementSizeCastContext(int elementSize, int newElementSize) : IStrideCastContext
    {
        /// <summary>Bytes of an element before.</summary>
        public int ElementSize { get; } = elementSize;

        /// <summary>Bytes of an element after.</summary>
        public int NewElementSize { get; } = newElementSize;

        /// <inheritdoc/>
        public int ComputeNewExtent(int sourceExtent) => sourceExtent * ElementSize / NewElementSize;

        /// <inheritdoc/>
        public long ComputeNewExtent(long sourceExtent) => sourceExtent * ElementSize / NewElementSize;
    }
}
