namespace RawSer.Gpu.Dialect;

/// <summary>The grid of the running kernel: which block of how many.</summary>
public static class Grid
{
    /// <summary>Block of this thread, fastest coordinate.</summary>
    [DeviceIntrinsic("grid.idx.x")]
    public static int IdxX => DeviceOnly.Throw<int>();

    /// <summary>Block of this thread, second coordinate.</summary>
    [DeviceIntrinsic("grid.idx.y")]
    public static int IdxY => DeviceOnly.Throw<int>();

    /// <summary>Block of this thread, slowest coordinate.</summary>
    [DeviceIntrinsic("grid.idx.z")]
    public static int IdxZ => DeviceOnly.Throw<int>();

    /// <summary>Blocks in the fastest direction.</summary>
    [DeviceIntrinsic("grid.dim.x")]
    public static int DimX => DeviceOnly.Throw<int>();

    /// <summary>Blocks in the second direction.</summary>
    [DeviceIntrinsic("grid.dim.y")]
    public static int DimY => DeviceOnly.Throw<int>();

    /// <summary>Blocks in the slowest direction.</summary>
    [DeviceIntrinsic("grid.dim.z")]
    public static int DimZ => DeviceOnly.Throw<int>();

    /// <summary>Block of this thread.</summary>
    public static Index3D Index => new(IdxX, IdxY, IdxZ);

    /// <summary>Blocks in each direction.</summary>
    public static Index3D Dimension => new(DimX, DimY, DimZ);

    /// <summary>Number of this thread's block, x fastest.</summary>
    public static int LinearIndex => (((IdxZ * DimY) + IdxY) * DimX) + IdxX;

    /// <summary>Position of this thread in the whole grid.</summary>
    public static Index3D GlobalIndex => ComputeGlobalIndex(Index, Group.Index);

    /// <summary>Position of this thread in the whole grid, in 64 bits.</summary>
    public static LongIndex3D LongGlobalIndex => ComputeLongGlobalIndex(Index, Group.Index);

    /// <summary>Number of this thread in the whole grid: blocks in their order, then threads in theirs.</summary>
    public static int GlobalLinearIndex => (LinearIndex * Group.DimX * Group.DimY * Group.DimZ) + Group.LinearIndex;

    /// <summary>Position in the grid of a thread of a block.</summary>
    public static Index1D ComputeGlobalIndex(Index1D gridIdx, Index1D groupIdx) => (gridIdx.X * Group.DimX) + groupIdx.X;

    /// <summary>Position in the grid of a thread of a block.</summary>
    public static Index2D ComputeGlobalIndex(Index2D gridIdx, Index2D groupIdx) =>
        new((gridIdx.X * Group.DimX) + groupIdx.X, (gridIdx.Y * Group.DimY) + groupIdx.Y);

    /// <summary>Position in the grid of a thread of a block.</summary>
    public static Index3D ComputeGlobalIndex(Index3D gridIdx, Index3D groupIdx) =>
        new((gridIdx.X * Group.DimX) + groupIdx.X, (gridIdx.Y * Group.DimY) + groupIdx.Y, (gridIdx.Z * Group.DimZ) + groupIdx.Z);

    /// <summary>Position in the grid of a thread of a block, in 64 bits.</summary>
    public static LongIndex1D ComputeLongGlobalIndex(Index1D gridIdx, Index1D groupIdx) => ((long)gridIdx.X * Group.DimX) + groupIdx.X;

    /// <summary>Position in the grid of a thread of a block, in 64 bits.</summary>
    public static LongIndex2D ComputeLongGlobalIndex(Index2D gridIdx, Index2D groupIdx) =>
        new(((long)gridIdx.X * Group.DimX) + groupIdx.X, ((long)gridIdx.Y * Group.DimY) + groupIdx.Y);

    /// <summary>Position in the grid of a thread of a block, in 64 bits.</summary>
    public static LongIndex3D ComputeLongGlobalIndex(Index3D gridIdx, Index3D groupIdx) =>
        new(
            ((long)gridIdx.X * Group.DimX) + groupIdx.X,
            ((long)gridIdx.Y * Group.DimY) + groupIdx.Y,
            ((long)gridIdx.Z * Group.DimZ) + groupIdx.Z);
}
