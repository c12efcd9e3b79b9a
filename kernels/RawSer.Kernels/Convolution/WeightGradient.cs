using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

/// <summary>
/// Gradient of a convolution for its kernels: a matrix product whose inner dimension are the output pixels,
/// <c>dw[o, (c, kh, kw)] = sum over pixels of dy[o, pixel] * x[c, pixel + tap]</c>. The padded input is copied with its channels innermost, so
/// that the taps of a kernel row are one run of floats at every pixel (for few channels, the kernel rows are interleaved as well and the
/// whole kernel is one run); the register tiles of the matrix product read these runs in place. Pixels are split into chunks by shape,
/// each with partial sums of its own, which are added in order.
/// </summary>
internal sealed unsafe class WeightGradient<TTile> where TTile : ITile
{
    private const int MaxPixels = 512;
    private const int BufferFloats = 64 * 1024;
    private const int MaxChannels = 64;
    private const int WantedParts = 16;
    private const int Slack = 256;

    // Partial sums of all chunks together, in floats.
    private const long PartialFloats = 16 << 20;

    private readonly ConvGeometry _g;
    private readonly ImageBatch _x;
    private readonly ImageBatch _dy;
    private readonly int _height, _width, _outH, _outW, _kernelH, _kernelW;
    private readonly int _channels, _outputs, _panels;
    private readonly float* _dw;
    private readonly float* _db;

    private readonly bool _rowsInterleaved;
    private readonly int _blockChannels, _channelBlocks;
    private readonly int _blockRows, _rowBlocks, _units, _chunks;
    private readonly int _pixelFloats, _runLength, _runWidth, _runs, _bufferWidth;
    private readonly nint _partialRow, _partialBlock;
    private float* _partial;
    private float* _partialBias;

    /// <summary>Plans the gradient for these views; see <see cref="Backend.ConvolutionBackwardWeight"/>.</summary>
    public WeightGradient(View x, View dy, View dw, View db, ConvGeometry geometry)
    {
        _g = geometry;
        (_x, _dy) = (ImageBatch.Of(x), ImageBatch.Of(dy));
        (_height, _width, _outH, _outW) = (x.Shape[2], x.Shape[3], dy.Shape[2], dy.Shape[3]);
        (_channels, _kernelH, _kernelW) = (dw.Shape[1], dw.Shape[2], dw.Shape[3]);
        _outputs = dw.Shape[0] / geometry.Groups;
        _panels = (_outputs + TTile.Rows - 1) / TTile.Rows;
        _dw = dw.Pointer<float>();
        _db = db.Exists ? db.Pointer<float>() : null;

        int tapsInRun = geometry.DilationW == 1 ? _kernelW : 1, runsPerRow = _kernelW / tapsInRun;
        _rowsInterleaved = _channels <= 4 && Registers(tapsInRun * _kernelH * _channels) < _kernelH * Registers(tapsInRun * _channels);
        _blockChannels = _rowsInterleaved ? _channels : Math.Min(_channels, MaxChannels);
        _channelBlocks = (_channels + _blockChannels - 1) / _blockChannels;
        _pixelFloats = _rowsInterleaved ? _kernelH * _channels : _blockChannels;
        _runs = runsPerRow * (_rowsInterleaved ? 1 : _kernelH);
        _runLength = tapsInRun * _pixelFloats;
        _runWidth = Registers(_runLength) * TTile.Lanes;
        _bufferWidth = ((_outW - 1) * geometry.StrideW) + ((_kernelW - 1) * geometry.DilationW) + 1;

        int rowFloats = Math.Max(1, _bufferWidth * _pixelFloats * (_rowsInterleaved ? 1 : geometry.StrideH));
        int rows = Math.Clamp(Math.Min(MaxPixels / _outW, BufferFloats / rowFloats), 1, _outH);
        _rowBlocks = (_outH + rows - 1) / rows;
        _blockRows = (_outH + _rowBlocks - 1) / _rowBlocks;
        _units = x.Shape[0] * _rowBlocks;
        _partialRow = _runs * _runWidth;
        _partialBlock = _panels * TTile.Rows * _partialRow;
        int blocks = geometry.Groups * _channelBlocks;
        long fit = Math.Max(1, PartialFloats / Math.Max(1, blocks * (long)_partialBlock));
        _chunks = (int)Math.Min(Math.Min(_units, fit), (WantedParts + blocks - 1) / blocks);
    }

    private int Blocks => _g.Groups * _channelBlocks;

    private int PaddedOutputs => _panels * TTile.Rows;

