namespace RawSer.Gpu.Dialect;

/// <summary>Views seen differently.</summary>
public static unsafe class ArrayViewExtensions
{
    /// <summary>Whether it points to memory and has elements.</summary>
    public static bool HasData<TView>(this TView view) where TView : IArrayView => view.IsValid && view.Length > 0;

    /// <summary>Whether it points to no memory or has no elements.</summary>
    public static bool HasNoData<TView>(this TView view) where TView : IArrayView => !view.HasData();

    /// <summary>
    /// Splits a view where its addresses are first a multiple of <paramref name="alignmentInBytes"/> (a power of two): the elements
    /// before, which may be none, and the aligned rest.
    /// </summary>
    public static (ArrayView<T> Prefix, ArrayView<T> Main) AlignTo<T>(this ArrayView<T> view, int alignmentInBytes) where T : unmanaged
    {
        long prefix = Interop.Align((long)view.Pointer, view.LengthInBytes, alignmentInBytes) / sizeof(T);
        return (view.SubView(0, prefix), view.SubView(prefix).AsAligned(alignmentInBytes));
    }

    /// <summary>As <see cref="AlignTo{T}(ArrayView{T}, int)"/>.</summary>
    public static (ArrayView<T> Prefix, ArrayView<T> Main) AlignTo<T>(this ArrayView1D<T, Stride1D.Dense> view, int alignmentInBytes)
        where T : unmanaged =>
        view.BaseView.AlignTo(alignmentInBytes);

    /// <summary>
    /// Promises that the view starts at a multiple of <paramref name="alignmentInBytes"/>, so that the compiler may join accesses
    /// to 64 and 128 bits. A broken promise is a fault of the kernel.
    /// </summary>
    public static ArrayView<T> AsAligned<T>(this ArrayView<T> view, int alignmentInBytes) where T : unmanaged =>
        new(Device.AssumeAligned(view.Pointer, alignmentInBytes), view.Length);

    /// <summary>As <see cref="AsAligned{T}(ArrayView{T}, int)"/>.</summary>
    public static ArrayView1D<T, Stride1D.Dense> AsAligned<T>(this ArrayView1D<T, Stride1D.Dense> view, int alignmentInBytes)
        where T : unmanaged =>
        view.BaseView.AsAligned(alignmentInBytes);

    /// <summary>Splits where addresses are first a multiple of 16.</summary>
    public static (ArrayView<T> Prefix, ArrayView<T> Main) AlignTo16<T>(this ArrayView<T> view) where T : unmanaged => view.AlignTo(16);

    /// <summary>Splits where addresses are first a multiple of 16.</summary>
    public static (ArrayView<T> Prefix, ArrayView<T> Main) AlignTo16<T>(this ArrayView1D<T, Stride1D.Dense> view) where T : unmanaged =>
        view.AlignTo(16);

    /// <summary>Promises that the view starts at a multiple of 16.</summary>
    public static ArrayView<T> AsAligned16<T>(this ArrayView<T> view) where T : unmanaged => view.AsAligned(16);

    /// <summary>Promises that the view starts at a multiple of 16.</summary>
    public static ArrayView1D<T, Stride1D.Dense> AsAligned16<T>(this ArrayView1D<T, Stride1D.Dense> view) where T : unmanaged => view.AsAligned(16);

    /// <summary>Splits where addresses are first a multiple of 32.</summary>
    public static (ArrayView<T> Prefix, ArrayView<T> Main) AlignTo32<T>(this ArrayView<T> view) where T : unmanaged => view.AlignTo(32);

    /// <summary>Splits where addresses are first a multiple of 32.</summary>
    public static (ArrayView<T> Prefix, ArrayView<T> Main) AlignTo32<T>(this ArrayView1D<T, Stride1D.Dense> view) where T : unmanaged =>
        view.AlignTo(32);

    /// <summary>Promises that the view starts at a multiple of 32.</summary>
    public static ArrayView<T> AsAligned32<T>(this ArrayView<T> view) where T : unmanaged => view.AsAligned(32);

    /// <summary>Promises that the view starts at a multiple of 32.</summary>
    public static ArrayView1D<T, Stride1D.Dense> AsAligned32<T>(this ArrayView1D<T, Stride1D.Dense> view) where T : unmanaged => view.AsAligned(32);

    /// <summary>Splits where addresses are first a multiple of 64.</summary>
    public static (ArrayView<T> Prefix, ArrayView<T> Main) AlignTo64<T>(this ArrayView<T> view) where T : unmanaged => view.AlignTo(64);

    /// <summary>Splits where addresses are first a multiple of 64.</summary>
    public static (ArrayView<T> Prefix, ArrayView<T> Main) AlignTo64<T>(this ArrayView1D<T, Stride1D.Dense> view) where T : unmanaged =>
        view.AlignTo(64);

