using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// Products of a matrix and a vector on a device, as fast as the matrix is read: where its rows lie along the sum a warp takes a row, else
/// neighbouring threads take neighbouring rows and eight of them share a sum.
/// </summary>
internal static class DeviceMatrixVector
{
    private const int Threads = 256;
    private const int RowsOfBlock = 32;
    private const int Slots = Threads / RowsOfBlock;
    private const int WarpsOfProcessor = 16;
    private const int BlocksOfProcessor = 4;
    private const int MinDepthOfWarp = 1024;
    private const int MinDepthOfBlock = 128;

    /// <summary>How the sums are cut into parts.</summary>
    public static TilePlan Plan(in DeviceProduct p, int processors)
    {
        bool inRows = IsInRows(p);
        double teams = inRows ? (double)p.Rows * p.Products / WarpsOfProcessor : (double)TilePlan.Count(p.Rows, RowsOfBlock) * p.Products / BlocksOfProcessor;
        int parts = (int)Math.Clamp(processors / teams, 1, Math.Max(1, p.Depth / (inRows ? MinDepthOfWarp : MinDepthOfBlock)));
        return new TilePlan(RowsOfBlock, TilePlan.Count(TilePlan.Count(p.Depth, parts), TileProduct.Depth) * TileProduct.Depth);
    }

    /// <summary>Launches the kernel for the matrix's layout.</summary>
    public static void Run<TActivation>(GpuDevice device, in DeviceProduct p, TilePlan plan, DeviceWalk batch, ProductOutput<TActivation> output)
        where TActivation : unmanaged, IUnaryOperator
    {
        MatrixVectorOperands operands = new(
            p.Left.Whole<float>(), p.Right.Whole<float>(), p.Rows, p.Depth, plan.DepthPerPart, (int)p.LeftStrides.Line, (int)p.LeftStrides.Depth, (int)p.RightStrides.Depth);
        int parts = plan.Parts(p.Depth);
        if (!IsInRows(p))
        {
            Kernels<TActivation>.Columns.Launch(device, new LaunchShape((checked(TilePlan.Count(p.Rows, RowsOfBlock) * batch.Count), parts), Threads), operands, output, batch);
        }
        else
        {
            bool inQuads = p.LeftOrder == TileOrder.AlongDepth && p.RightOrder == TileOrder.AlongDepth;
            LaunchShape shape = new((TilePlan.Count(checked(p.Rows * batch.Count), Threads / 32), parts), Threads);
            (inQuads ? Kernels<TActivation>.RowsInQuads : Kernels<TActivation>.Rows).Launch(device, shape, operands, output, batch);
        }
    }

    private static bool IsInRows(in DeviceProduct p) => Math.Abs(p.LeftStrides.Depth) <= Math.Abs(p.LeftStrides.Line);

    /// <summary>A warp to a row.</summary>
    [Kernel(MaxThreadsPerGroup = Threads)]
    private static void SumRows<TWidth, TActivation>(MatrixVectorOperands m, ProductOutput<TActivation> output, DeviceWalk batch)
        where TWidth : struct, IRowWidth
        where TActivation : unmanaged, IUnaryOperator
    {
        int product = (int)((uint)InWarp.Line / (uint)m.Rows);
        int row = InWarp.Line - (product * m.Rows);
        if (product >= batch.Count)
        {
            return; // a whole warp
        }

        batch.Locate(product, out int at, out int vectorAt, out int outputAt, out int addedAt);
        int from = Grid.IdxY * m.DepthPerPart, to = IntrinsicMath.Min(from + m.DepthPerPart, m.Depth);
        float sum = InWarp.Sum(TWidth.Sum(m, at + (row * m.RowStride), vectorAt, from, to));
        if (Warp.IsFirstLane)
        {
            output.Start(outputAt, addedAt, Grid.IdxY);
            output.StoreElement(row, 0, sum);
        }
    }

