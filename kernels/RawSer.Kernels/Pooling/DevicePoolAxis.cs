using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>A <see cref="PoolAxis"/> as a device kernel receives it: all divisions by its numbers are products.</summary>
internal readonly struct DevicePoolAxis
{
    private readonly DeviceDivisor _stride;
    private readonly DeviceDivisor _dilation;
    private readonly DeviceDivisor _input;
    private readonly DeviceDivisor _output;
    private readonly int _kernel;
    private readonly int _before;
    private readonly int _after;

    /// <summary>The windows of an axis of at least one cell.</summary>
    /// <exception cref="NotSupportedException">Adaptive windows whose products of extents exceed 32 bits.</exception>
    public DevicePoolAxis(PoolAxis axis)
    {
        if (axis.IsAdaptive && ((axis.Input + 1L) * (axis.Output + 1L)) > int.MaxValue)
        {
            throw new NotSupportedException(
                FormattableString.Invariant($"adaptive pooling on a device: from {axis.Input} to {axis.Output} cells: the product of the extents must be below {int.MaxValue:N0}"));
        }

        _stride = new(Math.Max(1, axis.Stride));
        _dilation = new(axis.Dilation);
        _input = new(axis.Input);
        _output = new(axis.Output);
        _kernel = axis.Kernel;
        _before = axis.Before;
        _after = axis.After;
    }

    /// <summary>Extent of the input.</summary>
    public int Input => _input.Value;

    /// <summary>Number of windows.</summary>
    public int Output => _output.Value;

    /// <summary>Cells of a window; 0 when windows adapt.</summary>
    public int Kernel => _kernel;

    /// <summary>Distance between the cells of a window.</summary>
    public int Dilation => _dilation.Value;

    /// <summary>The cell of a place, whose index is counted over several lines of this axis.</summary>
    public int Line(int place, out int cell) => _input.Divide(place, out cell);

    /// <summary>The window of a place, whose index is counted over several lines of windows.</summary>
    public int LineOfWindows(int place, out int window) => _output.Divide(place, out window);

    /// <summary>First cell of a window; negative in the padding.</summary>
    public int Start(int window) => _kernel == 0 ? _output.Divide(window * Input) : (window * _stride.Value) - _before;

    /// <summary>The cells of a window inside the input: the first, their number, and how many of the window's stand before them in the padding.</summary>
    public void Cells(int window, out int first, out int count, out int skipped)
    {
        int start = Start(window);
        if (_kernel == 0)
        {
            first = start;
            count = _output.Divide(((window + 1) * Input) + Output - 1) - start;
            skipped = 0;
            return;
        }

        skipped = start < 0 ? _dilation.Divide(Dilation - 1 - start) : 0;
        first = start + (skipped * Dilation);
        int fitting = first < Input ? _dilation.Divide(Input - 1 - first) + 1 : 0;
        count = IntrinsicMath.Min(fitting, _kernel - skipped);
    }

    /// <summary>Cells of a window of dilation 1 inside the input or its padding; an adaptive one has none in the padding.</summary>
    public int PaddedCount(int window, int cells)
    {
        int start = Start(window);
        return _kernel == 0 ? cells : IntrinsicMath.Min(start + _kernel, Input + _after) - start;
    }

    /// <summary>The windows that reach over a cell; with dilation, not all of them contain it.</summary>
    public void Windows(int cell, out int first, out int last)
    {
        if (_kernel == 0)
        {
            // ceil((i + 1) * in / out) > cell and floor(i * in / out) <= cell
            first = _input.Divide(cell * Output);
            last = _input.Divide(((cell + 1) * Output) + Input - 1) - 1;
            return;
        }

        int padded = cell + _before, beyond = padded - ((_kernel - 1) * Dilation);
        first = beyond <= 0 ? 0 : _stride.Divide(beyond + _stride.Value - 1);
        last = IntrinsicMath.Min(_stride.Divide(padded), Output - 1);
    }

    /// <summary>Which cell of a window that reaches over it a cell is; -1 for one between its cells.</summary>
    public int PlaceIn(int window, int cell)
    {
        int place = _dilation.Divide(cell - Start(window), out int rest);
        return rest == 0 ? place : -1;
    }
}