    /// <summary>Promises that the view starts at a multiple of 64.</summary>
    public static ArrayView<T> AsAligned64<T>(this ArrayView<T> view) where T : unmanaged => view.AsAligned(64);

    /// <summary>Promises that the view starts at a multiple of 64.</summary>
    public static ArrayView1D<T, Stride1D.Dense> AsAligned64<T>(this ArrayView1D<T, Stride1D.Dense> view) where T : unmanaged => view.AsAligned(64);

    /// <summary>Splits where addresses are first a multiple of 128.</summary>
    public static (ArrayView<T> Prefix, ArrayView<T> Main) AlignTo128<T>(this ArrayView<T> view) where T : unmanaged => view.AlignTo(128);

    /// <summary>Splits where addresses are first a multiple of 128.</summary>
    public static (ArrayView<T> Prefix, ArrayView<T> Main) AlignTo128<T>(this ArrayView1D<T, Stride1D.Dense> view) where T : unmanaged =>
        view.AlignTo(128);

    /// <summary>Promises that the view starts at a multiple of 128.</summary>
    public static ArrayView<T> AsAligned128<T>(this ArrayView<T> view) where T : unmanaged => view.AsAligned(128);

    /// <summary>Promises that the view starts at a multiple of 128.</summary>
    public static ArrayView1D<T, Stride1D.Dense> AsAligned128<T>(this ArrayView1D<T, Stride1D.Dense> view) where T : unmanaged => view.AsAligned(128);

    /// <summary>Splits where addresses are first a multiple of 256.</summary>
    public static (ArrayView<T> Prefix, ArrayView<T> Main) AlignTo256<T>(this ArrayView<T> view) where T : unmanaged => view.AlignTo(256);

    /// <summary>Splits where addresses are first a multiple of 256.</summary>
    public static (ArrayView<T> Prefix, ArrayView<T> Main) AlignTo256<T>(this ArrayView1D<T, Stride1D.Dense> view) where T : unmanaged =>
        view.AlignTo(256);

    /// <summary>Promises that the view starts at a multiple of 256.</summary>
    public static ArrayView<T> AsAligned256<T>(this ArrayView<T> view) where T : unmanaged => view.AsAligned(256);

    /// <summary>Promises that the view starts at a multiple of 256.</summary>
    public static ArrayView1D<T, Stride1D.Dense> AsAligned256<T>(this ArrayView1D<T, Stride1D.Dense> view) where T : unmanaged => view.AsAligned(256);

    /// <summary>Splits where addresses are first a multiple of 512.</summary>
    public static (ArrayView<T> Prefix, ArrayView<T> Main) AlignTo512<T>(this ArrayView<T> view) where T : unmanaged => view.AlignTo(512);

    /// <summary>Splits where addresses are first a multiple of 512.</summary>
    public static (ArrayView<T> Prefix, ArrayView<T> Main) AlignTo512<T>(this ArrayView1D<T, Stride1D.Dense> view) where T : unmanaged =>
        view.AlignTo(512);

    /// <summary>Promises that the view starts at a multiple of 512.</summary>
    public static ArrayView<T> AsAligned512<T>(this ArrayView<T> view) where T : unmanaged => view.AsAligned(512);

    /// <summary>Promises that the view starts at a multiple of 512.</summary>
    public static ArrayView1D<T, Stride1D.Dense> AsAligned512<T>(this ArrayView1D<T, Stride1D.Dense> view) where T : unmanaged => view.AsAligned(512);

    /// <summary>The same elements with a stride of one.</summary>
    public static ArrayView1D<T, Stride1D.Dense> AsDense<T>(this ArrayView<T> view) where T : unmanaged => view;

    /// <summary>The same elements with a stride of unknown form.</summary>
    public static ArrayView1D<T, Stride1D.General> AsGeneral<T>(this ArrayView<T> view) where T : unmanaged =>
        view.AsGeneral(new Stride1D.General(1));

    /// <summary>The same memory with another stride.</summary>
    public static ArrayView1D<T, Stride1D.General> AsGeneral<T>(this ArrayView<T> view, Stride1D.General stride) where T : unmanaged =>
        new(view, view.Extent, stride);

    /// <summary>One element.</summary>
    public static VariableView<T> VariableView<T>(this ArrayView<T> view, Index1D element) where T : unmanaged =>
        new(view.SubView(element.X, 1));

    /// <summary>One element.</summary>
    public static VariableView<T> VariableView<T>(this ArrayView<T> view, LongIndex1D element) where T : unmanaged =>
        new(view.SubView(element.X, 1));

