using System.Runtime.InteropServices;

namespace RawSer.Gpu.Driver;

/// <summary>
/// The driver's functions by address: a call costs no marshalling and no allocation. All return a result code, 0 for success. Names
/// are those of the driver's API without "cu" and version suffix.
/// </summary>
internal sealed unsafe class CudaApi
{
    public readonly delegate* unmanaged<uint, int> Init;
    public readonly delegate* unmanaged<int*, int> DriverGetVersion;
    public readonly delegate* unmanaged<int*, int> DeviceGetCount;
    public readonly delegate* unmanaged<int*, int, int> DeviceGet;
    public readonly delegate* unmanaged<byte*, int, int, int> DeviceGetName;
    public readonly delegate* unmanaged<nuint*, int, int> DeviceTotalMem;
    public readonly delegate* unmanaged<int*, int, int, int> DeviceGetAttribute;
    public readonly delegate* unmanaged<nint*, int, int> DevicePrimaryCtxRetain;
    public readonly delegate* unmanaged<int, int> DevicePrimaryCtxRelease;
    public readonly delegate* unmanaged<nint, int> CtxSetCurrent;
    public readonly delegate* unmanaged<nint*, uint, int> StreamCreate;
    public readonly delegate* unmanaged<nint, int> StreamDestroy;
    public readonly delegate* unmanaged<nint, int> StreamSynchronize;
    public readonly delegate* unmanaged<nint*, uint, int> EventCreate;
    public readonly delegate* unmanaged<nint, int> EventDestroy;
    public readonly delegate* unmanaged<nint, nint, int> EventRecord;
    public readonly delegate* unmanaged<nint, int> EventQuery;
    public readonly delegate* unmanaged<nint, int> EventSynchronize;
    public readonly delegate* unmanaged<float*, nint, nint, int> EventElapsedTime;
    public readonly delegate* unmanaged<ulong*, nuint, nint, int> MemAllocAsync;
    public readonly delegate* unmanaged<ulong, nint, int> MemFreeAsync;
    public readonly delegate* unmanaged<ulong*, nuint, int> MemAlloc;
    public readonly delegate* unmanaged<ulong, int> MemFree;
    public readonly delegate* unmanaged<nint*, int, int> DeviceGetDefaultMemPool;
    public readonly delegate* unmanaged<nint, int, void*, int> MemPoolSetAttribute;
    public readonly delegate* unmanaged<nint, nuint, int> MemPoolTrimTo;
    public readonly delegate* unmanaged<nuint*, nuint*, int> MemGetInfo;
    public readonly delegate* unmanaged<void**, nuint, uint, int> MemHostAlloc;
    public readonly delegate* unmanaged<void*, int> MemFreeHost;
    public readonly delegate* unmanaged<ulong, void*, nuint, nint, int> MemcpyHtoDAsync;
    public readonly delegate* unmanaged<void*, ulong, nuint, nint, int> MemcpyDtoHAsync;
    public readonly delegate* unmanaged<ulong, ulong, nuint, nint, int> MemcpyDtoDAsync;
    public readonly delegate* unmanaged<ulong, byte, nuint, nint, int> MemsetD8Async;
    public readonly delegate* unmanaged<nint*, void*, uint, int*, void**, int> ModuleLoadDataEx;
    public readonly delegate* unmanaged<nint, int> ModuleUnload;
    public readonly delegate* unmanaged<nint*, nint, byte*, int> ModuleGetFunction;
    public readonly delegate* unmanaged<int*, int, nint, int> FuncGetAttribute;
    public readonly delegate* unmanaged<nint, int, int, int> FuncSetAttribute;
    public readonly delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int> LaunchKernel;
    public readonly delegate* unmanaged<int*, nint, int, nuint, int> OccupancyMaxActiveBlocksPerMultiprocessor;
    public readonly delegate* unmanaged<uint, int*, void**, nint*, int> LinkCreate;
    public readonly delegate* unmanaged<nint, int, void*, nuint, byte*, uint, int*, void**, int> LinkAddData;
    public readonly delegate* unmanaged<nint, void**, nuint*, int> LinkComplete;
    public readonly delegate* unmanaged<nint, int> LinkDestroy;
    public readonly delegate* unmanaged<nint, int, int> StreamBeginCapture;
    public readonly delegate* unmanaged<nint, nint*, int> StreamEndCapture;
    public readonly delegate* unmanaged<nint*, nint, ulong, int> GraphInstantiateWithFlags;
    public readonly delegate* unmanaged<nint, nint*, nuint*, int> GraphGetNodes;
    public readonly delegate* unmanaged<nint, nint, int> GraphLaunch;
    public readonly delegate* unmanaged<nint, int> GraphDestroy;
    public readonly delegate* unmanaged<nint, int> GraphExecDestroy;
    public readonly delegate* unmanaged<int, byte**, int> GetErrorName;
    public readonly delegate* unmanaged<int, byte**, int> GetErrorString;

