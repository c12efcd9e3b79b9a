using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <content>Products of matrices: by tiles, or with a vector; the sums of few results are cut into parts.</content>
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public override void MatMul(View a, View b, View y, bool accumulate = false)
    {
        if (y.Count == 0)
        {
            return;
        }

        if (a.Shape[-1] > 0)
        {
            Multiply(new DeviceProduct(a, b, accumulate ? y : default, y), new FloorOperator(float.NegativeInfinity));
        }
        else if (!accumulate)
        {
            Fill(y, 0);
        }
    }

    /// <inheritdoc/>
    public override void MatMulBias(View a, View b, View bias, View y, UnaryOp? activation = null)
    {
        if (y.Count == 0)
        {
            return;
        }

        if (a.Shape[-1] == 0)
        {
            base.MatMulBias(a, b, bias, y, activation);
            return;
        }

        DeviceProduct product = new(a, b, bias, y);
        switch (activation)
        {
            case UnaryOp.Relu:
                Multiply(product, new FloorOperator(0));
                break;
            case UnaryOp.Gelu:
                Multiply(product, default(GeluOperator));
                break;
            case null:
                Multiply(product, new FloorOperator(float.NegativeInfinity));
                break;
            default:
                Multiply(product, new FloorOperator(float.NegativeInfinity));
                Unary(activation.GetValueOrDefault(), y, y);
                break;
        }
    }

    private void Multiply<TActivation>(in DeviceProduct product, TActivation activation) where TActivation : unmanaged, IUnaryOperator
    {
        bool isVector = product.Columns == 1;
        int processors = Gpu.Properties.MultiprocessorCount;
        TilePlan plan = isVector
            ? DeviceMatrixVector.Plan(product, processors)
            : TilePlan.Choose(product.Rows, product.Columns, product.Depth, product.Products, processors);
        long results = (long)product.Rows * product.Columns * product.Products;
        int parts = plan.Parts(product.Depth);
        if (parts == 1 || parts * results > int.MaxValue)
        {
            plan = plan with { DepthPerPart = TilePlan.Count(product.Depth, TileProduct.Depth) * TileProduct.Depth };
            Launch(product, plan, isVector, product.Walk(), product.Output(activation));
            return;
        }

        using Scratch scratch = new(Memory, parts * results * sizeof(float));
        View partial = scratch.Dense([(int)(parts * results)]);
        Launch(product, plan, isVector, product.WalkOfParts(), product.PartsOutput(partial));
        PartSums<TActivation>.Run(Gpu, partial, parts, product, activation);
    }

    private void Launch<TActivation>(in DeviceProduct product, TilePlan plan, bool isVector, DeviceWalk batch, ProductOutput<TActivation> output)
        where TActivation : unmanaged, IUnaryOperator
    {
        if (isVector)
        {
            DeviceMatrixVector.Run(Gpu, product, plan, batch, output);
        }
        else
        {
            ProductLaunch<TActivation>.Run(Gpu, product, plan, batch, output);
        }
    }
}

/// <summary>Chooses the kernel for the layouts of the operands and the size of the tile.</summary>
internal static class ProductLaunch<TActivation> where TActivation : unmanaged, IUnaryOperator
{
    public static void Run(GpuDevice device, in DeviceProduct p, TilePlan plan, DeviceWalk batch, ProductOutput<TActivation> output)
    {
        ArrayView<float> left = p.Left.Whole<float>(), right = p.Right.Whole<float>();
        int leftLine = (int)p.LeftStrides.Line, leftDepth = (int)p.LeftStrides.Depth, rightLine = (int)p.RightStrides.Line, rightDepth = (int)p.RightStrides.Depth;
        TileGrid grid = new(p.Rows, p.Columns, p.Depth, plan, batch);
        switch (p.LeftOrder, p.RightOrder)
        {
            case (TileOrder.AlongDepth, TileOrder.AlongDepth):
                Run(device, new AlongDepthLoader(left, p.Rows, leftLine), new AlongDepthLoader(right, p.Columns, rightLine), output, grid, plan);
                break;
            case (TileOrder.AlongDepth, TileOrder.AlongTile):
                Run(device, new AlongDepthLoader(left, p.Rows, leftLine), new AlongTileLoader(right, p.Columns, rightDepth), output, grid, plan);
                break;
            case (TileOrder.AlongTile, TileOrder.AlongDepth):
                Run(device, new AlongTileLoader(left, p.Rows, leftDepth), new AlongDepthLoader(right, p.Columns, rightLine), output, grid, plan);
                break;
            case (TileOrder.AlongTile, TileOrder.AlongTile):
                Run(device, new AlongTileLoader(left, p.Rows, leftDepth), new AlongTileLoader(right, p.Columns, rightDepth), output, grid, plan);
                break;
            default:
                RunElements(device, p, output, grid, plan);
                break;
        }
    }

