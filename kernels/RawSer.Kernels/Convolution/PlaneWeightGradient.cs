namespace RawSer.Kernels;

/// <summary>
/// Gradient of a convolution for its kernels when each sees one input channel (a first layer, a depthwise layer):
/// <c>dw[o, kh, kw] = sum over pixels of dy[o, pixel] * x[pixel + tap]</c>. A kernel has too few elements to fill the tiles of a matrix
/// product, so here the lanes run along the pixels of a row: the sums of four outputs and three taps of a kernel row stay in registers while
/// the gradients, read in place, pass by. Images are split into chunks by shape, each with partial sums of its own, which are added in order.
/// </summary>
internal sealed unsafe class PlaneWeightGradient<V> where V : unmanaged, ISimd<V>
{
    private const int Outputs = 4;
    private const int Taps = 3;
    private const int WantedParts = 16;

    // Gradients of four outputs that stay in the first-level cache while the kernel rows pass by, in floats.
    private const int BlockFloats = 4096;

    private readonly ConvGeometry _g;
    private readonly ImageBatch _x;
    private readonly ImageBatch _dy;
    private readonly int _batch, _height, _width, _outH, _outW, _kernelH, _kernelW, _outputs;
    private readonly float* _dw;
    private readonly float* _db;

    private readonly int _blockRows, _pitch, _tapBlocks, _sumsPerOutput, _chunks;
    private float* _partial;

    /// <summary>Plans the gradient for these views; see <see cref="Backend.ConvolutionBackwardWeight"/>.</summary>
    public PlaneWeightGradient(View x, View dy, View dw, View db, ConvGeometry geometry)
    {
        _g = geometry;
        (_x, _dy) = (ImageBatch.Of(x), ImageBatch.Of(dy));
        (_batch, _height, _width, _outH, _outW) = (x.Shape[0], x.Shape[2], x.Shape[3], dy.Shape[2], dy.Shape[3]);
        (_outputs, _kernelH, _kernelW) = (dw.Shape[0] / geometry.Groups, dw.Shape[2], dw.Shape[3]);
        _dw = dw.Pointer<float>();
        _db = db.Exists ? db.Pointer<float>() : null;
        int blocks = WorkerPool.PartCount(_outH, Math.Clamp(BlockFloats / (Outputs * _outW), 1, _outH));
        _blockRows = (_outH + blocks - 1) / blocks;
        _tapBlocks = (_kernelW + Taps - 1) / Taps;
        _pitch = _outW + (((_tapBlocks * Taps) - 1) * geometry.DilationW);
        _sumsPerOutput = (_kernelH * _tapBlocks * Taps) + 1;
        _chunks = Math.Min(_batch, (WantedParts + geometry.Groups - 1) / geometry.Groups);
    }

    private int PartialFloats => _outputs * _sumsPerOutput;

    /// <summary>Whether the gradient is of this kind: one channel, rows of neighbours that fill a register.</summary>
    public static bool Takes(View dy, View dw, ConvGeometry geometry) =>
        dw.Shape[1] == 1 && geometry.StrideW == 1 && dy.Strides[3] == 1 && dy.Shape[3] >= V.Count;

    /// <summary>Computes dw and db.</summary>
    public void Run()
    {
        _partial = ThreadScratch.Floats(ThreadScratch.Use.Partial, (long)_chunks * _g.Groups * PartialFloats);
        WorkerPool.Shared.Run(_chunks * _g.Groups, new Body(this));
        for (int channel = 0; channel < _g.Groups * _outputs; channel++)
        {
            Reduce(channel);
        }
    }

    private readonly struct Body(PlaneWeightGradient<V> gradient) : IParallelBody
    {
        public void Invoke(int index) => gradient.Part(index / gradient._g.Groups, index % gradient._g.Groups);
    }

