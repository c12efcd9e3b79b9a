using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RawSer.Kernels;

/// <summary>Images in memory: element (b, c, h, w) is at <c>Data + b * Batch + c * Channel + h * Row + w * Column</c>.</summary>
internal readonly unsafe record struct ImageBatch(nint Address, nint Batch, nint Channel, nint Row, nint Column)
{
    public float* Data => (float*)Address;

    public static ImageBatch Of(View view) =>
        new((nint)view.Pointer<float>(), (nint)view.Strides[0], (nint)view.Strides[1], (nint)view.Strides[2], (nint)view.Strides[3]);
}

/// <summary>
/// Direct convolution without a column matrix. A block of input rows is copied once into a zero-padded buffer in which output (q, p) lies
/// at <c>q * Pitch + p</c> and every tap is the same buffer shifted; so the rows that a column matrix would hold are runs of the buffer,
/// and the register tiles of the matrix product read them in place through a table of offsets. Columns between the outputs' width and the
/// pitch are computed and dropped. Serves convolution and, per residue of the stride, its gradient for the input.
/// </summary>
internal sealed unsafe class SlidingWindow<TTile> where TTile : ITile
{
    // Largest buffer of one part, in floats: a share of the second-level cache that leaves room for the packed kernels.
    private const int BufferFloats = 96 * 1024;

    // Packed kernels that stay in the cache while the tiles of a block pass by, in floats.
    private const int KernelFloats = 32 * 1024;

    // The tiles of a part read up to this many floats beyond the last window.
    private const int Slack = 256;

    private const int FewestParts = 8;

    // Results of a block that wait in the cache until they are pooled, in floats.
    private const int UnpooledFloats = 64 * 1024;

    private readonly WindowAxis _h;
    private readonly WindowAxis _w;
    private readonly int _groups;
    private readonly int _channels;
    private readonly int _outputs;
    private readonly ImageBatch _input;
    private readonly ImageBatch _output;
    private readonly float* _kernels;
    private readonly bool _hasBias;
    private readonly UnaryOp? _activation;
    private readonly PoolWindows? _pool;

    private readonly int _depth;
    private readonly int _blockH;
    private readonly int _blockW;
    private readonly int _blockOutputs;
    private readonly int _pitch;
    private readonly int _plane;
    private readonly int[] _offsets;
    private readonly bool _tilesAlongRows;

    /// <param name="h">Window along rows.</param>
    /// <param name="w">Window along columns.</param>
    /// <param name="batch">Number of images.</param>
    /// <param name="groups">Number of groups.</param>
    /// <param name="channels">Input channels of a group.</param>
    /// <param name="outputs">Output channels of a group.</param>
    /// <param name="input">Input images.</param>
    /// <param name="output">Output images; neighbouring columns are one element apart.</param>
    /// <param name="kernels">From <see cref="ConvolutionKernels"/>.</param>
    /// <param name="hasBias">Whether the kernels' depth ends with a bias.</param>
    /// <param name="activation">Applied after the bias, and after the pooling: it must be monotonous if there is one.</param>
    /// <param name="pool">Tiling windows on the result, whose maxima are the output; only for convolution.</param>
    public SlidingWindow(
        WindowAxis h, WindowAxis w, int batch, int groups, int channels, int outputs, ImageBatch input, ImageBatch output,
        float* kernels, bool hasBias, UnaryOp? activation, PoolWindows? pool)
    {
        (_h, _w, _groups, _channels, _outputs, _input, _output) = (h, w, groups, channels, outputs, input, output);
        _kernels = kernels;
        (_hasBias, _activation, _pool) = (hasBias, activation, pool);
        _depth = (channels * h.Taps.Length * w.Taps.Length) + (hasBias ? 1 : 0);
        (_blockH, _blockW) = ChooseBlock(batch * groups);
        _blockOutputs = ChooseOutputs(batch * groups * BlocksH * BlocksW);
        int overlap = PaddingOverlap();
        _pitch = _blockW + w.MaxShift - overlap;
        _plane = ((_blockH + h.MaxShift) * _pitch) + overlap;
        _offsets = BuildOffsets();
        int lanes = TTile.Lanes;
        int alongRows = _blockH * ((_blockW + lanes - 1) / lanes), alongPitch = (((_blockH - 1) * _pitch) + _blockW + lanes - 1) / lanes;
        _tilesAlongRows = alongRows <= alongPitch * 1.04;
        Parts = batch * groups * BlocksH * BlocksW * BlocksO;
    }

