using System.Runtime.InteropServices;

namespace RawSer.Kernels;

/// <summary>Host memory from the C allocator, outside the garbage collector's heap, aligned to 64 bytes (one cache line, one 512-bit vector).</summary>
public sealed unsafe class HostMemoryPool : MemoryPool
{
    private const nuint Alignment = 64;

    /// <summary>The pool that the host backends share.</summary>
    public static HostMemoryPool Shared { get; } = new();

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
