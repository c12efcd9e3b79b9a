using RawSer.Gpu.Dialect;
using RawSer.Gpu.Driver;

namespace RawSer.Gpu.Compiler;

/// <summary>Where the kernels of this build run, and its memory as they take it. A build with ILGPU has another one.</summary>
public static class KernelDevice
{
    /// <summary>An NVIDIA GPU by its number.</summary>
    /// <exception cref="GpuNotFoundException">No driver or no such device; the message lists what was probed.</exception>
    public static GpuDevice Cuda(int ordinal) => new CudaDevice(ordinal);

    /// <summary>Elements of a device's memory as the argument of a kernel.</summary>
    /// <param name="device">The device.</param>
    /// <param name="address">Where the first lies.</param>
    /// <param name="length">How many they are.</param>
    public static ArrayView<T> View<T>(this GpuDevice device, ulong address, long length) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(device);
        return new ArrayView<T>(address, length);
    }
}
