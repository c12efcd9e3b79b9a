using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// What follows the sums of a convolution on a device: the bias of the channel, and ReLU, of which NaN stays; nothing by default.
/// </summary>
internal readonly struct ChannelEpilogue
{
    private readonly ArrayView<float> _bias;
    private readonly int _start;
    private readonly int _stride;
    private readonly int _relu;

    public ChannelEpilogue(View bias, bool relu)
    {
        if (bias.Exists)
        {
            (_bias, _start, _stride) = (bias.Whole<float>(), checked((int)bias.Layout.Offset), checked((int)bias.Strides[0]));
        }

        HasBias = bias.Exists ? 1 : 0;
        _relu = relu ? 1 : 0;
    }

    /// <summary>1 or 0.</summary>
    public int HasBias { get; }

    /// <summary>Inside a kernel: the bias of a channel, which must exist even where <see cref="HasBias"/> is 0.</summary>
    public float Bias(int channel) => HasBias != 0 ? _bias[_start + (channel * _stride)] : 0;

    /// <summary>Inside a kernel: the result of a sum that the bias is already in.</summary>
    public float Finish(float sum) => _relu != 0 && sum < 0 ? 0 : sum;
}