    private int BlocksH => (_h.Outputs + _blockH - 1) / _blockH;

    private int BlocksW => (_w.Outputs + _blockW - 1) / _blockW;

    private int BlocksO => (_outputs + _blockOutputs - 1) / _blockOutputs;

    private int Parts { get; }

    /// <summary>Computes all outputs.</summary>
    public void Run() => WorkerPool.Shared.Run(Parts, new Body(this));

    private readonly struct Body(SlidingWindow<TTile> window) : IParallelBody
    {
        public void Invoke(int index) => window.Part(index);
    }

    private (int Height, int Width) ChooseBlock(int images)
    {
        long planes = (long)Math.Max(1, _channels) * _h.Phases * _w.Phases;
        long room = Math.Max(1, BufferFloats / planes);
        int height = (int)Math.Min(_h.Outputs, (room / (_w.Outputs + _w.MaxShift)) - _h.MaxShift), width = _w.Outputs;
        if (_pool is { } pool)
        {
            int unpooled = UnpooledFloats / Math.Max(1, _outputs * width);
            return (ManyParts(images, Math.Min(height, unpooled), pool.Rows.Kernel), width);
        }

        if (height < 1)
        {
            height = 1;
            int fits = (int)Math.Min(width, (room / (1 + _h.MaxShift)) - _w.MaxShift);
            width = Even(width, Math.Max(fits, Math.Min(width, 2 * TTile.Columns)));
        }

        return (Even(_h.Outputs, ManyParts(images, height, unit: 1)), width);
    }

    /// <summary>The height of a block, a multiple of <paramref name="unit"/>, lowered until there are enough blocks.</summary>
    private int ManyParts(int images, int height, int unit)
    {
        while (height > 4 && images * ((_h.Outputs + height - 1) / height) < FewestParts)
        {
            height = (height + 1) / 2;
        }

        return Math.Max(height / unit, 1) * unit;
    }

    /// <summary>Zeros right of a row that can be the zeros left of the next one.</summary>
    private int PaddingOverlap()
    {
        bool wholeRows = _blockW == _w.Outputs && _w.Stride == 1;
        int before = Math.Max(0, _w.Pad), after = Math.Max(0, _w.Outputs + _w.MaxShift - _w.Pad - _w.Inputs);
        return wholeRows ? Math.Min(Math.Min(before, after), _w.MaxShift) : 0;
    }

    /// <summary>Splits the output channels when there are too few images and blocks to keep all threads busy.</summary>
    private int ChooseOutputs(int parts)
    {
        int wanted = (FewestParts + parts - 1) / parts;
        int panels = (_outputs + TTile.Rows - 1) / TTile.Rows;
        return Math.Max(1, (panels + wanted - 1) / wanted) * TTile.Rows;
    }

    /// <summary>The extent of a block when <paramref name="extent"/> is cut into blocks of at most <paramref name="max"/> of equal size.</summary>
    private static int Even(int extent, int max)
    {
        int blocks = (extent + max - 1) / max;
        return (extent + blocks - 1) / blocks;
    }

    /// <summary>Where the run of each (channel, tap) starts in the buffer, in the order of the packed kernels; a bias's ones are not in the table.</summary>
    private int[] BuildOffsets()
    {
        int[] offsets = new int[_depth];
        int k = 0;
        for (int c = 0; c < _channels; c++)
        {
            for (int th = 0; th < _h.Taps.Length; th++)
            {
                for (int tw = 0; tw < _w.Taps.Length; tw++)
                {
                    int plane = (((c * _h.Phases) + _h.Phase[th]) * _w.Phases) + _w.Phase[tw];
                    offsets[k++] = (plane * _plane) + (_h.Shift[th] * _pitch) + _w.Shift[tw];
                }
            }
        }

        return offsets;
    }

