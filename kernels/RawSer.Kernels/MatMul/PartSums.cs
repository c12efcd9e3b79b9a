using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>The second launch of products whose sums were cut into parts: adds them up in order, so that results do not depend on chance.</summary>
internal static class PartSums<TActivation> where TActivation : unmanaged, IUnaryOperator
{
    private const int BlockSize = 256;

    private static readonly Kernel<ArrayView<float>, int, ProductOutput<TActivation>, PartGrid> s_add =
        Kernel.Create<ArrayView<float>, int, ProductOutput<TActivation>, PartGrid>(Add);

    /// <summary>Sums of parts of the shape (parts, products, rows, columns).</summary>
    public static void Run(GpuDevice device, View partial, int parts, in DeviceProduct p, TActivation activation)
    {
        PartGrid grid = new(p.Rows, p.Columns, p.Walk());
        int results = p.Rows * p.Columns * p.Products;
        s_add.Launch(device, new LaunchShape(TilePlan.Count(results, BlockSize), BlockSize), partial.Dense<float>(), parts, p.Output(activation), grid);
    }

    [Kernel(MaxThreadsPerGroup = BlockSize)]
    private static void Add(ArrayView<float> partial, int parts, ProductOutput<TActivation> output, PartGrid grid)
    {
        int i = Grid.GlobalIndex.X, perProduct = grid.Rows * grid.Columns, results = perProduct * grid.Batch.Count;
        if (i >= results)
        {
            return;
        }

        float sum = 0;
        for (int part = 0; part < parts; part++)
        {
            sum += partial[(part * results) + i];
        }

        int product = (int)((uint)i / (uint)perProduct), within = i - (product * perProduct), row = (int)((uint)within / (uint)grid.Columns);
        grid.Batch.Locate(product, out _, out _, out int outputAt, out int addedAt);
        output.Start(outputAt, addedAt, 0);
        output.StoreElement(row, within - (row * grid.Columns), sum);
    }

    internal readonly record struct PartGrid(int Rows, int Columns, DeviceWalk Batch);
}
