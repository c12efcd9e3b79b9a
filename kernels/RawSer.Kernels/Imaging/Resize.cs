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
    private readonly double _middle = alignCorners ? 0 : 0.5;
    private readonly double _scale = alignCorners ? (result > 1 ? (source - 1.0) / (result - 1) : 0) : (double)source / result;

    /// <summary>Pixels of the source.</summary>
    public int Source => source;

    /// <summary>Pixels of the result.</summary>
    public int Result => result;

    /// <summary>The pixels below and above, and the share of the upper one.</summary>
    public (int Lower, int Upper, float Share) At(int i)
    {
        Locate(i, out int lower, out int upper, out float share);
        return (lower, upper, share);
    }

    /// <summary>As <see cref="At"/>.</summary>
    public void Locate(int i, out int lower, out int upper, out float share)
    {
        double coordinate = Math.Max(((i + _middle) * _scale) - _middle, 0);
        lower = Math.Min((int)coordinate, source - 1);
        upper = Math.Min(lower + 1, source - 1);
        share = (float)(coordinate - lower);
    }

    /// <summary>
    /// Result pixels, from first to before end, beside which no other mixes in source pixel i: those at coordinates between i - 1 and i + 1,
    /// and one more on either side against rounding.
    /// </summary>
    public void Users(int i, out int first, out int end)
    {
        first = i == 0 || _scale == 0 ? 0 : Math.Min(Math.Max((int)((i - 1 + _middle) / _scale - _middle) - 1, 0), result);
        end = i == source - 1 || _scale == 0 ? result : Math.Min(Math.Max((int)((i + 1 + _middle) / _scale - _middle) + 2, 0), result);
    }

    /// <summary>How much of source pixel i is in result pixel j.</summary>
    public float Share(int i, int j)
    {
        Locate(j, out int lower, out int upper, out float share);
        return (lower == i ? 1 - share : 0) + (upper == i ? share : 0);
    }
}
