using RawSer.Gpu;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>Size of a square tile of results that one block of a device computes, and of the part of one thread.</summary>
internal interface IDeviceTile
{
    /// <summary>Rows, and columns, of the tile: a power of two from 32 on. A block has twice as many threads.</summary>
    static abstract int Extent { get; }

    /// <summary>Rows of a thread: 4 or 8.</summary>
    static abstract int ThreadRows { get; }

    /// <summary>Columns of a thread: 4 or 8.</summary>
    static abstract int ThreadColumns { get; }
}

/// <summary>128 x 128 results by 256 threads of 8 x 8.</summary>
internal readonly struct DeviceTile128 : IDeviceTile
{
    public static int Extent => 128;

    public static int ThreadRows => 8;

    public static int ThreadColumns => 8;
}

/// <summary>64 x 64 results by 128 threads of 8 x 4.</summary>
internal readonly struct DeviceTile64 : IDeviceTile
{
    public static int Extent => 64;

    public static int ThreadRows => 8;

    public static int ThreadColumns => 4;
}

/// <summary>32 x 32 results by 64 threads of 4 x 4.</summary>
internal readonly struct DeviceTile32 : IDeviceTile
{
    public static int Extent => 32;

    public static int ThreadRows => 4;

    public static int ThreadColumns => 4;
}

/// <summary>
/// Which four elements of an operand's step (<see cref="TileProduct.Depth"/> places of the sum for each of the tile's rows or columns) a
/// thread moves from memory to shared memory.
/// </summary>
internal enum TileOrder
{
    /// <summary>Four neighbours along the sum; two threads hold a whole row. For operands whose rows lie along the sum in memory.</summary>
    AlongDepth,

    /// <summary>Four neighbours along the tile. For 128-bit accesses to operands that lie along the tile in memory.</summary>
    AlongTile,

    /// <summary>
    /// Four places of the sum for one row or column; neighbouring threads hold neighbouring rows. For elements that are fetched one by one.
    /// </summary>
    AcrossTile,
}

/// <summary>
/// Brings an operand of a product from memory, four elements of a thread at a time; which four, its <see cref="Order"/> says. The rows of the
/// left operand and the columns of the right one are its lines. A kernel receives it by value, with its parameters as fields; fields that
/// <see cref="Start"/> sets are the thread's own.
/// </summary>
internal interface ITileLoader
{
    /// <summary>Which elements a thread brings.</summary>
    static abstract TileOrder Order { get; }

    /// <summary>Sets out.</summary>
    /// <param name="offset">Where this product's operand starts, from the launch's batch.</param>
    /// <param name="line">Line of the thread's first element; it may lie beyond the last line, and then any numbers may be brought.</param>
    /// <param name="depth">First place of the sum, for all threads of the block.</param>
    /// <param name="slot">How far behind <paramref name="depth"/> the thread's first element lies: 0 to 7.</param>
    void Start(int offset, int line, int depth, int slot);

    /// <summary>The first, perhaps short step: zeros for elements whose slot is not below <paramref name="count"/>; goes on by count places.
    /// <paramref name="count"/> is from 1 to <see cref="TileProduct.Depth"/>, which is all there is where sums are filled up to whole steps.</summary>
    Float4 First(int count);

    /// <summary>A whole step, or nothing if it does not exist; goes on by <see cref="TileProduct.Depth"/> places.</summary>
    Float4 Next(bool exists);
}

/// <summary>Takes the results of a tile.</summary>
internal interface ITileOutput
{
    /// <summary>Sets out for one product of the batch.</summary>
    /// <param name="offset">Where its results start, from the launch's batch.</param>
    /// <param name="extra">Where its fourth operand (a bias) starts, from the launch's batch.</param>
    /// <param name="part">Which part of the sum this is, for sums cut into parts.</param>
    void Start(int offset, int extra, int part);

    /// <summary>Takes four neighbouring results of a row; some may lie beyond the last row or column. The column is a multiple of four.</summary>
    void Store(int row, int column, Float4 sums);
}

/// <summary>
/// How blocks are spread over the tiles of a batch of products (the grid's x, product by product) and the parts of their sums (y).
/// </summary>
internal readonly struct TileGrid
{
    private const int Group = 8;

    /// <summary>Length of the sums.</summary>
    public readonly int Depth;

    /// <summary>Places of the sum that one part adds up.</summary>
    public readonly int DepthPerPart;

    /// <summary>Tiles of a product below each other.</summary>
    public readonly int TileRows;

    /// <summary>Tiles of a product beside each other.</summary>
    public readonly int TileColumns;

    /// <summary>Where the operands left, right, results and bias of each product start.</summary>
    public readonly DeviceWalk Batch;

    /// <param name="rows">Rows of a product.</param>
    /// <param name="columns">Columns of a product.</param>
    /// <param name="depth">Length of the sums.</param>
    /// <param name="plan">Size of tiles and parts.</param>
    /// <param name="batch">Where the operands left, right, results and bias of each product start.</param>
    public TileGrid(int rows, int columns, int depth, TilePlan plan, DeviceWalk batch)
    {
        TileRows = TilePlan.Count(rows, plan.Extent);
        TileColumns = TilePlan.Count(columns, plan.Extent);
        (Depth, DepthPerPart, Batch) = (depth, plan.DepthPerPart, batch);
    }

    /// <summary>Tiles of one product.</summary>
    public int Tiles => TileRows * TileColumns;

    /// <summary>Size of the launch.</summary>
    public LaunchShape Shape<TTile>() where TTile : struct, IDeviceTile =>
        new((checked(Tiles * Batch.Count), TilePlan.Count(Depth, DepthPerPart)), TileProduct.Threads<TTile>());

    /// <summary>
    /// Inside a kernel: the place of a tile. Groups of eight rows of tiles go column by column, so that blocks that run together share
    /// operands in the cache.
    /// </summary>
    public void Locate(int tile, out int row, out int column)
    {
        int first = (int)((uint)tile / (uint)(Group * TileColumns)) * Group;
        int within = tile - (first * TileColumns);
        int rows = IntrinsicMath.Min(TileRows - first, Group);
        column = (int)((uint)within / (uint)rows);
        row = first + within - (column * rows);
    }
}