    /// <summary>The same memory as elements of another type; rows must hold whole ones.</summary>
    public static ArrayView1D<TOther, Stride1D.Dense> Cast<T, TOther>(this ArrayView1D<T, Stride1D.Dense> view)
        where T : unmanaged
        where TOther : unmanaged
    {
        var (extent, stride) = view.Stride.Cast(StrideExtensions.CreateCastContext(Interop.SizeOf<T>(), Interop.SizeOf<TOther>()), view.Extent);
        return new(view.BaseView.Cast<TOther>(), extent, stride);
    }

    /// <summary>The same memory as elements of another type; rows must hold whole ones.</summary>
    public static ArrayView2D<TOther, Stride2D.DenseX> Cast<T, TOther>(this ArrayView2D<T, Stride2D.DenseX> view)
        where T : unmanaged
        where TOther : unmanaged
    {
        var (extent, stride) = view.Stride.Cast(StrideExtensions.CreateCastContext(Interop.SizeOf<T>(), Interop.SizeOf<TOther>()), view.Extent);
        return new(view.BaseView.Cast<TOther>(), extent, stride);
    }

    /// <summary>The same memory as elements of another type; rows must hold whole ones.</summary>
    public static ArrayView2D<TOther, Stride2D.DenseY> Cast<T, TOther>(this ArrayView2D<T, Stride2D.DenseY> view)
        where T : unmanaged
        where TOther : unmanaged
    {
        var (extent, stride) = view.Stride.Cast(StrideExtensions.CreateCastContext(Interop.SizeOf<T>(), Interop.SizeOf<TOther>()), view.Extent);
        return new(view.BaseView.Cast<TOther>(), extent, stride);
    }

    /// <summary>The same memory as elements of another type; rows must hold whole ones.</summary>
    public static ArrayView3D<TOther, Stride3D.DenseXY> Cast<T, TOther>(this ArrayView3D<T, Stride3D.DenseXY> view)
        where T : unmanaged
        where TOther : unmanaged
    {
        var (extent, stride) = view.Stride.Cast(StrideExtensions.CreateCastContext(Interop.SizeOf<T>(), Interop.SizeOf<TOther>()), view.Extent);
        return new(view.BaseView.Cast<TOther>(), extent, stride);
    }

    /// <summary>The same memory as elements of another type; rows must hold whole ones.</summary>
    public static ArrayView3D<TOther, Stride3D.DenseZY> Cast<T, TOther>(this ArrayView3D<T, Stride3D.DenseZY> view)
        where T : unmanaged
        where TOther : unmanaged
    {
        var (extent, stride) = view.Stride.Cast(StrideExtensions.CreateCastContext(Interop.SizeOf<T>(), Interop.SizeOf<TOther>()), view.Extent);
        return new(view.BaseView.Cast<TOther>(), extent, stride);
    }

    /// <summary>The same elements with x and y exchanged.</summary>
    public static ArrayView2D<T, Stride2D.DenseY> AsTransposed<T>(this ArrayView2D<T, Stride2D.DenseX> view) where T : unmanaged =>
        new(view.BaseView, new(view.Extent.Y, view.Extent.X), new(view.Stride.YStride));

    /// <summary>The same elements with x and y exchanged.</summary>
    public static ArrayView2D<T, Stride2D.DenseX> AsTransposed<T>(this ArrayView2D<T, Stride2D.DenseY> view) where T : unmanaged =>
        new(view.BaseView, new(view.Extent.Y, view.Extent.X), new(view.Stride.XStride));

    /// <summary>The same elements with x and y exchanged.</summary>
    public static ArrayView2D<T, Stride2D.General> AsTransposed<T>(this ArrayView2D<T, Stride2D.General> view) where T : unmanaged =>
        new(view.BaseView, new(view.Extent.Y, view.Extent.X), new(new Index2D(view.Stride.YStride, view.Stride.XStride)));

    /// <summary>The same elements with x and z exchanged.</summary>
    public static ArrayView3D<T, Stride3D.DenseZY> AsTransposed<T>(this ArrayView3D<T, Stride3D.DenseXY> view) where T : unmanaged =>
        new(view.BaseView, new(view.Extent.Z, view.Extent.Y, view.Extent.X), new(view.Stride.ZStride, view.Stride.YStride));

    /// <summary>The same elements with x and z exchanged.</summary>
    public static ArrayView3D<T, Stride3D.DenseXY> AsTransposed<T>(this ArrayView3D<T, Stride3D.DenseZY> view) where T : unmanaged =>
        new(view.BaseView, new(view.Extent.Z, view.Extent.Y, view.Extent.X), new(view.Stride.YStride, view.Stride.XStride));

    /// <summary>The same elements with x and z exchanged.</summary>
    public static ArrayView3D<T, Stride3D.General> AsTransposed<T>(this ArrayView3D<T, Stride3D.General> view) where T : unmanaged =>
        new(view.BaseView, new(view.Extent.Z, view.Extent.Y, view.Extent.X), new(new Index3D(view.Stride.ZStride, view.Stride.YStride, view.Stride.XStride)));
}
