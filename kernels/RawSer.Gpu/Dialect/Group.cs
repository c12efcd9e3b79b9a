namespace RawSer.Gpu.Dialect;

/// <summary>The block of this thread. Barriers are for all of its threads: none may stay away or have returned.</summary>
public static class Group
{
    /// <summary>Thread in its block, fastest coordinate.</summary>
    [DeviceIntrinsic("group.idx.x")]
    public static int IdxX => DeviceOnly.Throw<int>();

    /// <summary>Thread in its block, second coordinate.</summary>
    [DeviceIntrinsic("group.idx.y")]
    public static int IdxY => DeviceOnly.Throw<int>();

    /// <summary>Thread in its block, slowest coordinate.</summary>
    [DeviceIntrinsic("group.idx.z")]
    public static int IdxZ => DeviceOnly.Throw<int>();

    /// <summary>Threads of a block in the fastest direction.</summary>
    [DeviceIntrinsic("group.dim.x")]
    public static int DimX => DeviceOnly.Throw<int>();

    /// <summary>Threads of a block in the second direction.</summary>
    [DeviceIntrinsic("group.dim.y")]
    public static int DimY => DeviceOnly.Throw<int>();

    /// <summary>Threads of a block in the slowest direction.</summary>
    [DeviceIntrinsic("group.dim.z")]
    public static int DimZ => DeviceOnly.Throw<int>();

    /// <summary>Thread in its block.</summary>
    public static Index3D Index => new(IdxX, IdxY, IdxZ);

    /// <summary>Threads of a block in each direction.</summary>
    public static Index3D Dimension => new(DimX, DimY, DimZ);

    /// <summary>Number of the thread in its block, x fastest.</summary>
    public static int LinearIndex => (((IdxZ * DimY) + IdxY) * DimX) + IdxX;

    /// <summary>Whether this is thread 0 of its block.</summary>
    public static bool IsFirstThread => LinearIndex == 0;

    /// <summary>Whether this is the last thread of its block.</summary>
    public static bool IsLastThread => LinearIndex == (DimX * DimY * DimZ) - 1;

    /// <summary>Waits for all threads of the block; what they wrote to shared and global memory before is visible after.</summary>
    [DeviceIntrinsic("group.barrier")]
    public static void Barrier() => DeviceOnly.Throw();

    /// <summary>A barrier that counts the threads whose <paramref name="predicate"/> holds.</summary>
    [DeviceIntrinsic("group.barrier.popc")]
    public static int BarrierPopCount(bool predicate) => DeviceOnly.Throw<int>();

    /// <summary>A barrier that tells whether <paramref name="predicate"/> holds in all threads.</summary>
    [DeviceIntrinsic("group.barrier.and")]
    public static bool BarrierAnd(bool predicate) => DeviceOnly.Throw<bool>();

    /// <summary>A barrier that tells whether <paramref name="predicate"/> holds in some thread.</summary>
    [DeviceIntrinsic("group.barrier.or")]
    public static bool BarrierOr(bool predicate) => DeviceOnly.Throw<bool>();

    /// <summary>The value of one thread, through shared memory and two barriers.</summary>
    /// <param name="value">Each thread's value.</param>
    /// <param name="groupIndex"><see cref="LinearIndex"/> of the thread whose value it is; the same in all threads.</param>
    public static T Broadcast<T>(T value, int groupIndex) where T : unmanaged
    {
        ref T sent = ref SharedMemory.Allocate<T>();
        if (LinearIndex == groupIndex)
        {
            sent = value;
        }

        Barrier();
        T received = sent;
        Barrier();
        return received;
    }
}
