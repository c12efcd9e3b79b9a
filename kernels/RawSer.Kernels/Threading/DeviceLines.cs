using RawSer.Gpu;

namespace RawSer.Kernels;

/// <summary>Launches of kernels that give each line of a view, along one dimension, to a team of threads (<see cref="ILineTeam"/>).</summary>
internal static class DeviceLines
{
    /// <summary>Threads of a block.</summary>
    public const int BlockSize = 256;

    /// <summary>The first elements of all lines along a dimension, as a view.</summary>
    public static View Starts(View x, int dim) => x.With(LayoutTable.Select(x.Layout, dim, 0));

    /// <summary>Enough blocks for all lines: a warp to each with <paramref name="warps"/>, else a thread.</summary>
    public static LaunchShape Shape(int lines, bool warps) => new(DeviceThreads.Blocks(warps ? 32L * lines : lines, BlockSize), BlockSize);
}
