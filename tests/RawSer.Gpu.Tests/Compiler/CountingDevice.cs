namespace RawSer.Gpu.Tests.Compiler;

/// <summary>A device that only counts, to look at what launching costs.</summary>
internal sealed class CountingDevice(GpuProperties properties) : GpuDevice
{
    public int Launches { get; private set; }

    public int Modules { get; private set; }

    public int ParameterBytes { get; private set; }

    public override string Name => "counting";

    public override GpuProperties Properties => properties;

    public override ulong Allocate(long bytes) => throw new NotSupportedException();

    public override void Free(ulong address) => throw new NotSupportedException();

    public override void CopyToDevice(ulong destination, ReadOnlySpan<byte> source) => throw new NotSupportedException();

    public override void CopyToHost(Span<byte> destination, ulong source) => throw new NotSupportedException();

    public override void CopyOnDevice(ulong destination, ulong source, long bytes) => throw new NotSupportedException();

    public override void Fill(ulong destination, byte value, long bytes) => throw new NotSupportedException();

    public override void Synchronize()
    {
    }

    public override GpuModule LoadModule(string ptx)
    {
        Modules++;
        return new Module();
    }

    public override void Launch(GpuFunction function, in LaunchShape shape, ReadOnlySpan<byte> parameters)
    {
        Launches++;
        ParameterBytes = parameters.Length;
    }

    public override GpuGraph Capture(Action record) => throw new NotSupportedException();

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

        public override int ParameterBytes => 24;

        public override int StaticSharedBytes => 0;

        public override int MaxThreadsPerBlock => 1024;
    }
}