    private void Part(int chunk, int group)
    {
        int bufferRows = ((_blockRows - 1) * _g.StrideH) + ((_kernelH - 1) * _g.DilationH) + 1;
        float* buffer = ThreadScratch.Floats(ThreadScratch.Use.Right, (long)bufferRows * _pitch);
        float* sums = ThreadScratch.Floats(ThreadScratch.Use.Left, (long)PartialFloats * V.Count);
        new Span<float>(sums, PartialFloats * V.Count).Clear();
        float* masks = stackalloc float[2 * V.Count];
        FillMasks(masks);

        int first = (int)((long)_batch * chunk / _chunks), last = (int)((long)_batch * (chunk + 1) / _chunks);
        for (int image = first; image < last; image++)
        {
            for (int oh = 0; oh < _outH; oh += _blockRows)
            {
                int rows = Math.Min(_blockRows, _outH - oh);
                CopyInput(_x.Data + (image * _x.Batch) + (group * _x.Channel), oh, rows, buffer);
                float* dy = _dy.Data + (image * _dy.Batch) + (group * _outputs * _dy.Channel) + (oh * _dy.Row);
                for (int o = 0; o < _outputs; o += o <= _outputs - Outputs ? Outputs : 1)
                {
                    AddOutputs(dy + (o * _dy.Channel), Math.Min(_outputs - o, Outputs), rows, buffer, masks, sums + (o * _sumsPerOutput * V.Count));
                }
            }
        }

        float* partial = _partial + (((nint)chunk * _g.Groups) + group) * PartialFloats;
        for (int i = 0; i < PartialFloats; i++)
        {
            partial[i] = V.Sum(V.Load(sums + (i * V.Count)));
        }
    }

    /// <summary>All lanes, then those lanes of the last register of a row that no register before it covers.</summary>
    private void FillMasks(float* masks)
    {
        int covered = (V.Count - (_outW % V.Count)) % V.Count;
        for (int i = 0; i < V.Count; i++)
        {
            masks[i] = BitConverter.UInt32BitsToSingle(uint.MaxValue);
            masks[V.Count + i] = BitConverter.UInt32BitsToSingle(i < covered ? 0 : uint.MaxValue);
        }
    }

    /// <summary>The input rows under a block of output rows, padded with zeros.</summary>
    private void CopyInput(float* plane, int oh, int rows, float* buffer)
    {
        int bufferRows = ((rows - 1) * _g.StrideH) + ((_kernelH - 1) * _g.DilationH) + 1, top = (oh * _g.StrideH) - _g.PadTop;
        for (int r = 0; r < bufferRows; r++, buffer += _pitch)
        {
            int row = top + r;
            if (row < 0 || row >= _height)
            {
                new Span<float>(buffer, _pitch).Clear();
                continue;
            }

            int before = Math.Clamp(_g.PadLeft, 0, _pitch), end = Math.Clamp(_width + _g.PadLeft, before, _pitch);
            new Span<float>(buffer, before).Clear();
            new Span<float>(buffer + end, _pitch - end).Clear();
            Panels.Interleave(plane + (row * _x.Row) + ((before - _g.PadLeft) * _x.Column), 0, _x.Column, 1, end - before, 1, buffer + before);
        }
    }

    /// <summary>Adds a block of rows to the sums of four outputs, or of the first one if there are fewer.</summary>
    private void AddOutputs(float* dy, int outputs, int rows, float* buffer, float* masks, float* sums)
    {
        bool four = outputs == Outputs;
        int stride = _sumsPerOutput * V.Count;
        for (int kh = 0; kh < _kernelH; kh++)
        {
            for (int taps = 0; taps < _tapBlocks; taps++)
            {
                float* x = buffer + (kh * _g.DilationH * (nint)_pitch) + (taps * Taps * _g.DilationW);
                float* own = sums + (((kh * _tapBlocks) + taps) * Taps * V.Count);
                if (four)
                {
                    AddFour(dy, x, rows, masks, own, stride);
                }
                else
                {
                    AddOne(dy, x, rows, masks, own);
                }
            }
        }

        if (_db is not null)
        {
            for (int o = 0; o < (four ? Outputs : 1); o++)
            {
                AddGradients(dy + (o * _dy.Channel), rows, masks, sums + (o * stride) + stride - V.Count);
            }
        }
    }