    private void Part(int index)
    {
        // Output channels are cut where images are small and kernels many: a thread's run of parts then reads a share of the kernels only.
        int q = index % BlocksH * _blockH;
        index /= BlocksH;
        int p = index % BlocksW * _blockW;
        index /= BlocksW;
        int blockO = index % BlocksO * _blockOutputs;
        index /= BlocksO;
        int group = index % _groups, image = index / _groups;
        int rows = Math.Min(_blockH, _h.Outputs - q), columns = Math.Min(_blockW, _w.Outputs - p);

        int floats = (_channels * _h.Phases * _w.Phases * _plane) + Slack;
        float* buffer = ThreadScratch.Floats(ThreadScratch.Use.Right, (long)floats + TTile.Columns);
        new Span<float>(buffer + floats, TTile.Columns).Fill(1);
        float* from = _input.Data + (image * _input.Batch) + ((nint)group * _channels * _input.Channel);
        for (int c = 0; c < _channels; c++)
        {
            CopyChannel(from + (c * _input.Channel), q, rows, p, columns, buffer + ((nint)c * _h.Phases * _w.Phases * _plane));
        }

        float* to = _output.Data + (image * _output.Batch) + (((group * _outputs) + blockO) * _output.Channel);
        if (_pool is not { } pool)
        {
            Multiply(group, blockO, new Target((nint)to, _output.Channel, _output.Row, q, p), _activation, rows, columns, buffer, floats);
            return;
        }

        int outputs = Math.Min(_blockOutputs, _outputs - blockO), plane = rows * columns;
        float* results = ThreadScratch.Floats(ThreadScratch.Use.Partial, ((long)outputs * plane) + MaxWindows<PoolIdentity, ValuesOnly>.ScratchFloats(pool));
        Multiply(group, blockO, new Target((nint)results, plane, columns, 0, 0), null, rows, columns, buffer, floats);
        for (int o = 0; o < outputs; o++)
        {
            Pool(pool, results + (o * plane), q, rows, results + ((nint)outputs * plane), to + (o * _output.Channel));
        }
    }

    /// <summary>The maxima of the windows on rows [q, q + rows) of a plane, to the pooled plane.</summary>
    private void Pool(PoolWindows pool, float* rowQ, int q, int rows, float* scratch, float* to)
    {
        MaxWindows<PoolIdentity, ValuesOnly> windows = new(pool, default);
        int last = Math.Min((q + rows) / pool.Rows.Kernel, pool.Rows.Output);
        for (int row = q / pool.Rows.Kernel; row < last; row++)
        {
            windows.Row(rowQ - ((nint)q * pool.Columns.Input), row, scratch);
            Epilogue.Write(_activation, scratch, to + (row * _output.Row), pool.Columns.Output);
        }
    }

    /// <summary>One channel of the input split into phases, with zeros where the window leaves the image.</summary>
    private void CopyChannel(float* from, int q, int rows, int p, int columns, float* buffer)
    {
        int width = columns + _w.MaxShift;
        for (int phaseH = 0; phaseH < _h.Phases; phaseH++)
        {
            for (int phaseW = 0; phaseW < _w.Phases; phaseW++, buffer += _plane)
            {
                int start = (_w.Stride * p) + phaseW - _w.Pad;
                int before = Math.Clamp((-start + _w.Stride - 1) / _w.Stride, 0, width);
                int end = Math.Clamp((_w.Inputs - start + _w.Stride - 1) / _w.Stride, before, width);
                for (int r = 0; r < rows + _h.MaxShift; r++)
                {
                    int row = (_h.Stride * (q + r)) + phaseH - _h.Pad;
                    float* to = buffer + (r * _pitch);
                    if (row < 0 || row >= _h.Inputs)
                    {
                        new Span<float>(to, width).Clear();
                        continue;
                    }

                    CopyRow(from + (row * _input.Row) + (start * _input.Column), _w.Stride * _input.Column, before, end, width, to);
                }
            }
        }
    }

    private static void CopyRow(float* from, nint step, int before, int end, int width, float* to)
    {
        for (int j = 0; j < before; j++)
        {
            to[j] = 0;
        }

        int i = before;
        if (step == 1 && Vector256.IsHardwareAccelerated)
        {
            for (; i <= end - Vector256<float>.Count; i += Vector256<float>.Count)
            {
                Vector256.Load(from + i).Store(to + i);
            }
        }

        for (; i < end; i++)
        {
            to[i] = from[i * step];
        }

        for (; i < width; i++)
        {
            to[i] = 0;
        }
    }

    /// <summary>Where the results of a block go: memory of its first output channel, and the place of the block in it.</summary>
    private readonly record struct Target(nint Address, nint Channel, nint Row, int Q, int P)
    {
        public float* Data => (float*)Address;
    }

