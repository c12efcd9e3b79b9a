using System.Runtime.Intrinsics;

namespace RawSer.Kernels.Spectral;

/// <summary>
/// Orthonormal DCT-II of the columns of a matrix: y[k] = s(k) sum over n of x[n] cos(pi k (2 n + 1) / (2 N)), s(0) = sqrt(1/N), else
/// sqrt(2/N). A lifter L multiplies y[k] by 1 + L / 2 sin(pi (k + 1) / L). Even rows of the cosine matrix are symmetric and odd rows
/// antisymmetric, so they are applied to x[n] + x[N-1-n] and x[n] - x[N-1-n]: two matrix products of half the length.
/// </summary>
public sealed unsafe class DctPlan
{
    /// <summary>Floats of the stack that the folded columns of one block may take.</summary>
    private const int LargestPanel = 32 * 1024;

    private readonly float[] _even;
    private readonly float[] _odd;
    private readonly double _lifter;

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
            throw new ArgumentException(FormattableString.Invariant($"lifter is {lifter}: it must be 0 (none) or positive"), nameof(lifter));
        }

        if (inputs > LargestPanel / 32)
        {
            throw new ArgumentException($"a DCT of {inputs} rows is more than the {LargestPanel / 32} that are supported");
        }

        Inputs = inputs;
        Outputs = Math.Min(inputs, outputs);
        _even = new float[(Outputs + 1) / 2 * EvenLength];
        _odd = new float[Outputs / 2 * OddLength];
        _lifter = lifter;
        for (int k = 0; k < Outputs; k++)
        {
            (float[] matrix, int length) = k % 2 == 0 ? (_even, EvenLength) : (_odd, OddLength);
            for (int n = 0; n < length; n++)
            {
                matrix[k / 2 * length + n] = (float)Weight(k, n);
            }
        }
    }

    /// <summary>Rows of the input.</summary>
    public int Inputs { get; }

    /// <summary>Rows of the output.</summary>
    public int Outputs { get; }

    /// <summary>Sums x[n] + x[N-1-n]; the middle of an odd number of rows is one by itself.</summary>
    private int EvenLength => (Inputs + 1) / 2;

    /// <summary>Differences x[n] - x[N-1-n].</summary>
    private int OddLength => Inputs / 2;

    /// <summary>The share of input row n in output row k.</summary>
    internal double Weight(int k, int n)
    {
        double scale = Math.Sqrt((k == 0 ? 1.0 : 2.0) / Inputs);
        if (_lifter > 0)
        {
            scale *= 1 + _lifter / 2 * double.SinPi((k + 1) / _lifter);
        }

        // cos(pi k (2n+1) / 2N) has period 4N in k (2n+1).
        long angle = (long)k * (2 * n + 1) % (4L * Inputs);
        return scale * double.CosPi(angle / (2.0 * Inputs));
    }

    /// <summary>(Inputs, columns) to (Outputs, columns), both row-major.</summary>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    public void Apply(ReadOnlySpan<float> input, int columns, Span<float> output)
    {
        if (input.Length != (long)Inputs * columns || output.Length != (long)Outputs * columns)
        {
            throw new ArgumentException($"a DCT of ({Inputs}, {columns}) to ({Outputs}, {columns}) was given {input.Length} and {output.Length} values");
        }

        fixed (float* x = input, y = output)
        {
            if (Vector512.IsHardwareAccelerated)
            {
                Apply<Vector512<float>, Lanes512<float>>(x, columns, y);
            }
            else if (Vector256.IsHardwareAccelerated)
            {
                Apply<Vector256<float>, Lanes256<float>>(x, columns, y);
            }
            else
            {
                Apply<Vector128<float>, Lanes128<float>>(x, columns, y);
            }
        }
    }

    /// <summary>
    /// Blocks of two registers of columns. The last one overlaps the one before instead of being narrower: what both compute is the same.
    /// </summary>
    private void Apply<TVector, TLanes>(float* x, int columns, float* y)
        where TVector : struct
        where TLanes : struct, ILanes<TVector, float>
    {
        int width = 2 * TLanes.Count;
        float* sums = stackalloc float[Inputs * width], differences = sums + EvenLength * width;
        fixed (float* even = _even, odd = _odd)
        {
            for (int t = 0; t < columns; t += width)
            {
                int first = Math.Max(0, Math.Min(t, columns - width)), valid = Math.Min(width, columns - first);
                if (valid == width)
                {
                    Fold<TVector, TLanes>(x + first, x + first + (Inputs - 1L) * columns, columns, sums, differences);
                    Multiply<TVector, TLanes>(even, EvenLength, (Outputs + 1) / 2, sums, y + first, 2L * columns);
                    Multiply<TVector, TLanes>(odd, OddLength, Outputs / 2, differences, y + columns + first, 2L * columns);
                }
                else
                {
                    ApplyNarrow<TVector, TLanes>(x, columns, y);
                }
            }
        }
    }

    /// <summary>Fewer columns than a block has: they are widened with zeros.</summary>
    private void ApplyNarrow<TVector, TLanes>(float* x, int columns, float* y)
        where TVector : struct
        where TLanes : struct, ILanes<TVector, float>
    {
        int width = 2 * TLanes.Count;
        float[] wide = new float[(Inputs + Outputs) * width];
        for (int n = 0; n < Inputs; n++)
        {
            new ReadOnlySpan<float>(x + n * columns, columns).CopyTo(wide.AsSpan(n * width));
        }

        fixed (float* from = wide)
        {
            float* to = from + Inputs * width;
            Apply<TVector, TLanes>(from, width, to);
            for (int k = 0; k < Outputs; k++)
            {
                new ReadOnlySpan<float>(to + k * width, columns).CopyTo(new Span<float>(y + k * columns, columns));
            }
        }
    }

    private void Fold<TVector, TLanes>(float* top, float* bottom, int columns, float* sums, float* differences)
        where TVector : struct
        where TLanes : struct, ILanes<TVector, float>
    {
        int width = 2 * TLanes.Count;
        for (int n = 0; n < OddLength; n++, top += columns, bottom -= columns, sums += width, differences += width)
        {
            for (int lane = 0; lane < width; lane += TLanes.Count)
            {
                TVector a = TLanes.Load(top + lane), b = TLanes.Load(bottom + lane);
                TLanes.Store(TLanes.Add(a, b), sums + lane);
                TLanes.Store(TLanes.Subtract(a, b), differences + lane);
            }
        }

        if (EvenLength > OddLength)
        {
            TLanes.Store(TLanes.Load(top), sums);
            TLanes.Store(TLanes.Load(top + TLanes.Count), sums + TLanes.Count);
        }
    }

    /// <summary>Tiles of 4 rows; in the last tile, rows beyond the end repeat the last one.</summary>
    private static void Multiply<TVector, TLanes>(float* a, int length, int rows, float* panel, float* y, long stride)
        where TVector : struct
        where TLanes : struct, ILanes<TVector, float>
    {
        for (int k = 0; k < rows; k += 4)
        {
            int k1 = Math.Min(k + 1, rows - 1), k2 = Math.Min(k + 2, rows - 1), k3 = Math.Min(k + 3, rows - 1);
            float* a0 = a + (long)k * length, a1 = a + (long)k1 * length, a2 = a + (long)k2 * length, a3 = a + (long)k3 * length;
            TVector zero = TLanes.Broadcast(0);
            TVector c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero, c30 = zero, c31 = zero;
            float* x = panel;
            for (int n = 0; n < length; n++, x += 2 * TLanes.Count)
            {
                TVector x0 = TLanes.Load(x), x1 = TLanes.Load(x + TLanes.Count);
                TVector w = TLanes.Broadcast(a0[n]);
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

            Store<TVector, TLanes>(c00, c01, y + k * stride);
            Store<TVector, TLanes>(c10, c11, y + k1 * stride);
            Store<TVector, TLanes>(c20, c21, y + k2 * stride);
            Store<TVector, TLanes>(c30, c31, y + k3 * stride);
        }
    }

    private static void Store<TVector, TLanes>(TVector low, TVector high, float* y)
        where TVector : struct
        where TLanes : struct, ILanes<TVector, float>
    {
        TLanes.Store(low, y);
        TLanes.Store(high, y + TLanes.Count);
    }
}
