using System.Runtime.InteropServices;

namespace RawSer.Kernels;

/// <summary>Host memory from the C allocator, outside the garbage collector's heap, aligned to 64 bytes (one cache line, one 512-bit vector).</summary>
public sealed unsafe class HostMemoryPool : MemoryPool
{
    private const nuint Alignment = 64;

    /// <summary>The pool that the host backends share.</summary>
    public static HostMemoryPool Shared { get; } = new();

    /// <summary>
    /// A storage on memory of a mapped file, which the pool counts (<see cref="MemoryStats.BytesMapped"/>) but never hands out again:
    /// <paramref name="mapping"/> is disposed with the last reference.
    /// </summary>
    /// <param name="address">First byte, aligned to the elements that it holds.</param>
    /// <param name="bytes">Usable bytes. They can be written to.</param>
    /// <param name="mapping">Keeps the memory; belongs to the storage from now on.</param>
    public Storage Adopt(nint address, long bytes, IDisposable mapping) => AdoptMapping(address, bytes, mapping);

    /// <inheritdoc/>
    protected override nint SystemAllocate(long bytes)
    {
        try
        {
            return (nint)NativeMemory.AlignedAlloc(checked((nuint)bytes), Alignment);
        }
        catch (OutOfMemoryException)
        {
            return 0; // reported by the caller together with the statistics
        }
    }

    /// <inheritdoc/>
    protected override void SystemFree(nint address) => NativeMemory.AlignedFree((void*)address);
}
