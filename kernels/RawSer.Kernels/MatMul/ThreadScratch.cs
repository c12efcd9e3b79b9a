namespace RawSer.Kernels;

/// <summary>
/// Memory that a kernel needs only while it runs: one growing block per thread and purpose, so that nothing is allocated in the
/// steady state. The blocks come from the pool and return to it when their thread ends.
/// </summary>
internal static unsafe class ThreadScratch
{
    /// <summary>What a block is for. A kernel may hold one block of each purpose at a time.</summary>
    public enum Use
    {
        /// <summary>Operands that the caller prepared for all parts of a job.</summary>
        Shared,

        /// <summary>Partial results of all parts of a job.</summary>
        Partial,

        /// <summary>The left operand of one part.</summary>
        Left,

        /// <summary>The right operand of one part.</summary>
        Right,

        /// <summary>Results of one part on their way to memory.</summary>
        Result,
    }

    [ThreadStatic]
    private static Storage?[]? s_blocks;

    /// <summary>At least <paramref name="count"/> floats, aligned to 64 bytes, with undefined contents; valid until the next call for the same use.</summary>
    public static float* Floats(Use use, long count)
    {
        Storage?[] blocks = s_blocks ??= new Storage?[Enum.GetValues<Use>().Length];
        long bytes = count * sizeof(float);
        Storage? block = blocks[(int)use];
        if (block is null || block.ByteLength < bytes)
        {
            block?.Release();
            blocks[(int)use] = null;
            blocks[(int)use] = block = HostMemoryPool.Shared.AllocateForThread(bytes);
        }

        return (float*)block.Address;
    }
}
