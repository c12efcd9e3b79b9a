using RawSer.Gpu.Dialect;

namespace RawSer.Gpu.Tests.Dialect;

/// <summary>All that views have, in kernels and on the host. They lie behind the results, in memory that holds its own index.</summary>
public sealed class ViewKernelTests
{
    private const int Elements = 96;

    [Kernel]
    private static void OneDimension(ArrayView<long> results, int one)
    {
        var that = new KernelChecks(results);
        ArrayView<int> view = Numbers(results);
        that.Is(view.IsValid, true);
        that.Is(view.Length, Elements);
        that.Is(view.IntLength, Elements);
        that.Is(view.LengthInBytes, 4 * Elements);
        that.Is(view.Extent.X, Elements);
        that.Is(view.IntExtent.X, Elements);
        that.Is(view.Stride.XStride, 1);
        that.Is(view[3 * one], 3);
        that.Is(view[3L * one], 3);
        that.Is(view[new Index1D(3 * one)], 3);
        that.Is(view[new LongIndex1D(3L * one)], 3);
        that.Is(view.SubView(8L * one)[1], 9);
        that.Is(view.SubView(8L * one).Length, Elements - 8);
        that.Is(view.SubView(8 * one, 4)[3], 11);
        that.Is(view.SubView(8L * one, 4L).Length, 4);
        that.Is(view.Cast<long>().Length, Elements / 2);
        that.Is(view.Cast<long>()[one], 2 + (3L << 32));
        that.Is(view.SubView(0, 7).Cast<byte>().Length, 28);
        that.Is(view.SubView(0, 7).Cast<Float4>().Length, 1);
        that.Is(ArrayView<int>.Empty.IsValid, false);
        that.Is(ArrayView<int>.ElementSize, 4);
        that.Is(view.HasData(), true);
        that.Is(view.SubView(0L, 0L).HasNoData(), true);

        ArrayView1D<int, Stride1D.Dense> dense = view;
        ArrayView<int> back = dense;
        that.Is(back.Length, Elements);
        that.Is(dense.Extent.X, Elements);
        that.Is(dense.IntExtent.X, Elements);
        that.Is(dense.Stride.XStride, 1);
        that.Is(dense.IsValid, true);
        that.Is(dense.Length, Elements);
        that.Is(dense.IntLength, Elements);
        that.Is(dense.LengthInBytes, 4 * Elements);
        that.Is(dense.BaseView.Length, Elements);
        that.Is(dense[new Index1D(5 * one)], 5);
        that.Is(dense[new LongIndex1D(5L * one)], 5);
        that.Is(dense.ComputeLinearIndex(new Index1D(5 * one)), 5);
        that.Is(dense.ComputeLinearIndex(new LongIndex1D(5L * one)), 5);
        that.Is(dense.VariableView(new Index1D(5 * one)).Value, 5);
        that.Is(dense.VariableView(new LongIndex1D(5L * one)).Value, 5);
        that.Is(dense.SubView(new Index1D(5 * one), 3)[new Index1D(2)], 7);
        that.Is(dense.SubView(new LongIndex1D(5L * one), 3).Length, 3);
        that.Is(dense.AsContiguous()[6 * one], 6);
        that.Is(dense.AsGeneral()[new Index1D(6 * one)], 6);
        that.Is(dense.AsGeneral(new Stride1D.General(3 * one))[new Index1D(6)], 18);
        that.Is(dense.AsDense()[new Index1D(6 * one)], 6);
        that.Is(dense.To1DView()[new Index1D(6 * one)], 6);
        that.Is(dense.Cast<int, long>()[new Index1D(one)], 2 + (3L << 32));
        that.Is(dense.HasData(), true);
        that.Is(ArrayView1D<int, Stride1D.Dense>.ElementSize, 4);
        that.Is(ArrayView1D<int, Stride1D.Dense>.Empty.IsValid, false);
        that.Is(ArrayView1D<int, Stride1D.General>.GetEmpty(new Stride1D.General(2 * one)).Stride.XStride, 2);
        that.Is(view.AsDense()[new Index1D(6 * one)], 6);
        that.Is(view.AsGeneral()[new Index1D(6 * one)], 6);
        that.Is(view.AsGeneral(new Stride1D.General(3 * one))[new Index1D(6)], 18);

        that.Is(dense.As2DView(new LongIndex2D(2, 3), new Stride2D.General(new Index2D(10 * one, 2)))[1, 2], 14);
        that.Is(dense.As2DDenseXView(new LongIndex2D(4 * one, 6))[3, 2], 11);
        that.Is(dense.As2DDenseYView(new LongIndex2D(4 * one, 6))[3, 2], 20);
        that.Is(dense.As2DPitchedXView(new LongIndex2D(5 * one, 6), 16)[3, 2], 19);
        that.Is(dense.As2DPitchedYView(new LongIndex2D(4, 6 * one), 16)[3, 2], 26);
        that.Is(dense.As3DView(new LongIndex3D(2, 3, 4), new Stride3D.General(new Index3D(40 * one, 10, 2)))[1, 2, 3], 66);
        that.Is(dense.As3DDenseXYView(new LongIndex3D(4 * one, 6, 2))[3, 2, 1], 35);
        that.Is(dense.As3DDenseZYView(new LongIndex3D(2, 6, 4 * one))[1, 2, 3], 35);
        that.Is(dense.As3DPitchedXYView(new LongIndex3D(3 * one, 6, 2), 16)[2, 2, 1], 34);
        that.Is(dense.As3DPitchedZYView(new LongIndex3D(2, 6, 3 * one), 16)[1, 2, 2], 34);
        that.Finish();
    }

