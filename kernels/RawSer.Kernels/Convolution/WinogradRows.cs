using System.Runtime.CompilerServices;

namespace RawSer.Kernels;

/// <summary>
/// Products of one output channel back to results: <c>A^T m A</c> with A^T = (1 1 1 0; 0 1 -1 -1), 2 x 2 for each tile, and the bias; the two rows, or the
/// largest of the four.
/// </summary>
internal readonly unsafe struct WinogradRows<V>(float* scratch, int lanes, bool pools) where V : unmanaged, ISimd<V>
{
    /// <summary>The upper row of the tiles, two results each; or the maximum of each tile.</summary>
    public float* Even => scratch;

    /// <summary>The lower row of the tiles.</summary>
    public float* Odd => scratch + (2 * lanes);

    public static long ScratchFloats(int lanes) => 4L * lanes;

    /// <param name="products">Value xi of tile t at <c>xi * pitch + t</c>.</param>
    /// <param name="pitch">Distance of the values.</param>
    /// <param name="bias">Added to each result.</param>
    public void Transform(float* products, nint pitch, float bias)
    {
        V added = V.Create(bias);
        for (int t = 0; t < lanes; t += V.Count)
        {
            float* m = products + t;
            Columns(m, 4 * pitch, out V a0, out V b0);
            Columns(m + pitch, 4 * pitch, out V a1, out V b1);
            Columns(m + (2 * pitch), 4 * pitch, out V a2, out V b2);
            Columns(m + (3 * pitch), 4 * pitch, out V a3, out V b3);
            V upperLeft = a0 + a1 + a2 + added, upperRight = a1 - a2 - a3 + added;
            V lowerLeft = b0 + b1 + b2 + added, lowerRight = b1 - b2 - b3 + added;
            if (pools)
            {
                MaximumOperator max = default;
                max.Invoke(max.Invoke(upperLeft, upperRight), max.Invoke(lowerLeft, lowerRight)).Store(Even + t);
            }
            else
            {
                V.InterleaveLow(upperLeft, upperRight).Store(Even + (2 * t));
                V.InterleaveHigh(upperLeft, upperRight).Store(Even + (2 * t) + V.Count);
                V.InterleaveLow(lowerLeft, lowerRight).Store(Odd + (2 * t));
                V.InterleaveHigh(lowerLeft, lowerRight).Store(Odd + (2 * t) + V.Count);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Columns(float* m, nint row, out V a, out V b)
    {
        V x0 = V.Load(m), x1 = V.Load(m + row), x2 = V.Load(m + (2 * row)), x3 = V.Load(m + (3 * row));
        (a, b) = (x0 + x1 + x2, x1 - x2 - x3);
    }
}
