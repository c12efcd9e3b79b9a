using System.Text;

namespace RawSer.Gpu.Driver;

/// <summary>
/// An NVIDIA GPU behind its driver (libcuda; no toolkit is needed): the primary context, one non-blocking stream, memory in the order of
/// the stream. A launch calls the driver once and allocates nothing.
/// </summary>
public sealed unsafe class CudaDevice : GpuDevice
{
    internal const int StagingBytes = 4 << 20;

    private readonly CudaContext _context;
    private readonly CudaMemory _memory;
    private readonly CudaAssembler _assembler;
    private readonly CudaOptions _options;
    private GpuUpload? _staging;
    private bool _isDisposed;

    /// <summary>Opens a GPU.</summary>
    /// <param name="ordinal">Its number, as CUDA_VISIBLE_DEVICES orders them.</param>
    /// <param name="options">How it works.</param>
    /// <exception cref="GpuNotFoundException">There is no driver or no such device; the message says what was probed.</exception>
    public CudaDevice(int ordinal = 0, CudaOptions? options = null)
        : this(CudaApi.Load(), ordinal, options)
    {
    }

    internal CudaDevice(CudaApi api, int ordinal, CudaOptions? options)
    {
        _options = options ?? new CudaOptions();
        Name = $"cuda:{ordinal}";
        (int device, DriverVersion) = Find(api, ordinal);
        _context = new CudaContext(api, Name, device);
        Properties = PropertiesOf(device);
        _memory = new CudaMemory(_context, device, Attribute(device, CudaAttribute.MemoryPoolsSupported) != 0);
        _assembler = new CudaAssembler(_context, new CubinCache(_options.CacheFolder), _options, Properties.SmVersion, DriverVersion);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override GpuProperties Properties { get; }

    /// <summary>The CUDA version that the driver speaks: 12040 for 12.4.</summary>
    public int DriverVersion { get; }

    /// <summary>What its memory is used for.</summary>
    public GpuMemoryStatistics Memory => _memory.Statistics;

    /// <inheritdoc/>
    public override ulong Allocate(long bytes) => _memory.Allocate(bytes);

    /// <inheritdoc/>
    public override void Free(ulong address) => _memory.Free(address);

    /// <inheritdoc/>
    public override GpuHostBuffer AllocateHost(long bytes) => new CudaHostBuffer(_context, bytes);

    /// <inheritdoc/>
    public override GpuEvent CreateEvent() => new CudaEvent(_context);

    /// <inheritdoc/>
    public override void CopyToDevice(ulong destination, ReadOnlySpan<byte> source)
    {
        _context.EnterOutsideCapture("a copy from pageable host memory");

        // The driver may read pageable memory after its call has returned ("might be synchronous with respect to the host"), when the source
        // has moved or is used for something else: what it gets is pinned.
        _staging ??= new GpuUpload(this, StagingBytes);
        while (!source.IsEmpty)
        {
            int bytes = Math.Min(source.Length, StagingBytes);
            source[..bytes].CopyTo(_staging.Fill<byte>(0, bytes));
            _staging.Copy(destination, 0, bytes);
            _staging.PassTurn();
            destination += (uint)bytes;
            source = source[bytes..];
        }
    }

    /// <inheritdoc/>
    public override void CopyToDevice(ulong destination, GpuHostBuffer source, long byteOffset, long bytes)
    {
        ArgumentNullException.ThrowIfNull(source);
        source.CheckRange(byteOffset, bytes);
        _context.Enter();
        _context.Check(_context.Api.MemcpyHtoDAsync(destination, (byte*)source.Address + byteOffset, (nuint)bytes, _context.Stream), "cuMemcpyHtoDAsync");
    }

    /// <inheritdoc/>
    public override void CopyToHost(Span<byte> destination, ulong source)
    {
        _context.EnterOutsideCapture("a copy to the host");
        fixed (byte* data = destination)
        {
            if (data != null)
            {
                _context.Check(_context.Api.MemcpyDtoHAsync(data, source, (nuint)destination.Length, _context.Stream), "cuMemcpyDtoHAsync");
            }

            _context.Check(_context.Api.StreamSynchronize(_context.Stream), "cuStreamSynchronize");
        }
    }

    /// <inheritdoc/>
    public override void CopyToHost(GpuHostBuffer destination, long byteOffset, ulong source, long bytes)
    {
        ArgumentNullException.ThrowIfNull(destination);
        destination.CheckRange(byteOffset, bytes);
        _context.Enter();
        _context.Check(_context.Api.MemcpyDtoHAsync((byte*)destination.Address + byteOffset, source, (nuint)bytes, _context.Stream), "cuMemcpyDtoHAsync");
    }

    /// <inheritdoc/>
    public override void CopyOnDevice(ulong destination, ulong source, long bytes)
    {
        _context.Enter();
        _context.Check(_context.Api.MemcpyDtoDAsync(destination, source, checked((nuint)bytes), _context.Stream), "cuMemcpyDtoDAsync");
    }

    /// <inheritdoc/>
    public override void Fill(ulong destination, byte value, long bytes)
    {
        _context.Enter();
        _context.Check(_context.Api.MemsetD8Async(destination, value, checked((nuint)bytes), _context.Stream), "cuMemsetD8Async");
    }

    /// <inheritdoc/>
    public override void Synchronize()
    {
        _context.EnterOutsideCapture("waiting for the device");
        _context.Check(_context.Api.StreamSynchronize(_context.Stream), "cuStreamSynchronize");
    }

    /// <inheritdoc/>
    public override CudaModule LoadModule(string ptx)
    {
        ArgumentNullException.ThrowIfNull(ptx);
        _context.EnterOutsideCapture("loading a module");
        nint module = _assembler.Load(ptx, out string log);
        return new CudaModule(_context, module, ptx, log);
    }

    /// <inheritdoc/>
    public override int BlocksPerMultiprocessor(GpuFunction function, int threads, int dynamicSharedBytes)
    {
        CudaFunction kernel = Own(function);
        _context.Enter();
        kernel.AllowDynamicShared(dynamicSharedBytes, Properties.SharedMemoryPerBlock);
        int blocks;
        _context.Check(
            _context.Api.OccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel.Handle, threads, (nuint)dynamicSharedBytes),
            "cuOccupancyMaxActiveBlocksPerMultiprocessor");
        return blocks;
    }

