using RawSer.Gpu;

namespace RawSer.Testing;

/// <summary>What a device is asked for.</summary>
public enum DeviceCall
{
    /// <summary>Memory is taken.</summary>
    Allocate,

    /// <summary>Memory is given back.</summary>
    Free,

    /// <summary>A copy from host memory that the device has to copy first.</summary>
    CopyFromPageable,

    /// <summary>A copy from a host buffer.</summary>
    CopyFromBuffer,

    /// <summary>A copy to the host, which waits.</summary>
    CopyToHost,

    /// <summary>A copy to a host buffer, for which nobody waits.</summary>
    CopyToBuffer,

    /// <summary>The host waits for an event.</summary>
    Wait,

    /// <summary>A copy in the device's memory.</summary>
    CopyOnDevice,

    /// <summary>Bytes are set.</summary>
    Fill,

    /// <summary>The host waits.</summary>
    Synchronize,

    /// <summary>PTX is loaded.</summary>
    LoadModule,

    /// <summary>A kernel is launched, or recorded.</summary>
    Launch,

    /// <summary>Work is recorded; what is recorded follows.</summary>
    Capture,

    /// <summary>A graph is launched.</summary>
    LaunchGraph,
}

/// <summary>A device that writes down what it is asked for, and has another do it.</summary>
public sealed class WatchedDevice(GpuDevice device) : GpuDevice
{
    /// <summary>The calls so far, in order.</summary>
    public List<DeviceCall> Calls { get; } = [];

    /// <summary>Nodes of the graph that was captured last.</summary>
    public int GraphNodes { get; private set; }

    /// <summary>Calls so far that waited for the device.</summary>
    public int Waits => Calls.Count(call => call is DeviceCall.CopyToHost or DeviceCall.Synchronize or DeviceCall.Wait);

    /// <inheritdoc/>
    public override string Name => device.Name;

    /// <inheritdoc/>
    public override GpuProperties Properties => device.Properties;

    /// <inheritdoc/>
    public override ulong Allocate(long bytes)
    {
        Calls.Add(DeviceCall.Allocate);
        return device.Allocate(bytes);
    }

    /// <inheritdoc/>
    public override void Free(ulong address)
    {
        Calls.Add(DeviceCall.Free);
        device.Free(address);
    }

    /// <inheritdoc/>
    public override void CopyToDevice(ulong destination, ReadOnlySpan<byte> source)
    {
        Calls.Add(DeviceCall.CopyFromPageable);
        device.CopyToDevice(destination, source);
    }

    /// <inheritdoc/>
    public override void CopyToDevice(ulong destination, GpuHostBuffer source, long byteOffset, long bytes)
    {
        Calls.Add(DeviceCall.CopyFromBuffer);
        device.CopyToDevice(destination, source, byteOffset, bytes);
    }

    /// <inheritdoc/>
    public override GpuHostBuffer AllocateHost(long bytes) => device.AllocateHost(bytes);

    /// <inheritdoc/>
    public override GpuEvent CreateEvent() => new Event(this, device.CreateEvent());

    /// <inheritdoc/>
    public override int BlocksPerMultiprocessor(GpuFunction function, int threads, int dynamicSharedBytes) =>
        device.BlocksPerMultiprocessor(function, threads, dynamicSharedBytes);

    /// <inheritdoc/>
    public override void CopyToHost(Span<byte> destination, ulong source)
    {
        Calls.Add(DeviceCall.CopyToHost);
        device.CopyToHost(destination, source);
    }

    /// <inheritdoc/>
    public override void CopyToHost(GpuHostBuffer destination, long byteOffset, ulong source, long bytes)
    {
        Calls.Add(DeviceCall.CopyToBuffer);
        device.CopyToHost(destination, byteOffset, source, bytes);
    }

    /// <inheritdoc/>
    public override void CopyOnDevice(ulong destination, ulong source, long bytes)
    {
        Calls.Add(DeviceCall.CopyOnDevice);
        device.CopyOnDevice(destination, source, bytes);
    }

    /// <inheritdoc/>
    public override void Fill(ulong destination, byte value, long bytes)
    {
        Calls.Add(DeviceCall.Fill);
        device.Fill(destination, value, bytes);
    }

    /// <inheritdoc/>
    public override void Synchronize()
    {
        Calls.Add(DeviceCall.Synchronize);
        device.Synchronize();
    }

    /// <inheritdoc/>
    public override GpuModule LoadModule(string ptx)
    {
        Calls.Add(DeviceCall.LoadModule);
        return device.LoadModule(ptx);
    }

    /// <inheritdoc/>
    public override void Launch(GpuFunction function, in LaunchShape shape, ReadOnlySpan<byte> parameters)
    {
        Calls.Add(DeviceCall.Launch);
        device.Launch(function, shape, parameters);
    }

    /// <inheritdoc/>
    public override GpuGraph Capture(Action record)
    {
        Calls.Add(DeviceCall.Capture);
        GpuGraph graph = device.Capture(record);
        GraphNodes = graph.NodeCount;
        return new Graph(this, graph);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => device.Dispose();

    private sealed class Event(WatchedDevice owner, GpuEvent inner) : GpuEvent
    {
        public override bool IsDone => inner.IsDone;

        public override void Record() => inner.Record();

        public override void Wait()
        {
            owner.Calls.Add(DeviceCall.Wait);
            inner.Wait();
        }

        public override TimeSpan Since(GpuEvent earlier) => inner.Since(((Event)earlier).Inner);

        private GpuEvent Inner => inner;

        protected override void Dispose(bool disposing) => inner.Dispose();
    }

    private sealed class Graph(WatchedDevice owner, GpuGraph graph) : GpuGraph
    {
        public override int NodeCount => graph.NodeCount;

        public override void Launch()
        {
            owner.Calls.Add(DeviceCall.LaunchGraph);
            graph.Launch();
        }

        protected override void Dispose(bool disposing) => graph.Dispose();
    }
}
