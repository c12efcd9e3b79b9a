namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void GroupNorm(View x, int groups, View weight, View bias, double epsilon, View y, View mean, View inverse)
    {
        ChannelSplit channels = ChannelSplit.Of(x.Shape, 1);
        RowSplit split = new(mean.Count, channels.Channels / groups * channels.Inner, wholeRows: true);
        WorkerPool.Shared.Run(split.PartCount, new GroupNormRows(
            split, channels, groups, x.Pointer<float>(), PointerOrNull(weight), PointerOrNull(bias), epsilon, y.Pointer<float>(), mean.Pointer<float>(), inverse.Pointer<float>()));
    }

    /// <inheritdoc/>
    public override void GroupNormBackward(View x, View dy, int groups, View weight, View mean, View inverse, View dx, View dweight, View dbias)
    {
        ChannelSplit channels = ChannelSplit.Of(x.Shape, 1);
        RowSplit split = new(mean.Count, channels.Channels / groups * channels.Inner, wholeRows: true);
        long segments = channels.Outer * channels.Channels;
        double* sums = (double*)ThreadScratch.Floats(ThreadScratch.Use.Partial, Math.Max(1, segments * 2 * (sizeof(double) / sizeof(float))));
        WorkerPool.Shared.Run(split.PartCount, new GroupNormBackwardRows(
            split, channels, groups, x.Pointer<float>(), dy.Pointer<float>(), PointerOrNull(weight), mean.Pointer<float>(), inverse.Pointer<float>(), PointerOrNull(dx), sums));

        float* pdw = PointerOrNull(dweight), pdb = PointerOrNull(dbias);
        for (int c = 0; c < channels.Channels; c++)
        {
            double sum = 0, products = 0;
            for (long segment = c; segment < segments; segment += channels.Channels)
            {
                sum += sums[segment * 2];
                products += sums[(segment * 2) + 1];
            }

            if (pdw != null)
            {
                pdw[c] = (float)products;
            }

            if (pdb != null)
            {
                pdb[c] = (float)sum;
            }
        }
    }

    private readonly struct GroupNormRows(
        RowSplit split, ChannelSplit channels, int groups, float* x, float* weight, float* bias, double epsilon, float* y, float* mean, float* inverse) : IParallelBody
    {
        public void Invoke(int index)
        {
            (long first, long last, _, _) = split.Part(index);
            int perGroup = channels.Channels / groups;
            for (long row = first; row < last; row++)
            {
                (float center, double variance) = RowMoments.Of(x + (row * perGroup * channels.Inner), perGroup * channels.Inner);
                float scale = (float)(1 / Math.Sqrt(variance + epsilon));
                mean[row] = center;
                inverse[row] = scale;
                for (int c = 0; c < perGroup; c++)
                {
                    long segment = (row * perGroup) + c, channel = segment % channels.Channels;
                    float factor = weight == null ? scale : scale * weight[channel], shift = bias == null ? 0 : bias[channel];
                    Normalise<PerRow>.Row(
                        x + (segment * channels.Inner), y + (segment * channels.Inner), (nint)channels.Inner, PerRow.At(&center), PerRow.At(&factor), PerRow.At(&shift));
                }
            }
        }
    }

    /// <summary>
    /// For each segment, the elements of one channel of one sample, S(dy) and S(dy * xhat): they are the parameter gradients of the sample, and
    /// weighted by channel they give the means that dx of the group needs.
    /// </summary>
    private readonly struct GroupNormBackwardRows(
        RowSplit split, ChannelSplit channels, int groups, float* x, float* dy, float* weight, float* mean, float* inverse, float* dx, double* sums) : IParallelBody
    {
        public void Invoke(int index)
        {
            (long first, long last, _, _) = split.Part(index);
            int perGroup = channels.Channels / groups;
            double n = (double)perGroup * channels.Inner;
            for (long row = first; row < last; row++)
            {
                double meanGradient = 0, meanProduct = 0;
                for (long segment = row * perGroup; segment < (row + 1) * perGroup; segment++)
                {
                    double* own = sums + (segment * 2);
                    own[0] = own[1] = 0;
                    for (long done = 0; done < channels.Inner; done += StatisticsBlock)
                    {
                        long at = (segment * channels.Inner) + done;
                        GradientSums(x + at, dy + at, (nint)Math.Min(StatisticsBlock, channels.Inner - done), mean[row], own);
                    }

                    own[1] *= inverse[row];
                    double w = weight == null ? 1 : weight[segment % channels.Channels];
                    meanGradient += w * own[0] / n;
                    meanProduct += w * own[1] / n;
                }

                if (dx != null)
                {
                    Gradients(row * perGroup, (row + 1) * perGroup, mean[row], inverse[row], meanGradient, meanProduct);
                }
            }
        }

        private void Gradients(long first, long last, float center, float scale, double meanGradient, double meanProduct)
        {
            float factor, slope = (float)(scale * scale * meanProduct), shift = (float)(scale * meanGradient);
            NormCoefficients coefficients = new() { Mean = &center, Scale = &factor, Slope = &slope, Shift = &shift };
            for (long segment = first; segment < last; segment++)
            {
                factor = weight == null ? scale : scale * weight[segment % channels.Channels];
                long at = segment * channels.Inner;
                NormaliseBackward<PerRow>.Row(x + at, dy + at, dx + at, (nint)channels.Inner, new BackwardPick<PerRow>(coefficients, 0));
            }
        }
    }
}
