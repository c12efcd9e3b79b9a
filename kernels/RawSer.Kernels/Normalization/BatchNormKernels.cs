using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>How the elements that a thread takes at once lie to the channels.</summary>
internal interface IChannelStep
{
    /// <summary>From the channel of one element to that of the next.</summary>
    static abstract int Step { get; }
}

/// <summary>All of one channel.</summary>
internal readonly struct InOneChannel : IChannelStep
{
    public static int Step => 0;
}

/// <summary>Each of the next channel.</summary>
internal readonly struct AcrossChannels : IChannelStep
{
    public static int Step => 1;
}

/// <summary>What the elementwise kernels of batch norm need of the channels, and which channel an element has.</summary>
internal readonly struct BatchNormChannels
{
    private readonly ArrayView<float> _mean;
    private readonly ArrayView<float> _variance;
    private readonly ArrayView<float> _weight;
    private readonly ArrayView<float> _bias;
    private readonly ArrayView<float> _dweight;
    private readonly DeviceDivisor _byInner;
    private readonly DeviceDivisor _byChannels;
    private readonly float _epsilon;
    private readonly float _share;

    /// <summary>For the forward pass the bias and no dweight; for the backward pass dbias in place of the bias, or neither.</summary>
    public BatchNormChannels(View x, int axis, View mean, View variance, View weight, View bias, View dweight, double epsilon)
    {
        ChannelSplit split = ChannelSplit.Of(x.Shape, axis);
        (_mean, _variance, _weight, _bias, _dweight) =
            (mean.Dense<float>(), variance.Dense<float>(), weight.Dense<float>(), bias.Dense<float>(), dweight.Dense<float>());
        (_byInner, _byChannels) = (new((int)Math.Max(1, split.Inner)), new(Math.Max(1, split.Channels)));
        _epsilon = (float)epsilon;
        _share = (float)(1.0 / Math.Max(1, split.PerChannel));
        Count = x.IntCount();
    }

    /// <summary>Number of elements.</summary>
    public int Count { get; }

    /// <summary>The channel of an element.</summary>
    public int Channel(int place)
    {
        _byChannels.Divide(_byInner.Divide(place), out int channel);
        return channel;
    }

    /// <summary><c>y = (x - mean) * scale + shift</c></summary>
    public void Forward(int channel, out float mean, out float scale, out float shift)
    {
        mean = _mean[channel];
        scale = Weight(channel) / MathF.Sqrt(_variance[channel] + _epsilon);
        shift = _bias.Length == 0 ? 0 : _bias[channel];
    }

    /// <summary><c>dx = scale * (dy - shift - slope * (x - mean))</c></summary>
    public void Backward(int channel, out float mean, out float scale, out float shift, out float slope)
    {
        float inverse = 1 / MathF.Sqrt(_variance[channel] + _epsilon);
        mean = _mean[channel];
        scale = Weight(channel) * inverse;
        shift = _bias.Length == 0 ? 0 : _bias[channel] * _share;
        slope = _dweight.Length == 0 ? 0 : _dweight[channel] * _share * inverse;
    }

    private float Weight(int channel) => _weight.Length == 0 ? 1 : _weight[channel];
}

/// <summary>Batch norm of elements whose statistics are known: a thread to an element, or to four neighbours.</summary>
internal static class BatchNormKernels
{
    public static readonly Kernel<ArrayView<float>, ArrayView<float>, BatchNormChannels> Forward =
        Kernel.Create<ArrayView<float>, ArrayView<float>, BatchNormChannels>(Normalise<OneFloat, InOneChannel>);

    public static readonly Kernel<ArrayView<float>, ArrayView<float>, BatchNormChannels> ForwardInChannel =
        Kernel.Create<ArrayView<float>, ArrayView<float>, BatchNormChannels>(Normalise<FourFloats, InOneChannel>);

    public static readonly Kernel<ArrayView<float>, ArrayView<float>, BatchNormChannels> ForwardAcross =
        Kernel.Create<ArrayView<float>, ArrayView<float>, BatchNormChannels>(Normalise<FourFloats, AcrossChannels>);

    public static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, BatchNormChannels> Backward =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, BatchNormChannels>(Differentiate<OneFloat, InOneChannel>);

    public static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, BatchNormChannels> BackwardInChannel =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, BatchNormChannels>(Differentiate<FourFloats, InOneChannel>);

    public static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, BatchNormChannels> BackwardAcross =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, BatchNormChannels>(Differentiate<FourFloats, AcrossChannels>);

    public static readonly Kernel<ArrayView<long>> Count = Kernel.Create<ArrayView<long>>(CountBatch);

    /// <summary>The host never learns the number of batches, so a step does not wait for it.</summary>
    [Kernel(MaxThreadsPerGroup = 1)]
    private static void CountBatch(ArrayView<long> counter) => counter[0]++;

    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    [Unroll]
    private static void Normalise<TPack, TStep>(ArrayView<float> x, ArrayView<float> y, BatchNormChannels channels)
        where TPack : struct, IFloatPack
        where TStep : struct, IChannelStep
    {
        int place = Grid.GlobalIndex.X * TPack.Width;
        if (place >= channels.Count)
        {
            return;
        }

        ArrayView<float> values = LocalMemory.Allocate<float>(TPack.Width);
        TPack.Load(x, place, values, 0);
        int channel = channels.Channel(place);
        channels.Forward(channel, out float mean, out float scale, out float shift);
        for (int k = 0; k < TPack.Width; k++)
        {
            if (k > 0 && TStep.Step > 0)
            {
                channels.Forward(channel + k, out mean, out scale, out shift);
            }

            values[k] = ((values[k] - mean) * scale) + shift;
        }

        TPack.Store(y, place, values);
    }

    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    [Unroll]
    private static void Differentiate<TPack, TStep>(ArrayView<float> x, ArrayView<float> dy, ArrayView<float> dx, BatchNormChannels channels)
        where TPack : struct, IFloatPack
        where TStep : struct, IChannelStep
    {
        int place = Grid.GlobalIndex.X * TPack.Width;
        if (place >= channels.Count)
        {
            return;
        }

        ArrayView<float> values = LocalMemory.Allocate<float>(TPack.Width);
        ArrayView<float> upstream = LocalMemory.Allocate<float>(TPack.Width);
        TPack.Load(x, place, values, 0);
        TPack.Load(dy, place, upstream, 0);
        int channel = channels.Channel(place);
        channels.Backward(channel, out float mean, out float scale, out float shift, out float slope);
        for (int k = 0; k < TPack.Width; k++)
        {
            if (k > 0 && TStep.Step > 0)
            {
                channels.Backward(channel + k, out mean, out scale, out shift, out slope);
            }

            values[k] = scale * (upstream[k] - shift - (slope * (values[k] - mean)));
        }

        TPack.Store(dx, place, values);
    }
}
