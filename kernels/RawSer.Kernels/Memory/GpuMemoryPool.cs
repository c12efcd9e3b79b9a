using RawSer.Gpu;

namespace RawSer.Kernels;

/// <summary>Memory of a GPU or of the emulator. Addresses belong to the device: the host can't read them.</summary>
/// <param name="device">Where the memory is.</param>
public sealed class GpuMemoryPool(GpuDevice device) : MemoryPool
{
    /// <summary>Where the memory is.</summary>
    public GpuDevice Device { get; } = device;

    /// <inheritdoc/>
    protected override nint SystemAllocate(long bytes)
    {
        try
        {
            return (nint)Device.Allocate(bytes);
        }
        catch (GpuOutOfMemoryException)
        {
            return 0; // reported by the caller together with the statistics
        }
    }

    /// <inheritdoc/>
    protected override void SystemFree(nint address) => Device.Free((ulong)address);
}
