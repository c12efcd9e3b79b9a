namespace RawSer.Testing.OpCases;

/// <summary>All cases. A new family adds one line here.</summary>
public static class OpCatalog
{
    /// <summary>The cases of all families.</summary>
    public static IReadOnlyList<OpCase> All { get; } =
    [
        .. ElementwiseOps.Cases,
        .. ReductionOps.Cases,
        .. SoftmaxAndLossOps.Cases,
        .. IndexingOps.Cases,
        .. MovementOps.Cases,
        .. NormalizationOps.Cases,
        .. PoolingOps.Cases,
        .. AttentionOps.Cases,
    ];
}
