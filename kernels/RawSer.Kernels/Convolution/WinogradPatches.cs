using System.Runtime.CompilerServices;

namespace RawSer.Kernels;

/// <summary>
/// The patches d of 4 x 4 inputs under neighbouring tiles, as <c>B^T d B</c> with B^T = (1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1). A register holds one
/// value of as many tiles; what they read of a row of the image are its even and its odd columns.
/// </summary>
/// <param name="rowStride">Distance of the rows of a channel, whose columns are neighbours.</param>
/// <param name="height">Rows of a channel.</param>
/// <param name="width">Columns of a channel.</param>
/// <param name="padTop">Rows of zeros above it.</param>
/// <param name="padLeft">Columns of zeros left of it.</param>
internal readonly unsafe struct WinogradPatches<V>(nint rowStride, int height, int width, int padTop, int padLeft) where V : unmanaged, ISimd<V>
{
    /// <summary>
    /// Transforms <paramref name="count"/> tiles of row <paramref name="row"/> of the tiles, from <paramref name="column"/> on: value xi = 4 i + j of tile t to
    /// <c>to + xi * pitch + t</c>. Whole registers are written, up to <c>V.Count - 1</c> elements beyond the last tile.
    /// </summary>
    public void Transform(float* channel, int row, int column, int count, float* to, nint pitch)
    {
        float* zeros = stackalloc float[(2 * V.Count) + 2]; // a row outside of the image
        int top = (2 * row) - padTop;
        for (int t = 0; t < count; t += V.Count)
        {
            int left = (2 * (column + t)) - padLeft;
            float* r0 = Row(channel, top, left, zeros), r1 = Row(channel, top + 1, left, zeros);
            float* r2 = Row(channel, top + 2, left, zeros), r3 = Row(channel, top + 3, left, zeros);

            // Columns left to left + 2 Count, for the tiles' first two columns, and from left + 2 on for their last two.
            Columns(r0, r1, r2, r3, 0, left, out V a0, out V b0, out V c0, out V d0);
            Columns(r0, r1, r2, r3, V.Count, left, out V a1, out V b1, out V c1, out V d1);
            Columns(r0, r1, r2, r3, 2, left, out V a2, out V b2, out V c2, out V d2);
            Columns(r0, r1, r2, r3, V.Count + 2, left, out V a3, out V b3, out V c3, out V d3);
            Rows(a0, a1, a2, a3, to + t, pitch);
            Rows(b0, b1, b2, b3, to + t + (4 * pitch), pitch);
            Rows(c0, c1, c2, c3, to + t + (8 * pitch), pitch);
            Rows(d0, d1, d2, d3, to + t + (12 * pitch), pitch);
        }
    }

    private float* Row(float* channel, int row, int left, float* zeros) => row >= 0 && row < height ? channel + (row * rowStride) + left : zeros;

    /// <summary>B^T times a register of columns, which begins <paramref name="offset"/> after <paramref name="left"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Columns(float* r0, float* r1, float* r2, float* r3, int offset, int left, out V a, out V b, out V c, out V d)
    {
        V inside = V.LanesWithin(-left - offset, width - left - offset);
        V x0 = V.LoadMasked(r0 + offset, inside), x1 = V.LoadMasked(r1 + offset, inside);
        V x2 = V.LoadMasked(r2 + offset, inside), x3 = V.LoadMasked(r3 + offset, inside);
        (a, b, c, d) = (x0 - x2, x1 + x2, x2 - x1, x1 - x3);
    }

    /// <summary>A row of each tile times B: its columns 0 and 1 are the even and odd lanes of the first two registers, 2 and 3 of the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Rows(V low, V high, V lowNext, V highNext, float* to, nint pitch)
    {
        V x0 = V.EvenLanes(low, high), x1 = V.OddLanes(low, high), x2 = V.EvenLanes(lowNext, highNext), x3 = V.OddLanes(lowNext, highNext);
        (x0 - x2).Store(to);
        (x1 + x2).Store(to + pitch);
        (x2 - x1).Store(to + (2 * pitch));
        (x1 - x3).Store(to + (3 * pitch));
    }
}