    private void Multiply(int group, int firstOutput, Target target, UnaryOp? activation, int rows, int columns, float* buffer, int ones)
    {
        nint panelFloats = (nint)_depth * TTile.Rows;
        int lastOutput = Math.Min(firstOutput + _blockOutputs, _outputs);
        int perBlock = (int)Math.Max(1, KernelFloats / Math.Max(1, panelFloats)) * TTile.Rows;
        int panelsPerGroup = (_outputs + TTile.Rows - 1) / TTile.Rows;
        float* kernels = _kernels + (group * panelsPerGroup * panelFloats);
        float* tile = ThreadScratch.Floats(ThreadScratch.Use.Result, TTile.Rows * TTile.Columns);
        int* offsets = (int*)ThreadScratch.Floats(ThreadScratch.Use.Left, _depth);
        _offsets.CopyTo(new Span<int>(offsets, _depth));
        TileCursor cursor = new(_tilesAlongRows, rows, columns, _pitch, TTile.Lanes, TTile.Columns);
        Segment* segments = stackalloc Segment[TTile.Columns];
        for (int blockStart = firstOutput; blockStart < lastOutput; blockStart += perBlock)
        {
            int blockEnd = Math.Min(blockStart + perBlock, lastOutput);
            cursor.Reset();
            while (cursor.Next(segments, out int start, out int width, out int count))
            {
                if (_hasBias)
                {
                    offsets[_depth - 1] = ones - start; // offsets count from the tile's start
                }

                ReadOnlySpan<Segment> parts = new(segments, count);
                bool isRow = count == 1 && parts[0].Start == 0 && parts[0].Length >= TTile.Lanes && _w.OutputStep == 1 && activation is null;
                for (int o = blockStart; o < blockEnd; o += TTile.Rows)
                {
                    int channels = Math.Min(TTile.Rows, blockEnd - o);
                    float* panel = kernels + (o / TTile.Rows * panelFloats);
                    float* to = target.Data + ((o - firstOutput) * target.Channel);
                    Prefetch(channels, to, target, parts);
                    if (isRow && channels == TTile.Rows)
                    {
                        TTile.Multiply(_depth, panel, buffer + start, offsets, parts[0].Length, to + Place(parts[0], target), target.Channel, accumulate: false);
                    }
                    else
                    {
                        TTile.Multiply(_depth, panel, buffer + start, offsets, width, tile, TTile.Columns, accumulate: false);
                        WriteTile(activation, tile, channels, to, target, parts);
                    }
                }
            }
        }
    }

    /// <summary>Asks for the memory of the results before they are computed: their rows are too many streams for the processor to foresee.</summary>
    private void Prefetch(int channels, float* to, Target target, ReadOnlySpan<Segment> segments)
    {
        if (!Sse.IsSupported || _w.OutputStep != 1)
        {
            return;
        }

        const int LineFloats = 16;
        foreach (Segment segment in segments)
        {
            float* row = to + Place(segment, target);
            for (int i = 0; i < channels; i++, row += target.Channel)
            {
                for (int j = 0; j < segment.Length; j += LineFloats)
                {
                    Sse.Prefetch0(row + j);
                }
            }
        }
    }

    /// <summary>Where the first output of a segment lies in its channel.</summary>
    private nint Place(Segment segment, Target target) =>
        ((_h.OutputStart + ((target.Q + segment.Row) * (nint)_h.OutputStep)) * target.Row) + _w.OutputStart + ((target.P + segment.Column) * (nint)_w.OutputStep);

    private void WriteTile(UnaryOp? activation, float* tile, int channels, float* to, Target target, ReadOnlySpan<Segment> segments)
    {
        foreach (Segment segment in segments)
        {
            nint place = Place(segment, target);
            for (int i = 0; i < channels; i++)
            {
                float* from = tile + (i * TTile.Columns) + segment.Start, row = to + (i * target.Channel) + place;
                if (_w.OutputStep == 1)
                {
                    Epilogue.Write(activation, from, row, segment.Length);
                    continue;
                }

                for (int j = 0; j < segment.Length; j++)
                {
                    row[j * (nint)_w.OutputStep] = from[j]; // gradients, which have no activation
                }
            }
        }
    }
}
