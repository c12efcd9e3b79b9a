using System.Runtime.Intrinsics;

namespace RawSer.Kernels.Spectral;

/// <summary>
/// Orthonormal DCT-II of the columns of a matrix: y[k] = s(k) sum over n of x[n] cos(pi k (2 n + 1) / (2 N)), s(0) = sqrt(1/N), else
/// sqrt(2/N). A lifter L multiplies y[k] by 1 + L / 2 sin(pi (k + 1) / L). Applied as one small matrix product.
/// </summary>
public sealed unsafe class DctPlan
{
    private readonly float[] _matrix;

    /// <summary>Plans <paramref name="outputs"/> coefficients (at most <paramref name="inputs"/>) of columns of <paramref name="inputs"/> values.</summary>
    /// <exception cref="ArgumentException">A length is not positive, or the lifter is negative.</exception>
    public DctPlan(int inputs, int outputs, double lifter = 0)
    {
        if (inputs <= 0 || outputs <= 0)
        {
            throw new ArgumentException($"n_mfcc {outputs} and the number of rows {inputs} must be positive");
        }

        if (!(lifter >= 0))
        {
            throw new ArgumentException($"lifter is {lifter}: it must be 0 (none) or positive", nameof(lifter));
        }

        Inputs = inputs;
        Outputs = Math.Min(inputs, outputs);
        _matrix = new float[Outputs * Inputs];
        for (int k = 0; k < Outputs; k++)
        {
            double scale = Math.Sqrt((k == 0 ? 1.0 : 2.0) / Inputs);
            if (lifter > 0)
            {
                scale *= 1 + lifter / 2 * double.SinPi((k + 1) / lifter);
            }

            for (int n = 0; n < Inputs; n++)
            {
                // cos(pi k (2n+1) / 2N) has period 4N in k (2n+1).
                long angle = (long)k * (2 * n + 1) % (4L * Inputs);
                _matrix[k * Inputs + n] = (float)(scale * double.CosPi(angle / (2.0 * Inputs)));
            }
        }
    }

    /// <summary>Rows of the input.</summary>
    public int Inputs { get; }

    /// <summary>Rows of the output.</summary>
    public int Outputs { get; }

    /// <summary>(Inputs, columns) to (Outputs, columns), both row-major.</summary>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    public void Apply(ReadOnlySpan<float> input, int columns, Span<float> output)
    {
        if (input.Length != (long)Inputs * columns || output.Length != (long)Outputs * columns)
        {
            throw new ArgumentException($"a DCT of ({Inputs}, {columns}) to ({Outputs}, {columns}) was given {input.Length} and {output.Length} values");
        }

        fixed (float* a = _matrix, x = input, y = output)
        {
            if (Vector512.IsHardwareAccelerated)
            {
                Multiply<Vector512<float>, Lanes512<float>>(a, x, columns, y);
            }
            else if (Vector256.IsHardwareAccelerated)
            {
                Multiply<Vector256<float>, Lanes256<float>>(a, x, columns, y);
            }
            else
            {
                Multiply<Vector128<float>, Lanes128<float>>(a, x, columns, y);
            }
        }
    }

    /// <summary>
    /// Tiles of 4 rows by 2 registers, all rows of a column block while its input is in the first-level cache. The last block overlaps
    /// the one before instead of being narrower: what both compute is the same.
    /// </summary>
    private void Multiply<TVector, TLanes>(float* a, float* x, int columns, float* y)
        where TVector : struct
        where TLanes : struct, ILanes<TVector, float>
    {
        int width = 2 * TLanes.Count, tiled = columns >= width ? Outputs / 4 * 4 : 0;
        for (int t = 0; t < columns && tiled > 0; t += width)
        {
            int first = Math.Min(t, columns - width);
            for (int k = 0; k < tiled; k += 4)
            {
                Tile<TVector, TLanes>(a + (long)k * Inputs, x + first, columns, y + (long)k * columns + first);
            }
        }

        for (int k = tiled; k < Outputs; k++)
        {
            Row<TVector, TLanes>(a + (long)k * Inputs, x, columns, y + (long)k * columns);
        }
    }

    private void Tile<TVector, TLanes>(float* a, float* x, int columns, float* y)
        where TVector : struct
        where TLanes : struct, ILanes<TVector, float>
    {
        TVector zero = TLanes.Broadcast(0);
        TVector c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero, c30 = zero, c31 = zero;
        float* a1 = a + Inputs, a2 = a1 + Inputs, a3 = a2 + Inputs;
        for (int n = 0; n < Inputs; n++, x += columns)
        {
            TVector x0 = TLanes.Load(x), x1 = TLanes.Load(x + TLanes.Count);
            TVector w = TLanes.Broadcast(a[n]);
            c00 = TLanes.MultiplyAdd(x0, w, c00);
            c01 = TLanes.MultiplyAdd(x1, w, c01);
            w = TLanes.Broadcast(a1[n]);
            c10 = TLanes.MultiplyAdd(x0, w, c10);
            c11 = TLanes.MultiplyAdd(x1, w, c11);
            w = TLanes.Broadcast(a2[n]);
            c20 = TLanes.MultiplyAdd(x0, w, c20);
            c21 = TLanes.MultiplyAdd(x1, w, c21);
            w = TLanes.Broadcast(a3[n]);
            c30 = TLanes.MultiplyAdd(x0, w, c30);
            c31 = TLanes.MultiplyAdd(x1, w, c31);
        }

        TLanes.Store(c00, y);
        TLanes.Store(c01, y + TLanes.Count);
        TLanes.Store(c10, y + columns);
        TLanes.Store(c11, y + columns + TLanes.Count);
        TLanes.Store(c20, y + 2L * columns);
        TLanes.Store(c21, y + 2L * columns + TLanes.Count);
        TLanes.Store(c30, y + 3L * columns);
        TLanes.Store(c31, y + 3L * columns + TLanes.Count);
    }

    private void Row<TVector, TLanes>(float* a, float* x, int columns, float* y)
        where TVector : struct
        where TLanes : struct, ILanes<TVector, float>
    {
        int t = 0;
        for (; t + TLanes.Count <= columns; t += TLanes.Count)
        {
            TVector sum = TLanes.Broadcast(0);
            for (int n = 0; n < Inputs; n++)
            {
                sum = TLanes.MultiplyAdd(TLanes.Load(x + (long)n * columns + t), TLanes.Broadcast(a[n]), sum);
            }

            TLanes.Store(sum, y + t);
        }

        for (; t < columns; t++)
        {
            float sum = 0;
            for (int n = 0; n < Inputs; n++)
            {
                sum = float.MultiplyAddEstimate(x[(long)n * columns + t], a[n], sum);
            }

            y[t] = sum;
        }
    }
}
