namespace RawSer.Gpu.Dialect;

/// <summary>Strides of one dimension.</summary>
public static class Stride1D
{
    /// <summary>Element of an index.</summary>
    public static int ComputeElementIndex<TStride>(this TStride stride, Index1D index) where TStride : struct, IStride1D => stride.ComputeElementIndex(index);

    /// <summary>Element of an index.</summary>
    public static long ComputeElementIndex<TStride>(this TStride stride, LongIndex1D index) where TStride : struct, IStride1D => stride.ComputeElementIndex(index);

    /// <summary>Elements of memory that an extent takes.</summary>
    public static int ComputeBufferLength<TStride>(this TStride stride, Index1D extent) where TStride : struct, IStride1D => stride.ComputeBufferLength(extent);

    /// <summary>Elements of memory that an extent takes.</summary>
    public static long ComputeBufferLength<TStride>(this TStride stride, LongIndex1D extent) where TStride : struct, IStride1D => stride.ComputeBufferLength(extent);

    /// <summary>Element of an index within the extent.</summary>
    public static int ComputeElementIndexChecked<TStride>(this TStride stride, Index1D index, Index1D extent) where TStride : struct, IStride1D =>
        stride.ComputeElementIndexChecked(index, extent);

    /// <summary>Element of an index within the extent.</summary>
    public static long ComputeElementIndexChecked<TStride>(this TStride stride, LongIndex1D index, LongIndex1D extent) where TStride : struct, IStride1D =>
        stride.ComputeElementIndexChecked(index, extent);

    /// <summary>Neighbours in memory.</summary>
    public readonly struct Dense : IStride1D, ICastableStride<Index1D, LongIndex1D, Dense>
    {
        /// <inheritdoc/>
        public Index1D StrideExtent => new(XStride);

        /// <inheritdoc/>
        public int XStride => 1;

        /// <inheritdoc/>
        public int ComputeElementIndex(Index1D index) => index.X;

        /// <inheritdoc/>
        public long ComputeElementIndex(LongIndex1D index) => index.X;

        /// <inheritdoc/>
        public int ComputeElementIndexChecked(Index1D index, Index1D extent)
        {
            Device.CheckBounds(index.X, extent.X);
            return ComputeElementIndex(index);
        }

        /// <inheritdoc/>
        public long ComputeElementIndexChecked(LongIndex1D index, LongIndex1D extent)
        {
            Device.CheckBounds(index.X, extent.X);
            return ComputeElementIndex(index);
        }

        /// <inheritdoc/>
        public Index1D ReconstructFromElementIndex(int elementIndex) => elementIndex;

        /// <inheritdoc/>
        public LongIndex1D ReconstructFromElementIndex(long elementIndex) => elementIndex;

        /// <inheritdoc/>
        public int ComputeBufferLength(Index1D extent) => extent.X;

        /// <inheritdoc/>
        public long ComputeBufferLength(LongIndex1D extent) => extent.X;

        /// <inheritdoc/>
        public General AsGeneral() => new(StrideExtent);

        /// <inheritdoc/>
        public General To1DStride() => new(1);

        /// <inheritdoc/>
        public (LongIndex1D Extent, Dense Stride) Cast<TContext>(in TContext context, in LongIndex1D extent) where TContext : struct, IStrideCastContext =>
            (context.ComputeNewExtent(extent.X), default);

        /// <inheritdoc/>
        public override string ToString() => StrideExtent.ToString();
    }

    /// <summary>A distance known at run time.</summary>
    /// <param name="stride">Elements from one to the next in each direction.</param>
    public readonly struct General(Index1D stride) : IStride1D
    {
        /// <inheritdoc/>
        public Index1D StrideExtent { get; } = stride;

        /// <inheritdoc/>
        public int XStride => StrideExtent.X;

        /// <inheritdoc/>
        public int ComputeElementIndex(Index1D index) => index.X * XStride;

        /// <inheritdoc/>
        public long ComputeElementIndex(LongIndex1D index) => index.X * XStride;

        /// <inheritdoc/>
        public int ComputeElementIndexChecked(Index1D index, Index1D extent)
        {
            Device.CheckBounds(index.X, extent.X);
            return ComputeElementIndex(index);
        }

        /// <inheritdoc/>
        public long ComputeElementIndexChecked(LongIndex1D index, LongIndex1D extent)
        {
            Device.CheckBounds(index.X, extent.X);
            return ComputeElementIndex(index);
        }

        /// <inheritdoc/>
        public Index1D ReconstructFromElementIndex(int elementIndex) => elementIndex / XStride;

        /// <inheritdoc/>
        public LongIndex1D ReconstructFromElementIndex(long elementIndex) => elementIndex / XStride;

        /// <inheritdoc/>
        public int ComputeBufferLength(Index1D extent) => extent.X * XStride;

        /// <inheritdoc/>
        public long ComputeBufferLength(LongIndex1D extent) => extent.X * XStride;

        /// <inheritdoc/>
        public General AsGeneral() => this;

        /// <inheritdoc/>
        public General To1DStride() => this;

        /// <inheritdoc/>
        public override string ToString() => StrideExtent.ToString();
    }
}