    private static void RunElements(GpuDevice device, in DeviceProduct p, ProductOutput<TActivation> output, TileGrid grid, TilePlan plan)
    {
        ArrayView<float> left = p.Left.Whole<float>(), right = p.Right.Whole<float>();
        int leftLine = (int)p.LeftStrides.Line, leftDepth = (int)p.LeftStrides.Depth, rightLine = (int)p.RightStrides.Line, rightDepth = (int)p.RightStrides.Depth;
        switch (DepthIsInner(p.LeftStrides), DepthIsInner(p.RightStrides))
        {
            case (true, true):
                Run(device, new ElementLoader<DepthFirst>(left, p.Rows, leftLine, leftDepth), new ElementLoader<DepthFirst>(right, p.Columns, rightLine, rightDepth), output, grid, plan);
                break;
            case (true, false):
                Run(device, new ElementLoader<DepthFirst>(left, p.Rows, leftLine, leftDepth), new ElementLoader<LinesFirst>(right, p.Columns, rightLine, rightDepth), output, grid, plan);
                break;
            case (false, true):
                Run(device, new ElementLoader<LinesFirst>(left, p.Rows, leftLine, leftDepth), new ElementLoader<DepthFirst>(right, p.Columns, rightLine, rightDepth), output, grid, plan);
                break;
            default:
                Run(device, new ElementLoader<LinesFirst>(left, p.Rows, leftLine, leftDepth), new ElementLoader<LinesFirst>(right, p.Columns, rightLine, rightDepth), output, grid, plan);
                break;
        }
    }

    private static bool DepthIsInner(MatrixStrides strides) => Math.Abs(strides.Depth) <= Math.Abs(strides.Line);

    private static void Run<TLeft, TRight>(GpuDevice device, TLeft left, TRight right, ProductOutput<TActivation> output, TileGrid grid, TilePlan plan)
#if GPU_ILGPU // whose views hold their buffer and are no unmanaged types
        where TLeft : struct, ITileLoader
        where TRight : struct, ITileLoader
#else
        where TLeft : unmanaged, ITileLoader
        where TRight : unmanaged, ITileLoader
#endif
    {
        switch (plan.Extent)
        {
            case 128: TileKernels<DeviceTile128, TLeft, TRight, ProductOutput<TActivation>>.Launch(device, left, right, output, grid); break;
            case 64: TileKernels<DeviceTile64, TLeft, TRight, ProductOutput<TActivation>>.Launch(device, left, right, output, grid); break;
            default: TileKernels<DeviceTile32, TLeft, TRight, ProductOutput<TActivation>>.Launch(device, left, right, output, grid); break;
        }
    }
}

/// <summary>A kernel of <see cref="TileProduct"/>.</summary>
internal static class TileKernels<TTile, TLeft, TRight, TOutput>
    where TTile : struct, IDeviceTile
#if GPU_ILGPU // see above
    where TLeft : struct, ITileLoader
    where TRight : struct, ITileLoader
    where TOutput : struct, ITileOutput
#else
    where TLeft : unmanaged, ITileLoader
    where TRight : unmanaged, ITileLoader
    where TOutput : unmanaged, ITileOutput
#endif
{
    private static readonly Kernel<TLeft, TRight, TOutput, TileGrid> s_multiply =
        Kernel.Create<TLeft, TRight, TOutput, TileGrid>(TileProduct.Multiply<TTile, TLeft, TRight, TOutput>);

    public static void Launch(GpuDevice device, TLeft left, TRight right, TOutput output, TileGrid grid) =>
        s_multiply.Launch(device, grid.Shape<TTile>(), left, right, output, grid);
}
