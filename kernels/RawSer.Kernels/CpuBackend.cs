namespace RawSer.Kernels;

/// <summary>
/// SIMD kernels in float on all processors. Work is split by shape, so results do not depend on the number of threads.
/// Each family's folder holds its part.
/// </summary>
public sealed partial class CpuBackend : HostBackend
{
    private CpuBackend()
    {
    }

    /// <summary>The backend.</summary>
    public static CpuBackend Instance { get; } = new();

    /// <inheritdoc/>
    public override string Name => "cpu";

    /// <inheritdoc/>
    public override bool Computes(DType type) => type == DType.F32;
}
