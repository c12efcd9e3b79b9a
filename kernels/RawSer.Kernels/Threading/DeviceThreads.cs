namespace RawSer.Kernels;

/// <summary>Launches of kernels that number their threads in 32 bits.</summary>
internal static class DeviceThreads
{
    /// <summary>Blocks for a number of threads; those that the last block has too many have numbers in 32 bits too.</summary>
    /// <exception cref="NotSupportedException">There are more threads than numbers.</exception>
    public static int Blocks(long threads, int blockSize) => threads <= int.MaxValue - blockSize
        ? (int)((threads + blockSize - 1) / blockSize)
        : throw new NotSupportedException(FormattableString.Invariant($"an operation on a device would take {threads:N0} threads: at most {int.MaxValue - blockSize:N0} are supported"));
}
