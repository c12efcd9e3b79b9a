using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace RawSer.Gpu.Driver;

/// <summary>
/// The primary context of a device with its stream: makes it current on the calling thread, checks results, and remembers the last
/// launches for the report of a fault, which the driver tells only later.
/// </summary>
internal sealed unsafe class CudaContext
{
    private const int Remembered = 8;

    [ThreadStatic]
    private static nint _current;

    // A launch of a graph has its kernels instead of one.
    private readonly (string Kernel, LaunchShape Shape, IReadOnlyList<string>? Graph)[] _launches = new (string, LaunchShape, IReadOnlyList<string>?)[Remembered];
    private readonly int _device;
    private readonly nint _context;
    private long _launchCount;
    private List<string>? _captured;
    private string? _lost;

    public CudaContext(CudaApi api, string name, int device)
    {
        (Api, Name, _device) = (api, name, device);
        nint context, stream;
        Check(api.DevicePrimaryCtxRetain(&context, device), "cuDevicePrimaryCtxRetain");
        _context = context;
        Enter();
        const uint NonBlocking = 1; // a blocking stream waits for the legacy stream, which breaks captures
        Check(api.StreamCreate(&stream, NonBlocking), "cuStreamCreate");
        Stream = stream;
    }

    public CudaApi Api { get; }

    public string Name { get; }

    public nint Stream { get; }

    public bool IsLost => _lost is not null;

    public bool IsCapturing => _captured is not null;

    /// <summary>Before a call of the driver: refuses if the context is lost, makes it current.</summary>
    public void Enter()
    {
        if (_lost is not null)
        {
            throw new KernelFaultException($"{Name} was lost by an earlier fault; a new process gets it back. {_lost}");
        }

        if (_current != _context)
        {
            Check(Api.CtxSetCurrent(_context), "cuCtxSetCurrent");
            _current = _context;
        }
    }

    /// <summary><see cref="Enter"/>, for calls that a capture cannot hold.</summary>
    public void EnterOutsideCapture(string what)
    {
        if (IsCapturing)
        {
            throw new GpuException($"{Name}: {what} is not possible while a graph is captured");
        }

        Enter();
    }

    public void BeginCapture() => _captured = [];

    /// <summary>The kernels launched since <see cref="BeginCapture"/>, which a graph holds and nothing has run.</summary>
    public IReadOnlyList<string> EndCapture()
    {
        List<string> captured = _captured!;
        _captured = null;
        return captured;
    }

    public void Remember(string kernel, in LaunchShape shape)
    {
        if (_captured is null)
        {
            _launches[_launchCount++ % Remembered] = (kernel, shape, null);
        }
        else
        {
            _captured.Add(kernel);
        }
    }

    public void Remember(IReadOnlyList<string> graph) => _launches[_launchCount++ % Remembered] = ("", default, graph);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Check(int result, string call)
    {
        if (result != CudaResult.Success)
        {
            Throw(result, call);
        }
    }

    public int FunctionAttribute(nint function, int attribute)
    {
        int value;
        Check(Api.FuncGetAttribute(&value, attribute, function), "cuFuncGetAttribute");
        return value;
    }

    public void SetFunctionAttribute(nint function, int attribute, int value) =>
        Check(Api.FuncSetAttribute(function, attribute, value), "cuFuncSetAttribute");

    public void Release()
    {
        if (!IsLost)
        {
            Enter();
            _ = Api.StreamSynchronize(Stream);
        }

        _ = Api.StreamDestroy(Stream);
        _ = Api.DevicePrimaryCtxRelease(_device);
        _current = 0;
    }

    private void Throw(int result, string call)
    {
        string what = $"{Name}: {call}: {Api.Describe(result)}";
        if (!CudaResult.IsFault(result))
        {
            throw new GpuException(what);
        }

        var text = new StringBuilder(what);
        text.Append(_launchCount == 0 ? ". No kernel was launched before" : ". Faults are found late; the kernels launched before, the latest first:");
        for (long i = _launchCount - 1; i >= Math.Max(0, _launchCount - Remembered); i--)
        {
            (string kernel, LaunchShape shape, IReadOnlyList<string>? graph) = _launches[i % Remembered];
            string launch = graph is null ? $"{kernel} (grid {shape.Grid}, block {shape.Block}, {shape.DynamicSharedBytes} B shared)" : Describe(graph);
            text.Append(' ').Append(launch).Append(';');
        }

        text.Append(" RAWSER_CUDA_SYNC=1 launches without graphs, waits after each kernel and finds the one");
        _lost = text.ToString();
        throw new KernelFaultException(_lost);
    }

    private static string Describe(IReadOnlyList<string> graph)
    {
        IEnumerable<string> kernels = graph.CountBy(kernel => kernel).Select(kernel => kernel.Value == 1 ? kernel.Key : $"{kernel.Key} {kernel.Value} times");
        return $"a graph of {graph.Count} kernel{(graph.Count == 1 ? "" : "s")} ({string.Join(", ", kernels)})";
    }
}