    private void AddFour(float* dy, float* x, int rows, float* masks, float* sums, nint stride)
    {
        float* sums1 = sums + stride, sums2 = sums1 + stride, sums3 = sums2 + stride;
        V s00 = V.Load(sums), s01 = V.Load(sums + V.Count), s02 = V.Load(sums + (2 * V.Count));
        V s10 = V.Load(sums1), s11 = V.Load(sums1 + V.Count), s12 = V.Load(sums1 + (2 * V.Count));
        V s20 = V.Load(sums2), s21 = V.Load(sums2 + V.Count), s22 = V.Load(sums2 + (2 * V.Count));
        V s30 = V.Load(sums3), s31 = V.Load(sums3 + V.Count), s32 = V.Load(sums3 + (2 * V.Count));
        nint last = _outW - V.Count, channel = _dy.Channel, step = _g.DilationW, step2 = 2 * step, down = _g.StrideH * (nint)_pitch;
        for (int r = 0; r < rows; r++, dy += _dy.Row, x += down)
        {
            for (nint column = 0; column < _outW; column += V.Count)
            {
                nint at = Math.Min(column, last);
                V mask = V.Load(column >= last ? masks + V.Count : masks);
                V d0 = V.Load(dy + at) & mask, d1 = V.Load(dy + channel + at) & mask;
                V d2 = V.Load(dy + (2 * channel) + at) & mask, d3 = V.Load(dy + (3 * channel) + at) & mask;
                V tap = V.Load(x + at);
                s00 = V.MultiplyAdd(d0, tap, s00);
                s10 = V.MultiplyAdd(d1, tap, s10);
                s20 = V.MultiplyAdd(d2, tap, s20);
                s30 = V.MultiplyAdd(d3, tap, s30);
                tap = V.Load(x + at + step);
                s01 = V.MultiplyAdd(d0, tap, s01);
                s11 = V.MultiplyAdd(d1, tap, s11);
                s21 = V.MultiplyAdd(d2, tap, s21);
                s31 = V.MultiplyAdd(d3, tap, s31);
                tap = V.Load(x + at + step2);
                s02 = V.MultiplyAdd(d0, tap, s02);
                s12 = V.MultiplyAdd(d1, tap, s12);
                s22 = V.MultiplyAdd(d2, tap, s22);
                s32 = V.MultiplyAdd(d3, tap, s32);
            }
        }

        Store(sums, s00, s01, s02);
        Store(sums1, s10, s11, s12);
        Store(sums2, s20, s21, s22);
        Store(sums3, s30, s31, s32);
    }

    private void AddOne(float* dy, float* x, int rows, float* masks, float* sums)
    {
        V s0 = V.Load(sums), s1 = V.Load(sums + V.Count), s2 = V.Load(sums + (2 * V.Count));
        nint last = _outW - V.Count, step = _g.DilationW, down = _g.StrideH * (nint)_pitch;
        for (int r = 0; r < rows; r++, dy += _dy.Row, x += down)
        {
            for (nint column = 0; column < _outW; column += V.Count)
            {
                nint at = Math.Min(column, last);
                V d = V.Load(dy + at) & V.Load(column >= last ? masks + V.Count : masks);
                s0 = V.MultiplyAdd(d, V.Load(x + at), s0);
                s1 = V.MultiplyAdd(d, V.Load(x + at + step), s1);
                s2 = V.MultiplyAdd(d, V.Load(x + at + (2 * step)), s2);
            }
        }

        Store(sums, s0, s1, s2);
    }

    private void AddGradients(float* dy, int rows, float* masks, float* sums)
    {
        V sum = V.Load(sums);
        nint last = _outW - V.Count;
        for (int r = 0; r < rows; r++, dy += _dy.Row)
        {
            for (nint column = 0; column < _outW; column += V.Count)
            {
                sum += V.Load(dy + Math.Min(column, last)) & V.Load(column >= last ? masks + V.Count : masks);
            }
        }

        sum.Store(sums);
    }

    private static void Store(float* sums, V v0, V v1, V v2)
    {
        v0.Store(sums);
        v1.Store(sums + V.Count);
        v2.Store(sums + (2 * V.Count));
    }

    /// <summary>Adds the chunks of one output channel.</summary>
    private void Reduce(int channel)
    {
        float* sums = _partial + ((nint)channel * _sumsPerOutput);
        for (int tap = 0; tap < _kernelH * _kernelW; tap++)
        {
            _dw[(channel * _kernelH * _kernelW) + tap] = SumOfChunks(sums + (tap / _kernelW * _tapBlocks * Taps) + (tap % _kernelW));
        }

        if (_db is not null)
        {
            _db[channel] = SumOfChunks(sums + _sumsPerOutput - 1);
        }
    }

    private float SumOfChunks(float* first)
    {
        float sum = 0;
        for (int chunk = 0; chunk < _chunks; chunk++)
        {
            sum += first[(nint)chunk * _g.Groups * PartialFloats];
        }

        return sum;
    }
}
