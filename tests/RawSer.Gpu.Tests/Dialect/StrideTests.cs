using RawSer.Gpu.Dialect;

namespace RawSer.Gpu.Tests.Dialect;

/// <summary>All that strides have, in kernels and on the host, by each type's own members and by the generic ones.</summary>
public sealed class StrideTests
{
    [Kernel]
    private static void OneDimension(ArrayView<long> results, int one)
    {
        var that = new KernelChecks(results);
        Stride1D.Dense dense = default;
        that.Is(dense.StrideExtent.X, 1);
        that.Is(dense.XStride, 1);
        that.Is(dense.ComputeElementIndex(new Index1D(5 * one)), 5);
        that.Is(dense.ComputeElementIndex(new LongIndex1D(5L * one)), 5);
        that.Is(dense.ComputeElementIndexChecked(new Index1D(5 * one), 6), 5);
        that.Is(dense.ComputeElementIndexChecked(new LongIndex1D(5L * one), 6), 5);
        that.Is(dense.ReconstructFromElementIndex(5 * one).X, 5);
        that.Is(dense.ReconstructFromElementIndex(5L * one).X, 5);
        that.Is(dense.ComputeBufferLength(new Index1D(6 * one)), 6);
        that.Is(dense.ComputeBufferLength(new LongIndex1D(6L * one)), 6);
        that.Is(dense.AsGeneral().XStride, 1);
        that.Is(dense.To1DStride().XStride, 1);
        var (extent, same) = dense.Cast(StrideExtensions.CreateCastContext(4, 16), new LongIndex1D(8L * one));
        that.Is(extent.X, 2);
        that.Is(same.XStride, 1);

        var general = new Stride1D.General(3 * one);
        that.Is(general.StrideExtent.X, 3);
        that.Is(general.XStride, 3);
        that.Is(general.ComputeElementIndex(new Index1D(5 * one)), 15);
        that.Is(general.ComputeElementIndex(new LongIndex1D(5L * one)), 15);
        that.Is(general.ComputeElementIndexChecked(new Index1D(5 * one), 6), 15);
        that.Is(general.ComputeElementIndexChecked(new LongIndex1D(5L * one), 6), 15);
        that.Is(general.ReconstructFromElementIndex(15 * one).X, 5);
        that.Is(general.ReconstructFromElementIndex(15L * one).X, 5);
        that.Is(general.ComputeBufferLength(new Index1D(6 * one)), 18);
        that.Is(general.ComputeBufferLength(new LongIndex1D(6L * one)), 18);
        that.Is(general.AsGeneral().XStride, 3);
        that.Is(general.To1DStride().XStride, 3);

        that.Is(Stride1D.ComputeElementIndex(general, new Index1D(4 * one)), 12);
        that.Is(Stride1D.ComputeElementIndex(general, new LongIndex1D(4L * one)), 12);
        that.Is(Stride1D.ComputeElementIndexChecked(general, new Index1D(4 * one), new Index1D(6)), 12);
        that.Is(Stride1D.ComputeElementIndexChecked(general, new LongIndex1D(4L * one), new LongIndex1D(6)), 12);
        that.Is(Stride1D.ComputeBufferLength(general, new Index1D(4 * one)), 12);
        that.Is(Stride1D.ComputeBufferLength(general, new LongIndex1D(4L * one)), 12);

        var context = StrideExtensions.CreateCastContext(4, 16);
        that.Is(context.ElementSize, 4);
        that.Is(context.NewElementSize, 16);
        that.Is(context.ComputeNewExtent(13 * one), 3);
        that.Is(context.ComputeNewExtent(13L * one), 3);
        that.Is(StrideExtensions.GetPitchedLeadingDimension<float>(13L * one, 16), 16);
        that.Is(StrideExtensions.GetPitchedLeadingDimension<double>(13L * one, 8), 13);
        that.Finish();
    }