    /// <inheritdoc/>
    public override void Launch(GpuFunction function, in LaunchShape shape, ReadOnlySpan<byte> parameters)
    {
        CudaFunction kernel = Own(function);
        CheckShape(kernel, shape, parameters.Length);
        _context.Enter();
        kernel.AllowDynamicShared(shape.DynamicSharedBytes, Properties.SharedMemoryPerBlock);
        _context.Remember(kernel.Name, shape);
        nuint bytes = (nuint)parameters.Length;
        fixed (byte* data = parameters)
        {
            // CU_LAUNCH_PARAM_BUFFER_POINTER, its value, CU_LAUNCH_PARAM_BUFFER_SIZE, its value, CU_LAUNCH_PARAM_END
            void** packed = stackalloc void*[5] { (void*)1, data, (void*)2, &bytes, null };
            int result = _context.Api.LaunchKernel(
                kernel.Handle,
                (uint)shape.Grid.X,
                (uint)shape.Grid.Y,
                (uint)shape.Grid.Z,
                (uint)shape.Block.X,
                (uint)shape.Block.Y,
                (uint)shape.Block.Z,
                (uint)shape.DynamicSharedBytes,
                _context.Stream,
                null,
                bytes == 0 ? null : packed);
            _context.Check(result, "cuLaunchKernel");
        }

        if (_options.WaitsAfterLaunch && !_context.IsCapturing)
        {
            Synchronize();
        }
    }

    /// <inheritdoc/>
    /// <remarks>Not where each launch is waited for: a graph's kernels run together.</remarks>
    public override bool SupportsGraphs => !_options.WaitsAfterLaunch;

    /// <inheritdoc/>
    public override CudaGraph Capture(Action record)
    {
        (nint graph, IReadOnlyList<string> kernels) = Record(record);
        try
        {
            return new CudaGraph(this, _context, graph, kernels);
        }
        finally
        {
            _ = _context.Api.GraphDestroy(graph);
        }
    }

    /// <summary>The highest PTX version, as one number, that a driver of some CUDA version accepts.</summary>
    internal static int PtxVersionOf(int driverVersion) => (driverVersion / 10) switch
    {
        < 1200 => 70 + Math.Min((driverVersion / 10) % 100, 8),
        < 1206 => 80 + ((driverVersion / 10) % 100),
        1206 => 85,
        < 1300 => 79 + Math.Min((driverVersion / 10) % 100, 9),
        1300 => 90,
        _ => 91,
    };

