namespace RawSer.Kernels;

public abstract partial class Backend
{
    /// <summary>
    /// Bilinear resizing of planes (..., height, width), dense. Result pixel i along an axis lies at source coordinate
    /// <c>max((i + 1/2) in/out - 1/2, 0)</c>, or with aligned corners at <c>i (in - 1)/(out - 1)</c>; it mixes the pixels on both sides of it,
    /// the upper one clamped to the edge.
    /// </summary>
    public abstract void ResizeBilinear(View x, View y, bool alignCorners);

    /// <summary>The transpose of <see cref="ResizeBilinear"/>: dx (any previous content is overwritten) from dy.</summary>
    public abstract void ResizeBilinearBackward(View dy, View dx, bool alignCorners);
}

/// <summary>Which two source pixels a result pixel mixes, along one axis.</summary>
internal readonly struct ResizeAxis(int source, int result, bool alignCorners)
{
    private readonly double _scale = alignCorners ? (result > 1 ? (source - 1.0) / (result - 1) : 0) : (double)source / result;

    /// <summary>The pixels below and above, and the share of the upper one.</summary>
    public (int Lower, int Upper, float Share) At(int i)
    {
        double coordinate = alignCorners ? i * _scale : Math.Max(((i + 0.5) * _scale) - 0.5, 0);
        int lower = Math.Min((int)coordinate, source - 1);
        return (lower, Math.Min(lower + 1, source - 1), (float)(coordinate - lower));
    }
}
