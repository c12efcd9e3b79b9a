using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// The product of matrices on a device, tile by tile: results in registers, steps of eight places of the sum in shared memory, twice, so that
/// one is filled while the other is read. What the operands are and where results go is the caller's: products of matrices and convolutions
/// are the same kernel.
/// <para>
/// A warp is 4 x 8 threads. A thread has four neighbouring rows and columns, and with eight of them four more, 16 rows or 32 columns further:
/// a warp's 128-bit reads of shared memory are 64 or 128 neighbouring bytes, without conflicts of banks.
/// </para>
/// </summary>
internal static class TileProduct
{
    /// <summary>Places of the sum in a step.</summary>
    public const int Depth = 8;

    private const int Padding = 4; // rows of a step in shared memory: the stores of two threads that share a row meet no bank twice

    /// <summary>Threads of a block.</summary>
    public static int Threads<TTile>() where TTile : struct, IDeviceTile => 2 * TTile.Extent;

    /// <summary>results = left right; the grid is (tiles of all products, parts of the sums).</summary>
    [Kernel(MaxThreadsPerGroup = 256, MinGroupsPerMultiprocessor = 2)]
    [Unroll]
    public static void Multiply<TTile, TLeft, TRight, TOutput>(TLeft left, TRight right, TOutput output, TileGrid grid)
        where TTile : struct, IDeviceTile
        where TLeft : struct, ITileLoader
        where TRight : struct, ITileLoader
        where TOutput : struct, ITileOutput
    {
        ArrayView<float> leftSteps = SharedMemory.Allocate<float>(2 * StepLength<TTile>());
        ArrayView<float> rightSteps = SharedMemory.Allocate<float>(2 * StepLength<TTile>());
        ArrayView<float> sums = LocalMemory.Allocate<float>(TTile.ThreadRows * TTile.ThreadColumns);
        for (int i = 0; i < TTile.ThreadRows * TTile.ThreadColumns; i++)
        {
            sums[i] = 0;
        }

        int product = (int)((uint)Grid.IdxX / (uint)grid.Tiles);
        grid.Locate(Grid.IdxX - (product * grid.Tiles), out int tileRow, out int tileColumn);
        grid.Batch.Locate(product, out int leftStart, out int rightStart, out int outputStart, out int extraStart);
        int from = Grid.IdxY * grid.DepthPerPart, to = IntrinsicMath.Min(from + grid.DepthPerPart, grid.Depth);
        left.Start(leftStart, (tileRow * TTile.Extent) + Line<TTile, TLeft>(), from, Slot<TTile, TLeft>());
        right.Start(rightStart, (tileColumn * TTile.Extent) + Line<TTile, TRight>(), from, Slot<TTile, TRight>());
        if (to > from)
        {
            Sum<TTile, TLeft, TRight>(ref left, ref right, leftSteps, rightSteps, sums, to - from);
        }

        output.Start(outputStart, extraStart, Grid.IdxY);
        for (int i = 0; i < TTile.ThreadRows; i++)
        {
            for (int j = 0; j < TTile.ThreadColumns; j += 4)
            {
                int at = (i * TTile.ThreadColumns) + j;
                output.Store(
                    (tileRow * TTile.Extent) + FirstRow<TTile>() + (i / 4 * 16) + (i % 4),
                    (tileColumn * TTile.Extent) + FirstColumn<TTile>() + (j * 8),
                    new Float4(sums[at], sums[at + 1], sums[at + 2], sums[at + 3]));
            }
        }
    }

