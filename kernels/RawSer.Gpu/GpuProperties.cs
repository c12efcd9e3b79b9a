namespace RawSer.Gpu;

/// <summary>What a device can do, as far as launches and compilation depend on it. Sizes are in bytes.</summary>
public sealed record GpuProperties
{
    /// <summary>The name its maker gave it.</summary>
    public required string Name { get; init; }

    /// <summary>Compute capability as one number: 70 for 7.0, 90 for 9.0.</summary>
    public required int SmVersion { get; init; }

    /// <summary>Highest PTX version that the device accepts, as one number: 78 for 7.8.</summary>
    public required int PtxVersion { get; init; }

    /// <summary>Multiprocessors.</summary>
    public required int MultiprocessorCount { get; init; }

    /// <summary>Memory of the device.</summary>
    public required long TotalMemory { get; init; }

    /// <summary>Shared memory of a block without asking for more.</summary>
    public int SharedMemoryPerBlock { get; init; } = 48 * 1024;

    /// <summary>Shared memory of a block that asked for more than the default.</summary>
    public required int SharedMemoryPerBlockOptIn { get; init; }

    /// <summary>Threads of a block.</summary>
    public int MaxThreadsPerBlock { get; init; } = 1024;

    /// <summary>Threads of a multiprocessor.</summary>
    public int MaxThreadsPerMultiprocessor { get; init; } = 2048;

    /// <summary>Registers (32 bits) of a block.</summary>
    public int RegistersPerBlock { get; init; } = 65536;

    /// <summary>Threads of a warp.</summary>
    public int WarpSize { get; init; } = 32;
}