    /// <summary>Records into a graph of the driver, which the caller destroys, and names its kernels.</summary>
    internal (nint Graph, IReadOnlyList<string> Kernels) Record(Action record)
    {
        ArgumentNullException.ThrowIfNull(record);
        _context.EnterOutsideCapture("a capture within a capture");
        const int ThreadLocal = 1; // so that other threads, finalizers among them, cannot break it
        _context.Check(_context.Api.StreamBeginCapture(_context.Stream, ThreadLocal), "cuStreamBeginCapture");
        _context.BeginCapture();
        nint graph = 0;
        IReadOnlyList<string> kernels;
        bool isComplete = false;
        try
        {
            record();
            isComplete = true;
        }
        finally
        {
            kernels = _context.EndCapture();
            int result = _context.Api.StreamEndCapture(_context.Stream, &graph);
            if (isComplete)
            {
                _context.Check(result, "cuStreamEndCapture");
            }
            else if (graph != 0)
            {
                _ = _context.Api.GraphDestroy(graph);
            }

            _memory.FreeDeferred();
        }

        return (graph, kernels);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            try
            {
                _staging?.Dispose();
            }
            catch (KernelFaultException)
            {
                // A fault that nobody has waited for goes with the device.
            }

            _context.Release();
        }
    }

    private static (int Device, int DriverVersion) Find(CudaApi api, int ordinal)
    {
        int result = api.Init(0);
        if (result != CudaResult.Success)
        {
            throw new GpuNotFoundException($"the NVIDIA driver does not start: cuInit: {api.Describe(result)}");
        }

        int count = 0, version = 0, device = 0;
        result = api.DeviceGetCount(&count);
        if (result != CudaResult.Success || ordinal < 0 || ordinal >= count)
        {
            string visible = Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES") is { } list ? $" (CUDA_VISIBLE_DEVICES={list})" : "";
            throw new GpuNotFoundException($"no device cuda:{ordinal}: the NVIDIA driver shows {count} device{(count == 1 ? "" : "s")}{visible}");
        }

        if (api.DriverGetVersion(&version) != CudaResult.Success || (result = api.DeviceGet(&device, ordinal)) != CudaResult.Success)
        {
            throw new GpuNotFoundException($"no device cuda:{ordinal}: cuDeviceGet: {api.Describe(result)}");
        }

        return (device, version);
    }

    private GpuProperties PropertiesOf(int device)
    {
        byte* name = stackalloc byte[256];
        nuint memory;
        _context.Check(_context.Api.DeviceGetName(name, 255, device), "cuDeviceGetName");
        _context.Check(_context.Api.DeviceTotalMem(&memory, device), "cuDeviceTotalMem");
        var properties = new GpuProperties
        {
            Name = Encoding.UTF8.GetString(System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name)),
            SmVersion = (Attribute(device, CudaAttribute.ComputeCapabilityMajor) * 10) + Attribute(device, CudaAttribute.ComputeCapabilityMinor),
            PtxVersion = PtxVersionOf(DriverVersion),
            MultiprocessorCount = Attribute(device, CudaAttribute.MultiprocessorCount),
            TotalMemory = (long)memory,
            SharedMemoryPerBlock = Attribute(device, CudaAttribute.MaxSharedMemoryPerBlock),
            SharedMemoryPerBlockOptIn = Attribute(device, CudaAttribute.MaxSharedMemoryPerBlockOptIn),
            MaxThreadsPerBlock = Attribute(device, CudaAttribute.MaxThreadsPerBlock),
            MaxThreadsPerMultiprocessor = Attribute(device, CudaAttribute.MaxThreadsPerMultiprocessor),
            RegistersPerBlock = Attribute(device, CudaAttribute.MaxRegistersPerBlock),
            WarpSize = Attribute(device, CudaAttribute.WarpSize),
        };
        return properties.SmVersion >= 70
            ? properties
            : throw new GpuNotFoundException($"{Name}: {properties.Name} has compute capability {properties.SmVersion / 10}.{properties.SmVersion % 10}; 7.0 or newer is needed");
    }

    private int Attribute(int device, int attribute)
    {
        int value;
        _context.Check(_context.Api.DeviceGetAttribute(&value, attribute, device), "cuDeviceGetAttribute");
        return value;
    }

    private CudaFunction Own(GpuFunction function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return function is CudaFunction own && own.Context == _context
            ? own
            : throw new GpuException($"{Name}: kernel '{function.Name}' was loaded by another device");
    }

    private void CheckShape(CudaFunction kernel, in LaunchShape shape, int parameterBytes)
    {
        (Dim3 grid, Dim3 block) = (shape.Grid, shape.Block);
        if (grid.X < 1 || grid.Y is < 1 or > 65535 || grid.Z is < 1 or > 65535)
        {
            throw new GpuException($"{Name}: kernel '{kernel.Name}': a grid of {grid} blocks; extents are 1 to 2147483647, 65535, 65535");
        }

        if (block.X < 1 || block.Y < 1 || block.Z is < 1 or > 64 || block.Count > kernel.MaxThreadsPerBlock)
        {
            throw new GpuException($"{Name}: kernel '{kernel.Name}': a block of {block} = {block.Count} threads; at most {kernel.MaxThreadsPerBlock}, at most 64 in z");
        }

        if (shape.DynamicSharedBytes < 0 || shape.DynamicSharedBytes > Properties.SharedMemoryPerBlockOptIn - kernel.StaticSharedBytes)
        {
            throw new GpuException(
                $"{Name}: kernel '{kernel.Name}': {kernel.StaticSharedBytes} static and {shape.DynamicSharedBytes} dynamic bytes of shared memory; at most {Properties.SharedMemoryPerBlockOptIn}");
        }

        if (parameterBytes != kernel.ParameterBytes)
        {
            throw new GpuException($"{Name}: kernel '{kernel.Name}': {parameterBytes} bytes of parameters; it takes {kernel.ParameterBytes}");
        }
    }
}
