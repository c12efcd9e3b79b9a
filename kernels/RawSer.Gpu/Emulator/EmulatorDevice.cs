namespace RawSer.Gpu.Emulator;

/// <summary>
/// A device that executes PTX text on the CPU and checks what hardware does not. Work runs at once, so that a fault is thrown by the call
/// that caused it; the device can be used afterwards.
/// </summary>
public sealed class EmulatorDevice : GpuDevice
{
    private readonly EmulatorOptions _options;
    private readonly GlobalMemory _memory;
    private List<Action>? _recording;

    /// <summary>Creates a device.</summary>
    public EmulatorDevice(EmulatorOptions? options = null)
    {
        _options = options ?? new EmulatorOptions();
        _memory = new GlobalMemory(_options.MemoryBytes, _options.Checks >= EmulatorChecks.Strict);
        Properties = new GpuProperties
        {
            Name = "RawSer PTX emulator",
            SmVersion = _options.SmVersion,
            PtxVersion = 90,
            MultiprocessorCount = _options.MultiprocessorCount,
            TotalMemory = _options.MemoryBytes,
            SharedMemoryPerBlock = Math.Min(48 * 1024, _options.SharedMemoryPerBlock),
            SharedMemoryPerBlockOptIn = _options.SharedMemoryPerBlock,
        };
    }

    /// <inheritdoc/>
    public override string Name => "emulator";

    /// <inheritdoc/>
    public override GpuProperties Properties { get; }

    /// <summary>Thread-instructions of all launches so far.</summary>
    public long ExecutedInstructions { get; private set; }

    /// <summary>Bytes of global memory in use, variables of modules included.</summary>
    public long BytesInUse => _memory.BytesInUse;

    /// <inheritdoc/>
    public override ulong Allocate(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        RefuseInCapture("allocation");
        return _memory.Allocate(bytes, defined: false).Start;
    }

    /// <inheritdoc/>
    public override void Free(ulong address)
    {
        RefuseInCapture("freeing memory");
        _memory.Free(address);
    }

    /// <inheritdoc/>
    public override GpuHostBuffer AllocateHost(long bytes)
    {
        RefuseInCapture("allocation");
        return base.AllocateHost(bytes);
    }

    /// <inheritdoc/>
    public override GpuEvent CreateEvent()
    {
        RefuseInCapture("creating an event");
        return base.CreateEvent();
    }

    /// <inheritdoc/>
    public override void CopyToDevice(ulong destination, ReadOnlySpan<byte> source)
    {
        RefuseInCapture("a copy from pageable host memory");
        _memory.Write(destination, source);
    }

    /// <inheritdoc/>
    public override void CopyToDevice(ulong destination, GpuHostBuffer source, long byteOffset, long bytes)
    {
        ArgumentNullException.ThrowIfNull(source);
        source.CheckRange(byteOffset, bytes);
        Do(() => _memory.Write(destination, source.Span<byte>(byteOffset, checked((int)bytes))));
    }

    /// <inheritdoc/>
    public override void CopyToHost(Span<byte> destination, ulong source)
    {
        RefuseInCapture("a copy to the host");
        _memory.Read(source, destination);
    }

    /// <inheritdoc/>
    public override void CopyOnDevice(ulong destination, ulong source, long bytes) => Do(() => _memory.Copy(destination, source, bytes));

    /// <inheritdoc/>
    public override void Fill(ulong destination, byte value, long bytes) => Do(() => _memory.Fill(destination, value, bytes));

    /// <inheritdoc/>
    public override void Synchronize() => RefuseInCapture("waiting for the device");

    /// <inheritdoc/>
    public override GpuModule LoadModule(string ptx)
    {
        ArgumentNullException.ThrowIfNull(ptx);
        RefuseInCapture("loading a module");
        return new EmulatorModule(this, new ModuleImage(PtxParser.Parse(ptx), _memory));
    }

    /// <inheritdoc/>
    public override void Launch(GpuFunction function, in LaunchShape shape, ReadOnlySpan<byte> parameters)
    {
        if (function is not EmulatorFunction emulated || emulated.Device != this)
        {
            throw new GpuException($"emulator: '{function?.Name}' is no function of this device");
        }

        CheckShape(emulated, shape, parameters.Length);
        byte[] copy = GC.AllocateUninitializedArray<byte>(Math.Max(1, parameters.Length), pinned: true);
        parameters.CopyTo(copy);
        LaunchShape fixedShape = shape;
        Do(() => Run(emulated.Kernel, fixedShape, copy));
    }

    /// <inheritdoc/>
    public override GpuGraph Capture(Action record)
    {
        ArgumentNullException.ThrowIfNull(record);
        RefuseInCapture("a capture within a capture");
        var nodes = _recording = [];
        try
        {
            record();
        }
        finally
        {
            _recording = null;
        }

        return new EmulatorGraph(nodes);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _memory.Dispose();

    internal void Unload(ModuleImage image) => image.Globals.ForEach(_memory.Free);

    private void Do(Action work)
    {
        if (_recording is null)
        {
            work();
        }
        else
        {
            _recording.Add(work);
        }
    }

    private void RefuseInCapture(string what)
    {
        if (_recording is not null)
        {
            throw new GpuException($"emulator: {what} is not possible while a graph is captured");
        }
    }

    private void Run(KernelCode kernel, LaunchShape shape, byte[] parameters)
    {
        var launch = new Launch
        {
            Kernel = kernel,
            Shape = shape,
            Parameters = parameters,
            Memory = _memory,
            Checks = _options.Checks,
            StepLimit = _options.StepLimit,
            Threads = Math.Max(1, _options.Threads),
        };
        try
        {
            launch.Run();
        }
        finally
        {
            ExecutedInstructions += launch.Steps;
        }
    }

    private void CheckShape(EmulatorFunction function, in LaunchShape shape, int parameterBytes)
    {
        (Dim3 grid, Dim3 block) = (shape.Grid, shape.Block);
        string kernel = $"emulator: kernel '{function.Name}'";
        if (grid.X < 1 || grid.Y is < 1 or > 65535 || grid.Z is < 1 or > 65535)
        {
            throw new GpuException($"{kernel}: a grid of {grid} blocks; extents are 1 to 2147483647, 65535, 65535");
        }

        if (block.X < 1 || block.Y < 1 || block.Z is < 1 or > 64 || block.Count > Properties.MaxThreadsPerBlock)
        {
            throw new GpuException($"{kernel}: a block of {block} = {block.Count} threads; at most {Properties.MaxThreadsPerBlock}, at most 64 in z");
        }

        if (block.Count > function.MaxThreadsPerBlock)
        {
            throw new GpuException($"{kernel}: a block of {block.Count} threads, but the kernel was compiled for at most {function.MaxThreadsPerBlock}");
        }

        if (function.Kernel.Source.RequiredBlock is { } required && required != block)
        {
            throw new GpuException($"{kernel}: a block of {block} threads, but the kernel was compiled for {required}");
        }

        long shared = function.StaticSharedBytes + (long)Math.Max(0, shape.DynamicSharedBytes);
        if (shape.DynamicSharedBytes < 0 || shared > Properties.SharedMemoryPerBlockOptIn)
        {
            throw new GpuException(
                $"{kernel}: {function.StaticSharedBytes} static and {shape.DynamicSharedBytes} dynamic bytes of shared memory; at most {Properties.SharedMemoryPerBlockOptIn}");
        }

        if (parameterBytes != function.ParameterBytes)
        {
            throw new GpuException($"{kernel}: {parameterBytes} bytes of parameters, {function.ParameterBytes} expected");
        }
    }
}
