namespace RawSer.Kernels;

/// <summary>A dense shape seen from one axis: element (outer, channel, inner) stands at <c>(outer * Channels + channel) * Inner + inner</c>.</summary>
internal readonly record struct ChannelSplit(long Outer, int Channels, long Inner)
{
    /// <summary>Elements of one channel.</summary>
    public long PerChannel => Outer * Inner;

    public static ChannelSplit Of(Shape shape, int axis)
    {
        int at = shape.Dim(axis);
        long outer = 1, inner = 1;
        for (int d = 0; d < shape.Rank; d++)
        {
            outer *= d < at ? shape[d] : 1;
            inner *= d > at ? shape[d] : 1;
        }

        return new ChannelSplit(outer, shape[at], inner);
    }
}