    private static void Sum<TTile, TLeft, TRight>(
        ref TLeft left, ref TRight right, ArrayView<float> leftSteps, ArrayView<float> rightSteps, ArrayView<float> sums, int depth)
        where TTile : struct, IDeviceTile
        where TLeft : struct, ITileLoader
        where TRight : struct, ITileLoader
    {
        // The short step comes first, so that the loop has none.
        int rounds = (depth - 1) / Depth;
        int first = depth - (rounds * Depth);
        Place<TTile, TLeft>(leftSteps, left.First(first));
        Place<TTile, TRight>(rightSteps, right.First(first));
        Group.Barrier();
        int buffer = 0;
        while (true)
        {
            // The loop is left in its middle: with the last step behind it, the assembler would sink its products into the conditions of
            // the output and keep their operands in registers.
            bool goesOn = rounds > 0;
            Float4 nextLeft = left.Next(goesOn), nextRight = right.Next(goesOn);
            Add<TTile>(leftSteps.SubView(buffer, StepLength<TTile>()), rightSteps.SubView(buffer, StepLength<TTile>()), sums);
            if (!goesOn)
            {
                break;
            }

            rounds--;
            buffer = StepLength<TTile>() - buffer;
            Place<TTile, TLeft>(leftSteps.SubView(buffer, StepLength<TTile>()), nextLeft);
            Place<TTile, TRight>(rightSteps.SubView(buffer, StepLength<TTile>()), nextRight);
            Group.Barrier();
        }
    }

    /// <summary>Adds the products of one step.</summary>
    [Unroll]
    private static void Add<TTile>(ArrayView<float> left, ArrayView<float> right, ArrayView<float> sums) where TTile : struct, IDeviceTile
    {
        int row = FirstRow<TTile>(), column = FirstColumn<TTile>();
        for (int k = 0; k < Depth; k++)
        {
            for (int i = 0; i < TTile.ThreadRows; i++)
            {
                for (int j = 0; j < TTile.ThreadColumns; j++)
                {
                    int at = (i * TTile.ThreadColumns) + j;
                    sums[at] = MathF.FusedMultiplyAdd(
                        left[(k * RowLength<TTile>()) + row + (i / 4 * 16) + (i % 4)], right[(k * RowLength<TTile>()) + column + (j / 4 * 32) + (j % 4)], sums[at]);
                }
            }
        }
    }

    /// <summary>Puts a thread's four elements into a step.</summary>
    private static void Place<TTile, TLoader>(ArrayView<float> step, Float4 elements)
        where TTile : struct, IDeviceTile
        where TLoader : struct, ITileLoader
    {
        int at = (Slot<TTile, TLoader>() * RowLength<TTile>()) + Line<TTile, TLoader>();
        if (TLoader.Order == TileOrder.AlongTile)
        {
            step.Cast<Float4>()[at / 4] = elements;
        }
        else
        {
            step[at] = elements.X;
            step[at + RowLength<TTile>()] = elements.Y;
            step[at + (2 * RowLength<TTile>())] = elements.Z;
            step[at + (3 * RowLength<TTile>())] = elements.W;
        }
    }

    /// <summary>Row or column of this thread's first element within the tile.</summary>
    private static int Line<TTile, TLoader>() where TTile : struct, IDeviceTile where TLoader : struct, ITileLoader =>
        TLoader.Order == TileOrder.AlongDepth ? Group.IdxX / 2
        : TLoader.Order == TileOrder.AlongTile ? Group.IdxX % (TTile.Extent / 4) * 4
        : Group.IdxX % TTile.Extent;

    /// <summary>Place of this thread's first element within the step.</summary>
    private static int Slot<TTile, TLoader>() where TTile : struct, IDeviceTile where TLoader : struct, ITileLoader =>
        TLoader.Order == TileOrder.AlongDepth ? Group.IdxX % 2 * 4
        : TLoader.Order == TileOrder.AlongTile ? Group.IdxX / (TTile.Extent / 4)
        : Group.IdxX / TTile.Extent * 4;

    private static int FirstRow<TTile>() where TTile : struct, IDeviceTile =>
        (Group.IdxX / 32 / WarpColumns<TTile>() * 4 * TTile.ThreadRows) + (Group.IdxX % 32 / 8 * 4);

    private static int FirstColumn<TTile>() where TTile : struct, IDeviceTile =>
        (Group.IdxX / 32 % WarpColumns<TTile>() * 8 * TTile.ThreadColumns) + (Group.IdxX % 8 * 4);

    private static int WarpColumns<TTile>() where TTile : struct, IDeviceTile => TTile.Extent / (8 * TTile.ThreadColumns);

    private static int RowLength<TTile>() where TTile : struct, IDeviceTile => TTile.Extent + Padding;

    private static int StepLength<TTile>() where TTile : struct, IDeviceTile => Depth * RowLength<TTile>();
}
