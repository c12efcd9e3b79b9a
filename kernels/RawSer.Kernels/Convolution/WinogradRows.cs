using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

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
                Interleave(upperLeft, upperRight, Even + (2 * t));
                Interleave(lowerLeft, lowerRight, Odd + (2 * t));
            }
        }
    }

    private static void Columns(float* m, nint row, out V a, out V b)
    {
        V x0 = V.Load(m), x1 = V.Load(m + row), x2 = V.Load(m + (2 * row)), x3 = V.Load(m + (3 * row));
        (a, b) = (x0 + x1 + x2, x1 - x2 - x3);
    }

    /// <summary>Lanes of left and right by turns.</summary>
    private static void Interleave(V left, V right, float* to)
    {
        if (typeof(V) == typeof(Simd512) && Avx512F.IsSupported)
        {
            Vector512<float> l = Unsafe.BitCast<V, Vector512<float>>(left), r = Unsafe.BitCast<V, Vector512<float>>(right);
            Vector512<int> half = Vector512<int>.Indices >>> 1, side = (Vector512<int>.Indices & Vector512<int>.One) << 4; // lanes from 16 on are right's
            Avx512F.PermuteVar16x32x2(l, half + side, r).Store(to);
            Avx512F.PermuteVar16x32x2(l, half + side + Vector512.Create(8), r).Store(to + 16);
            return;
        }

        for (int i = 0; i < V.Count; i++)
        {
            (to[2 * i], to[(2 * i) + 1]) = (((float*)&left)[i], ((float*)&right)[i]);
        }
    }
}
