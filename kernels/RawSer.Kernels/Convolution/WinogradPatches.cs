using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RawSer.Kernels;

/// <summary>
/// The patches d of 4 x 4 inputs of one channel under a run of tiles, as <c>B^T d B</c> with B^T = (1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1). Input rows
/// are split into even and odd columns (of the padded image), so that neighbouring tiles read neighbouring elements.
/// </summary>
internal readonly unsafe struct WinogradPatches<V> where V : unmanaged, ISimd<V>
{
    private readonly int _tilesWide;
    private readonly int _rows;
    private readonly nint _pitch;
    private readonly nint _valuePitch;
    private readonly float* _split;
    private readonly float* _results;

    /// <param name="tilesWide">Tiles in a row of the image.</param>
    /// <param name="tileRows">Rows of tiles that the run touches.</param>
    /// <param name="lanes">Tiles of the run, filled up to whole registers.</param>
    public WinogradPatches(int tilesWide, int tileRows, int lanes)
    {
        (_tilesWide, _rows) = (tilesWide, (2 * tileRows) + 2);
        _pitch = tilesWide + 1 + V.Count; // a register may reach beyond the last tile
        _valuePitch = lanes + V.Count;
        nint split = 2 * _rows * _pitch, all = split + (WinogradKernels.Values * _valuePitch);
        _split = ThreadScratch.Floats(ThreadScratch.Use.Left, all);
        _results = _split + split;
        new Span<float>(_split, (int)all).Clear(); // what lies beyond the image's columns is never written
    }

    /// <summary>Value xi = 4 i + j of the tiles of the run.</summary>
    public float* Result(int xi) => _results + (xi * _valuePitch);

    /// <summary>Reads the rows of a channel from <paramref name="top"/> on, which may lie outside.</summary>
    public void Read(float* channel, nint rowStride, nint columnStride, int height, int width, int top, int padLeft)
    {
        for (int r = 0; r < _rows; r++)
        {
            float* even = _split + (2 * r * _pitch), odd = even + _pitch;
            if (top + r < 0 || top + r >= height)
            {
                new Span<float>(even, (int)(2 * _pitch)).Clear();
                continue;
            }

            Split(channel + ((top + r) * rowStride), columnStride, width, padLeft, even, odd);
        }
    }

    /// <summary>Transforms <paramref name="count"/> tiles in row-major order, from tile <paramref name="first"/> of the rows that were read.</summary>
    public void Transform(int first, int count)
    {
        for (int t = 0; t < count;)
        {
            int row = (first + t) / _tilesWide, column = (first + t) % _tilesWide, run = Math.Min(count - t, _tilesWide - column);
            float* from = _split + (4 * row * _pitch) + column;
            for (int i = 0; i < run; i += V.Count)
            {
                TransformRegister(from + i, _results + t + i);
            }

            t += run;
        }
    }

    /// <summary>Element j of even is column 2 j - padLeft, of odd the one after it; zeros outside of the image.</summary>
    private void Split(float* row, nint step, int width, int padLeft, float* even, float* odd)
    {
        int pairs = _tilesWide + 1, inside = Math.Min((padLeft + 1) / 2, pairs);
        int end = Math.Clamp((width + padLeft) / 2, inside, pairs); // pairs from inside on to here have both columns
        int j = 0;
        for (; j < inside; j++)
        {
            (even[j], odd[j]) = (At(row, step, width, (2 * j) - padLeft), At(row, step, width, (2 * j) + 1 - padLeft));
        }

        if (step == 1 && Avx512F.IsSupported)
        {
            Vector512<int> evens = Vector512<int>.Indices * Vector512.Create(2), odds = evens + Vector512<int>.One;
            for (; j <= end - Vector512<float>.Count; j += Vector512<float>.Count)
            {
                float* from = row + (2 * j) - padLeft;
                Vector512<float> low = Vector512.Load(from), high = Vector512.Load(from + 16);
                Avx512F.PermuteVar16x32x2(low, evens, high).Store(even + j);
                Avx512F.PermuteVar16x32x2(low, odds, high).Store(odd + j);
            }
        }

        for (; j < end; j++)
        {
            float* from = row + (((2 * j) - padLeft) * step);
            (even[j], odd[j]) = (from[0], from[step]);
        }

        for (; j < pairs; j++)
        {
            (even[j], odd[j]) = (At(row, step, width, (2 * j) - padLeft), At(row, step, width, (2 * j) + 1 - padLeft));
        }
    }

    private static float At(float* row, nint step, int width, int column) => column >= 0 && column < width ? row[column * step] : 0;

    private void TransformRegister(float* from, float* to)
    {
        nint row = 2 * _pitch, odd = _pitch, v = _valuePitch;
        Columns(from, row, out V a0, out V b0, out V c0, out V d0); // even columns: 0 of each tile
        Columns(from + odd, row, out V a1, out V b1, out V c1, out V d1);
        Columns(from + 1, row, out V a2, out V b2, out V c2, out V d2);
        Columns(from + odd + 1, row, out V a3, out V b3, out V c3, out V d3);
        Rows(a0, a1, a2, a3, to, v);
        Rows(b0, b1, b2, b3, to + (4 * v), v);
        Rows(c0, c1, c2, c3, to + (8 * v), v);
        Rows(d0, d1, d2, d3, to + (12 * v), v);
    }

    /// <summary>B^T of a column.</summary>
    private static void Columns(float* from, nint row, out V a, out V b, out V c, out V d)
    {
        V x0 = V.Load(from), x1 = V.Load(from + row), x2 = V.Load(from + (2 * row)), x3 = V.Load(from + (3 * row));
        (a, b, c, d) = (x0 - x2, x1 + x2, x2 - x1, x1 - x3);
    }

    /// <summary>A row times B.</summary>
    private static void Rows(V x0, V x1, V x2, V x3, float* to, nint v)
    {
        (x0 - x2).Store(to);
        (x1 + x2).Store(to + v);
        (x2 - x1).Store(to + (2 * v));
        (x1 - x3).Store(to + (3 * v));
    }
}
