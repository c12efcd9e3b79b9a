using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RawSer.Gpu.Dialect;
using RawSer.Gpu.Emulator;

namespace RawSer.Gpu.Tests.Compiler;

/// <summary>An emulator with all checks, and arrays on it.</summary>
internal sealed class Gpu(int smVersion = 80) : IDisposable
{
    public EmulatorDevice Device { get; } = new(new EmulatorOptions { SmVersion = smVersion, Checks = EmulatorChecks.Strict, Threads = 1, MemoryBytes = 1L << 28 });

    public ArrayView<T> Upload<T>(T[] data)
        where T : unmanaged
    {
        var address = Device.Allocate(Math.Max(16, (long)data.Length * Unsafe.SizeOf<T>()));
        Device.CopyToDevice(address, MemoryMarshal.AsBytes(data.AsSpan()));
        return new ArrayView<T>(address, data.Length);
    }

    public unsafe T[] Read<T>(ArrayView<T> view)
        where T : unmanaged
    {
        var data = new T[view.Length];
        Device.CopyToHost(MemoryMarshal.AsBytes(data.AsSpan()), *(ulong*)&view);
        return data;
    }

    public void Dispose() => Device.Dispose();
}
