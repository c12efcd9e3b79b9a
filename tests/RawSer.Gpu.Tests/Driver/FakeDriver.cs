using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RawSer.Gpu.Driver;

namespace RawSer.Gpu.Tests.Driver;

/// <summary>
/// A stand-in for libcuda behind its C interface: it records the calls with their arguments, keeps "device" memory on the host, and
/// fails where it is told to. It runs no kernels: what it shows is that the runtime calls the driver as its documentation asks.
/// </summary>
internal static unsafe partial class FakeDriver
{
    public const int IllegalAddress = 700;

    private static readonly Dictionary<string, int> Failures = [];
    private static readonly Dictionary<string, nint> Exports = new()
    {
        ["cuInit"] = (nint)(delegate* unmanaged<uint, int>)&Init,
        ["cuDriverGetVersion"] = (nint)(delegate* unmanaged<int*, int>)&DriverGetVersion,
        ["cuDeviceGetCount"] = (nint)(delegate* unmanaged<int*, int>)&DeviceGetCount,
        ["cuDeviceGet"] = (nint)(delegate* unmanaged<int*, int, int>)&DeviceGet,
        ["cuDeviceGetName"] = (nint)(delegate* unmanaged<byte*, int, int, int>)&DeviceGetName,
        ["cuDeviceTotalMem_v2"] = (nint)(delegate* unmanaged<nuint*, int, int>)&DeviceTotalMem,
        ["cuDeviceGetAttribute"] = (nint)(delegate* unmanaged<int*, int, int, int>)&DeviceGetAttribute,
        ["cuDevicePrimaryCtxRetain"] = (nint)(delegate* unmanaged<nint*, int, int>)&DevicePrimaryCtxRetain,
        ["cuDevicePrimaryCtxRelease_v2"] = (nint)(delegate* unmanaged<int, int>)&DevicePrimaryCtxRelease,
        ["cuCtxSetCurrent"] = (nint)(delegate* unmanaged<nint, int>)&CtxSetCurrent,
        ["cuStreamCreate"] = (nint)(delegate* unmanaged<nint*, uint, int>)&StreamCreate,
        ["cuStreamDestroy_v2"] = (nint)(delegate* unmanaged<nint, int>)&StreamDestroy,
        ["cuStreamSynchronize"] = (nint)(delegate* unmanaged<nint, int>)&StreamSynchronize,
        ["cuEventCreate"] = (nint)(delegate* unmanaged<nint*, uint, int>)&EventCreate,
        ["cuEventDestroy_v2"] = (nint)(delegate* unmanaged<nint, int>)&EventDestroy,
        ["cuEventRecord"] = (nint)(delegate* unmanaged<nint, nint, int>)&EventRecord,
        ["cuEventQuery"] = (nint)(delegate* unmanaged<nint, int>)&EventQuery,
        ["cuEventSynchronize"] = (nint)(delegate* unmanaged<nint, int>)&EventSynchronize,
        ["cuEventElapsedTime"] = (nint)(delegate* unmanaged<float*, nint, nint, int>)&EventElapsedTime,
        ["cuMemAllocAsync"] = (nint)(delegate* unmanaged<ulong*, nuint, nint, int>)&MemAllocAsync,
        ["cuMemFreeAsync"] = (nint)(delegate* unmanaged<ulong, nint, int>)&MemFreeAsync,
        ["cuMemAlloc_v2"] = (nint)(delegate* unmanaged<ulong*, nuint, int>)&MemAlloc,
        ["cuMemFree_v2"] = (nint)(delegate* unmanaged<ulong, int>)&MemFree,
        ["cuDeviceGetDefaultMemPool"] = (nint)(delegate* unmanaged<nint*, int, int>)&DeviceGetDefaultMemPool,
        ["cuMemPoolSetAttribute"] = (nint)(delegate* unmanaged<nint, int, void*, int>)&MemPoolSetAttribute,
        ["cuMemPoolTrimTo"] = (nint)(delegate* unmanaged<nint, nuint, int>)&MemPoolTrimTo,
        ["cuMemGetInfo_v2"] = (nint)(delegate* unmanaged<nuint*, nuint*, int>)&MemGetInfo,
        ["cuMemHostAlloc"] = (nint)(delegate* unmanaged<void**, nuint, uint, int>)&MemHostAlloc,
        ["cuMemFreeHost"] = (nint)(delegate* unmanaged<void*, int>)&MemFreeHost,
        ["cuMemcpyHtoDAsync_v2"] = (nint)(delegate* unmanaged<ulong, void*, nuint, nint, int>)&MemcpyHtoDAsync,
        ["cuMemcpyDtoHAsync_v2"] = (nint)(delegate* unmanaged<void*, ulong, nuint, nint, int>)&MemcpyDtoHAsync,
        ["cuMemcpyDtoDAsync_v2"] = (nint)(delegate* unmanaged<ulong, ulong, nuint, nint, int>)&MemcpyDtoDAsync,
        ["cuMemsetD8Async"] = (nint)(delegate* unmanaged<ulong, byte, nuint, nint, int>)&MemsetD8Async,
        ["cuModuleLoadDataEx"] = (nint)(delegate* unmanaged<nint*, void*, uint, int*, void**, int>)&ModuleLoadDataEx,
        ["cuModuleUnload"] = (nint)(delegate* unmanaged<nint, int>)&ModuleUnload,
        ["cuModuleGetFunction"] = (nint)(delegate* unmanaged<nint*, nint, byte*, int>)&ModuleGetFunction,
        ["cuFuncGetAttribute"] = (nint)(delegate* unmanaged<int*, int, nint, int>)&FuncGetAttribute,
        ["cuFuncSetAttribute"] = (nint)(delegate* unmanaged<nint, int, int, int>)&FuncSetAttribute,
        ["cuLaunchKernel"] = (nint)(delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>)&LaunchKernel,
        ["cuOccupancyMaxActiveBlocksPerMultiprocessor"] = (nint)(delegate* unmanaged<int*, nint, int, nuint, int>)&Occupancy,
        ["cuLinkCreate_v2"] = (nint)(delegate* unmanaged<uint, int*, void**, nint*, int>)&LinkCreate,
        ["cuLinkAddData_v2"] = (nint)(delegate* unmanaged<nint, int, void*, nuint, byte*, uint, int*, void**, int>)&LinkAddData,
        ["cuLinkComplete"] = (nint)(delegate* unmanaged<nint, void**, nuint*, int>)&LinkComplete,
        ["cuLinkDestroy"] = (nint)(delegate* unmanaged<nint, int>)&LinkDestroy,
        ["cuStreamBeginCapture_v2"] = (nint)(delegate* unmanaged<nint, int, int>)&StreamBeginCapture,
        ["cuStreamEndCapture"] = (nint)(delegate* unmanaged<nint, nint*, int>)&StreamEndCapture,
        ["cuGraphInstantiateWithFlags"] = (nint)(delegate* unmanaged<nint*, nint, ulong, int>)&GraphInstantiate,
        ["cuGraphGetNodes"] = (nint)(delegate* unmanaged<nint, nint*, nuint*, int>)&GraphGetNodes,
        ["cuGraphExecUpdate_v2"] = (nint)(delegate* unmanaged<nint, nint, void*, int>)&GraphExecUpdate,
        ["cuGraphLaunch"] = (nint)(delegate* unmanaged<nint, nint, int>)&GraphLaunch,
        ["cuGraphDestroy"] = (nint)(delegate* unmanaged<nint, int>)&GraphDestroy,
        ["cuGraphExecDestroy"] = (nint)(delegate* unmanaged<nint, int>)&GraphExecDestroy,
        ["cuGetErrorName"] = (nint)(delegate* unmanaged<int, byte**, int>)&GetErrorName,
        ["cuGetErrorString"] = (nint)(delegate* unmanaged<int, byte**, int>)&GetErrorString,
    };

