using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace RawSer.Gpu.Tests.Driver;

/// <content>Modules, the linker, launches and graphs.</content>
internal static unsafe partial class FakeDriver
{
    private static readonly byte[] Image = GC.AllocateArray<byte>(16, pinned: true);
    private static byte* _errorLog;
    private static nuint _errorLogBytes;

    [UnmanagedCallersOnly]
    private static int ModuleLoadDataEx(nint* module, void* image, uint count, int* options, void** values) =>
        Make(module, "cuModuleLoadDataEx", $"{Encoding.ASCII.GetString((byte*)image, 5)}");

    [UnmanagedCallersOnly]
    private static int ModuleUnload(nint module) => Call("cuModuleUnload");

    [UnmanagedCallersOnly]
    private static int ModuleGetFunction(nint* function, nint module, byte* name) =>
        Make(function, "cuModuleGetFunction", Marshal.PtrToStringUTF8((nint)name)!);

    [UnmanagedCallersOnly]
    private static int FuncGetAttribute(int* value, int attribute, nint function)
    {
        *value = attribute switch { 0 => 512, 1 => 4096, 3 => 8, 4 => 40, _ => -1 };
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int FuncSetAttribute(nint function, int attribute, int value) => Call("cuFuncSetAttribute", $"{attribute}, {value}");

    [UnmanagedCallersOnly]
    private static int LaunchKernel(
        nint function, uint gx, uint gy, uint gz, uint bx, uint by, uint bz, uint shared, nint stream, void** parameters, void** extra)
    {
        if (Records)
        {
            LastParameters = extra == null ? [] : new ReadOnlySpan<byte>(extra[1], (int)*(nuint*)extra[3]).ToArray();
            string packed = extra == null ? "none" : $"{(nint)extra[0]} {(nint)extra[2]} {(nint)extra[4]}";
            return Call("cuLaunchKernel", $"{gx} {gy} {gz}, {bx} {by} {bz}, {shared}, {(parameters == null ? "null" : "?")}, {packed}");
        }

        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Occupancy(int* blocks, nint function, int threads, nuint shared)
    {
        *blocks = 3;
        return Call("cuOccupancyMaxActiveBlocksPerMultiprocessor", $"{threads}, {shared}");
    }

    [UnmanagedCallersOnly]
    private static int LinkCreate(uint count, int* options, void** values, nint* link)
    {
        for (int i = 0; i < count; i++)
        {
            LinkOptions[options[i]] = options[i] is 3 or 5 ? 0 : (long)values[i];
            if (options[i] == 5)
            {
                _errorLog = (byte*)values[i];
            }
            else if (options[i] == 6)
            {
                _errorLogBytes = (nuint)values[i];
            }
        }

        return Make(link, "cuLinkCreate");
    }

    [UnmanagedCallersOnly]
    private static int LinkAddData(nint link, int type, void* data, nuint size, byte* name, uint count, int* options, void** values)
    {
        byte[] log = Encoding.UTF8.GetBytes(ErrorLog);
        log.AsSpan(0, Math.Min(log.Length, (int)_errorLogBytes - 1)).CopyTo(new Span<byte>(_errorLog, (int)_errorLogBytes));
        return Call("cuLinkAddData", $"{type}, {size}, last {((byte*)data)[size - 1]}");
    }

    [UnmanagedCallersOnly]
    private static int LinkComplete(nint link, void** cubin, nuint* size)
    {
        "CUBIN"u8.CopyTo(Image);
        *cubin = Unsafe.AsPointer(ref Image[0]);
        *size = (nuint)Image.Length;
        return Call("cuLinkComplete");
    }

    [UnmanagedCallersOnly]
    private static int LinkDestroy(nint link) => Call("cuLinkDestroy");

    [UnmanagedCallersOnly]
    private static int StreamBeginCapture(nint stream, int mode) => Call("cuStreamBeginCapture", $"{mode}");

    [UnmanagedCallersOnly]
    private static int StreamEndCapture(nint stream, nint* graph) => Make(graph, "cuStreamEndCapture");

    [UnmanagedCallersOnly]
    private static int GraphInstantiate(nint* executable, nint graph, ulong flags) => Make(executable, "cuGraphInstantiate", $"{flags}");

    [UnmanagedCallersOnly]
    private static int GraphGetNodes(nint graph, nint* nodes, nuint* count)
    {
        *count = 7;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int GraphExecUpdate(nint executable, nint graph, void* info) => Call("cuGraphExecUpdate");

    [UnmanagedCallersOnly]
    private static int GraphLaunch(nint executable, nint stream) => Call("cuGraphLaunch");

    [UnmanagedCallersOnly]
    private static int GraphDestroy(nint graph) => Call("cuGraphDestroy");

    [UnmanagedCallersOnly]
    private static int GraphExecDestroy(nint executable) => Call("cuGraphExecDestroy");
}