    /// <summary>Eight threads to a row, 32 rows to a block.</summary>
    [Kernel(MaxThreadsPerGroup = Threads)]
    private static void SumColumns<TActivation>(MatrixVectorOperands m, ProductOutput<TActivation> output, DeviceWalk batch)
        where TActivation : unmanaged, IUnaryOperator
    {
        ArrayView<float> sums = SharedMemory.Allocate<float>(Threads);
        int blocks = (m.Rows + RowsOfBlock - 1) / RowsOfBlock;
        int product = (int)((uint)Grid.IdxX / (uint)blocks);
        int row = ((Grid.IdxX - (product * blocks)) * RowsOfBlock) + (Group.IdxX % RowsOfBlock), slot = Group.IdxX / RowsOfBlock;
        batch.Locate(product, out int at, out int vectorAt, out int outputAt, out int addedAt);
        int from = Grid.IdxY * m.DepthPerPart, to = IntrinsicMath.Min(from + m.DepthPerPart, m.Depth);
        int rowAt = at + (IntrinsicMath.Min(row, m.Rows - 1) * m.RowStride);
        float sum = 0;
        for (int k = from + slot; k < to; k += Slots)
        {
            sum = MathF.FusedMultiplyAdd(m.Matrix[rowAt + (k * m.DepthStride)], m.Vector[vectorAt + (k * m.VectorStride)], sum);
        }

        sums[Group.IdxX] = sum;
        Group.Barrier();
        if (slot == 0 && row < m.Rows)
        {
            for (int i = 1; i < Slots; i++)
            {
                sum += sums[Group.IdxX + (i * RowsOfBlock)];
            }

            output.Start(outputAt, addedAt, Grid.IdxY);
            output.StoreElement(row, 0, sum);
        }
    }

    /// <summary>How a warp reads a row.</summary>
    private interface IRowWidth
    {
        /// <summary>This lane's share of a row's sum.</summary>
        static abstract float Sum(in MatrixVectorOperands m, int at, int vectorAt, int from, int to);
    }

    private readonly struct Elements : IRowWidth
    {
        public static float Sum(in MatrixVectorOperands m, int at, int vectorAt, int from, int to)
        {
            float sum = 0;
            for (int k = from + Warp.LaneIdx; k < to; k += 32)
            {
                sum = MathF.FusedMultiplyAdd(m.Matrix[at + (k * m.DepthStride)], m.Vector[vectorAt + (k * m.VectorStride)], sum);
            }

            return sum;
        }
    }

    private readonly struct Quads : IRowWidth
    {
        public static float Sum(in MatrixVectorOperands m, int at, int vectorAt, int from, int to)
        {
            ArrayView<Float4> row = m.Matrix.AsAligned16().Cast<Float4>(), vector = m.Vector.AsAligned16().Cast<Float4>();
            float x = 0, y = 0, z = 0, w = 0;
            for (int k = (from >> 2) + Warp.LaneIdx; k < to >> 2; k += 32)
            {
                Float4 a = row[(at >> 2) + k], b = vector[(vectorAt >> 2) + k];
                x = MathF.FusedMultiplyAdd(a.X, b.X, x);
                y = MathF.FusedMultiplyAdd(a.Y, b.Y, y);
                z = MathF.FusedMultiplyAdd(a.Z, b.Z, z);
                w = MathF.FusedMultiplyAdd(a.W, b.W, w);
            }

            return x + y + (z + w);
        }
    }

    private static class Kernels<TActivation> where TActivation : unmanaged, IUnaryOperator
    {
        public static readonly Kernel<MatrixVectorOperands, ProductOutput<TActivation>, DeviceWalk> Rows =
            Kernel.Create<MatrixVectorOperands, ProductOutput<TActivation>, DeviceWalk>(SumRows<Elements, TActivation>);

        public static readonly Kernel<MatrixVectorOperands, ProductOutput<TActivation>, DeviceWalk> RowsInQuads =
            Kernel.Create<MatrixVectorOperands, ProductOutput<TActivation>, DeviceWalk>(SumRows<Quads, TActivation>);

        public static readonly Kernel<MatrixVectorOperands, ProductOutput<TActivation>, DeviceWalk> Columns =
            Kernel.Create<MatrixVectorOperands, ProductOutput<TActivation>, DeviceWalk>(SumColumns<TActivation>);
    }
}

/// <summary>A matrix and a vector as kernels receive them.</summary>
internal readonly record struct MatrixVectorOperands(
    ArrayView<float> Matrix, ArrayView<float> Vector, int Rows, int Depth, int DepthPerPart, int RowStride, int DepthStride, int VectorStride);