    [Kernel]
    private static void Variables(ArrayView<long> results, int one)
    {
        var that = new KernelChecks(results);
        ArrayView<int> view = Numbers(results);
        VariableView<int> third = view.VariableView(new Index1D(3 * one)), fifth = view.VariableView(new LongIndex1D(5L * one));
        that.Is(third.IsValid, true);
        that.Is(third.BaseView.Length, 1);
        that.Is(third.Value, 3);
        third.CopyFrom(fifth);
        that.Is(view[3], 5);
        view[3] = 0x01020304;
        that.Is(third.SubView<byte>(one).Value, 3);
        third.CopyTo(fifth);
        that.Is(view[5], 0x01020304);
        that.Is(VariableView<int>.VariableSize, 4);
        that.Is(new VariableView<int>(view.SubView(7L * one)).Value, 7);
        that.Finish();
    }

    [Kernel]
    private static void Alignment(ArrayView<long> results, int one)
    {
        // The memory starts at a multiple of 16 on the device, not always on the host: what is aligned there is found first.
        var that = new KernelChecks(results);
        Numbers(results);
        ArrayView<int> start = All(results).AlignTo512().Main;
        that.Is(Cut(start.SubView(3L * one).AlignTo(16), start), 4);
        that.Is(Cut(start.SubView(4L * one).AlignTo(16), start), 4);
        that.Is(Cut(start.SubView(5L * one).AlignTo16(), start), 8);
        that.Is(Cut(start.SubView(5L * one).AlignTo32(), start), 8);
        that.Is(Cut(start.SubView(5L * one).AlignTo64(), start), 16);
        that.Is(Cut(start.SubView(5L * one).AlignTo128(), start), 32);
        that.Is(Cut(start.SubView(5L * one).AlignTo256(), start), 64);
        that.Is(Cut(start.SubView(5L * one).AlignTo512(), start), 128);
        that.Is(start.SubView(5L * one, 2).AlignTo64().Prefix.Length, 2);
        that.Is(start.SubView(5L * one, 2).AlignTo64().Main.Length, 0);
        ArrayView1D<int, Stride1D.Dense> dense = start.SubView(5L * one);
        that.Is(Cut(dense.AlignTo(16), start), 8);
        that.Is(Cut(dense.AlignTo16(), start), 8);
        that.Is(Cut(dense.AlignTo32(), start), 8);
        that.Is(Cut(dense.AlignTo64(), start), 16);
        that.Is(Cut(dense.AlignTo128(), start), 32);
        that.Is(Cut(dense.AlignTo256(), start), 64);
        that.Is(Cut(dense.AlignTo512(), start), 128);

        int first = start[0];
        dense = start;
        that.Is(start.AsAligned(16)[one], first + 1);
        that.Is(start.AsAligned16()[one], first + 1);
        that.Is(start.AsAligned32()[one], first + 1);
        that.Is(start.AsAligned64()[one], first + 1);
        that.Is(start.AsAligned128()[one], first + 1);
        that.Is(start.AsAligned256()[one], first + 1);
        that.Is(start.AsAligned512()[one], first + 1);
        that.Is(dense.AsAligned(16)[new Index1D(one)], first + 1);
        that.Is(dense.AsAligned16()[new Index1D(one)], first + 1);
        that.Is(dense.AsAligned32()[new Index1D(one)], first + 1);
        that.Is(dense.AsAligned64()[new Index1D(one)], first + 1);
        that.Is(dense.AsAligned128()[new Index1D(one)], first + 1);
        that.Is(dense.AsAligned256()[new Index1D(one)], first + 1);
        that.Is(dense.AsAligned512()[new Index1D(one)], first + 1);
        that.Finish();
    }

