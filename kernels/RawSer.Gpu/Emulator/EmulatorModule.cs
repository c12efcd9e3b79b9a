namespace RawSer.Gpu.Emulator;

/// <summary>A module of the emulator.</summary>
internal sealed class EmulatorModule : GpuModule
{
    private readonly EmulatorDevice _device;
    private readonly ModuleImage _image;
    private readonly Dictionary<string, EmulatorFunction> _kernels = new(StringComparer.Ordinal);

    public EmulatorModule(EmulatorDevice device, ModuleImage image)
    {
        (_device, _image) = (device, image);
        foreach (PtxFunction function in image.Source.Functions.Values)
        {
            if (function is { IsKernel: true, IsDefined: true })
            {
                var kernel = new EmulatorFunction(device, new KernelCode(image, function));
                if (kernel.StaticSharedBytes > device.Properties.SharedMemoryPerBlock)
                {
                    // An assembler says so too: what is above is for dynamic shared memory.
                    throw new PtxException($"emulator: kernel '{kernel.Name}': {kernel.StaticSharedBytes} bytes of static shared memory; at most {device.Properties.SharedMemoryPerBlock}");
                }

                _kernels.Add(function.Name, kernel);
            }
        }
    }

    public override GpuFunction GetFunction(string name) => _kernels.TryGetValue(name, out EmulatorFunction? function)
        ? function
        : throw new GpuException($"emulator: the module has no kernel '{name}'; it has {string.Join(", ", _kernels.Keys.Select(key => $"'{key}'"))}");

    protected override void Dispose(bool disposing) => _device.Unload(_image);
}

/// <summary>A kernel of the emulator.</summary>
internal sealed class EmulatorFunction(EmulatorDevice device, KernelCode kernel) : GpuFunction
{
    public EmulatorDevice Device { get; } = device;

    public KernelCode Kernel { get; } = kernel;

    public override string Name => Kernel.Source.Name;

    public override int ParameterBytes => Kernel.ParameterBytes;

    public override int StaticSharedBytes => Kernel.StaticSharedBytes;

    public override int MaxThreadsPerBlock => Kernel.Source.MaxThreads > 0 ? Kernel.Source.MaxThreads : Device.Properties.MaxThreadsPerBlock;
}

/// <summary>Recorded work.</summary>
internal sealed class EmulatorGraph(List<Action> nodes) : GpuGraph
{
    private bool _disposed;

    public override int NodeCount => nodes.Count;

    public override void Launch()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        nodes.ForEach(node => node());
    }

    protected override void Dispose(bool disposing) => _disposed = true;
}