    private static nint _nextHandle;

    public static List<string> Calls { get; } = [];

    /// <summary>Off while a test counts the runtime's own allocations.</summary>
    public static bool Records { get; set; }

    public static int DeviceCount { get; set; }

    public static int Version { get; set; }

    public static bool HasPools { get; set; }

    public static byte[] LastParameters { get; private set; } = [];

    public static Dictionary<int, long> LinkOptions { get; } = [];

    /// <summary>Copies from host memory that was not pinned: the driver may read it after its call has returned.</summary>
    public static int PageableCopies { get; private set; }

    /// <summary>What the assembler writes to its error log.</summary>
    public static string ErrorLog { get; set; } = "";

    /// <summary>Named exports that the library lacks.</summary>
    public static HashSet<string> Missing { get; } = [];

    /// <summary>Forgets calls and failures: one device of compute capability 9.0 behind a driver of CUDA 12.4.</summary>
    public static void Reset()
    {
        Calls.Clear();
        Failures.Clear();
        LinkOptions.Clear();
        Missing.Clear();
        (Records, DeviceCount, Version, HasPools, ErrorLog, LastParameters, PageableCopies) = (true, 1, 12040, true, "", [], 0);
    }

    public static CudaApi Load() => new(name => Missing.Contains(name) ? 0 : Exports.GetValueOrDefault(name), "fake libcuda");

