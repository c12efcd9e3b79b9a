namespace RawSer.Gpu.Dialect;

/// <summary>Strides of three dimensions.</summary>
public static class Stride3D
{
    /// <summary>Element of an index.</summary>
    public static int ComputeElementIndex<TStride>(this TStride stride, Index3D index) where TStride : struct, IStride3D => stride.ComputeElementIndex(index);

    /// <summary>Element of an index.</summary>
    public static long ComputeElementIndex<TStride>(this TStride stride, LongIndex3D index) where TStride : struct, IStride3D => stride.ComputeElementIndex(index);

    /// <summary>Elements of memory that an extent takes.</summary>
    public static int ComputeBufferLength<TStride>(this TStride stride, Index3D extent) where TStride : struct, IStride3D => stride.ComputeBufferLength(extent);

    /// <summary>Elements of memory that an extent takes.</summary>
    public static long ComputeBufferLength<TStride>(this TStride stride, LongIndex3D extent) where TStride : struct, IStride3D => stride.ComputeBufferLength(extent);

    /// <summary>Element of an index within the extent.</summary>
    public static int ComputeElementIndexChecked<TStride>(this TStride stride, Index3D index, Index3D extent) where TStride : struct, IStride3D =>
        stride.ComputeElementIndexChecked(index, extent);

    /// <summary>Element of an index within the extent.</summary>
    public static long ComputeElementIndexChecked<TStride>(this TStride stride, LongIndex3D index, LongIndex3D extent) where TStride : struct, IStride3D =>
        stride.ComputeElementIndexChecked(index, extent);

    /// <summary>x are neighbours in memory, then y.</summary>
    /// <param name="yStride">Elements from one y to the next.</param>
    /// <param name="zStride">Elements from one z to the next.</param>
    public readonly struct DenseXY(int yStride, int zStride) : IStride3D, ICastableStride<Index3D, LongIndex3D, DenseXY>
    {
        /// <inheritdoc/>
        public Index3D StrideExtent => new(XStride, YStride, ZStride);

        /// <inheritdoc/>
        public int XStride => 1;

        /// <inheritdoc/>
        public int YStride { get; } = yStride;

        /// <inheritdoc/>
        public int ZStride { get; } = zStride;

        /// <summary>Without gaps.</summary>
        public static DenseXY FromExtent(Index3D extent) => new(extent.X, extent.X * extent.Y);

        /// <summary>Without gaps.</summary>
        public static DenseXY FromExtent(LongIndex3D extent) => new((int)extent.X, (int)(extent.X * extent.Y));

        /// <summary>Element of an index in a buffer without gaps.</summary>
        public static int ComputeElementIndex(Index3D index, Index3D extent) => (((index.Z * extent.Y) + index.Y) * extent.X) + index.X;

        /// <summary>Element of an index in a buffer without gaps.</summary>
        public static long ComputeElementIndex(LongIndex3D index, LongIndex3D extent) => (((index.Z * extent.Y) + index.Y) * extent.X) + index.X;

        /// <summary>Index of an element in a buffer without gaps.</summary>
        public static Index3D ReconstructFromElementIndex(int elementIndex, Index3D extent)
        {
            int rows = elementIndex / extent.X;
            return new(elementIndex % extent.X, rows % extent.Y, rows / extent.Y);
        }

        /// <summary>Index of an element in a buffer without gaps.</summary>
        public static LongIndex3D ReconstructFromElementIndex(long elementIndex, LongIndex3D extent)
        {
            long rows = elementIndex / extent.X;
            return new(elementIndex % extent.X, rows % extent.Y, rows / extent.Y);
        }

        /// <inheritdoc/>
        public int ComputeElementIndex(Index3D index) => index.X + (index.Y * YStride) + (index.Z * ZStride);

        /// <inheritdoc/>
        public long ComputeElementIndex(LongIndex3D index) => index.X + (index.Y * YStride) + (index.Z * ZStride);

        /// <inheritdoc/>
        public int ComputeElementIndexChecked(Index3D index, Index3D extent)
        {
            Device.CheckBounds(index.X, extent.X);
            Device.CheckBounds(index.Y, extent.Y);
            Device.CheckBounds(index.Z, extent.Z);
            return ComputeElementIndex(index);
        }

        /// <inheritdoc/>
        public long ComputeElementIndexChecked(LongIndex3D index, LongIndex3D extent)
        {
            Device.CheckBounds(index.X, extent.X);
            Device.CheckBounds(index.Y, extent.Y);
            Device.CheckBounds(index.Z, extent.Z);
            return ComputeElementIndex(index);
        }

        /// <inheritdoc/>
        public Index3D ReconstructFromElementIndex(int elementIndex)
        {
            int rest = elementIndex % ZStride;
            return new(rest % YStride, rest / YStride, elementIndex / ZStride);
        }

        /// <inheritdoc/>
        public LongIndex3D ReconstructFromElementIndex(long elementIndex)
        {
            long rest = elementIndex % ZStride;
            return new(rest % YStride, rest / YStride, elementIndex / ZStride);
        }

        /// <inheritdoc/>
        public int ComputeBufferLength(Index3D extent) => ZStride * extent.Z;

        /// <inheritdoc/>
        public long ComputeBufferLength(LongIndex3D extent) => ZStride * extent.Z;

        /// <inheritdoc/>
        public General AsGeneral() => new(StrideExtent);

        /// <inheritdoc/>
        public Stride1D.General To1DStride() => new(1);

        /// <inheritdoc/>
        public (LongIndex3D Extent, DenseXY Stride) Cast<TContext>(in TContext context, in LongIndex3D extent) where TContext : struct, IStrideCastContext =>
            (new(context.ComputeNewExtent(extent.X), extent.Y, extent.Z), new(context.ComputeNewExtent(YStride), context.ComputeNewExtent(ZStride)));

        /// <inheritdoc/>
        public override string ToString() => StrideExtent.ToString();
    }

