using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// The gradients of a convolution's results as the left operand of the product that gives the gradient of its kernels: a row is an output channel,
/// the places of the sum are (image, line, column) with columns filled up to whole steps, so that a step lies in one line.
/// </summary>
/// <param name="data">The whole storage of the gradients.</param>
/// <param name="sweep">The windows of the forward pass; its outputs are read here.</param>
/// <param name="columns">Divides by the columns with those that were filled in.</param>
internal struct ResultGradientLoader(ArrayView<float> data, ConvSweep sweep, DeviceDivisor columns) : ITileLoader
{
    private readonly ArrayView<float> _data = data;
    private readonly ConvSweep _sweep = sweep;
    private readonly DeviceDivisor _columns = columns;
    private int _channel; // this thread's first element in the first line of image 0
    private int _line;
    private int _slot;
    private int _at;
    private int _valid; // columns from this thread's first on that exist
    private int _left; // columns of the line, for all threads

    public static TileOrder Order => TileOrder.AlongDepth;

    public void Start(int offset, int line, int depth, int slot)
    {
        _line = _columns.Divide(depth, out int column);
        _slot = slot;
        _channel = offset + (IntrinsicMath.Min(line, _sweep.Rows - 1) * _sweep.Out.Channel) + (slot * _sweep.Out.Column);
        Enter(column);
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
        _at += TileProduct.Depth * _sweep.Out.Column;
        _valid -= TileProduct.Depth;
        _left -= TileProduct.Depth;
        if (_left == 0)
        {
            _line++;
            Enter(0);
        }

        return elements;
    }

    private readonly float Load(int i)
    {
        float element = 0;
        if (i < _valid)
        {
            element = _data[_at + (i * _sweep.Out.Column)];
        }

        return element;
    }

    private void Enter(int column)
    {
        int image = _sweep.Image(_line, out int h);
        _at = _channel + (image * _sweep.Out.Batch) + (h * _sweep.Out.Row) + (column * _sweep.Out.Column);
        _valid = _sweep.W.Outputs - _slot - column;
        _left = _columns.Value - column;
    }
}

/// <summary>
/// The inputs of a convolution as the right operand of that product: a column is (channel, tap) of the kernels, in their order in memory. What
/// lies outside of the image and what belongs to columns that were filled in is zero.
/// </summary>
/// <param name="data">The whole storage of the images.</param>
/// <param name="sweep">The windows of the forward pass.</param>
/// <param name="columns">Divides by the columns with those that were filled in.</param>
/// <param name="taps">Divides by the number of taps.</param>
internal struct TapLoader(ArrayView<float> data, ConvSweep sweep, DeviceDivisor columns, DeviceDivisor taps) : ITileLoader
{
    private readonly ArrayView<float> _data = data;
    private readonly ConvSweep _sweep = sweep;
    private readonly DeviceDivisor _columns = columns;
    private readonly DeviceDivisor _taps = taps;
    private int _channel; // where the channel starts in image 0
    private int _row; // of the input, for line 0 of the outputs
    private int _column; // of the input, for this thread's first column of a line
    private int _end; // behind the last column of the input that a line of outputs reads
    private int _line;
    private int _at;
    private int _tapColumn; // of the input, under this thread's first column
    private int _limit; // the end, or 0 where the line lies outside of the image
    private int _left; // columns of the line, for all threads

    public static TileOrder Order => TileOrder.AcrossTile;

    public void Start(int offset, int line, int depth, int slot)
    {
        _line = _columns.Divide(depth, out int column);
        int channel = IntrinsicMath.Min(_taps.Divide(line, out int tap), _sweep.Channels - 1);
        int tapRow = _sweep.TapRow(tap, out int tapColumn);
        _channel = offset + (channel * _sweep.In.Channel);
        _row = (tapRow * _sweep.H.TapStep) + _sweep.H.Origin;
        int first = (tapColumn * _sweep.W.TapStep) + _sweep.W.Origin;
        _column = first + (slot * _sweep.W.Step);
        _end = IntrinsicMath.Max(0, IntrinsicMath.Min(_sweep.W.Inputs, first + ((_sweep.W.Outputs - 1) * _sweep.W.Step) + 1));
        Enter(column);
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
        int step = TileProduct.Depth * _sweep.W.Step;
        _at += step * _sweep.In.Column;
        _tapColumn += step;
        _left -= TileProduct.Depth;
        if (_left == 0)
        {
            _line++;
            Enter(0);
        }

        return elements;
    }

    private readonly float Load(int i)
    {
        float element = 0;
        if ((uint)(_tapColumn + (i * _sweep.W.Step)) < (uint)_limit)
        {
            element = _data[_at + (i * _sweep.W.Step * _sweep.In.Column)];
        }

        return element;
    }

    private void Enter(int column)
    {
        int image = _sweep.Image(_line, out int h);
        int row = _row + (h * _sweep.H.Step);
        _tapColumn = _column + (column * _sweep.W.Step);
        _at = _channel + (image * _sweep.In.Batch) + (row * _sweep.In.Row) + (_tapColumn * _sweep.In.Column);
        _limit = (uint)row < (uint)_sweep.H.Inputs ? _end : 0;
        _left = _columns.Value - column;
    }
}

/// <summary>Gradients of kernels, or the sums of a part of the positions: dense rows, the parts one after the other.</summary>
/// <param name="data">All results of all parts.</param>
/// <param name="rows">Rows of a group.</param>
/// <param name="columns">Columns.</param>
/// <param name="partLength">Results of a part.</param>
internal struct KernelGradientOutput(ArrayView<float> data, int rows, int columns, int partLength) : ITileOutput
{
    private readonly ArrayView<float> _data = data;
    private readonly int _rows = rows;
    private readonly int _columns = columns;
    private readonly int _partLength = partLength;
    private int _start;

    public void Start(int offset, int extra, int part) => _start = offset + (part * _partLength);

    public void Store(int row, int column, Float4 sums)
    {
        if (row < _rows)
        {
            int at = _start + (row * _columns);
            One(at, column, sums.X);
            One(at, column + 1, sums.Y);
            One(at, column + 2, sums.Z);
            One(at, column + 3, sums.W);
        }
    }

    private readonly void One(int at, int column, float sum)
    {
        if (column < _columns)
        {
            _data[at + column] = sum;
        }
    }
}