    /// <summary>Computes dw and db.</summary>
    public void Run()
    {
        long sums = _chunks * Blocks * (long)_partialBlock;
        _partial = ThreadScratch.Floats(ThreadScratch.Use.Partial, sums + ((long)_chunks * _g.Groups * PaddedOutputs));
        _partialBias = _partial + sums;
        WorkerPool.Shared.Run(_chunks * Blocks, new SumBody(this));
        WorkerPool.Shared.Run(_g.Groups * _outputs, new ReduceBody(this));
    }

    private readonly struct SumBody(WeightGradient<TTile> gradient) : IParallelBody
    {
        public void Invoke(int index) => gradient.SumPart(index / gradient.Blocks, index % gradient.Blocks);
    }

    private readonly struct ReduceBody(WeightGradient<TTile> gradient) : IParallelBody
    {
        public void Invoke(int index) => gradient.Reduce(index / gradient._outputs, index % gradient._outputs);
    }

    private static int Registers(int floats) => (floats + TTile.Lanes - 1) / TTile.Lanes;

    private void SumPart(int chunk, int block)
    {
        int group = block / _channelBlocks, firstChannel = block % _channelBlocks * _blockChannels;
        int channels = Math.Min(_blockChannels, _channels - firstChannel);
        float* sums = _partial + (((nint)chunk * Blocks) + block) * _partialBlock;
        float* biasSums = _db is not null && firstChannel == 0 ? _partialBias + (((nint)chunk * _g.Groups) + group) * PaddedOutputs : null;
        if (biasSums is not null)
        {
            new Span<float>(biasSums, PaddedOutputs).Clear();
        }

        int bufferRows = _rowsInterleaved ? _blockRows : ((_blockRows - 1) * _g.StrideH) + ((_kernelH - 1) * _g.DilationH) + 1;
        nint bufferFloats = (nint)bufferRows * _bufferWidth * _pixelFloats;
        float* buffer = ThreadScratch.Floats(ThreadScratch.Use.Right, bufferFloats + Slack);
        new Span<float>(buffer, checked((int)bufferFloats) + Slack).Clear();
        int pixels = _blockRows * _outW;
        float* panel = ThreadScratch.Floats(ThreadScratch.Use.Left, (long)pixels * TTile.Rows);
        int* pixelOffsets = (int*)ThreadScratch.Floats(ThreadScratch.Use.Result, pixels);
        for (int i = 0; i < pixels; i++)
        {
            int row = i / _outW * (_rowsInterleaved ? 1 : _g.StrideH);
            pixelOffsets[i] = ((row * _bufferWidth) + (i % _outW * _g.StrideW)) * _pixelFloats;
        }

        int first = (int)((long)_units * chunk / _chunks), last = (int)((long)_units * (chunk + 1) / _chunks);
        for (int unit = first; unit < last; unit++)
        {
            int image = unit / _rowBlocks, oh = unit % _rowBlocks * _blockRows;
            int rows = Math.Min(_blockRows, _outH - oh);
            CopyInput(image, (group * _channels) + firstChannel, channels, oh, rows, buffer);
            for (int p = 0; p < _panels; p++)
            {
                int o = p * TTile.Rows;
                PackGradient(image, (group * _outputs) + o, Math.Min(TTile.Rows, _outputs - o), oh, rows, panel);
                if (biasSums is not null)
                {
                    AddPanel(panel, rows * _outW, biasSums + o);
                }

                for (int run = 0; run < _runs; run++)
                {
                    for (int j = 0; j < _runWidth; j += TTile.Columns)
                    {
                        TTile.Multiply(
                            rows * _outW, panel, buffer + RunStart(run) + j, pixelOffsets, Math.Min(TTile.Columns, _runWidth - j),
                            sums + (o * _partialRow) + ((nint)run * _runWidth) + j, _partialRow, accumulate: unit > first);
                    }
                }
            }
        }
    }

    /// <summary>Where the run of a kernel row (and, if dilated, tap) starts relative to its pixel.</summary>
    private nint RunStart(int run)
    {
        int runsPerRow = _rowsInterleaved ? _runs : _runs / _kernelH;
        nint row = run / runsPerRow * (nint)_g.DilationH, column = run % runsPerRow * (nint)_g.DilationW;
        return ((row * _bufferWidth) + column) * _pixelFloats;
    }

    /// <summary>The padded input rows under a block of output rows, channels innermost.</summary>
    private void CopyInput(int image, int channel, int channels, int oh, int rows, float* buffer)
    {
        float* from = _x.Data + (image * _x.Batch) + (channel * _x.Channel);
        int top = (oh * _g.StrideH) - _g.PadTop;
        if (_rowsInterleaved)
        {
            for (int r = 0; r < rows; r++)
            {
                for (int kh = 0; kh < _kernelH; kh++)
                {
                    CopyRow(from, top + (r * _g.StrideH) + (kh * _g.DilationH), channels, buffer + ((nint)r * _bufferWidth * _pixelFloats) + (kh * channels));
                }
            }
        }
        else
        {
            int bufferRows = ((rows - 1) * _g.StrideH) + ((_kernelH - 1) * _g.DilationH) + 1;
            for (int r = 0; r < bufferRows; r++)
            {
                CopyRow(from, top + r, channels, buffer + ((nint)r * _bufferWidth * _pixelFloats));
            }
        }
    }

