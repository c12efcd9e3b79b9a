using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// A dense x seen as (outer, channels, inner) by kernels that reduce all but the channels in two stages. Where the elements of a channel
/// are neighbours, a block takes <see cref="PerPart"/> of them; where channels are neighbours, it takes <see cref="ColumnsPerBlock"/>
/// columns (a channel and an inner index) of <see cref="RowsPerPart"/> outer indices, so that warps read neighbours in both cases. Either
/// way a channel has <see cref="Parts"/> parts, which depend on the shape alone; a second launch adds them up in their order.
/// </summary>
internal readonly struct DeviceChannels
{
    /// <summary>Threads of a block.</summary>
    public const int BlockSize = 256;

    /// <summary>Elements that a thread keeps in registers.</summary>
    public const int PerThread = 16;

    /// <summary>Elements of a part where a block takes one channel.</summary>
    public const int PerPart = BlockSize * PerThread;

    /// <summary>Columns of a block where it takes several.</summary>
    public const int ColumnsPerBlock = 32;

    /// <summary>Threads of a column.</summary>
    public const int RowThreads = BlockSize / ColumnsPerBlock;

    /// <summary>Outer indices of a part of columns.</summary>
    public const int RowsPerPart = RowThreads * PerThread;

    /// <summary>Extent before the channels.</summary>
    public readonly int Outer;

    /// <summary>Number of channels.</summary>
    public readonly int Channels;

    /// <summary>Extent behind the channels.</summary>
    public readonly int Inner;

    /// <summary>Parts of a channel along its elements, or of a column along its outer indices.</summary>
    public readonly int Slices;

    private readonly DeviceDivisor _byInner;
    private readonly DeviceDivisor _bySlices;
    private readonly int _byColumns;

    public DeviceChannels(View x, int axis)
    {
        x.IntCount();
        ChannelSplit split = ChannelSplit.Of(x.Shape, axis);
        (Outer, Channels, Inner) = ((int)split.Outer, split.Channels, (int)split.Inner);
        _byColumns = Inner < ColumnsPerBlock && (long)Channels * Inner >= ColumnsPerBlock ? 1 : 0;
        Slices = ByColumns ? (Outer + RowsPerPart - 1) / RowsPerPart : (int)((split.PerChannel + PerPart - 1) / PerPart);
        (_byInner, _bySlices) = (new(Math.Max(1, Inner)), new(Math.Max(1, Slices)));
    }

    /// <summary>Whether channels are neighbours and blocks take columns.</summary>
    public bool ByColumns => _byColumns != 0;

    /// <summary>Elements of a channel.</summary>
    public int PerChannel => Outer * Inner;

    /// <summary>Columns: a channel and an inner index.</summary>
    public int Columns => Channels * Inner;

    /// <summary>Parts of a channel.</summary>
    public int Parts => ByColumns ? Slices * Inner : Slices;

    /// <summary>Blocks of the first stage.</summary>
    public int Blocks => (ByColumns ? (Columns + ColumnsPerBlock - 1) / ColumnsPerBlock : Channels) * Slices;

    /// <summary>Whether x can be read 128 bits at a time along a channel.</summary>
    public bool InFours(View x) => Inner % 4 == 0 && x.IsAligned16();

    /// <summary>The channel, or the tile of columns, of a block, and which slice of it.</summary>
    public int Target(int block, out int slice) => _bySlices.Divide(block, out slice);

    /// <summary>Where element i of a channel stands, and its outer index.</summary>
    public int Place(int channel, int i, out int outer)
    {
        outer = _byInner.Divide(i, out int inner);
        return (((outer * Channels) + channel) * Inner) + inner;
    }

    /// <summary>The channel of a column, and the part that a slice of that column is.</summary>
    public int Channel(int column, int slice, out int part)
    {
        int channel = _byInner.Divide(column, out int inner);
        part = (channel * Parts) + (slice * Inner) + inner;
        return channel;
    }

    /// <summary>Elements of a part of a channel, counted in the channel.</summary>
    public int PartCount(int part) => ByColumns
        ? IntrinsicMath.Min(RowsPerPart, Outer - (_byInner.Divide(part) * RowsPerPart))
        : IntrinsicMath.Min(PerPart, PerChannel - (part * PerPart));
}