    [Kernel]
    private static void TwoDimensionsDenseInX(ArrayView<long> results, int one)
    {
        var that = new KernelChecks(results);
        var stride = new Stride2D.DenseX(5 * one);
        Index2D at = new(3, 2);
        LongIndex2D far = new(3, 2), extent = new(4, 6);
        that.Is(stride.StrideExtent, 1, 5);
        that.Is(stride.XStride, 1);
        that.Is(stride.YStride, 5);
        that.Is(stride.ComputeElementIndex(at), 13);
        that.Is(stride.ComputeElementIndex(far), 13);
        that.Is(stride.ComputeElementIndexChecked(at, new Index2D(4, 6)), 13);
        that.Is(stride.ComputeElementIndexChecked(far, extent), 13);
        that.Is(stride.ReconstructFromElementIndex(13 * one), 3, 2);
        that.Is(stride.ReconstructFromElementIndex(13L * one), 3, 2);
        that.Is(stride.ComputeBufferLength(new Index2D(4, 6 * one)), 30);
        that.Is(stride.ComputeBufferLength(extent), 30);
        that.Is(stride.AsGeneral().StrideExtent, 1, 5);
        that.Is(stride.To1DStride().XStride, 1);
        that.Is(Stride2D.DenseX.FromExtent(new Index2D(4 * one, 6)).YStride, 4);
        that.Is(Stride2D.DenseX.FromExtent(new LongIndex2D(4L * one, 6)).YStride, 4);
        that.Is(Stride2D.DenseX.ComputeElementIndex(at, new Index2D(4 * one, 6)), 11);
        that.Is(Stride2D.DenseX.ComputeElementIndex(far, extent), 11);
        that.Is(Stride2D.DenseX.ReconstructFromElementIndex(11 * one, new Index2D(4, 6)), 3, 2);
        that.Is(Stride2D.DenseX.ReconstructFromElementIndex(11L * one, extent), 3, 2);
        var (smaller, other) = new Stride2D.DenseX(8 * one).Cast(StrideExtensions.CreateCastContext(4, 16), extent);
        that.Is(smaller, 1, 6);
        that.Is(other.YStride, 2);
        that.Finish();
    }

    [Kernel]
    private static void TwoDimensionsDenseInY(ArrayView<long> results, int one)
    {
        var that = new KernelChecks(results);
        var stride = new Stride2D.DenseY(7 * one);
        Index2D at = new(3, 2);
        LongIndex2D far = new(3, 2), extent = new(4, 6);
        that.Is(stride.StrideExtent, 7, 1);
        that.Is(stride.XStride, 7);
        that.Is(stride.YStride, 1);
        that.Is(stride.ComputeElementIndex(at), 23);
        that.Is(stride.ComputeElementIndex(far), 23);
        that.Is(stride.ComputeElementIndexChecked(at, new Index2D(4, 6)), 23);
        that.Is(stride.ComputeElementIndexChecked(far, extent), 23);
        that.Is(stride.ReconstructFromElementIndex(23 * one), 3, 2);
        that.Is(stride.ReconstructFromElementIndex(23L * one), 3, 2);
        that.Is(stride.ComputeBufferLength(new Index2D(4, 6 * one)), 28);
        that.Is(stride.ComputeBufferLength(extent), 28);
        that.Is(stride.AsGeneral().StrideExtent, 7, 1);
        that.Is(stride.To1DStride().XStride, 1);
        that.Is(Stride2D.DenseY.FromExtent(new Index2D(4, 6 * one)).XStride, 6);
        that.Is(Stride2D.DenseY.FromExtent(new LongIndex2D(4, 6L * one)).XStride, 6);
        that.Is(Stride2D.DenseY.ComputeElementIndex(at, new Index2D(4 * one, 6)), 20);
        that.Is(Stride2D.DenseY.ComputeElementIndex(far, extent), 20);
        that.Is(Stride2D.DenseY.ReconstructFromElementIndex(20 * one, new Index2D(4, 6)), 3, 2);
        that.Is(Stride2D.DenseY.ReconstructFromElementIndex(20L * one, extent), 3, 2);
        var (smaller, other) = new Stride2D.DenseY(8 * one).Cast(StrideExtensions.CreateCastContext(4, 8), extent);
        that.Is(smaller, 4, 3);
        that.Is(other.XStride, 4);

        var general = new Stride2D.General(new Index2D(14 * one, 2));
        that.Is(general.StrideExtent, 14, 2);
        that.Is(general.XStride, 14);
        that.Is(general.YStride, 2);
        that.Is(general.ComputeElementIndex(at), 46);
        that.Is(general.ComputeElementIndex(far), 46);
        that.Is(general.ComputeElementIndexChecked(at, new Index2D(4, 6)), 46);
        that.Is(general.ComputeElementIndexChecked(far, extent), 46);
        that.Is(general.ReconstructFromElementIndex(46 * one), 3, 2);
        that.Is(general.ReconstructFromElementIndex(46L * one), 3, 2);
        that.Is(new Stride2D.General(new Index2D(2, 14 * one)).ReconstructFromElementIndex(34 * one), 3, 2);
        that.Is(general.ComputeBufferLength(new Index2D(4, 6 * one)), 56);
        that.Is(general.ComputeBufferLength(extent), 56);
        that.Is(general.AsGeneral().StrideExtent, 14, 2);
        that.Is(general.To1DStride().XStride, 2);

        that.Is(Stride2D.ComputeElementIndex(stride, at), 23);
        that.Is(Stride2D.ComputeElementIndex(stride, far), 23);
        that.Is(Stride2D.ComputeElementIndexChecked(stride, at, new Index2D(4, 6)), 23);
        that.Is(Stride2D.ComputeElementIndexChecked(stride, far, extent), 23);
        that.Is(Stride2D.ComputeBufferLength(stride, new Index2D(4 * one, 6)), 28);
        that.Is(Stride2D.ComputeBufferLength(stride, extent), 28);
        that.Finish();
    }

