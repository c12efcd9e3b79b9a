namespace RawSer.Gpu.Driver;

/// <summary>How a <see cref="CudaDevice"/> works.</summary>
public sealed record CudaOptions
{
    /// <summary>
    /// Folder of assembled kernels, or null for none. By default the folder that RAWSER_CUDA_CACHE names, else rawser/cubin in the
    /// user's cache folder (XDG_CACHE_HOME, ~/.cache).
    /// </summary>
    public string? CacheFolder { get; init; } = DefaultCacheFolder();

    /// <summary>
    /// Waits after each launch, so that a fault names its kernel, and records no graphs; far slower. By default on where RAWSER_CUDA_SYNC is 1.
    /// </summary>
    public bool WaitsAfterLaunch { get; init; } = Environment.GetEnvironmentVariable("RAWSER_CUDA_SYNC") == "1";

    /// <summary>Most registers of a thread, 0 for what the assembler chooses.</summary>
    public int MaxRegisters { get; init; }

    /// <summary>Optimisation level of the assembler, 0 to 4.</summary>
    public int OptimizationLevel { get; init; } = 4;

    private static string? DefaultCacheFolder()
    {
        if (Environment.GetEnvironmentVariable("RAWSER_CUDA_CACHE") is { } named)
        {
            return named.Length == 0 ? null : named;
        }

        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache)
        {
            return Path.Combine(cache, "rawser", "cubin");
        }

        // Not .NET's folder for local application data: on Linux it is none where ~/.local/share was never made.
        string root = Environment.GetFolderPath(OperatingSystem.IsWindows() ? Environment.SpecialFolder.LocalApplicationData : Environment.SpecialFolder.UserProfile);
        return root.Length == 0 ? null : Path.Combine(root, OperatingSystem.IsWindows() ? "" : ".cache", "rawser", "cubin");
    }
}
