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
    private int _image; // where this thread's first channel starts in its image
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
        _image = offset + (image * _sweep.In.Batch) + (slot * _sweep.In.Channel);
        _row = _sweep.InputRow(h) + (tapRow * _sweep.H.TapStep);
        _column = _sweep.InputColumn(w) + (_tapColumn * _sweep.W.TapStep);
        _slot = slot;
        Enter(channel);
    }

    public Float4 First(int count)
    {
        Float4 elements = default;
        if (count != 0)
        {
            elements = Next();
        }

        return elements;
    }

    public Float4 Next()
    {
        Float4 elements = new(Load(0), Load(1), Load(2), Load(3));
        _at += TileProduct.Depth * _sweep.In.Channel;
        _valid -= TileProduct.Depth;
        _left -= TileProduct.Depth;
        if (_left == 0)
        {
            _tapColumn++;
            _column += _sweep.W.TapStep;
            if (_tapColumn == _sweep.W.Taps)
            {
                _tapColumn = 0;
                _column -= _sweep.W.Taps * _sweep.W.TapStep;
                _row += _sweep.H.TapStep;
            }

            Enter(0);
        }

        return elements;
    }

    private readonly float Load(int i)
    {
        float element = 0;
        if (i < _valid)
        {
            element = _data[_at + (i * _sweep.In.Channel)];
        }

        return element;
    }

    private void Enter(int channel)
    {
        bool inside = (uint)_row < (uint)_sweep.H.Inputs && (uint)_column < (uint)_sweep.W.Inputs;
        _at = _image + (channel * _sweep.In.Channel) + (_row * _sweep.In.Row) + (_column * _sweep.In.Column);
        _valid = inside ? _sweep.Channels - _slot - channel : 0;
        _left = _channels.Value - channel;
    }
}