    [Kernel]
    private static void ThreeDimensionsDenseInXAndY(ArrayView<long> results, int one)
    {
        var that = new KernelChecks(results);
        var stride = new Stride3D.DenseXY(5 * one, 40);
        Index3D at = new(3, 2, 1), whole = new(4 * one, 6, 2);
        LongIndex3D far = new(3, 2, 1), extent = new(4, 6, 2);
        that.Is(stride.StrideExtent, 1, 5, 40);
        that.Is(stride.XStride, 1);
        that.Is(stride.YStride, 5);
        that.Is(stride.ZStride, 40);
        that.Is(stride.ComputeElementIndex(at), 53);
        that.Is(stride.ComputeElementIndex(far), 53);
        that.Is(stride.ComputeElementIndexChecked(at, whole), 53);
        that.Is(stride.ComputeElementIndexChecked(far, extent), 53);
        that.Is(stride.ReconstructFromElementIndex(53 * one), 3, 2, 1);
        that.Is(stride.ReconstructFromElementIndex(53L * one), 3, 2, 1);
        that.Is(stride.ComputeBufferLength(whole), 80);
        that.Is(stride.ComputeBufferLength(extent), 80);
        that.Is(stride.AsGeneral().StrideExtent, 1, 5, 40);
        that.Is(stride.To1DStride().XStride, 1);
        that.Is(Stride3D.DenseXY.FromExtent(whole).StrideExtent, 1, 4, 24);
        that.Is(Stride3D.DenseXY.FromExtent(extent).StrideExtent, 1, 4, 24);
        that.Is(Stride3D.DenseXY.ComputeElementIndex(at, whole), 35);
        that.Is(Stride3D.DenseXY.ComputeElementIndex(far, extent), 35);
        that.Is(Stride3D.DenseXY.ReconstructFromElementIndex(35 * one, whole), 3, 2, 1);
        that.Is(Stride3D.DenseXY.ReconstructFromElementIndex(35L * one, extent), 3, 2, 1);
        var (smaller, other) = new Stride3D.DenseXY(8 * one, 48).Cast(StrideExtensions.CreateCastContext(4, 16), extent);
        that.Is(smaller, 1, 6, 2);
        that.Is(other.StrideExtent, 1, 2, 12);
        that.Finish();
    }