    /// <summary>Since driver 12.0; null before.</summary>
    public readonly delegate* unmanaged<nint, nint, void*, int> GraphExecUpdate;

    private readonly Func<string, nint> _find;
    private readonly string _library;

    /// <param name="find">Address of an exported function, 0 where there is none.</param>
    /// <param name="library">Name of the library, for messages.</param>
    public CudaApi(Func<string, nint> find, string library)
    {
        (_find, _library) = (find, library);
        Init = (delegate* unmanaged<uint, int>)Export("cuInit");
        DriverGetVersion = (delegate* unmanaged<int*, int>)Export("cuDriverGetVersion");
        DeviceGetCount = (delegate* unmanaged<int*, int>)Export("cuDeviceGetCount");
        DeviceGet = (delegate* unmanaged<int*, int, int>)Export("cuDeviceGet");
        DeviceGetName = (delegate* unmanaged<byte*, int, int, int>)Export("cuDeviceGetName");
        DeviceTotalMem = (delegate* unmanaged<nuint*, int, int>)Export("cuDeviceTotalMem_v2");
        DeviceGetAttribute = (delegate* unmanaged<int*, int, int, int>)Export("cuDeviceGetAttribute");
        DevicePrimaryCtxRetain = (delegate* unmanaged<nint*, int, int>)Export("cuDevicePrimaryCtxRetain");
        DevicePrimaryCtxRelease = (delegate* unmanaged<int, int>)Export("cuDevicePrimaryCtxRelease_v2");
        CtxSetCurrent = (delegate* unmanaged<nint, int>)Export("cuCtxSetCurrent");
        StreamCreate = (delegate* unmanaged<nint*, uint, int>)Export("cuStreamCreate");
        StreamDestroy = (delegate* unmanaged<nint, int>)Export("cuStreamDestroy_v2");
        StreamSynchronize = (delegate* unmanaged<nint, int>)Export("cuStreamSynchronize");
        EventCreate = (delegate* unmanaged<nint*, uint, int>)Export("cuEventCreate");
        EventDestroy = (delegate* unmanaged<nint, int>)Export("cuEventDestroy_v2");
        EventRecord = (delegate* unmanaged<nint, nint, int>)Export("cuEventRecord");
        EventQuery = (delegate* unmanaged<nint, int>)Export("cuEventQuery");
        EventSynchronize = (delegate* unmanaged<nint, int>)Export("cuEventSynchronize");
        EventElapsedTime = (delegate* unmanaged<float*, nint, nint, int>)Export("cuEventElapsedTime");
        MemAllocAsync = (delegate* unmanaged<ulong*, nuint, nint, int>)Export("cuMemAllocAsync");
        MemFreeAsync = (delegate* unmanaged<ulong, nint, int>)Export("cuMemFreeAsync");
        MemAlloc = (delegate* unmanaged<ulong*, nuint, int>)Export("cuMemAlloc_v2");
        MemFree = (delegate* unmanaged<ulong, int>)Export("cuMemFree_v2");
        DeviceGetDefaultMemPool = (delegate* unmanaged<nint*, int, int>)Export("cuDeviceGetDefaultMemPool");
        MemPoolSetAttribute = (delegate* unmanaged<nint, int, void*, int>)Export("cuMemPoolSetAttribute");
        MemPoolTrimTo = (delegate* unmanaged<nint, nuint, int>)Export("cuMemPoolTrimTo");
        MemGetInfo = (delegate* unmanaged<nuint*, nuint*, int>)Export("cuMemGetInfo_v2");
        MemHostAlloc = (delegate* unmanaged<void**, nuint, uint, int>)Export("cuMemHostAlloc");
        MemFreeHost = (delegate* unmanaged<void*, int>)Export("cuMemFreeHost");
        MemcpyHtoDAsync = (delegate* unmanaged<ulong, void*, nuint, nint, int>)Export("cuMemcpyHtoDAsync_v2");
        MemcpyDtoHAsync = (delegate* unmanaged<void*, ulong, nuint, nint, int>)Export("cuMemcpyDtoHAsync_v2");
        MemcpyDtoDAsync = (delegate* unmanaged<ulong, ulong, nuint, nint, int>)Export("cuMemcpyDtoDAsync_v2");
        MemsetD8Async = (delegate* unmanaged<ulong, byte, nuint, nint, int>)Export("cuMemsetD8Async");
        ModuleLoadDataEx = (delegate* unmanaged<nint*, void*, uint, int*, void**, int>)Export("cuModuleLoadDataEx");
        ModuleUnload = (delegate* unmanaged<nint, int>)Export("cuModuleUnload");
        ModuleGetFunction = (delegate* unmanaged<nint*, nint, byte*, int>)Export("cuModuleGetFunction");
        FuncGetAttribute = (delegate* unmanaged<int*, int, nint, int>)Export("cuFuncGetAttribute");
        FuncSetAttribute = (delegate* unmanaged<nint, int, int, int>)Export("cuFuncSetAttribute");
        LaunchKernel = (delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>)Export("cuLaunchKernel");
        OccupancyMaxActiveBlocksPerMultiprocessor = (delegate* unmanaged<int*, nint, int, nuint, int>)Export("cuOccupancyMaxActiveBlocksPerMultiprocessor");
        LinkCreate = (delegate* unmanaged<uint, int*, void**, nint*, int>)Export("cuLinkCreate_v2");
        LinkAddData = (delegate* unmanaged<nint, int, void*, nuint, byte*, uint, int*, void**, int>)Export("cuLinkAddData_v2");
        LinkComplete = (delegate* unmanaged<nint, void**, nuint*, int>)Export("cuLinkComplete");
        LinkDestroy = (delegate* unmanaged<nint, int>)Export("cuLinkDestroy");
        StreamBeginCapture = (delegate* unmanaged<nint, int, int>)Export("cuStreamBeginCapture_v2");
        StreamEndCapture = (delegate* unmanaged<nint, nint*, int>)Export("cuStreamEndCapture");
        GraphInstantiateWithFlags = (delegate* unmanaged<nint*, nint, ulong, int>)Export("cuGraphInstantiateWithFlags");
        GraphGetNodes = (delegate* unmanaged<nint, nint*, nuint*, int>)Export("cuGraphGetNodes");
        GraphLaunch = (delegate* unmanaged<nint, nint, int>)Export("cuGraphLaunch");
        GraphDestroy = (delegate* unmanaged<nint, int>)Export("cuGraphDestroy");
        GraphExecDestroy = (delegate* unmanaged<nint, int>)Export("cuGraphExecDestroy");
        GetErrorName = (delegate* unmanaged<int, byte**, int>)Export("cuGetErrorName");
        GetErrorString = (delegate* unmanaged<int, byte**, int>)Export("cuGetErrorString");
        GraphExecUpdate = (delegate* unmanaged<nint, nint, void*, int>)find("cuGraphExecUpdate_v2");
    }

