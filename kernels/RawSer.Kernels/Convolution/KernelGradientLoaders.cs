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
    private readonly int _lineStep = sweep.Out.Row - (columns.Value * sweep.Out.Column); // from behind a line to the next one
    private readonly int _imageStep = sweep.Out.Batch - (sweep.H.Outputs * sweep.Out.Row); // and what is added behind the last one
    private int _line; // of the image
    private int _slot;
    private int _at;
    private int _valid; // columns from this thread's first on that exist
    private int _left; // columns of the line, for all threads

    public static TileOrder Order => TileOrder.AlongDepth;

    public void Start(int offset, int line, int depth, int slot)
    {
        int image = _sweep.Image(_columns.Divide(depth, out int column), out _line);
        _slot = slot;
        _at = offset + (image * _sweep.Out.Batch) + (IntrinsicMath.Min(line, _sweep.Rows - 1) * _sweep.Out.Channel)
            + (_line * _sweep.Out.Row) + ((column + slot) * _sweep.Out.Column);
        Enter(column);
    }

    public Float4 First(int count) => Next(true); // the sum is filled up to whole steps

    public Float4 Next(bool exists)
    {
        int valid = exists ? _valid : 0;
        Float4 elements = new(Load(0, valid), Load(1, valid), Load(2, valid), Load(3, valid));
        _at += TileProduct.Depth * _sweep.Out.Column;
        _valid -= TileProduct.Depth;
        _left -= TileProduct.Depth;
        if (_left == 0)
        {
            _at += _lineStep;
            _line++;
            if (_line == _sweep.H.Outputs)
            {
                _line = 0;
                _at += _imageStep;
            }

            Enter(0);
        }

        return elements;
    }

    private readonly float Load(int i, int valid)
    {
        float element = 0;
        if (i < valid)
        {
            element = _data[_at + (i * _sweep.Out.Column)];
        }

        return element;
    }

    private void Enter(int column)
    {
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
    private readonly int _lineStep = (sweep.H.Step * sweep.In.Row) - (columns.Value * sweep.W.Step * sweep.In.Column); // from behind a line of outputs to the next one
    private readonly int _imageStep = sweep.In.Batch - (sweep.H.Outputs * sweep.H.Step * sweep.In.Row); // and what is added behind the last one
    private int _row; // of the input, under the current line of outputs
    private int _column; // of the input, for this thread's first column of a line
    private int _end; // behind the last column of the input that a line of outputs reads
    private int _line; // of the image
    private int _at;
    private int _tapColumn; // of the input, under this thread's first column
    private int _limit; // the end, or 0 where the line lies outside of the image
    private int _left; // columns of the line, for all threads

    public static TileOrder Order => TileOrder.AcrossTile;

    public void Start(int offset, int line, int depth, int slot)
    {
        int image = _sweep.Image(_columns.Divide(depth, out int column), out _line);
        int channel = IntrinsicMath.Min(_taps.Divide(line, out int tap), _sweep.Channels - 1);
        int tapRow = _sweep.TapRow(tap, out int tapColumn);
        _row = _sweep.InputRow(_line) + (tapRow * _sweep.H.TapStep);
        int first = (tapColumn * _sweep.W.TapStep) + _sweep.W.Origin;
        _column = first + (slot * _sweep.W.Step);
        _end = IntrinsicMath.Max(0, IntrinsicMath.Min(_sweep.W.Inputs, first + ((_sweep.W.Outputs - 1) * _sweep.W.Step) + 1));
        Enter(column);
        _at = offset + (image * _sweep.In.Batch) + (channel * _sweep.In.Channel) + (_row * _sweep.In.Row) + (_tapColumn * _sweep.In.Column);
    }

    public Float4 First(int count) => Next(true); // the sum is filled up to whole steps

    public Float4 Next(bool exists)
    {
        int limit = exists ? _limit : 0;
        Float4 elements = new(Load(0, limit), Load(1, limit), Load(2, limit), Load(3, limit));
        int step = TileProduct.Depth * _sweep.W.Step;
        _at += step * _sweep.In.Column;
        _tapColumn += step;
        _left -= TileProduct.Depth;
        if (_left == 0)
        {
            _at += _lineStep;
            _row += _sweep.H.Step;
            _line++;
            if (_line == _sweep.H.Outputs)
            {
                _line = 0;
                _row -= _sweep.H.Outputs * _sweep.H.Step;
                _at += _imageStep;
            }

            Enter(0);
        }

        return elements;
    }

    private readonly float Load(int i, int limit)
    {
        float element = 0;
        if ((uint)(_tapColumn + (i * _sweep.W.Step)) < (uint)limit)
        {
            element = _data[_at + (i * _sweep.W.Step * _sweep.In.Column)];
        }

        return element;
    }

    private void Enter(int column)
    {
        _tapColumn = _column + (column * _sweep.W.Step);
        _limit = (uint)_row < (uint)_sweep.H.Inputs ? _end : 0;
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
