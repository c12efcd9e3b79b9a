using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>Convolution as a matrix product whose columns, the windows of all positions, exist in shared memory only.</summary>
internal static class TiledConvolution<TTile, TStore>
    where TTile : struct, IDeviceTile
    where TStore : struct, IImageStore
{
    private static readonly Kernel<AlongTileLoader, WindowLoader, ImageOutput<TStore>, TileGrid> s_multiply =
        Kernel.Create<AlongTileLoader, WindowLoader, ImageOutput<TStore>, TileGrid>(TileProduct.Multiply<TTile, AlongTileLoader, WindowLoader, ImageOutput<TStore>>);

    /// <param name="backend">The device.</param>
    /// <param name="sweep">The windows.</param>
    /// <param name="order">Order of the packed kernels.</param>
    /// <param name="packed">The packed kernels.</param>
    /// <param name="x">The images that are read.</param>
    /// <param name="y">The images that are written.</param>
    /// <param name="epilogue">What follows.</param>
    /// <param name="groups">Number of groups.</param>
    /// <param name="plan">The tile, and the whole sum in one part.</param>
    public static void Run(CudaBackend backend, ConvSweep sweep, PackedKernels order, View packed, View x, View y, ChannelEpilogue epilogue, int groups, TilePlan plan)
    {
        // The fourth place is the number of the group's first channel.
        DeviceWalk walk = DeviceWalk.From([packed.Layout.Offset, x.Layout.Offset, y.Layout.Offset, 0]);
        walk.Add(groups, [order.GroupLength, (long)sweep.Channels * sweep.In.Channel, (long)sweep.Rows * sweep.Out.Channel, sweep.Rows]);
        TileGrid grid = new(sweep.Rows, sweep.Positions, order.Depth, plan, walk);
        s_multiply.Launch(
            backend.Gpu, grid.Shape<TTile>(), new(packed.Whole<float>(), order.Rows, order.Rows), new(x.Whole<float>(), sweep, new(order.Channels)), new(y.Whole<float>(), sweep, epilogue), grid);
    }
}