    [Kernel]
    private static void TwoDimensions(ArrayView<long> results, int one)
    {
        var that = new KernelChecks(results);
        ArrayView<int> memory = Numbers(results);
        var rows = new ArrayView2D<int, Stride2D.DenseY>(memory, new LongIndex2D(4 * one, 6), new Stride2D.DenseY(8 * one));
        that.Is(rows.BaseView.Length, Elements);
        that.Is(rows.Extent, 4, 6);
        that.Is(rows.IntExtent, 4, 6);
        that.Is(rows.Stride.XStride, 8);
        that.Is(rows.IsValid, true);
        that.Is(rows.Length, 24);
        that.Is(rows.IntLength, 24);
        that.Is(rows.LengthInBytes, 96);
        that.Is(rows[new Index2D(3, 2 * one)], 26);
        that.Is(rows[new LongIndex2D(3, 2 * one)], 26);
        that.Is(rows[3 * one, 2], 26);
        that.Is(rows[3L * one, 2L], 26);
        that.Is(rows.ComputeLinearIndex(new Index2D(3, 2 * one)), 26);
        that.Is(rows.ComputeLinearIndex(new LongIndex2D(3, 2 * one)), 26);
        that.Is(rows.VariableView(new Index2D(3, 2 * one)).Value, 26);
        that.Is(rows.VariableView(new LongIndex2D(3, 2 * one)).Value, 26);
        that.Is(rows.SubView(new Index2D(1, 2 * one), new Index2D(2, 3))[1, 2], 20);
        that.Is(rows.SubView(new LongIndex2D(1, 2 * one), new LongIndex2D(2, 3))[1, 2], 20);
        that.Is(rows.SubView(new LongIndex2D(1, 2 * one), new LongIndex2D(2, 3)).Extent, 2, 3);
        that.Is(rows.AsContiguous()[one], 1);
        that.Is(rows.AsGeneral()[3 * one, 2], 26);
        that.Is(rows.AsGeneral(new Stride2D.General(new Index2D(10 * one, 2)))[3, 2], 34);
        that.Is(rows.AsDenseX()[3 * one, 2], 11);
        that.Is(rows.AsDenseY()[3 * one, 2], 20);
        that.Is(rows.To1DView()[new Index1D(5 * one)], 5);
        that.Is(rows.To1DView().Length, 24);
        that.Is(rows.As1DView(new Stride1D.General(4 * one))[new Index1D(5)], 20);
        that.Is(rows.As3DView(new LongIndex3D(2, 2, 6), new Stride3D.DenseZY(16 * one, 8))[1, 1, 2], 26);
        that.Is(rows.AsTransposed()[2 * one, 3], 26);
        that.Is(rows.AsTransposed().Extent, 6, 4);
        that.Is(rows.AsTransposed().AsTransposed()[3 * one, 2], 26);
        that.Is(rows.AsGeneral().AsTransposed()[2 * one, 3], 26);
        that.Is(rows.Cast<int, long>()[3 * one, 1], 26 + (27L << 32));
        that.Is(rows.Cast<int, long>().Extent, 4, 3);
        that.Is(rows.AsTransposed().Cast<int, long>()[1, 3 * one], 26 + (27L << 32));
        that.Is(rows.HasData(), true);
        that.Is(ArrayView2D<int, Stride2D.DenseY>.ElementSize, 4);
        that.Is(ArrayView2D<int, Stride2D.DenseY>.Empty.HasNoData(), true);
        that.Is(ArrayView2D<int, Stride2D.DenseY>.GetEmpty(new Stride2D.DenseY(9 * one)).Stride.XStride, 9);
        rows[one, 1] = -5;
        that.Is(memory[9], -5);
        that.Finish();
    }

