using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void BatchNorm(View x, int axis, View mean, View variance, View weight, View bias, double epsilon, View y)
    {
        ChannelRows rows = new(ChannelSplit.Of(x.Shape, axis));
        NormCoefficients coefficients = NormCoefficients.Prepare(rows, mean, variance, weight, bias, epsilon);
        if (rows.IsPerRow)
        {
            BatchNorm<PerRow>(rows, coefficients, x, y);
        }
        else
        {
            BatchNorm<PerColumn>(rows, coefficients, x, y);
        }
    }

    /// <inheritdoc/>
    public override void BatchNormParameterGradients(View x, View dy, int axis, View mean, View variance, double epsilon, View dweight, View dbias)
    {
        ChannelRows rows = new(ChannelSplit.Of(x.Shape, axis));
        if (rows.IsPerRow)
        {
            RowSplit split = new(rows.Rows, rows.Length);
            double* sums = (double*)ThreadScratch.Floats(ThreadScratch.Use.Partial, split.PartCount * rows.Coefficients * 2 * (sizeof(double) / sizeof(float)));
            WorkerPool.Shared.Run(split.PartCount, new RowGradientSums(split, rows, x.Pointer<float>(), dy.Pointer<float>(), mean.Pointer<float>(), sums));
            FinishParameterGradients(rows, sums, split.PartCount, variance, epsilon, dweight, dbias);
        }
        else
        {
            NormCoefficients coefficients = NormCoefficients.Prepare(rows, mean, variance, default, default, epsilon);
            RowSplit split = new(rows.Rows, rows.Length, wholeRows: true);
            double* sums = (double*)ThreadScratch.Floats(ThreadScratch.Use.Partial, split.PartCount * rows.Coefficients * 2 * (sizeof(double) / sizeof(float)));
            WorkerPool.Shared.Run(split.PartCount, new ColumnGradientSums(split, x.Pointer<float>(), dy.Pointer<float>(), coefficients.Mean, rows.Length, sums));
            FinishParameterGradients(rows, sums, split.PartCount, variance, epsilon, dweight, dbias);
        }
    }

    /// <inheritdoc/>
    public override void BatchNormBackward(
        View x, View dy, int axis, View mean, View variance, View weight, View dweight, View dbias, double epsilon, View dx)
    {
        ChannelRows rows = new(ChannelSplit.Of(x.Shape, axis));
        NormCoefficients coefficients = NormCoefficients.PrepareBackward(rows, mean, variance, weight, dweight, dbias, epsilon);
        if (rows.IsPerRow)
        {
            BatchNormBackward<PerRow>(rows, coefficients, x, dy, dx);
        }
        else
        {
            BatchNormBackward<PerColumn>(rows, coefficients, x, dy, dx);
        }
    }

    private static void BatchNorm<TPick>(ChannelRows rows, NormCoefficients coefficients, View x, View y) where TPick : struct, IChannelPick<TPick>
    {
        RowSplit split = new(rows.Rows, rows.Length, wholeRows: !rows.IsPerRow);
        WorkerPool.Shared.Run(split.PartCount, new Normalise<TPick>(split, rows, coefficients, x.Pointer<float>(), y.Pointer<float>()));
    }

    private static void BatchNormBackward<TPick>(ChannelRows rows, NormCoefficients coefficients, View x, View dy, View dx)
        where TPick : struct, IChannelPick<TPick>
    {
        RowSplit split = new(rows.Rows, rows.Length, wholeRows: !rows.IsPerRow);
        WorkerPool.Shared.Run(split.PartCount, new NormaliseBackward<TPick>(split, rows, coefficients, x.Pointer<float>(), dy.Pointer<float>(), dx.Pointer<float>()));
    }

    /// <summary>Adds the sums of the parts in their order; sums holds, for each part and coefficient, S(dy) and S(dy * (x - mean)).</summary>
    private static void FinishParameterGradients(ChannelRows rows, double* sums, int parts, View variance, double epsilon, View dweight, View dbias)
    {
        long count = rows.Coefficients * 2, repeat = rows.Coefficients / rows.Split.Channels;
        double* totals = (double*)ThreadScratch.Floats(ThreadScratch.Use.Result, count * (sizeof(double) / sizeof(float)));
        new Span<double>(totals, checked((int)count)).Clear();
        for (int part = 0; part < parts; part++, sums += count)
        {
            for (long i = 0; i < count; i++)
            {
                totals[i] += sums[i];
            }
        }

        float* pv = variance.Pointer<float>(), pdw = dweight.Pointer<float>(), pdb = dbias.Pointer<float>();
        for (int c = 0; c < rows.Split.Channels; c++)
        {
            double sum = 0, products = 0;
            for (long i = c * repeat; i < (c + 1) * repeat; i++)
            {
                sum += totals[i * 2];
                products += totals[(i * 2) + 1];
            }

            pdw[c] = (float)(products / Math.Sqrt(pv[c] + epsilon));
            pdb[c] = (float)sum;
        }
    }

    private readonly struct Normalise<TPick>(RowSplit split, ChannelRows rows, NormCoefficients coefficients, float* x, float* y) : IParallelBody
        where TPick : struct, IChannelPick<TPick>
    {
        public void Invoke(int index)
        {
            (long first, long last, long start, long count) = split.Part(index);
            for (long row = first; row < last; row++)
            {
                long at = (row * rows.Length) + start, c = rows.RowCoefficient(row);
                Row(x + at, y + at, (nint)count, TPick.At(coefficients.Mean + c), TPick.At(coefficients.Scale + c), TPick.At(coefficients.Shift + c));
            }
        }

        internal static void Row(float* x, float* y, nint count, TPick mean, TPick scale, TPick shift)
        {
            if (count < 8)
            {
                for (nint c = 0; c < count; c++)
                {
                    y[c] = MathF.FusedMultiplyAdd(x[c] - mean.Scalar(c), scale.Scalar(c), shift.Scalar(c));
                }

                return;
            }

            // The last elements are computed first and stored last, so that they may overlap the others even where y is x.
            Vector256<float> last = Elements(x, mean, scale, shift, count - 8);
            for (nint j = 0; j <= count - 8; j += 8)
            {
                Elements(x, mean, scale, shift, j).Store(y + j);
            }

            last.Store(y + count - 8);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<float> Elements(float* x, TPick mean, TPick scale, TPick shift, nint j) =>
            Vector256.FusedMultiplyAdd(Vector256.Load(x + j) - mean.Vector(j), scale.Vector(j), shift.Vector(j));
    }

    /// <summary>dx = scale * dy - slope * (x - mean) - shift, with the coefficients of <see cref="NormCoefficients.PrepareBackward"/>.</summary>
    private readonly struct NormaliseBackward<TPick>(RowSplit split, ChannelRows rows, NormCoefficients coefficients, float* x, float* dy, float* dx)
        : IParallelBody where TPick : struct, IChannelPick<TPick>
    {
        public void Invoke(int index)
        {
            (long first, long last, long start, long count) = split.Part(index);
            for (long row = first; row < last; row++)
            {
                long at = (row * rows.Length) + start, c = rows.RowCoefficient(row);
                Row(x + at, dy + at, dx + at, (nint)count, new BackwardPick<TPick>(coefficients, c));
            }
        }

        internal static void Row(float* x, float* dy, float* dx, nint count, BackwardPick<TPick> pick)
        {
            if (count < 8)
            {
                for (nint c = 0; c < count; c++)
                {
                    dx[c] = pick.Scalar(x[c], dy[c], c);
                }

                return;
            }

            Vector256<float> last = pick.Vector(Vector256.Load(x + count - 8), Vector256.Load(dy + count - 8), count - 8); // as in Normalise
            for (nint j = 0; j <= count - 8; j += 8)
            {
                pick.Vector(Vector256.Load(x + j), Vector256.Load(dy + j), j).Store(dx + j);
            }

            last.Store(dx + count - 8);
        }
    }

    private readonly struct RowGradientSums(RowSplit split, ChannelRows rows, float* x, float* dy, float* mean, double* sums) : IParallelBody
    {
        public void Invoke(int index)
        {
            (long first, long last, long start, long count) = split.Part(index);
            double* own = sums + (index * rows.Coefficients * 2);
            new Span<double>(own, checked((int)rows.Coefficients * 2)).Clear();
            for (long row = first; row < last; row++)
            {
                long at = (row * rows.Length) + start, c = rows.RowCoefficient(row);
                for (long done = 0; done < count; done += StatisticsBlock)
                {
                    GradientSums(x + at + done, dy + at + done, (nint)Math.Min(StatisticsBlock, count - done), mean[c], own + (c * 2));
                }
            }
        }
    }

    /// <summary>sums[0] += S(dy), sums[1] += S(dy * (x - mean)).</summary>
    private static void GradientSums(float* x, float* dy, nint count, float mean, double* sums)
    {
        Vector256<float> center = Vector256.Create(mean);
        Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
        Vector256<float> p0 = default, p1 = default, p2 = default, p3 = default;
        nint i = 0;
        for (; i <= count - 32; i += 32)
        {
            Vector256<float> g0 = Vector256.Load(dy + i), g1 = Vector256.Load(dy + i + 8), g2 = Vector256.Load(dy + i + 16), g3 = Vector256.Load(dy + i + 24);
            s0 += g0;
            s1 += g1;
            s2 += g2;
            s3 += g3;
            p0 = Vector256.FusedMultiplyAdd(g0, Vector256.Load(x + i) - center, p0);
            p1 = Vector256.FusedMultiplyAdd(g1, Vector256.Load(x + i + 8) - center, p1);
            p2 = Vector256.FusedMultiplyAdd(g2, Vector256.Load(x + i + 16) - center, p2);
            p3 = Vector256.FusedMultiplyAdd(g3, Vector256.Load(x + i + 24) - center, p3);
        }

        float sum = Vector256.Sum(s0 + s1 + (s2 + s3)), products = Vector256.Sum(p0 + p1 + (p2 + p3));
        for (; i < count; i++)
        {
            sum += dy[i];
            products += dy[i] * (x[i] - mean);
        }

        sums[0] += sum;
        sums[1] += products;
    }

    private readonly struct ColumnGradientSums(RowSplit split, float* x, float* dy, float* mean, long columns, double* sums) : IParallelBody
    {
        public void Invoke(int index)
        {
            (long first, long last, _, _) = split.Part(index);
            nint count = (nint)columns;
            float* sum = ThreadScratch.Floats(ThreadScratch.Use.Left, columns * 2), products = sum + columns;
            new Span<float>(sum, checked((int)columns * 2)).Clear();
            for (long row = first; row < last; row++)
            {
                AddRow(x + (row * columns), dy + (row * columns), mean, sum, products, count);
            }

            double* own = sums + (index * columns * 2);
            for (nint j = 0; j < count; j++)
            {
                own[j * 2] = sum[j];
                own[(j * 2) + 1] = products[j];
            }
        }

        private static void AddRow(float* x, float* dy, float* mean, float* sum, float* products, nint count)
        {
            if (count < 8)
            {
                for (nint j = 0; j < count; j++)
                {
                    sum[j] += dy[j];
                    products[j] += dy[j] * (x[j] - mean[j]);
                }

                return;
            }

            nint last = count - 8; // computed first and stored last: it overlaps the others
            (Vector256<float> lastSum, Vector256<float> lastProducts) = Sums(x + last, dy + last, mean + last, sum + last, products + last);
            for (nint j = 0; j <= last; j += 8)
            {
                (Vector256<float> s, Vector256<float> p) = Sums(x + j, dy + j, mean + j, sum + j, products + j);
                s.Store(sum + j);
                p.Store(products + j);
            }

            lastSum.Store(sum + last);
            lastProducts.Store(products + last);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static (Vector256<float> Sum, Vector256<float> Products) Sums(float* x, float* dy, float* mean, float* sum, float* products)
        {
            Vector256<float> g = Vector256.Load(dy);
            return (Vector256.Load(sum) + g, Vector256.FusedMultiplyAdd(g, Vector256.Load(x) - Vector256.Load(mean), Vector256.Load(products)));
        }
    }
}