    /// <summary>z are neighbours in memory, then y.</summary>
    /// <param name="xStride">Elements from one x to the next.</param>
    /// <param name="yStride">Elements from one y to the next.</param>
    public readonly struct DenseZY(int xStride, int yStride) : IStride3D, ICastableStride<Index3D, LongIndex3D, DenseZY>
    {
        /// <inheritdoc/>
        public Index3D StrideExtent => new(XStride, YStride, ZStride);

        /// <inheritdoc/>
        public int XStride { get; } = xStride;

        /// <inheritdoc/>
        public int YStride { get; } = yStride;

        /// <inheritdoc/>
        public int ZStride => 1;

        /// <summary>Without gaps.</summary>
        public static DenseZY FromExtent(Index3D extent) => new(extent.Z * extent.Y, extent.Z);

        /// <summary>Without gaps.</summary>
        public static DenseZY FromExtent(LongIndex3D extent) => new((int)(extent.Z * extent.Y), (int)extent.Z);

        /// <summary>Element of an index in a buffer without gaps.</summary>
        public static int ComputeElementIndex(Index3D index, Index3D extent) => (((index.X * extent.Y) + index.Y) * extent.Z) + index.Z;

        /// <summary>Element of an index in a buffer without gaps.</summary>
        public static long ComputeElementIndex(LongIndex3D index, LongIndex3D extent) => (((index.X * extent.Y) + index.Y) * extent.Z) + index.Z;

        /// <summary>Index of an element in a buffer without gaps.</summary>
        public static Index3D ReconstructFromElementIndex(int elementIndex, Index3D extent)
        {
            int rows = elementIndex / extent.Z;
            return new(rows / extent.Y, rows % extent.Y, elementIndex % extent.Z);
        }

        /// <summary>Index of an element in a buffer without gaps.</summary>
        public static LongIndex3D ReconstructFromElementIndex(long elementIndex, LongIndex3D extent)
        {
            long rows = elementIndex / extent.Z;
            return new(rows / extent.Y, rows % extent.Y, elementIndex % extent.Z);
        }

        /// <inheritdoc/>
        public int ComputeElementIndex(Index3D index) => (index.X * XStride) + (index.Y * YStride) + index.Z;

        /// <inheritdoc/>
        public long ComputeElementIndex(LongIndex3D index) => (index.X * XStride) + (index.Y * YStride) + index.Z;

        /// <inheritdoc/>
        public int ComputeElementIndexChecked(Index3D index, Index3D extent)
        {
            Device.CheckBounds(index.X, extent.X);
            Device.CheckBounds(index.Y, extent.Y);
            Device.CheckBounds(index.Z, extent.Z);
            return ComputeElementIndex(index);
        }

        /// <inheritdoc/>
        public long ComputeElementIndexChecked(LongIndex3D index, LongIndex3D extent)
        {
            Device.CheckBounds(index.X, extent.X);
            Device.CheckBounds(index.Y, extent.Y);
            Device.CheckBounds(index.Z, extent.Z);
            return ComputeElementIndex(index);
        }

        /// <inheritdoc/>
        public Index3D ReconstructFromElementIndex(int elementIndex)
        {
            int rest = elementIndex % XStride;
            return new(elementIndex / XStride, rest / YStride, rest % YStride);
        }

        /// <inheritdoc/>
        public LongIndex3D ReconstructFromElementIndex(long elementIndex)
        {
            long rest = elementIndex % XStride;
            return new(elementIndex / XStride, rest / YStride, rest % YStride);
        }

        /// <inheritdoc/>
        public int ComputeBufferLength(Index3D extent) => XStride * extent.X;

        /// <inheritdoc/>
        public long ComputeBufferLength(LongIndex3D extent) => XStride * extent.X;

        /// <inheritdoc/>
        public General AsGeneral() => new(StrideExtent);

        /// <inheritdoc/>
        public Stride1D.General To1DStride() => new(1);

        /// <inheritdoc/>
        public (LongIndex3D Extent, DenseZY Stride) Cast<TContext>(in TContext context, in LongIndex3D extent) where TContext : struct, IStrideCastContext =>
            (new(extent.X, extent.Y, context.ComputeNewExtent(extent.Z)), new(context.ComputeNewExtent(XStride), context.ComputeNewExtent(YStride)));

        /// <inheritdoc/>
        public override string ToString() => StrideExtent.ToString();
    }

