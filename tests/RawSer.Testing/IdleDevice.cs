using RawSer.Gpu;

namespace RawSer.Testing;

/// <summary>A device that does nothing of what is queued, to look at what queuing costs the host. Its memory has addresses and no contents.</summary>
/// <param name="properties">What it claims to be able to do.</param>
public sealed class IdleDevice(GpuProperties properties) : GpuDevice
{
    private ulong _next = 1 << 20;

    /// <summary>Kernels that were launched.</summary>
    public int Launches { get; private set; }

    /// <summary>Kernels, copies on the device and fills that were queued.</summary>
    public int Queued { get; private set; }

    /// <summary>Modules that were loaded.</summary>
    public int Modules { get; private set; }

    /// <summary>The grid of the last launch.</summary>
    public Dim3 Grid { get; private set; }

    /// <summary>Bytes of the parameters of the last launch.</summary>
    public int ParameterBytes { get; private set; }

    /// <inheritdoc/>
    public override string Name => "idle";

    /// <inheritdoc/>
    public override GpuProperties Properties => properties;

    /// <inheritdoc/>
    public override ulong Allocate(long bytes)
    {
        ulong address = _next;
        _next += ((ulong)bytes + 255) / 256 * 256;
        return address;
    }

    /// <inheritdoc/>
    public override void Free(ulong address)
    {
    }

    /// <inheritdoc/>
    public override void CopyToDevice(ulong destination, ReadOnlySpan<byte> source)
    {
    }

    /// <inheritdoc/>
    public override void CopyToHost(Span<byte> destination, ulong source) => destination.Clear();

    /// <inheritdoc/>
    public override void CopyOnDevice(ulong destination, ulong source, long bytes) => Queued++;

    /// <inheritdoc/>
    public override void Fill(ulong destination, byte value, long bytes) => Queued++;

    /// <inheritdoc/>
    public override void Synchronize()
    {
    }

    /// <inheritdoc/>
    public override GpuModule LoadModule(string ptx)
    {
        Modules++;
        return new Module();
    }

    /// <inheritdoc/>
    public override void Launch(GpuFunction function, in LaunchShape shape, ReadOnlySpan<byte> parameters)
    {
        Launches++;
        Queued++;
        ParameterBytes = parameters.Length;
        Grid = shape.Grid;
    }

    /// <inheritdoc/>
    public override GpuGraph Capture(Action record) => throw new NotSupportedException("an idle device records nothing");

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
    }

    private sealed class Module : GpuModule
    {
        public override GpuFunction GetFunction(string name) => new Function(name);

        protected override void Dispose(bool disposing)
        {
        }
    }

    private sealed class Function(string name) : GpuFunction
    {
        public override string Name => name;

        public override int ParameterBytes => 0;

        public override int StaticSharedBytes => 0;

        public override int MaxThreadsPerBlock => 1024;
    }
}
