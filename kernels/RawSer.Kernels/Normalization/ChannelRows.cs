namespace RawSer.Kernels;

/// <summary>
/// How kernels on the processor walk a dense shape with channels: rows inside one channel (<see cref="PerRow"/>) when the extents behind
/// the axis make rows worth a vector loop, else rows over all channels (<see cref="PerColumn"/>), with the coefficients of a channel
/// repeated for its columns.
/// </summary>
internal readonly struct ChannelRows
{
    private const int ShortestRow = 16;

    public ChannelRows(ChannelSplit split)
    {
        Split = split;
        IsPerRow = split.Inner >= ShortestRow;
        Rows = IsPerRow ? split.Outer * split.Channels : split.Outer;
        Length = IsPerRow ? split.Inner : split.Channels * split.Inner;
    }

    public ChannelSplit Split { get; }

    /// <summary>True when a row belongs to one channel.</summary>
    public bool IsPerRow { get; }

    public long Rows { get; }

    public long Length { get; }

    /// <summary>Coefficients that a kernel indexes: one per channel, or one per column.</summary>
    public long Coefficients => IsPerRow ? Split.Channels : Length;

    /// <summary>Channel of a coefficient.</summary>
    public int Channel(long coefficient) => (int)(IsPerRow ? coefficient : coefficient / Split.Inner);

    /// <summary>Index of a row's first coefficient.</summary>
    public long RowCoefficient(long row) => IsPerRow ? row % Split.Channels : 0;
}