    /// <summary>Three distances known at run time.</summary>
    /// <param name="stride">Elements from one to the next in each direction.</param>
    public readonly struct General(Index3D stride) : IStride3D
    {
        /// <inheritdoc/>
        public Index3D StrideExtent { get; } = stride;

        /// <inheritdoc/>
        public int XStride => StrideExtent.X;

        /// <inheritdoc/>
        public int YStride => StrideExtent.Y;

        /// <inheritdoc/>
        public int ZStride => StrideExtent.Z;

        /// <inheritdoc/>
        public int ComputeElementIndex(Index3D index) => (index.X * XStride) + (index.Y * YStride) + (index.Z * ZStride);

        /// <inheritdoc/>
        public long ComputeElementIndex(LongIndex3D index) => (index.X * XStride) + (index.Y * YStride) + (index.Z * ZStride);

        /// <inheritdoc/>
        public int ComputeElementIndexChecked(Index3D index, Index3D extent)
        {
            Device.CheckBounds(index.X, extent.X);
            Device.CheckBounds(index.Y, extent.Y);
            Device.CheckBounds(index.Z, extent.Z);
            return ComputeElementIndex(index);
        }

        /// <inheritdoc/>
        public long ComputeElementIndexChecked(LongIndex3D index, LongIndex3D extent)
        {
            Device.CheckBounds(index.X, extent.X);
            Device.CheckBounds(index.Y, extent.Y);
            Device.CheckBounds(index.Z, extent.Z);
            return ComputeElementIndex(index);
        }

        /// <inheritdoc/>
        public Index3D ReconstructFromElementIndex(int elementIndex)
        {
            int rest = elementIndex % (XStride < ZStride ? ZStride : XStride);
            int outer = elementIndex / (XStride < ZStride ? ZStride : XStride);
            int y = rest / YStride;
            return XStride < ZStride ? new(rest % YStride / XStride, y, outer) : new(outer, y, rest % YStride / ZStride);
        }

        /// <inheritdoc/>
        public LongIndex3D ReconstructFromElementIndex(long elementIndex)
        {
            long rest = elementIndex % (XStride < ZStride ? ZStride : XStride);
            long outer = elementIndex / (XStride < ZStride ? ZStride : XStride);
            long y = rest / YStride;
            return XStride < ZStride ? new(rest % YStride / XStride, y, outer) : new(outer, y, rest % YStride / ZStride);
        }

        /// <inheritdoc/>
        public int ComputeBufferLength(Index3D extent) => IntrinsicMath.Max(IntrinsicMath.Max(extent.X * XStride, extent.Y * YStride), extent.Z * ZStride);

        /// <inheritdoc/>
        public long ComputeBufferLength(LongIndex3D extent) => IntrinsicMath.Max(IntrinsicMath.Max(extent.X * XStride, extent.Y * YStride), extent.Z * ZStride);

        /// <inheritdoc/>
        public General AsGeneral() => this;

        /// <inheritdoc/>
        public Stride1D.General To1DStride() => new(IntrinsicMath.Min(IntrinsicMath.Min(XStride, YStride), ZStride));

        /// <inheritdoc/>
        public override string ToString() => StrideExtent.ToString();
    }
}
