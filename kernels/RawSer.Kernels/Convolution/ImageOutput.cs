using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>How four neighbouring results of a channel are stored.</summary>
internal interface IImageStore
{
    static abstract void Store(ArrayView<float> image, ConvSweep sweep, int start, int position, Float4 results);
}

/// <summary>One by one, wherever the places of the positions are.</summary>
internal readonly struct ScatteredStore : IImageStore
{
    public static void Store(ArrayView<float> image, ConvSweep sweep, int start, int position, Float4 results)
    {
        One(image, sweep, start, position, results.X);
        One(image, sweep, start, position + 1, results.Y);
        One(image, sweep, start, position + 2, results.Z);
        One(image, sweep, start, position + 3, results.W);
    }

    private static void One(ArrayView<float> image, ConvSweep sweep, int start, int position, float result)
    {
        if (position < sweep.Positions)
        {
            image[start + sweep.Place(position)] = result;
        }
    }
}

/// <summary>
/// In one access of 128 bits: positions are neighbours in memory, a channel has a multiple of four of them, and everything starts at one.
/// </summary>
internal readonly struct VectorStore : IImageStore
{
    public static void Store(ArrayView<float> image, ConvSweep sweep, int start, int position, Float4 results)
    {
        if (position < sweep.Positions)
        {
            image.AsAligned16().Cast<Float4>()[(start + sweep.Place(position)) >> 2] = results;
        }
    }
}

/// <summary>Results of a convolution: rows are channels, columns are positions.</summary>
internal struct ImageOutput<TStore>(ArrayView<float> data, ConvSweep sweep, ChannelEpilogue epilogue) : ITileOutput where TStore : struct, IImageStore
{
    private readonly ArrayView<float> _data = data;
    private readonly ConvSweep _sweep = sweep;
    private readonly ChannelEpilogue _epilogue = epilogue;
    private int _start;
    private int _channel;

    /// <param name="offset">The group's first channel in image 0.</param>
    /// <param name="extra">Number of the group's first channel.</param>
    /// <param name="part">Not used.</param>
    public void Start(int offset, int extra, int part) => (_start, _channel) = (offset, extra);

    public void Store(int row, int column, Float4 sums)
    {
        if (row < _sweep.Rows)
        {
            float bias = _epilogue.Bias(_channel + row);
            TStore.Store(
                _data, _sweep, _start + (row * _sweep.Out.Channel), column,
                new(_epilogue.Finish(sums.X + bias), _epilogue.Finish(sums.Y + bias), _epilogue.Finish(sums.Z + bias), _epilogue.Finish(sums.W + bias)));
        }
    }
}
