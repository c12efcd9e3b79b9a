namespace RawSer.Gpu.Emulator;

/// <summary>What the emulator checks. Each level includes those before it.</summary>
public enum EmulatorChecks
{
    /// <summary>Bounds, alignment, state spaces, undefined registers and local memory, barriers, warp instructions, division by zero.</summary>
    Basic,

    /// <summary>Also races between warps in shared memory and the use of shared memory that was not written.</summary>
    Shared,

    /// <summary>Also races within a warp, undefined global memory, read-only loads of written memory, one barrier for the whole block at
    /// different instructions.</summary>
    Strict,
}

/// <summary>How an <see cref="EmulatorDevice"/> behaves.</summary>
public sealed record EmulatorOptions
{
    /// <summary>What is checked.</summary>
    public EmulatorChecks Checks { get; init; } = EmulatorChecks.Shared;

    /// <summary>Thread-instructions of a launch after which it is stopped.</summary>
    public long StepLimit { get; init; } = long.MaxValue;

    /// <summary>Host threads that run blocks. The results do not depend on it.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Compute capability that the device claims: 90 for 9.0. PTX for a higher one is accepted too.</summary>
    public int SmVersion { get; init; } = 90;

    /// <summary>Bytes of global memory.</summary>
    public long MemoryBytes { get; init; } = 8L << 30;

    /// <summary>Multiprocessors that the device claims to have, which launches spread their work over.</summary>
    public int MultiprocessorCount { get; init; } = 1;

    /// <summary>Most bytes of shared memory of a block, static and dynamic.</summary>
    public int SharedMemoryPerBlock { get; init; } = 227 * 1024;
}
