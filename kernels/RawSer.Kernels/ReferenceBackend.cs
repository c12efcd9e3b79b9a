namespace RawSer.Kernels;

/// <summary>
/// Plain scalar loops in float or double, one thread, never optimised: the oracle of every test and the page that says what an
/// operation means. Each family's folder holds its part.
/// </summary>
public sealed partial class ReferenceBackend : HostBackend
{
    private ReferenceBackend()
    {
    }

    /// <summary>The backend.</summary>
    public static ReferenceBackend Instance { get; } = new();

    /// <inheritdoc/>
    public override string Name => "reference";

    /// <inheritdoc/>
    public override bool Computes(DType type) => type is DType.F32 or DType.F64;
}