    private void CopyRow(float* from, int row, int channels, float* to)
    {
        bool inside = row >= 0 && row < _height;
        int before = inside ? Math.Clamp(_g.PadLeft, 0, _bufferWidth) : _bufferWidth;
        int end = inside ? Math.Clamp(_width + _g.PadLeft, before, _bufferWidth) : _bufferWidth;
        ClearPixels(to, 0, before, channels);
        ClearPixels(to, end, _bufferWidth, channels);
        if (end > before)
        {
            float* source = from + (row * _x.Row) + ((before - _g.PadLeft) * _x.Column);
            Panels.Interleave(source, _x.Channel, _x.Column, channels, end - before, _pixelFloats, to + ((nint)before * _pixelFloats));
        }
    }

    private void ClearPixels(float* to, int from, int until, int channels)
    {
        for (int j = from; j < until; j++)
        {
            new Span<float>(to + ((nint)j * _pixelFloats), channels).Clear();
        }
    }

    /// <summary>The gradient of a panel's channels as [pixel][Rows].</summary>
    private void PackGradient(int image, int channel, int channels, int oh, int rows, float* panel)
    {
        float* from = _dy.Data + (image * _dy.Batch) + (channel * _dy.Channel) + (oh * _dy.Row);
        if (_dy.Column == 1 && _dy.Row == _outW)
        {
            Panels.Pack(from, _dy.Channel, 1, channels, rows * _outW, TTile.Rows, panel);
            return;
        }

        for (int r = 0; r < rows; r++)
        {
            Panels.Pack(from + (r * _dy.Row), _dy.Channel, _dy.Column, channels, _outW, TTile.Rows, panel + ((nint)r * _outW * TTile.Rows));
        }
    }

    private static void AddPanel(float* panel, int pixels, float* sums)
    {
        if (Vector256.IsHardwareAccelerated && TTile.Rows == Vector256<float>.Count)
        {
            Vector256<float> sum = default;
            for (nint i = 0; i < pixels; i++)
            {
                sum += Vector256.Load(panel + (i * Vector256<float>.Count));
            }

            (Vector256.Load(sums) + sum).Store(sums);
            return;
        }

        if (TTile.Rows == 1)
        {
            sums[0] += TensorPrimitives.Sum<float>(new ReadOnlySpan<float>(panel, pixels));
            return;
        }

        for (int o = 0; o < TTile.Rows; o++)
        {
            float sum = 0;
            for (nint i = 0; i < pixels; i++)
            {
                sum += panel[(i * TTile.Rows) + o];
            }

            sums[o] += sum;
        }
    }

    /// <summary>Adds the chunks of one output channel and brings them into the order of w.</summary>
    private void Reduce(int group, int output)
    {
        int channel = (group * _outputs) + output;
        float* to = _dw + ((nint)channel * _channels * _kernelH * _kernelW);
        int kernelSize = _kernelH * _kernelW;
        for (int first = 0; first < _channels; first += _blockChannels)
        {
            int block = (group * _channelBlocks) + (first / _blockChannels), channels = Math.Min(_blockChannels, _channels - first);
            float* row = _partial + (block * _partialBlock) + (output * _partialRow);
            for (int tap = 0; tap < kernelSize; tap++)
            {
                float* from = row + Place(tap / _kernelW, tap % _kernelW);
                for (int c = 0; c < channels; c++)
                {
                    float sum = from[c];
                    for (int chunk = 1; chunk < _chunks; chunk++)
                    {
                        sum += from[(chunk * Blocks * _partialBlock) + c];
                    }

                    to[((first + c) * kernelSize) + tap] = sum;
                }
            }
        }

        if (_db is not null)
        {
            float* from = _partialBias + (group * PaddedOutputs) + output;
            float sum = from[0];
            for (int chunk = 1; chunk < _chunks; chunk++)
            {
                sum += from[(nint)chunk * _g.Groups * PaddedOutputs];
            }

            _db[channel] = sum;
        }
    }

    /// <summary>Where the sums of the channels of a kernel element stand in a row of partial sums.</summary>
    private int Place(int kh, int kw)
    {
        bool dilated = _g.DilationW != 1;
        int run = ((_rowsInterleaved ? 0 : kh) * (dilated ? _kernelW : 1)) + (dilated ? kw : 0);
        int tap = dilated ? 0 : kw;
        return (run * _runWidth) + (tap * _pixelFloats) + (_rowsInterleaved ? kh * _channels : 0);
    }
}
