using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// Which mean and inverse deviation an element of (outer, channels, inner) was normalised with: those of its channel (batch norm), of its
/// outer index (layer norm) or of a group of channels of its outer index (group norm): number <c>outer * perOuter + channel / channelsEach</c>.
/// </summary>
internal readonly struct StatisticsOf
{
    private readonly ArrayView<float> _mean;
    private readonly ArrayView<float> _spread;
    private readonly DeviceDivisor _byChannels;
    private readonly int _perOuter;
    private readonly int _isVariance;
    private readonly float _epsilon;

    private StatisticsOf(View mean, View spread, bool isVariance, double epsilon, int perOuter, int channelsEach)
    {
        (_mean, _spread) = (mean.Dense<float>(), spread.Dense<float>());
        _isVariance = isVariance ? 1 : 0;
        _epsilon = (float)epsilon;
        _perOuter = perOuter;
        _byChannels = new DeviceDivisor(Math.Max(1, channelsEach));
    }

    /// <summary>Mean and variance of each channel.</summary>
    public static StatisticsOf Channels(View mean, View variance, double epsilon) => new(mean, variance, isVariance: true, epsilon, 0, 1);

    /// <summary>Mean and inverse deviation of each group of channels of each outer index.</summary>
    public static StatisticsOf Groups(View mean, View inverse, int groups, int channels) => new(mean, inverse, isVariance: false, 0, groups, channels / groups);

    /// <summary>Reads them.</summary>
    public void Load(int outer, int channel, out float mean, out float inverse)
    {
        int at = (outer * _perOuter) + _byChannels.Divide(channel);
        mean = _mean[at];
        float spread = _spread[at];
        inverse = _isVariance != 0 ? 1 / MathF.Sqrt(spread + _epsilon) : spread;
    }
}
