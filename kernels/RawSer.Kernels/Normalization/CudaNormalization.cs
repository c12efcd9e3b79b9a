using RawSer.Gpu;

namespace RawSer.Kernels;

public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public override void BatchStatistics(View x, int axis, View mean, View variance)
    {
        if (mean.Count == 0)
        {
            return;
        }

        if (x.Count == 0)
        {
            Fill(mean, double.NaN); // no elements have no mean
            Fill(variance, double.NaN);
            return;
        }

        DeviceChannels channels = new(x, axis);
        int sums = checked(channels.Channels * channels.Parts * ChannelMomentKernels.Moments);
        using Scratch scratch = new(Memory, (long)sums * sizeof(float));
        View parts = scratch.Dense([sums]);
        (channels.ByColumns ? ChannelMomentKernels.ByColumns : channels.InFours(x) ? ChannelMomentKernels.InFours : ChannelMomentKernels.InOnes).Launch(
            Gpu, new LaunchShape(channels.Blocks, DeviceChannels.BlockSize), x.Dense<float>(), parts.Dense<float>(), channels);
        ChannelMomentKernels.Meet.Launch(
            Gpu, DeviceLines.Shape(channels.Channels, warps: true), parts.Dense<float>(), mean.Dense<float>(), variance.Dense<float>(), channels);
    }

    /// <inheritdoc/>
    public override void CountBatch(View counter) => BatchNormKernels.Count.Launch(Gpu, new LaunchShape(1, 1), counter.Dense<long>());

    /// <inheritdoc/>
    public override void BatchNorm(View x, int axis, View mean, View variance, View weight, View bias, double epsilon, View y)
    {
        if (x.Count > 0)
        {
            BatchNormChannels channels = new(x, axis, mean, variance, weight, bias, default, epsilon);
            ChannelSplit split = ChannelSplit.Of(x.Shape, axis);
            bool aligned = x.IsAligned16() && y.IsAligned16(), inChannel = aligned && split.Inner % 4 == 0, across = aligned && split.Inner == 1 && split.Channels % 4 == 0;
            (inChannel ? BatchNormKernels.ForwardInChannel : across ? BatchNormKernels.ForwardAcross : BatchNormKernels.Forward).Launch(
                Gpu, DeviceLines.Shape(inChannel || across ? channels.Count / 4 : channels.Count, warps: false), x.Dense<float>(), y.Dense<float>(), channels);
        }
    }

    /// <inheritdoc/>
    public override void BatchNormParameterGradients(View x, View dy, int axis, View mean, View variance, double epsilon, View dweight, View dbias) =>
        ChannelGradients(x, dy, axis, StatisticsOf.Channels(mean, variance, epsilon), dweight, dbias);

    /// <inheritdoc/>
    public override void BatchNormBackward(
        View x, View dy, int axis, View mean, View variance, View weight, View dweight, View dbias, double epsilon, View dx)
    {
        if (x.Count > 0)
        {
            BatchNormChannels channels = new(x, axis, mean, variance, weight, dbias, dweight, epsilon);
            ChannelSplit split = ChannelSplit.Of(x.Shape, axis);
            bool aligned = x.IsAligned16() && dy.IsAligned16() && dx.IsAligned16();
            bool inChannel = aligned && split.Inner % 4 == 0, across = aligned && split.Inner == 1 && split.Channels % 4 == 0;
            (inChannel ? BatchNormKernels.BackwardInChannel : across ? BatchNormKernels.BackwardAcross : BatchNormKernels.Backward).Launch(
                Gpu, DeviceLines.Shape(inChannel || across ? channels.Count / 4 : channels.Count, warps: false),
                x.Dense<float>(), dy.Dense<float>(), dx.Dense<float>(), channels);
        }
    }

    /// <inheritdoc/>
    public override void LayerNorm(View x, View weight, View bias, double epsilon, View y, View mean, View inverse) =>
        NormaliseRows(NormRows.Layer(x, mean), x, weight, bias, epsilon, y, mean, inverse);

    /// <inheritdoc/>
    public override void LayerNormBackward(View x, View dy, View weight, View mean, View inverse, View dx, View dweight, View dbias)
    {
        NormRows rows = NormRows.Layer(x, mean);
        NormaliseRowsBackward(rows, x, dy, weight, mean, inverse, dx);
        Layout matrix = LayoutTable.RowMajor([rows.Count, rows.Length], x.Layout.Offset), matrixDy = LayoutTable.RowMajor([rows.Count, rows.Length], dy.Layout.Offset);
        ChannelGradients(x.With(matrix), dy.With(matrixDy), 1, StatisticsOf.Groups(mean, inverse, 1, Math.Max(1, rows.Length)), dweight, dbias);
    }

    /// <inheritdoc/>
    public override void GroupNorm(View x, int groups, View weight, View bias, double epsilon, View y, View mean, View inverse) =>
        NormaliseRows(NormRows.Group(x, groups, mean), x, weight, bias, epsilon, y, mean, inverse);

    /// <inheritdoc/>
    public override void GroupNormBackward(View x, View dy, int groups, View weight, View mean, View inverse, View dx, View dweight, View dbias)
    {
        NormaliseRowsBackward(NormRows.Group(x, groups, mean), x, dy, weight, mean, inverse, dx);
        ChannelGradients(x, dy, 1, StatisticsOf.Groups(mean, inverse, groups, x.Shape[1]), dweight, dbias);
    }

    private void NormaliseRows(NormRows rows, View x, View weight, View bias, double epsilon, View y, View mean, View inverse)
    {
        if (rows.Count == 0)
        {
            return;
        }

        bool fours = rows.InFours(x, y, weight, bias);
        if (rows.InWarps && fours)
        {
            NormRowKernels<InWarp, FourFloats>.Forward(Gpu, rows, x, weight, bias, epsilon, y, mean, inverse);
        }
        else if (rows.InWarps)
        {
            NormRowKernels<InWarp, OneFloat>.Forward(Gpu, rows, x, weight, bias, epsilon, y, mean, inverse);
        }
        else if (fours)
        {
            NormRowKernels<InBlock, FourFloats>.Forward(Gpu, rows, x, weight, bias, epsilon, y, mean, inverse);
        }
        else
        {
            NormRowKernels<InBlock, OneFloat>.Forward(Gpu, rows, x, weight, bias, epsilon, y, mean, inverse);
        }
    }

    private void NormaliseRowsBackward(NormRows rows, View x, View dy, View weight, View mean, View inverse, View dx)
    {
        if (!dx.Exists || x.Count == 0)
        {
            return;
        }

        bool fours = rows.InFours(x, dy, weight, dx);
        if (rows.InWarps && fours)
        {
            NormRowKernels<InWarp, FourFloats>.Backward(Gpu, rows, x, dy, weight, mean, inverse, dx);
        }
        else if (rows.InWarps)
        {
            NormRowKernels<InWarp, OneFloat>.Backward(Gpu, rows, x, dy, weight, mean, inverse, dx);
        }
        else if (fours)
        {
            NormRowKernels<InBlock, FourFloats>.Backward(Gpu, rows, x, dy, weight, mean, inverse, dx);
        }
        else
        {
            NormRowKernels<InBlock, OneFloat>.Backward(Gpu, rows, x, dy, weight, mean, inverse, dx);
        }
    }

    private void ChannelGradients(View x, View dy, int axis, StatisticsOf statistics, View dweight, View dbias)
    {
        if (x.Count == 0)
        {
            ZeroIfThere(dweight);
            ZeroIfThere(dbias);
            return;
        }

        if (!dweight.Exists && !dbias.Exists)
        {
            return;
        }

        DeviceChannels channels = new(x, axis);
        int sums = checked(channels.Channels * channels.Parts * ChannelGradientKernels.Sums);
        using Scratch scratch = new(Memory, (long)sums * sizeof(float));
        View parts = scratch.Dense([sums]);
        bool fours = channels.InFours(x) && dy.IsAligned16();
        (channels.ByColumns ? ChannelGradientKernels.ByColumns : fours ? ChannelGradientKernels.InFours : ChannelGradientKernels.InOnes).Launch(
            Gpu, new LaunchShape(channels.Blocks, DeviceChannels.BlockSize), x.Dense<float>(), dy.Dense<float>(), parts.Dense<float>(), channels, statistics);
        ChannelGradientKernels.Meet.Launch(
            Gpu, DeviceLines.Shape(channels.Channels, warps: true), parts.Dense<float>(), dweight.Dense<float>(), dbias.Dense<float>(), channels);
    }

    private void ZeroIfThere(View gradient)
    {
        if (gradient.Exists)
        {
            Fill(gradient, 0);
        }
    }
}
