namespace RawSer.Gpu.Dialect;

/// <summary>Strides of two dimensions.</summary>
public static class Stride2D
{
    /// <summary>Element of an index.</summary>
    public static int ComputeElementIndex<TStride>(this TStride stride, Index2D index) where TStride : struct, IStride2D => stride.ComputeElementIndex(index);

    /// <summary>Element of an index.</summary>
    public static long ComputeElementIndex<TStride>(this TStride stride, LongIndex2D index) where TStride : struct, IStride2D => stride.ComputeElementIndex(index);

    /// <summary>Elements of memory that an extent takes.</summary>
    public static int ComputeBufferLength<TStride>(this TStride stride, Index2D extent) where TStride : struct, IStride2D => stride.ComputeBufferLength(extent);

    /// <summary>Elements of memory that an extent takes.</summary>
    public static long ComputeBufferLength<TStride>(this TStride stride, LongIndex2D extent) where TStride : struct, IStride2D => stride.ComputeBufferLength(extent);

    /// <summary>Element of an index within the extent.</summary>
    public static int ComputeElementIndexChecked<TStride>(this TStride stride, Index2D index, Index2D extent) where TStride : struct, IStride2D =>
        stride.ComputeElementIndexChecked(index, extent);

    /// <summary>Element of an index within the extent.</summary>
    public static long ComputeElementIndexChecked<TStride>(this TStride stride, LongIndex2D index, LongIndex2D extent) where TStride : struct, IStride2D =>
        stride.ComputeElementIndexChecked(index, extent);

    /// <summary>x are neighbours in memory (the column-major form of a matrix [x = row, y = column]).</summary>
    /// <param name="yStride">Elements from one y to the next.</param>
    public readonly struct DenseX(int yStride) : IStride2D, ICastableStride<Index2D, LongIndex2D, DenseX>
    {
        /// <inheritdoc/>
        public Index2D StrideExtent => new(XStride, YStride);

        /// <inheritdoc/>
        public int XStride => 1;

        /// <inheritdoc/>
        public int YStride { get; } = yStride;

        /// <summary>Without gaps.</summary>
        public static DenseX FromExtent(Index2D extent) => new(extent.X);

        /// <summary>Without gaps.</summary>
        public static DenseX FromExtent(LongIndex2D extent) => new((int)extent.X);

        /// <summary>Element of an index in a buffer without gaps.</summary>
        public static int ComputeElementIndex(Index2D index, Index2D extent) => (index.Y * extent.X) + index.X;

        /// <summary>Element of an index in a buffer without gaps.</summary>
        public static long ComputeElementIndex(LongIndex2D index, LongIndex2D extent) => (index.Y * extent.X) + index.X;

        /// <summary>Index of an element in a buffer without gaps.</summary>
        public static Index2D ReconstructFromElementIndex(int elementIndex, Index2D extent) =>
            new(elementIndex % extent.X, elementIndex / extent.X);

        /// <summary>Index of an element in a buffer without gaps.</summary>
        public static LongIndex2D ReconstructFromElementIndex(long elementIndex, LongIndex2D extent) =>
            new(elementIndex % extent.X, elementIndex / extent.X);

        /// <inheritdoc/>
        public int ComputeElementIndex(Index2D index) => index.X + (index.Y * YStride);

        /// <inheritdoc/>
        public long ComputeElementIndex(LongIndex2D index) => index.X + (index.Y * YStride);

        /// <inheritdoc/>
        public int ComputeElementIndexChecked(Index2D index, Index2D extent)
        {
            Device.CheckBounds(index.X, extent.X);
            Device.CheckBounds(index.Y, extent.Y);
            return ComputeElementIndex(index);
        }

        /// <inheritdoc/>
        public long ComputeElementIndexChecked(LongIndex2D index, LongIndex2D extent)
        {
            Device.CheckBounds(index.X, extent.X);
            Device.CheckBounds(index.Y, extent.Y);
            return ComputeElementIndex(index);
        }

        /// <inheritdoc/>
        public Index2D ReconstructFromElementIndex(int elementIndex) => new(elementIndex % YStride, elementIndex / YStride);

        /// <inheritdoc/>
        public LongIndex2D ReconstructFromElementIndex(long elementIndex) => new(elementIndex % YStride, elementIndex / YStride);

        /// <inheritdoc/>
        public int ComputeBufferLength(Index2D extent) => YStride * extent.Y;

        /// <inheritdoc/>
        public long ComputeBufferLength(LongIndex2D extent) => YStride * extent.Y;

        /// <inheritdoc/>
        public General AsGeneral() => new(StrideExtent);

        /// <inheritdoc/>
        public Stride1D.General To1DStride() => new(1);

        /// <inheritdoc/>
        public (LongIndex2D Extent, DenseX Stride) Cast<TContext>(in TContext context, in LongIndex2D extent) where TContext : struct, IStrideCastContext =>
            (new(context.ComputeNewExtent(extent.X), extent.Y), new(context.ComputeNewExtent(YStride)));

        /// <inheritdoc/>
        public override string ToString() => StrideExtent.ToString();
    }

