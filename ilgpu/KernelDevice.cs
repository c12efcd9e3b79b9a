using ILGPU;
using RawSer.Gpu.Ilgpu;

namespace RawSer.Gpu.Compiler;

/// <summary>Where the kernels of this build run, and its memory as they take it.</summary>
public static class KernelDevice
{
    /// <summary>An NVIDIA GPU by its number.</summary>
    /// <exception cref="GpuNotFoundException">ILGPU finds no such device.</exception>
    public static GpuDevice Cuda(int ordinal) => new IlgpuDevice(ordinal);

    /// <summary>Elements of a device's memory as the argument of a kernel.</summary>
    /// <param name="device">The device.</param>
    /// <param name="address">Where the first lies.</param>
    /// <param name="length">How many they are.</param>
    public static ArrayView<T> View<T>(this GpuDevice device, ulong address, long length) where T : unmanaged => IlgpuDevice.Of(device).View<T>(address, length);
}