    /// <summary>Loads the driver's library.</summary>
    /// <exception cref="GpuNotFoundException">There is none; the message lists the places.</exception>
    public static CudaApi Load()
    {
        string[] names = OperatingSystem.IsWindows() ? ["nvcuda.dll"] : ["libcuda.so.1", "/usr/lib/wsl/lib/libcuda.so.1", "libcuda.so"];
        foreach (string name in names)
        {
            if (NativeLibrary.TryLoad(name, out nint library))
            {
                return new CudaApi(export => NativeLibrary.TryGetExport(library, export, out nint address) ? address : 0, name);
            }
        }

        throw new GpuNotFoundException($"no NVIDIA driver: could not load {string.Join(", ", names)}");
    }

    /// <summary>A result code in words: CUDA_ERROR_ILLEGAL_ADDRESS (700): an illegal memory access was encountered.</summary>
    public string Describe(int result)
    {
        byte* name = null, text = null;
        _ = GetErrorName(result, &name);
        _ = GetErrorString(result, &text);
        return $"{Marshal.PtrToStringUTF8((nint)name) ?? "unknown error"} ({result}): {Marshal.PtrToStringUTF8((nint)text) ?? "no description"}";
    }

    private nint Export(string name) => _find(name) is not 0 and var address
        ? address
        : throw new GpuNotFoundException($"{_library} lacks {name}: the NVIDIA driver is too old; 470 (CUDA 11.4) or newer is needed");
}
