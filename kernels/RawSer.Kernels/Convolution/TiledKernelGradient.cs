using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// The gradient of a convolution's kernels as a matrix product: rows are output channels, columns are (channel, tap), the sum goes over the positions
/// of all images and is cut into parts so that there are enough blocks. <see cref="KernelGradientParts"/> adds the parts.
/// </summary>
internal static class TiledKernelGradient<TTile> where TTile : struct, IDeviceTile
{
    private static readonly Kernel<ResultGradientLoader, TapLoader, KernelGradientOutput, TileGrid> s_multiply =
        Kernel.Create<ResultGradientLoader, TapLoader, KernelGradientOutput, TileGrid>(
            TileProduct.Multiply<TTile, ResultGradientLoader, TapLoader, KernelGradientOutput>);

    /// <param name="backend">The device.</param>
    /// <param name="sweep">The windows of the forward pass.</param>
    /// <param name="x">The images.</param>
    /// <param name="dy">Gradients of the results.</param>
    /// <param name="dw">Gradients of the kernels.</param>
    /// <param name="groups">Number of groups.</param>
    /// <param name="plan">The tile and the parts of the sum, whose length is <see cref="KernelGradient.Depth"/>.</param>
    public static void Run(CudaBackend backend, ConvSweep sweep, View x, View dy, View dw, int groups, TilePlan plan)
    {
        int depth = KernelGradient.Depth(sweep, dy.Shape[0]), parts = plan.Parts(depth);
        if (parts == 1)
        {
            Multiply(backend, sweep, x, dy, dw, groups, depth, plan, dw.IntCount());
            return;
        }

        using Scratch scratch = new(backend.Memory, parts * dw.Count * sizeof(float));
        View sums = scratch.Dense([parts, dw.IntCount()]);
        Multiply(backend, sweep, x, dy, sums, groups, depth, plan, dw.IntCount());
        KernelGradientParts.Add(backend, sums.Dense<float>(), parts, dw.Dense<float>(), default);
    }

    private static void Multiply(CudaBackend backend, ConvSweep sweep, View x, View dy, View results, int groups, int depth, TilePlan plan, int partLength)
    {
        int columns = sweep.Channels * sweep.Taps;
        DeviceDivisor filled = new(KernelGradient.FilledColumns(sweep));
        DeviceWalk walk = DeviceWalk.From([dy.Layout.Offset, x.Layout.Offset, results.Layout.Offset]);
        walk.Add(groups, [(long)sweep.Rows * sweep.Out.Channel, (long)sweep.Channels * sweep.In.Channel, (long)sweep.Rows * columns]);
        TileGrid grid = new(sweep.Rows, columns, depth, plan, walk);
        s_multiply.Launch(
            backend.Gpu, grid.Shape<TTile>(), new(dy.Whole<float>(), sweep, filled), new(x.Whole<float>(), sweep, filled, new(sweep.Taps)),
            new(results.Whole<float>(), sweep.Rows, columns, partLength), grid);
    }
}

/// <summary>The sums of the gradient of a convolution's kernels.</summary>
internal static class KernelGradient
{
    /// <summary>Columns of the results, filled up to whole steps of the product.</summary>
    public static int FilledColumns(ConvSweep sweep) => TilePlan.Count(sweep.W.Outputs, TileProduct.Depth) * TileProduct.Depth;

    /// <summary>Length of the sums: positions of all images, with the columns that are filled in.</summary>
    public static int Depth(ConvSweep sweep, int batch) => checked(batch * sweep.H.Outputs * FilledColumns(sweep));
}