    [Kernel]
    private static void ThreeDimensions(ArrayView<long> results, int one)
    {
        var that = new KernelChecks(results);
        ArrayView<int> memory = Numbers(results);
        var volume = new ArrayView3D<int, Stride3D.DenseZY>(memory, new LongIndex3D(2, 4 * one, 6), new Stride3D.DenseZY(40 * one, 8));
        that.Is(volume.BaseView.Length, Elements);
        that.Is(volume.Extent, 2, 4, 6);
        that.Is(volume.IntExtent, 2, 4, 6);
        that.Is(volume.Stride.XStride, 40);
        that.Is(volume.IsValid, true);
        that.Is(volume.Length, 48);
        that.Is(volume.IntLength, 48);
        that.Is(volume.LengthInBytes, 192);
        that.Is(volume[new Index3D(1, 3, 2 * one)], 66);
        that.Is(volume[new LongIndex3D(1, 3, 2 * one)], 66);
        that.Is(volume[one, 3, 2], 66);
        that.Is(volume[1L * one, 3L, 2L], 66);
        that.Is(volume.ComputeLinearIndex(new Index3D(1, 3, 2 * one)), 66);
        that.Is(volume.ComputeLinearIndex(new LongIndex3D(1, 3, 2 * one)), 66);
        that.Is(volume.VariableView(new Index3D(1, 3, 2 * one)).Value, 66);
        that.Is(volume.VariableView(new LongIndex3D(1, 3, 2 * one)).Value, 66);
        that.Is(volume.SubView(new Index3D(0, 1, 2 * one), new Index3D(2, 2, 3))[1, 1, 2], 60);
        that.Is(volume.SubView(new LongIndex3D(0, 1, 2 * one), new LongIndex3D(2, 2, 3))[1, 1, 2], 60);
        that.Is(volume.AsContiguous()[one], 1);
        that.Is(volume.AsGeneral()[one, 3, 2], 66);
        that.Is(volume.AsGeneral(new Stride3D.General(new Index3D(30 * one, 5, 2)))[1, 3, 2], 49);
        that.Is(volume.AsDenseXY()[one, 3, 2], 23);
        that.Is(volume.AsDenseZY()[one, 3, 2], 44);
        that.Is(volume.To1DView()[new Index1D(5 * one)], 5);
        that.Is(volume.As1DView(new Stride1D.General(2 * one))[new Index1D(5)], 10);
        that.Is(volume.As3DView(new LongIndex3D(2, 2, 2), new Stride3D.DenseXY(2 * one, 4))[1, 1, 1], 7);
        that.Is(volume.AsTransposed()[2 * one, 3, 1], 66);
        that.Is(volume.AsTransposed().Extent, 6, 4, 2);
        that.Is(volume.AsTransposed().AsTransposed()[one, 3, 2], 66);
        that.Is(volume.AsGeneral().AsTransposed()[2 * one, 3, 1], 66);
        that.Is(volume.Cast<int, long>()[one, 3, 1], 66 + (67L << 32));
        that.Is(volume.AsTransposed().Cast<int, long>()[1, 3, one], 66 + (67L << 32));
        that.Is(volume.HasData(), true);
        that.Is(ArrayView3D<int, Stride3D.DenseZY>.ElementSize, 4);
        that.Is(ArrayView3D<int, Stride3D.DenseZY>.Empty.HasNoData(), true);
        that.Is(ArrayView3D<int, Stride3D.DenseZY>.GetEmpty(new Stride3D.DenseZY(9 * one, 3)).Stride.XStride, 9);
        volume[one, 1, 1] = -5;
        that.Is(memory[49], -5);
        that.Finish();
    }

    [Test]
    public void Views_of_one_dimension()
    {
        KernelChecks.Run(OneDimension);
        KernelChecks.Run(Variables);
    }

    [Test]
    public void Aligned_parts() => KernelChecks.Run(Alignment);

    [Test]
    public void Views_of_two_dimensions() => KernelChecks.Run(TwoDimensions);

    [Test]
    public void Views_of_three_dimensions() => KernelChecks.Run(ThreeDimensions);

    /// <summary>Where the main part begins, counted from a view.</summary>
    private static long Cut((ArrayView<int> Prefix, ArrayView<int> Main) parts, ArrayView<int> from) => parts.Main[0] - from[0];

    /// <summary>The end of the results as numbers.</summary>
    private static ArrayView<int> Numbers(ArrayView<long> results)
    {
        ArrayView<int> numbers = All(results);
        for (int i = 0; i < numbers.IntLength; i++)
        {
            numbers[i] = i;
        }

        return numbers.SubView(0, Elements);
    }

    private static ArrayView<int> All(ArrayView<long> results) => results.SubView(results.Length - KernelChecks.Spare).Cast<int>();
}