    /// <summary>The next call of a function returns a code.</summary>
    public static void Fail(string function, int result) => Failures[function] = result;

    private static int Call(string function, string arguments = "")
    {
        if (Records)
        {
            Calls.Add($"{function}({arguments})");
        }

        return Failures.Remove(function, out int result) ? result : 0;
    }

    private static int Make(nint* handle, string function, string arguments = "")
    {
        int result = Call(function, arguments);
        *handle = result == 0 ? 0x1000 + ++_nextHandle : 0;
        return result;
    }

    [UnmanagedCallersOnly]
    private static int Init(uint flags) => Call("cuInit", $"{flags}");

    [UnmanagedCallersOnly]
    private static int DriverGetVersion(int* version)
    {
        *version = Version;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int DeviceGetCount(int* count)
    {
        *count = DeviceCount;
        return Call("cuDeviceGetCount");
    }

    [UnmanagedCallersOnly]
    private static int DeviceGet(int* device, int ordinal)
    {
        *device = ordinal;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int DeviceGetName(byte* name, int length, int device)
    {
        "Fake GPU\0"u8.CopyTo(new Span<byte>(name, length));
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int DeviceTotalMem(nuint* bytes, int device)
    {
        *bytes = 1 << 30;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int DeviceGetAttribute(int* value, int attribute, int device)
    {
        *value = attribute switch { 1 => 1024, 8 => 49152, 10 => 32, 12 => 65536, 16 => 132, 39 => 2048, 75 => 9, 76 => 0, 97 => 232448, 115 => HasPools ? 1 : 0, _ => -1 };
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int DevicePrimaryCtxRetain(nint* context, int device) => Make(context, "cuDevicePrimaryCtxRetain", $"{device}");

    [UnmanagedCallersOnly]
    private static int DevicePrimaryCtxRelease(int device) => Call("cuDevicePrimaryCtxRelease", $"{device}");

    [UnmanagedCallersOnly]
    private static int CtxSetCurrent(nint context) => Call("cuCtxSetCurrent");

    [UnmanagedCallersOnly]
    private static int StreamCreate(nint* stream, uint flags) => Make(stream, "cuStreamCreate", $"{flags}");

    [UnmanagedCallersOnly]
    private static int StreamDestroy(nint stream) => Call("cuStreamDestroy");

    [UnmanagedCallersOnly]
    private static int StreamSynchronize(nint stream) => Call("cuStreamSynchronize");

    [UnmanagedCallersOnly]
    private static int EventCreate(nint* created, uint flags) => Make(created, "cuEventCreate", $"{flags}");

    [UnmanagedCallersOnly]
    private static int EventDestroy(nint e) => Call("cuEventDestroy");

    [UnmanagedCallersOnly]
    private static int EventRecord(nint e, nint stream) => Call("cuEventRecord");

    [UnmanagedCallersOnly]
    private static int EventQuery(nint e) => Call("cuEventQuery");

    [UnmanagedCallersOnly]
    private static int EventSynchronize(nint e) => Call("cuEventSynchronize");

    [UnmanagedCallersOnly]
    private static int EventElapsedTime(float* milliseconds, nint start, nint end)
    {
        *milliseconds = 1.5f;
        return Call("cuEventElapsedTime");
    }

    [UnmanagedCallersOnly]
    private static int GetErrorName(int result, byte** text)
    {
        *text = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference("CUDA_ERROR_FAKE\0"u8));
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int GetErrorString(int result, byte** text)
    {
        *text = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference("something went wrong\0"u8));
        return 0;
    }
}
