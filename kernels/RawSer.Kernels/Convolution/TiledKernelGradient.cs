using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// The gradient of a convolution's kernels as a matrix product: rows are output channels, columns are (channel, tap), the sum goes over the positions
/// of all images and is cut into parts so that there are enough blocks. <see cref="PartialSums"/> adds the parts.
/// </summary>
internal static class TiledKernelGradient<TTile> where TTile : struct, IDeviceTile
{
    private const int EnoughBlocks = 256;
    private const int MostParts = 64;
    private const int FewestSteps = 16;

    private static readonly Kernel<ResultGradientLoader, TapLoader, KernelGradientOutput, TileGrid> s_multiply =
        Kernel.Create<ResultGradientLoader, TapLoader, KernelGradientOutput, TileGrid>(
            TileProduct.Multiply<TTile, ResultGradientLoader, TapLoader, KernelGradientOutput>);

    /// <param name="backend">The device.</param>
    /// <param name="sweep">The windows of the forward pass.</param>
    /// <param name="x">The images.</param>
    /// <param name="dy">Gradients of the results.</param>
    /// <param name="dw">Gradients of the kernels.</param>
    /// <param name="groups">Number of groups.</param>
    public static void Run(CudaBackend backend, ConvSweep sweep, View x, View dy, View dw, int groups)
    {
        int columns = sweep.Channels * sweep.Taps;
        int filled = (sweep.W.Outputs + TileProduct.Depth - 1) / TileProduct.Depth * TileProduct.Depth;
        int depth = checked(dy.Shape[0] * sweep.H.Outputs * filled), steps = depth / TileProduct.Depth;
        long tiles = (long)groups * Tiles(sweep.Rows) * Tiles(columns);
        int wanted = (int)Math.Clamp((EnoughBlocks + tiles - 1) / tiles, 1, Math.Clamp(steps / FewestSteps, 1, MostParts));
        int stepsPerPart = (steps + wanted - 1) / wanted, parts = (steps + stepsPerPart - 1) / stepsPerPart;
        int length = dw.IntCount();
        if (parts == 1)
        {
            Multiply(backend, sweep, x, dy, dw, groups, new(sweep.Rows, columns, depth, depth, TTile.Extent, Walk(sweep, x, dy, dw, groups)), filled, 1, length);
            return;
        }

        Storage scratch = backend.Memory.Allocate((long)parts * length * sizeof(float));
        View sums = new(scratch, DType.F32, Layout.RowMajor([parts, length]));
        TileGrid grid = new(sweep.Rows, columns, depth, stepsPerPart * TileProduct.Depth, TTile.Extent, Walk(sweep, x, dy, sums, groups));
        Multiply(backend, sweep, x, dy, sums, groups, grid, filled, parts, length);
        PartialSums.Add(backend, sums.Dense<float>(), parts, dw.Dense<float>(), default);
        scratch.Release(); // the next launch on the stream may have it
    }

    private static void Multiply(
        CudaBackend backend, ConvSweep sweep, View x, View dy, View results, int groups, TileGrid grid, int filled, int parts, int length)
    {
        int columns = sweep.Channels * sweep.Taps;
        s_multiply.Launch(
            backend.Gpu, new LaunchShape((grid.TileRows * grid.TileColumns, groups, parts), TileProduct.Threads<TTile>()),
            new(dy.Whole<float>(), sweep, new(filled)), new(x.Whole<float>(), sweep, new(filled), new(sweep.Taps)),
            new(results.Whole<float>(), sweep.Rows, columns, length), grid);
    }

    private static DeviceWalk Walk(ConvSweep sweep, View x, View dy, View results, int groups) => new(
        dy.With(new Layout([groups], [(long)sweep.Rows * sweep.Out.Channel], dy.Layout.Offset)),
        x.With(new Layout([groups], [(long)sweep.Channels * sweep.In.Channel], x.Layout.Offset)),
        results.With(new Layout([groups], [(long)sweep.Rows * sweep.Channels * sweep.Taps], results.Layout.Offset)));

    private static int Tiles(int extent) => (extent + TTile.Extent - 1) / TTile.Extent;
}
