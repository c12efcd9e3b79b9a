using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void LayerNorm(View x, View weight, View bias, double epsilon, View y, View mean, View inverse)
    {
        long rows = mean.Count, length = x.Count / Math.Max(1, rows);
        RowSplit split = new(rows, length, wholeRows: true);
        WorkerPool.Shared.Run(split.PartCount, new LayerNormRows(
            split, length, x.Pointer<float>(), PointerOrNull(weight), PointerOrNull(bias), epsilon, y.Pointer<float>(), mean.Pointer<float>(), inverse.Pointer<float>()));
    }

    /// <inheritdoc/>
    public override void LayerNormBackward(View x, View dy, View weight, View mean, View inverse, View dx, View dweight, View dbias)
    {
        long rows = mean.Count, length = x.Count / Math.Max(1, rows);
        RowSplit split = new(rows, length, wholeRows: true);
        float* sums = ThreadScratch.Floats(ThreadScratch.Use.Partial, Math.Max(1, split.PartCount * length * 2));
        WorkerPool.Shared.Run(split.PartCount, new LayerNormBackwardRows(
            split, length, x.Pointer<float>(), dy.Pointer<float>(), PointerOrNull(weight), mean.Pointer<float>(), inverse.Pointer<float>(), PointerOrNull(dx), sums));
        SumParts(sums, split.PartCount, length * 2, length, PointerOrNull(dweight));
        SumParts(sums + length, split.PartCount, length * 2, length, PointerOrNull(dbias));
    }

    private static float* PointerOrNull(View view) => view.Exists ? view.Pointer<float>() : null;

    /// <summary>y[i] = sum over the parts, in their order, of sums[part * stride + i].</summary>
    private static void SumParts(float* sums, int parts, long stride, long count, float* y)
    {
        for (long i = 0; i < count && y != null; i++)
        {
            double sum = 0;
            for (int part = 0; part < parts; part++)
            {
                sum += sums[(part * stride) + i];
            }

            y[i] = (float)sum;
        }
    }

    private readonly struct LayerNormRows(
        RowSplit split, long length, float* x, float* weight, float* bias, double epsilon, float* y, float* mean, float* inverse) : IParallelBody
    {
        public void Invoke(int index)
        {
            (long first, long last, _, _) = split.Part(index);
            for (long row = first; row < last; row++)
            {
                float* rowX = x + (row * length);
                (float center, double variance) = RowMoments.Of(rowX, length);
                float scale = (float)(1 / Math.Sqrt(variance + epsilon));
                mean[row] = center;
                inverse[row] = scale;
                Row(rowX, y + (row * length), (nint)length, center, scale);
            }
        }

        private void Row(float* x, float* y, nint count, float center, float scale)
        {
            Vector256<float> c = Vector256.Create(center), s = Vector256.Create(scale);
            float* w = weight, b = bias;
            nint j = 0;
            for (; j <= count - 8; j += 8)
            {
                Vector256<float> normalised = (Vector256.Load(x + j) - c) * s;
                Vector256<float> scaled = w == null ? normalised : normalised * Vector256.Load(w + j);
                (b == null ? scaled : scaled + Vector256.Load(b + j)).Store(y + j);
            }

            for (; j < count; j++)
            {
                y[j] = ((x[j] - center) * scale * (w == null ? 1 : w[j])) + (b == null ? 0 : b[j]);
            }
        }
    }

    /// <summary>For each row the two means of its gradient, then dx; the parameter gradients run along over the rows of the part.</summary>
    private readonly struct LayerNormBackwardRows(
        RowSplit split, long length, float* x, float* dy, float* weight, float* mean, float* inverse, float* dx, float* sums) : IParallelBody
    {
        public void Invoke(int index)
        {
            (long first, long last, _, _) = split.Part(index);
            float* weightSums = sums + (index * length * 2);
            new Span<float>(weightSums, checked((int)length * 2)).Clear();
            for (long row = first; row < last; row++)
            {
                float* rowX = x + (row * length), rowDy = dy + (row * length);
                (float sum, float products) = Sums(rowX, rowDy, (nint)length, mean[row], inverse[row], weightSums);
                if (dx != null)
                {
                    Gradient(rowX, rowDy, dx + (row * length), (nint)length, mean[row], inverse[row], sum / length, products / length);
                }
            }
        }

        private (float Sum, float Products) Sums(float* x, float* dy, nint count, float center, float scale, float* weightSums)
        {
            Vector256<float> c = Vector256.Create(center), s = Vector256.Create(scale), sums = default, products = default;
            float* w = weight, biasSums = weightSums + length;
            nint j = 0;
            for (; j <= count - 8; j += 8)
            {
                Vector256<float> normalised = (Vector256.Load(x + j) - c) * s, upstream = Vector256.Load(dy + j);
                Vector256<float> gradient = w == null ? upstream : upstream * Vector256.Load(w + j);
                sums += gradient;
                products = Vector256.FusedMultiplyAdd(gradient, normalised, products);
                Vector256.FusedMultiplyAdd(upstream, normalised, Vector256.Load(weightSums + j)).Store(weightSums + j);
                (Vector256.Load(biasSums + j) + upstream).Store(biasSums + j);
            }

            float sum = Vector256.Sum(sums), product = Vector256.Sum(products);
            for (; j < count; j++)
            {
                float normalised = (x[j] - center) * scale, gradient = w == null ? dy[j] : dy[j] * w[j];
                sum += gradient;
                product += gradient * normalised;
                weightSums[j] += dy[j] * normalised;
                biasSums[j] += dy[j];
            }

            return (sum, product);
        }

        private void Gradient(float* x, float* dy, float* dx, nint count, float center, float scale, float meanGradient, float meanProduct)
        {
            Vector256<float> c = Vector256.Create(center), s = Vector256.Create(scale), m = Vector256.Create(meanGradient), p = Vector256.Create(meanProduct);
            float* w = weight;
            nint j = 0;
            for (; j <= count - 8; j += 8)
            {
                Vector256<float> normalised = (Vector256.Load(x + j) - c) * s, upstream = Vector256.Load(dy + j);
                Vector256<float> gradient = w == null ? upstream : upstream * Vector256.Load(w + j);
                (s * (gradient - Vector256.FusedMultiplyAdd(normalised, p, m))).Store(dx + j);
            }

            for (; j < count; j++)
            {
                float normalised = (x[j] - center) * scale, gradient = w == null ? dy[j] : dy[j] * w[j];
                dx[j] = scale * (gradient - MathF.FusedMultiplyAdd(normalised, meanProduct, meanGradient));
            }
        }
    }
}
