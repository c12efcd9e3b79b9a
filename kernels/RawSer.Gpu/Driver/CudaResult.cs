namespace RawSer.Gpu.Driver;

/// <summary>Result codes of the driver that the runtime acts on.</summary>
internal static class CudaResult
{
    public const int Success = 0;
    public const int OutOfMemory = 2;
    public const int UnsupportedPtxVersion = 222;
    public const int NotReady = 600;

    /// <summary>Whether the context is dead after it: faults of kernels, which are found by some later call.</summary>
    public static bool IsFault(int result) => result is 214 or 220 or 226 or 700 or 702 or 709 or 710 or (>= 714 and <= 719) or 999;
}

/// <summary>Attributes of the driver's API, by the numbers it gives them.</summary>
internal static class CudaAttribute
{
    public const int MaxThreadsPerBlock = 1;
    public const int MaxSharedMemoryPerBlock = 8;
    public const int WarpSize = 10;
    public const int MaxRegistersPerBlock = 12;
    public const int MultiprocessorCount = 16;
    public const int MaxThreadsPerMultiprocessor = 39;
    public const int ComputeCapabilityMajor = 75;
    public const int ComputeCapabilityMinor = 76;
    public const int MaxSharedMemoryPerBlockOptIn = 97;
    public const int MemoryPoolsSupported = 115;

    public const int FunctionMaxThreadsPerBlock = 0;
    public const int FunctionSharedBytes = 1;
    public const int FunctionLocalBytes = 3;
    public const int FunctionRegisters = 4;
    public const int FunctionMaxDynamicSharedBytes = 8;

    public const int PoolReleaseThreshold = 4;
}
