namespace RawSer.Gpu.Dialect;

/// <summary>A view of a row: base view, extent and stride.</summary>
/// <param name="baseView">The memory.</param>
/// <param name="extent">Elements in each direction.</param>
/// <param name="stride">How an index becomes a position.</param>
public readonly struct ArrayView1D<T, TStride>(ArrayView<T> baseView, LongIndex1D extent, TStride stride) : IArrayView<T, Index1D, LongIndex1D, TStride>
    where T : unmanaged
    where TStride : struct, IStride1D
{
    /// <summary>Bytes of an element.</summary>
    public static readonly int ElementSize = Interop.SizeOf<T>();

    /// <summary>No elements.</summary>
    public static readonly ArrayView1D<T, TStride> Empty;

    int IArrayView.ElementSize => Interop.SizeOf<T>();

    /// <summary>The memory.</summary>
    public ArrayView<T> BaseView { get; } = baseView;

    /// <inheritdoc/>
    public LongIndex1D Extent { get; } = extent;

    /// <inheritdoc/>
    public TStride Stride { get; } = stride;

    /// <inheritdoc/>
    public Index1D IntExtent => Extent.ToIntIndex();

    /// <inheritdoc/>
    public bool IsValid => BaseView.IsValid;

    /// <inheritdoc/>
    public long Length => Extent.Size;

    /// <inheritdoc/>
    public int IntLength => IntExtent.Size;

    /// <inheritdoc/>
    public long LengthInBytes => Length * Interop.SizeOf<T>();

    /// <summary>An element.</summary>
    public ref T this[Index1D index] => ref BaseView[Stride.ComputeElementIndexChecked(index, IntExtent)];

    /// <summary>An element.</summary>
    public ref T this[LongIndex1D index] => ref BaseView[Stride.ComputeElementIndexChecked(index, Extent)];

    /// <summary>No elements, with a stride.</summary>
    public static ArrayView1D<T, TStride> GetEmpty(TStride stride) => new(ArrayView<T>.Empty, LongIndex1D.Zero, stride);

    /// <summary>Position of an element in the base view.</summary>
    public int ComputeLinearIndex(Index1D index) => Stride.ComputeElementIndex(index);

    /// <summary>Position of an element in the base view.</summary>
    public long ComputeLinearIndex(LongIndex1D index) => Stride.ComputeElementIndex(index);

    /// <summary>One element.</summary>
    public VariableView<T> VariableView(Index1D index) => new(BaseView.SubView(ComputeLinearIndex(index), 1));

    /// <summary>One element.</summary>
    public VariableView<T> VariableView(LongIndex1D index) => new(BaseView.SubView(ComputeLinearIndex(index), 1));

    /// <summary>A part, with the same stride.</summary>
    public ArrayView1D<T, TStride> SubView(Index1D index, Index1D extent) =>
        new(BaseView.SubView(ComputeLinearIndex(index), Stride.ComputeBufferLength(extent)), extent, Stride);

    /// <summary>A part, with the same stride.</summary>
    public ArrayView1D<T, TStride> SubView(LongIndex1D index, LongIndex1D extent) =>
        new(BaseView.SubView(ComputeLinearIndex(index), Stride.ComputeBufferLength(extent)), extent, Stride);

    /// <summary>The memory as it lies, gaps included.</summary>
    public ArrayView<T> AsContiguous() => BaseView;

    /// <summary>The same elements with a stride of unknown form.</summary>
    public ArrayView1D<T, Stride1D.General> AsGeneral() => AsGeneral(Stride.AsGeneral());

    /// <summary>The same memory with another stride.</summary>
    public ArrayView1D<T, Stride1D.General> AsGeneral(Stride1D.General stride) => new(BaseView, Extent, stride);

    /// <summary>The memory as it lies, as if the stride were one.</summary>
    public ArrayView1D<T, Stride1D.Dense> AsDense() => new(BaseView, Extent, default);

    /// <summary>The same elements with a stride of unknown form.</summary>
    public ArrayView1D<T, Stride1D.General> To1DView() => AsGeneral();

    /// <summary>The memory as a matrix.</summary>
    public ArrayView2D<T, TOtherStride> As2DView<TOtherStride>(LongIndex2D extent, TOtherStride stride) where TOtherStride : struct, IStride2D =>
        new(BaseView, extent, stride);

    /// <summary>The memory as a matrix without gaps whose x are neighbours.</summary>
    public ArrayView2D<T, Stride2D.DenseX> As2DDenseXView(LongIndex2D extent) => As2DView(extent, Stride2D.DenseX.FromExtent(extent));

    /// <summary>The memory as a matrix without gaps whose y are neighbours.</summary>
    public ArrayView2D<T, Stride2D.DenseY> As2DDenseYView(LongIndex2D extent) => As2DView(extent, Stride2D.DenseY.FromExtent(extent));

    /// <summary>The memory as a matrix whose columns [., y] each start at an alignment.</summary>
    public ArrayView2D<T, Stride2D.DenseX> As2DPitchedXView(LongIndex2D extent, int xAlignmentInBytes) =>
        As2DView(extent, new Stride2D.DenseX((int)StrideExtensions.GetPitchedLeadingDimension<T>(extent.X, xAlignmentInBytes)));

    /// <summary>The memory as a matrix whose rows [x, .] each start at an alignment.</summary>
    public ArrayView2D<T, Stride2D.DenseY> As2DPitchedYView(LongIndex2D extent, int yAlignmentInBytes) =>
        As2DView(extent, new Stride2D.DenseY((int)StrideExtensions.GetPitchedLeadingDimension<T>(extent.Y, yAlignmentInBytes)));

    /// <summary>The memory as a volume.</summary>
    public ArrayView3D<T, TOtherStride> As3DView<TOtherStride>(LongIndex3D extent, TOtherStride stride) where TOtherStride : struct, IStride3D =>
        new(BaseView, extent, stride);

    /// <summary>The memory as a volume without gaps whose x are neighbours, then y.</summary>
    public ArrayView3D<T, Stride3D.DenseXY> As3DDenseXYView(LongIndex3D extent) => As3DView(extent, Stride3D.DenseXY.FromExtent(extent));

    /// <summary>The memory as a volume without gaps whose z are neighbours, then y.</summary>
    public ArrayView3D<T, Stride3D.DenseZY> As3DDenseZYView(LongIndex3D extent) => As3DView(extent, Stride3D.DenseZY.FromExtent(extent));

    /// <summary>The memory as a volume without gaps between planes, whose x-y planes' columns [., y] each start at an alignment.</summary>
    public ArrayView3D<T, Stride3D.DenseXY> As3DPitchedXYView(LongIndex3D extent, int xyAlignmentInBytes)
    {
        int row = (int)StrideExtensions.GetPitchedLeadingDimension<T>(extent.X, xyAlignmentInBytes);
        return As3DView(extent, new Stride3D.DenseXY(row, row * (int)extent.Y));
    }

    /// <summary>The memory as a volume without gaps between planes, whose z-y planes' rows [y, .] each start at an alignment.</summary>
    public ArrayView3D<T, Stride3D.DenseZY> As3DPitchedZYView(LongIndex3D extent, int zyAlignmentInBytes)
    {
        int row = (int)StrideExtensions.GetPitchedLeadingDimension<T>(extent.Z, zyAlignmentInBytes);
        return As3DView(extent, new Stride3D.DenseZY(row * (int)extent.Y, row));
    }

    /// <inheritdoc/>
    public override string ToString() => $"{typeof(T).Name}[{Extent}], stride {Stride}";
}
