using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// The inputs of a convolution as the right operand of a product, without a matrix of columns in memory: a column is a position, the places of
/// the sum are (tap, channel) with channels filled up to whole steps. Which input a tap reads, and whether it lies inside the image, is found
/// once per tap; inside of it a step is four loads at a distance of channels.
/// </summary>
/// <param name="data">The whole storage of the images.</param>
/// <param name="sweep">The windows.</param>
/// <param name="channels">Divides by the channels with those that were filled in.</param>
internal struct WindowLoader(ArrayView<float> data, ConvSweep sweep, DeviceDivisor channels) : ITileLoader
{
    private readonly ArrayView<float> _data = data;
    private readonly ConvSweep _sweep = sweep;
    private readonly DeviceDivisor _channels = channels;
    private readonly int _tapStep = (sweep.W.TapStep * sweep.In.Column) - (channels.Value * sweep.In.Channel); // from behind the last channel of a tap to the next tap's first
    private readonly int _tapColumns = sweep.W.Taps * sweep.W.TapStep;
    private readonly int _tapRowStep = (sweep.H.TapStep * sweep.In.Row) - (sweep.W.Taps * sweep.W.TapStep * sweep.In.Column); // and what is added at the end of a row
    private int _slot;
    private int _row; // of the input, under the current tap
    private int _column;
    private int _tapColumn;
    private int _at;
    private int _valid; // channels from this thread's on that exist, none outside of the image
    private int _left; // of the tap, for all threads

    public static TileOrder Order => TileOrder.AcrossTile;

    public void Start(int offset, int line, int depth, int slot)
    {
        int image = _sweep.Locate(IntrinsicMath.Min(line, _sweep.Positions - 1), out int h, out int w);
        int tapRow = _sweep.TapRow(_channels.Divide(depth, out int channel), out _tapColumn);
        _row = _sweep.InputRow(h) + (tapRow * _sweep.H.TapStep);
        _column = _sweep.InputColumn(w) + (_tapColumn * _sweep.W.TapStep);
        _at = offset + (image * _sweep.In.Batch) + ((slot + channel) * _sweep.In.Channel) + (_row * _sweep.In.Row) + (_column * _sweep.In.Column);
        _slot = slot;
        _left = _channels.Value - channel;
        _valid = Valid(channel);
    }

    public Float4 First(int count) => Next(true); // the sum is filled up to whole steps

    public Float4 Next(bool exists)
    {
        int valid = exists ? _valid : 0;
        Float4 elements = new(Load(0, valid), Load(1, valid), Load(2, valid), Load(3, valid));
        _at += TileProduct.Depth * _sweep.In.Channel;
        _valid -= TileProduct.Depth;
        _left -= TileProduct.Depth;
        if (_left == 0)
        {
            _at += _tapStep;
            _column += _sweep.W.TapStep;
            _tapColumn++;
            if (_tapColumn == _sweep.W.Taps)
            {
                _tapColumn = 0;
                _column -= _tapColumns;
                _row += _sweep.H.TapStep;
                _at += _tapRowStep;
            }

            _left = _channels.Value;
            _valid = Valid(0);
        }

        return elements;
    }

    private readonly float Load(int i, int valid)
    {
        float element = 0;
        if (i < valid)
        {
            element = _data[_at + (i * _sweep.In.Channel)];
        }

        return element;
    }

    private readonly int Valid(int channel)
    {
        bool inside = (uint)_row < (uint)_sweep.H.Inputs && (uint)_column < (uint)_sweep.W.Inputs;
        return inside ? _sweep.Channels - _slot - channel : 0;
    }
}
