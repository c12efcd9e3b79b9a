using System.Runtime.InteropServices;

namespace RawSer.Gpu.Tests.Driver;

/// <content>Memory, pools, pinned buffers and copies.</content>
internal static unsafe partial class FakeDriver
{
    private static readonly Dictionary<nint, nuint> Pinned = [];

    [UnmanagedCallersOnly]
    private static int MemAllocAsync(ulong* address, nuint bytes, nint stream) => Allocate(address, bytes, "cuMemAllocAsync");

    [UnmanagedCallersOnly]
    private static int MemAlloc(ulong* address, nuint bytes) => Allocate(address, bytes, "cuMemAlloc");

    private static int Allocate(ulong* address, nuint bytes, string function)
    {
        int result = Call(function, $"{bytes}");
        *address = result == 0 ? (ulong)NativeMemory.AlignedAlloc(bytes, 256) : 0;
        return result;
    }

    [UnmanagedCallersOnly]
    private static int MemFreeAsync(ulong address, nint stream) => Free(address, "cuMemFreeAsync");

    [UnmanagedCallersOnly]
    private static int MemFree(ulong address) => Free(address, "cuMemFree");

    private static int Free(ulong address, string function)
    {
        NativeMemory.AlignedFree((void*)address);
        return Call(function);
    }

    [UnmanagedCallersOnly]
    private static int DeviceGetDefaultMemPool(nint* pool, int device) => Make(pool, "cuDeviceGetDefaultMemPool");

    [UnmanagedCallersOnly]
    private static int MemPoolSetAttribute(nint pool, int attribute, void* value) => Call("cuMemPoolSetAttribute", $"{attribute}, {*(ulong*)value:x}");

    [UnmanagedCallersOnly]
    private static int MemPoolTrimTo(nint pool, nuint keep) => Call("cuMemPoolTrimTo", $"{keep}");

    [UnmanagedCallersOnly]
    private static int MemGetInfo(nuint* free, nuint* total)
    {
        (*free, *total) = (1000, 1 << 30);
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int MemHostAlloc(void** address, nuint bytes, uint flags)
    {
        *address = NativeMemory.AllocZeroed(bytes);
        Pinned.Add((nint)(*address), bytes);
        return Call("cuMemHostAlloc", $"{bytes}, {flags}");
    }

    [UnmanagedCallersOnly]
    private static int MemFreeHost(void* address)
    {
        Pinned.Remove((nint)address);
        NativeMemory.Free(address);
        return Call("cuMemFreeHost");
    }

    [UnmanagedCallersOnly]
    private static int MemcpyHtoDAsync(ulong destination, void* source, nuint bytes, nint stream)
    {
        PageableCopies += Pinned.Any(buffer => (nint)source >= buffer.Key && (nuint)((nint)source - buffer.Key) + bytes <= buffer.Value) ? 0 : 1;
        return Copy((void*)destination, source, bytes, "cuMemcpyHtoDAsync");
    }

    [UnmanagedCallersOnly]
    private static int MemcpyDtoHAsync(void* destination, ulong source, nuint bytes, nint stream) =>
        Copy(destination, (void*)source, bytes, "cuMemcpyDtoHAsync");

    [UnmanagedCallersOnly]
    private static int MemcpyDtoDAsync(ulong destination, ulong source, nuint bytes, nint stream) =>
        Copy((void*)destination, (void*)source, bytes, "cuMemcpyDtoDAsync");

    private static int Copy(void* destination, void* source, nuint bytes, string function)
    {
        NativeMemory.Copy(source, destination, bytes);
        return Call(function, $"{bytes}");
    }

    [UnmanagedCallersOnly]
    private static int MemsetD8Async(ulong address, byte value, nuint bytes, nint stream)
    {
        NativeMemory.Fill((void*)address, bytes, value);
        return Call("cuMemsetD8Async", $"{value}, {bytes}");
    }
}