    [Kernel]
    private static void ThreeDimensionsDenseInZAndY(ArrayView<long> results, int one)
    {
        var that = new KernelChecks(results);
        var stride = new Stride3D.DenseZY(40 * one, 5);
        Index3D at = new(1, 2, 3), whole = new(2, 6, 4 * one);
        LongIndex3D far = new(1, 2, 3), extent = new(2, 6, 4);
        that.Is(stride.StrideExtent, 40, 5, 1);
        that.Is(stride.XStride, 40);
        that.Is(stride.YStride, 5);
        that.Is(stride.ZStride, 1);
        that.Is(stride.ComputeElementIndex(at), 53);
        that.Is(stride.ComputeElementIndex(far), 53);
        that.Is(stride.ComputeElementIndexChecked(at, whole), 53);
        that.Is(stride.ComputeElementIndexChecked(far, extent), 53);
        that.Is(stride.ReconstructFromElementIndex(53 * one), 1, 2, 3);
        that.Is(stride.ReconstructFromElementIndex(53L * one), 1, 2, 3);
        that.Is(stride.ComputeBufferLength(whole), 80);
        that.Is(stride.ComputeBufferLength(extent), 80);
        that.Is(stride.AsGeneral().StrideExtent, 40, 5, 1);
        that.Is(stride.To1DStride().XStride, 1);
        that.Is(Stride3D.DenseZY.FromExtent(whole).StrideExtent, 24, 4, 1);
        that.Is(Stride3D.DenseZY.FromExtent(extent).StrideExtent, 24, 4, 1);
        that.Is(Stride3D.DenseZY.ComputeElementIndex(at, whole), 35);
        that.Is(Stride3D.DenseZY.ComputeElementIndex(far, extent), 35);
        that.Is(Stride3D.DenseZY.ReconstructFromElementIndex(35 * one, whole), 1, 2, 3);
        that.Is(Stride3D.DenseZY.ReconstructFromElementIndex(35L * one, extent), 1, 2, 3);
        var (smaller, other) = new Stride3D.DenseZY(48 * one, 8).Cast(StrideExtensions.CreateCastContext(4, 16), extent);
        that.Is(smaller, 2, 6, 1);
        that.Is(other.StrideExtent, 12, 2, 1);

        var general = new Stride3D.General(new Index3D(80 * one, 10, 2));
        that.Is(general.StrideExtent, 80, 10, 2);
        that.Is(general.XStride, 80);
        that.Is(general.YStride, 10);
        that.Is(general.ZStride, 2);
        that.Is(general.ComputeElementIndex(at), 106);
        that.Is(general.ComputeElementIndex(far), 106);
        that.Is(general.ComputeElementIndexChecked(at, whole), 106);
        that.Is(general.ComputeElementIndexChecked(far, extent), 106);
        that.Is(general.ReconstructFromElementIndex(106 * one), 1, 2, 3);
        that.Is(general.ReconstructFromElementIndex(106L * one), 1, 2, 3);
        that.Is(new Stride3D.General(new Index3D(2, 10, 80 * one)).ReconstructFromElementIndex(106 * one), 3, 2, 1);
        that.Is(general.ComputeBufferLength(whole), 160);
        that.Is(general.ComputeBufferLength(extent), 160);
        that.Is(general.AsGeneral().StrideExtent, 80, 10, 2);
        that.Is(general.To1DStride().XStride, 2);

        that.Is(Stride3D.ComputeElementIndex(stride, at), 53);
        that.Is(Stride3D.ComputeElementIndex(stride, far), 53);
        that.Is(Stride3D.ComputeElementIndexChecked(stride, at, whole), 53);
        that.Is(Stride3D.ComputeElementIndexChecked(stride, far, extent), 53);
        that.Is(Stride3D.ComputeBufferLength(stride, whole), 80);
        that.Is(Stride3D.ComputeBufferLength(stride, extent), 80);
        that.Finish();
    }

    [Test]
    public void Strides_of_one_dimension() => KernelChecks.Run(OneDimension);

    [Test]
    public void Strides_of_two_dimensions()
    {
        KernelChecks.Run(TwoDimensionsDenseInX);
        KernelChecks.Run(TwoDimensionsDenseInY);
    }

    [Test]
    public void Strides_of_three_dimensions()
    {
        KernelChecks.Run(ThreeDimensionsDenseInXAndY);
        KernelChecks.Run(ThreeDimensionsDenseInZAndY);
    }
}
