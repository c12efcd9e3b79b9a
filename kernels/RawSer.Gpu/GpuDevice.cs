namespace RawSer.Gpu;

/// <summary>
/// A machine that runs PTX: an NVIDIA GPU behind its driver, or the emulator. Work is queued on one stream in the order of the
/// calls and may still run when a call returns; <see cref="Synchronize"/> and the copies to the host wait for it. Knows no tensor
/// and no operation. Calls may come from any thread, one at a time.
/// </summary>
public abstract class GpuDevice : IDisposable
{
    /// <summary>The device as users name it: <c>cuda:0</c>, <c>emulator</c>.</summary>
    public abstract string Name { get; }

    /// <summary>What it can do.</summary>
    public abstract GpuProperties Properties { get; }

    /// <summary>The kernels loaded on this device, by their handles.</summary>
    internal Compiler.KernelBindings Bindings { get; } = new();

    /// <summary>Memory of the device, aligned to 256 bytes, contents undefined.</summary>
    /// <exception cref="GpuOutOfMemoryException">There is not enough.</exception>
    public abstract ulong Allocate(long bytes);

    /// <summary>Gives memory back once the work queued before is done.</summary>
    public abstract void Free(ulong address);

    /// <summary>Queues a copy from the host. The source may be changed as soon as the call returns.</summary>
    public abstract void CopyToDevice(ulong destination, ReadOnlySpan<byte> source);

    /// <summary>Queues a copy from a host buffer, which a capture may hold. The source must stay as it is until the copy is done.</summary>
    public virtual void CopyToDevice(ulong destination, GpuHostBuffer source, long byteOffset, long bytes)
    {
        ArgumentNullException.ThrowIfNull(source);
        source.CheckRange(byteOffset, bytes);
        CopyToDevice(destination, source.Span<byte>(byteOffset, checked((int)bytes)));
    }

    /// <summary>Host memory for copies that go on while the host does.</summary>
    public virtual GpuHostBuffer AllocateHost(long bytes) => new PageableHostBuffer(bytes);

    /// <summary>A point in the queue of work, to ask for and to take the time of.</summary>
    public virtual GpuEvent CreateEvent() => new HostClockEvent(this);

    /// <summary>Blocks of a kernel that a multiprocessor holds at once; 0 where one block is too large.</summary>
    /// <param name="function">A kernel of this device.</param>
    /// <param name="threads">Threads of a block.</param>
    /// <param name="dynamicSharedBytes">Shared memory beyond the kernel's static variables.</param>
    public virtual int BlocksPerMultiprocessor(GpuFunction function, int threads, int dynamicSharedBytes)
    {
        ArgumentNullException.ThrowIfNull(function);
        int warps = (threads + Properties.WarpSize - 1) / Properties.WarpSize;
        int shared = function.StaticSharedBytes + dynamicSharedBytes;
        int byThreads = threads < 1 || threads > Math.Min(Properties.MaxThreadsPerBlock, function.MaxThreadsPerBlock)
            ? 0
            : Properties.MaxThreadsPerMultiprocessor / (warps * Properties.WarpSize);
        return shared == 0 ? byThreads : Math.Min(byThreads, Properties.SharedMemoryPerBlockOptIn / shared);
    }

    /// <summary>Copies to the host, after all work queued before.</summary>
    public abstract void CopyToHost(Span<byte> destination, ulong source);

    /// <summary>Queues a copy to a host buffer, which holds it once the work queued so far is done.</summary>
    public virtual void CopyToHost(GpuHostBuffer destination, long byteOffset, ulong source, long bytes)
    {
        ArgumentNullException.ThrowIfNull(destination);
        destination.CheckRange(byteOffset, bytes);
        CopyToHost(destination.Span<byte>(byteOffset, checked((int)bytes)), source);
    }

    /// <summary>Queues a copy inside the device's memory; the ranges must not overlap.</summary>
    public abstract void CopyOnDevice(ulong destination, ulong source, long bytes);

    /// <summary>Queues setting each byte of a range.</summary>
    public abstract void Fill(ulong destination, byte value, long bytes);

    /// <summary>Waits for all queued work.</summary>
    /// <exception cref="KernelFaultException">A kernel queued before failed.</exception>
    public abstract void Synchronize();

    /// <summary>Assembles PTX text.</summary>
    /// <exception cref="PtxException">The text was refused; the message holds the whole log.</exception>
    public abstract GpuModule LoadModule(string ptx);

    /// <summary>Queues a kernel.</summary>
    /// <param name="function">A kernel of a module of this device.</param>
    /// <param name="shape">Grid, block and dynamic shared memory.</param>
    /// <param name="parameters">The kernel's parameters as PTX lays them out: each at the next multiple of its alignment.</param>
    /// <exception cref="GpuException">The shape exceeds the device, or the parameters do not fit the kernel.</exception>
    public abstract void Launch(GpuFunction function, in LaunchShape shape, ReadOnlySpan<byte> parameters);

    /// <summary>Whether <see cref="Capture"/> works.</summary>
    public virtual bool SupportsGraphs => true;

    /// <summary>Runs <paramref name="record"/>, keeping the work it queues as a graph instead of running it. Copies to the host and
    /// from host memory that is no <see cref="GpuHostBuffer"/>, allocation and waiting are errors meanwhile.</summary>
    public abstract GpuGraph Capture(Action record);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the device's resources back.</summary>
    protected abstract void Dispose(bool disposing);
}

/// <summary>An assembled PTX module of one device.</summary>
public abstract class GpuModule : IDisposable
{
    /// <summary>The kernel of a name.</summary>
    /// <exception cref="GpuException">The module has no such kernel; the message lists those it has.</exception>
    public abstract GpuFunction GetFunction(string name);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Unloads the module.</summary>
    protected abstract void Dispose(bool disposing);
}

/// <summary>A kernel of a loaded module.</summary>
public abstract class GpuFunction
{
    /// <summary>Its name in the PTX text.</summary>
    public abstract string Name { get; }

    /// <summary>Bytes of its parameters in PTX's layout.</summary>
    public abstract int ParameterBytes { get; }

    /// <summary>Bytes of its static shared memory.</summary>
    public abstract int StaticSharedBytes { get; }

    /// <summary>Most threads of a block.</summary>
    public abstract int MaxThreadsPerBlock { get; }
}

/// <summary>Queued work that was recorded once and is launched as a whole.</summary>
public abstract class GpuGraph : IDisposable
{
    /// <summary>Kernels, copies and fills in the graph.</summary>
    public abstract int NodeCount { get; }

    /// <summary>Queues the recorded work.</summary>
    public abstract void Launch();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the graph's resources back.</summary>
    protected abstract void Dispose(bool disposing);
}
