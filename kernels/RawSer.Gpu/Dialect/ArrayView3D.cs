namespace RawSer.Gpu.Dialect;

/// <summary>A view of a volume: base view, extent and stride.</summary>
/// <param name="baseView">The memory.</param>
/// <param name="extent">Elements in each direction.</param>
/// <param name="stride">How an index becomes a position.</param>
public readonly struct ArrayView3D<T, TStride>(ArrayView<T> baseView, LongIndex3D extent, TStride stride) : IArrayView<T, Index3D, LongIndex3D, TStride>
    where T : unmanaged
    where TStride : struct, IStride3D
{
    /// <summary>Bytes of an element.</summary>
    public static readonly int ElementSize = Interop.SizeOf<T>();

    /// <summary>No elements.</summary>
    public static readonly ArrayView3D<T, TStride> Empty;

    int IArrayView.ElementSize => Interop.SizeOf<T>();

    /// <summary>The memory.</summary>
    public ArrayView<T> BaseView { get; } = baseView;

    /// <inheritdoc/>
    public LongIndex3D Extent { get; } = extent;

    /// <inheritdoc/>
    public TStride Stride { get; } = stride;

    /// <inheritdoc/>
    public Index3D IntExtent => Extent.ToIntIndex();

    /// <inheritdoc/>
    public bool IsValid => BaseView.IsValid;

    /// <inheritdoc/>
    public long Length => Extent.Size;

    /// <inheritdoc/>
    public int IntLength => IntExtent.Size;

    /// <inheritdoc/>
    public long LengthInBytes => Length * Interop.SizeOf<T>();

    /// <summary>An element.</summary>
    public ref T this[Index3D index] => ref BaseView[Stride.ComputeElementIndexChecked(index, IntExtent)];

    /// <summary>An element.</summary>
    public ref T this[LongIndex3D index] => ref BaseView[Stride.ComputeElementIndexChecked(index, Extent)];

    /// <summary>An element.</summary>
    public ref T this[int x, int y, int z] => ref this[new Index3D(x, y, z)];

    /// <summary>An element.</summary>
    public ref T this[long x, long y, long z] => ref this[new LongIndex3D(x, y, z)];

    /// <summary>No elements, with a stride.</summary>
    public static ArrayView3D<T, TStride> GetEmpty(TStride stride) => new(ArrayView<T>.Empty, LongIndex3D.Zero, stride);

    /// <summary>Position of an element in the base view.</summary>
    public int ComputeLinearIndex(Index3D index) => Stride.ComputeElementIndex(index);

    /// <summary>Position of an element in the base view.</summary>
    public long ComputeLinearIndex(LongIndex3D index) => Stride.ComputeElementIndex(index);

    /// <summary>One element.</summary>
    public VariableView<T> VariableView(Index3D index) => new(BaseView.SubView(ComputeLinearIndex(index), 1));

    /// <summary>One element.</summary>
    public VariableView<T> VariableView(LongIndex3D index) => new(BaseView.SubView(ComputeLinearIndex(index), 1));

    /// <summary>A part, with the same stride.</summary>
    public ArrayView3D<T, TStride> SubView(Index3D index, Index3D extent) =>
        new(BaseView.SubView(ComputeLinearIndex(index), Stride.ComputeBufferLength(extent)), extent, Stride);

    /// <summary>A part, with the same stride.</summary>
    public ArrayView3D<T, TStride> SubView(LongIndex3D index, LongIndex3D extent) =>
        new(BaseView.SubView(ComputeLinearIndex(index), Stride.ComputeBufferLength(extent)), extent, Stride);

    /// <summary>The memory as it lies, gaps included.</summary>
    public ArrayView<T> AsContiguous() => BaseView;

    /// <summary>The same elements with a stride of unknown form.</summary>
    public ArrayView3D<T, Stride3D.General> AsGeneral() => AsGeneral(Stride.AsGeneral());

    /// <summary>The same memory with another stride.</summary>
    public ArrayView3D<T, Stride3D.General> AsGeneral(Stride3D.General stride) => new(BaseView, Extent, stride);

    /// <summary>The same memory as a volume without gaps whose x are neighbours, then y.</summary>
    public ArrayView3D<T, Stride3D.DenseXY> AsDenseXY() => new(BaseView, Extent, Stride3D.DenseXY.FromExtent(Extent));

    /// <summary>The same memory as a volume without gaps whose z are neighbours, then y.</summary>
    public ArrayView3D<T, Stride3D.DenseZY> AsDenseZY() => new(BaseView, Extent, Stride3D.DenseZY.FromExtent(Extent));

    /// <summary>The elements in memory order.</summary>
    public ArrayView1D<T, Stride1D.General> To1DView() => new(BaseView, Length, Stride.To1DStride());

    /// <summary>The memory as a row.</summary>
    public ArrayView1D<T, TOtherStride> As1DView<TOtherStride>(TOtherStride stride) where TOtherStride : struct, IStride1D =>
        new(BaseView, Length, stride);

    /// <summary>The memory as another volume.</summary>
    public ArrayView3D<T, TOtherStride> As3DView<TOtherStride>(LongIndex3D extent, TOtherStride stride) where TOtherStride : struct, IStride3D =>
        new(BaseView, extent, stride);

    /// <inheritdoc/>
    public override string ToString() => $"{typeof(T).Name}[{Extent}], stride {Stride}";
}
