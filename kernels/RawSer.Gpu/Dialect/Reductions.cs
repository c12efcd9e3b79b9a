namespace RawSer.Gpu.Dialect;

/// <summary>Reductions and scans over the lanes of a warp, by shuffles. For all lanes: none may stay away or have returned.</summary>
public static class WarpExtensions
{
    /// <summary>The result of all lanes, in lane 0; undefined in the others.</summary>
    public static T Reduce<T, TReduction>(T value)
        where T : unmanaged
        where TReduction : struct, IScanReduceOperation<T>
    {
        for (int offset = Warp.WarpSize / 2; offset > 0; offset /= 2)
        {
            value = default(TReduction).Apply(value, Warp.ShuffleDown(value, offset));
        }

        return value;
    }

    /// <summary>The result of all lanes, in all lanes.</summary>
    public static T AllReduce<T, TReduction>(T value)
        where T : unmanaged
        where TReduction : struct, IScanReduceOperation<T>
    {
        for (int offset = Warp.WarpSize / 2; offset > 0; offset /= 2)
        {
            value = default(TReduction).Apply(value, Warp.ShuffleXor(value, offset));
        }

        return value;
    }

    /// <summary>The result of lane 0 up to the own one.</summary>
    public static T InclusiveScan<T, TScan>(T value)
        where T : unmanaged
        where TScan : struct, IScanReduceOperation<T>
    {
        for (int offset = 1; offset < Warp.WarpSize; offset *= 2)
        {
            T before = Warp.ShuffleUp(value, offset);
            if (Warp.LaneIdx >= offset)
            {
                value = default(TScan).Apply(before, value);
            }
        }

        return value;
    }

    /// <summary>The result of lane 0 up to the one before the own; the neutral element in lane 0.</summary>
    public static T ExclusiveScan<T, TScan>(T value)
        where T : unmanaged
        where TScan : struct, IScanReduceOperation<T>
    {
        T before = Warp.ShuffleUp(InclusiveScan<T, TScan>(value), 1);
        return Warp.IsFirstLane ? default(TScan).Identity : before;
    }
}

/// <summary>
/// Reductions and scans over the threads of a block, in an order that only the block's size decides, so that they give the same bits
/// in every run. For all threads of a block of whole warps.
/// </summary>
public static class GroupExtensions
{
    private const int MaxWarps = 32;

    /// <summary>The result of all threads, in the first warp; undefined in the others.</summary>
    public static T Reduce<T, TReduction>(T value)
        where T : unmanaged
        where TReduction : struct, IScanReduceOperation<T>
    {
        ArrayView<T> warps = SharedMemory.Allocate<T>(MaxWarps);
        value = WarpExtensions.Reduce<T, TReduction>(value);
        if (Warp.IsFirstLane)
        {
            warps[Warp.WarpIdx] = value;
        }

        Group.Barrier();
        if (Warp.WarpIdx == 0)
        {
            value = Warp.LaneIdx < WarpCount ? warps[Warp.LaneIdx] : default(TReduction).Identity;
            value = WarpExtensions.AllReduce<T, TReduction>(value);
        }

        Group.Barrier(); // a second reduction may use the memory again
        return value;
    }

    /// <summary>The result of all threads, in all threads.</summary>
    public static T AllReduce<T, TReduction>(T value)
        where T : unmanaged
        where TReduction : struct, IScanReduceOperation<T>
    {
        ArrayView<T> warps = SharedMemory.Allocate<T>(MaxWarps);
        value = WarpExtensions.Reduce<T, TReduction>(value);
        if (Warp.IsFirstLane)
        {
            warps[Warp.WarpIdx] = value;
        }

        Group.Barrier();
        value = Warp.LaneIdx < WarpCount ? warps[Warp.LaneIdx] : default(TReduction).Identity;
        Group.Barrier(); // a second reduction may use the memory again
        return WarpExtensions.AllReduce<T, TReduction>(value);
    }

    /// <summary>The result of thread 0 up to the own one, threads in the order of <see cref="Group.LinearIndex"/>.</summary>
    public static T InclusiveScan<T, TScanOperation>(T value)
        where T : unmanaged
        where TScanOperation : struct, IScanReduceOperation<T>
    {
        T own = WarpExtensions.InclusiveScan<T, TScanOperation>(value);
        return default(TScanOperation).Apply(SumOfWarpsBefore<T, TScanOperation>(own), own);
    }

    /// <summary>The result of thread 0 up to the one before the own; the neutral element in thread 0.</summary>
    public static T ExclusiveScan<T, TScanOperation>(T value)
        where T : unmanaged
        where TScanOperation : struct, IScanReduceOperation<T>
    {
        T own = WarpExtensions.InclusiveScan<T, TScanOperation>(value);
        T warps = SumOfWarpsBefore<T, TScanOperation>(own);
        T before = Warp.ShuffleUp(own, 1);
        return default(TScanOperation).Apply(warps, Warp.IsFirstLane ? default(TScanOperation).Identity : before);
    }

    private static int WarpCount => Group.DimX * Group.DimY * Group.DimZ / Warp.WarpSize;

    /// <param name="inclusive">The scan within the own warp: its last lane has the whole warp's result.</param>
    private static T SumOfWarpsBefore<T, TScanOperation>(T inclusive)
        where T : unmanaged
        where TScanOperation : struct, IScanReduceOperation<T>
    {
        ArrayView<T> warps = SharedMemory.Allocate<T>(MaxWarps);
        if (Warp.IsLastLane)
        {
            warps[Warp.WarpIdx] = inclusive;
        }

        Group.Barrier();
        T warp = Warp.LaneIdx < WarpCount ? warps[Warp.LaneIdx] : default(TScanOperation).Identity;
        Group.Barrier(); // a second scan may use the memory again
        return Warp.Shuffle(WarpExtensions.ExclusiveScan<T, TScanOperation>(warp), Warp.WarpIdx);
    }
}