    /// <summary>y are neighbours in memory (the row-major form of a matrix [x = row, y = column]).</summary>
    /// <param name="xStride">Elements from one x to the next.</param>
    public readonly struct DenseY(int xStride) : IStride2D, ICastableStride<Index2D, LongIndex2D, DenseY>
    {
        /// <inheritdoc/>
        public Index2D StrideExtent => new(XStride, YStride);

        /// <inheritdoc/>
        public int XStride { get; } = xStride;

        /// <inheritdoc/>
        public int YStride => 1;

        /// <summary>Without gaps.</summary>
        public static DenseY FromExtent(Index2D extent) => new(extent.Y);

        /// <summary>Without gaps.</summary>
        public static DenseY FromExtent(LongIndex2D extent) => new((int)extent.Y);

        /// <summary>Element of an index in a buffer without gaps.</summary>
        public static int ComputeElementIndex(Index2D index, Index2D extent) => (index.X * extent.Y) + index.Y;

        /// <summary>Element of an index in a buffer without gaps.</summary>
        public static long ComputeElementIndex(LongIndex2D index, LongIndex2D extent) => (index.X * extent.Y) + index.Y;

        /// <summary>Index of an element in a buffer without gaps.</summary>
        public static Index2D ReconstructFromElementIndex(int elementIndex, Index2D extent) =>
            new(elementIndex / extent.Y, elementIndex % extent.Y);

        /// <summary>Index of an element in a buffer without gaps.</summary>
        public static LongIndex2D ReconstructFromElementIndex(long elementIndex, LongIndex2D extent) =>
            new(elementIndex / extent.Y, elementIndex % extent.Y);

        /// <inheritdoc/>
        public int ComputeElementIndex(Index2D index) => (index.X * XStride) + index.Y;

        /// <inheritdoc/>
        public long ComputeElementIndex(LongIndex2D index) => (index.X * XStride) + index.Y;

        /// <inheritdoc/>
        public int ComputeElementIndexChecked(Index2D index, Index2D extent)
        {
            Device.CheckBounds(index.X, extent.X);
            Device.CheckBounds(index.Y, extent.Y);
            return ComputeElementIndex(index);
        }

        /// <inheritdoc/>
        public long ComputeElementIndexChecked(LongIndex2D index, LongIndex2D extent)
        {
            Device.CheckBounds(index.X, extent.X);
            Device.CheckBounds(index.Y, extent.Y);
            return ComputeElementIndex(index);
        }

        /// <inheritdoc/>
        public Index2D ReconstructFromElementIndex(int elementIndex) => new(elementIndex / XStride, elementIndex % XStride);

        /// <inheritdoc/>
        public LongIndex2D ReconstructFromElementIndex(long elementIndex) => new(elementIndex / XStride, elementIndex % XStride);

        /// <inheritdoc/>
        public int ComputeBufferLength(Index2D extent) => XStride * extent.X;

        /// <inheritdoc/>
        public long ComputeBufferLength(LongIndex2D extent) => XStride * extent.X;

        /// <inheritdoc/>
        public General AsGeneral() => new(StrideExtent);

        /// <inheritdoc/>
        public Stride1D.General To1DStride() => new(1);

        /// <inheritdoc/>
        public (LongIndex2D Extent, DenseY Stride) Cast<TContext>(in TContext context, in LongIndex2D extent) where TContext : struct, IStrideCastContext =>
            (new(extent.X, context.ComputeNewExtent(extent.Y)), new(context.ComputeNewExtent(XStride)));

        /// <inheritdoc/>
        public override string ToString() => StrideExtent.ToString();
    }

    /// <summary>Two distances known at run time.</summary>
    /// <param name="stride">Elements from one to the next in each direction.</param>
    public readonly struct General(Index2D stride) : IStride2D
    {
        /// <inheritdoc/>
        public Index2D StrideExtent { get; } = stride;

        /// <inheritdoc/>
        public int XStride => StrideExtent.X;

        /// <inheritdoc/>
        public int YStride => StrideExtent.Y;

        /// <inheritdoc/>
        public int ComputeElementIndex(Index2D index) => (index.X * XStride) + (index.Y * YStride);

        /// <inheritdoc/>
        public long ComputeElementIndex(LongIndex2D index) => (index.X * XStride) + (index.Y * YStride);

        /// <inheritdoc/>
        public int ComputeElementIndexChecked(Index2D index, Index2D extent)
        {
            Device.CheckBounds(index.X, extent.X);
            Device.CheckBounds(index.Y, extent.Y);
            return ComputeElementIndex(index);
        }

        /// <inheritdoc/>
        public long ComputeElementIndexChecked(LongIndex2D index, LongIndex2D extent)
        {
            Device.CheckBounds(index.X, extent.X);
            Device.CheckBounds(index.Y, extent.Y);
            return ComputeElementIndex(index);
        }

        /// <inheritdoc/>
        public Index2D ReconstructFromElementIndex(int elementIndex) => XStride < YStride
            ? new(elementIndex % YStride / XStride, elementIndex / YStride)
            : new(elementIndex / XStride, elementIndex % XStride / YStride);

        /// <inheritdoc/>
        public LongIndex2D ReconstructFromElementIndex(long elementIndex) => XStride < YStride
            ? new(elementIndex % YStride / XStride, elementIndex / YStride)
            : new(elementIndex / XStride, elementIndex % XStride / YStride);

        /// <inheritdoc/>
        public int ComputeBufferLength(Index2D extent) => IntrinsicMath.Max(extent.X * XStride, extent.Y * YStride);

        /// <inheritdoc/>
        public long ComputeBufferLength(LongIndex2D extent) => IntrinsicMath.Max(extent.X * XStride, extent.Y * YStride);

        /// <inheritdoc/>
        public General AsGeneral() => this;

        /// <inheritdoc/>
        public Stride1D.General To1DStride() => new(IntrinsicMath.Min(XStride, YStride));

        /// <inheritdoc/>
        public override string ToString() => StrideExtent.ToString();
    }
}
