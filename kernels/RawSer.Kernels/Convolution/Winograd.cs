namespace RawSer.Kernels;

/// <summary>
/// Convolution of 3 x 3 kernels with stride 1 by Winograd's minimal filtering F(2 x 2, 3 x 3) (A. Lavin, S. Gray, "Fast Algorithms for Convolutional
/// Neural Networks", 2016): <c>Y = A^T ((G g G^T) * (B^T d B)) A</c> gives 2 x 2 results from a patch d of 4 x 4 inputs with 16 instead of 36
/// multiplications for each pair of channels. All factors are 0, 1, -1 and 1/2, so that rounding errors stay those of the direct sum.
/// <para>
/// A part takes a block of patches: it transforms them into 16 right operands (channels x patches) that stay in the second-level cache, and for each
/// panel of output channels multiplies the 16 left operands with them and transforms the products back.
/// </para>
/// </summary>
internal sealed unsafe class Winograd<TTile, V>
    where TTile : ITile
    where V : unmanaged, ISimd<V>
{
    private const int Values = WinogradKernels.Values;

    // Transformed patches of a part, in floats: most of a second-level cache of 1 MB. And most panels of a part: more do not make better use of a kernel.
    private const int BlockFloats = 200 * 1024;
    private const int MostPanels = 2;

    private const int FewestParts = 4;

    private readonly ImageBatch _input;
    private readonly ImageBatch _output;
    private readonly int _channels;
    private readonly int _outputs;
    private readonly int _height;
    private readonly int _width;
    private readonly int _outHeight;
    private readonly int _outWidth;
    private readonly int _padTop;
    private readonly int _padLeft;
    private readonly bool _pools;
    private readonly float* _kernels;
    private readonly View _bias;
    private readonly UnaryOp? _activation;
    private readonly int _tilesWide;
    private readonly int _tiles;
    private readonly int _blockTiles;
    private readonly int _blocks;
    private readonly int _blockOutputs;
    private readonly int _parts;

    /// <param name="x">Images (B, C, H, W).</param>
    /// <param name="kernels">From <see cref="WinogradKernels"/>.</param>
    /// <param name="bias">(O), or none.</param>
    /// <param name="y">Results (B, O, OH, OW), or with <paramref name="pools"/> the maxima of each 2 x 2 of them; columns are neighbours.</param>
    /// <param name="padTop">Rows of zeros above the input.</param>
    /// <param name="padLeft">Columns of zeros left of the input.</param>
    /// <param name="activation">Applied after the bias, and after the pooling: it must be monotonous if there is one.</param>
    /// <param name="pools">Whether a 2 x 2 max pooling follows.</param>
    public Winograd(View x, PackedConvolution kernels, View bias, View y, int padTop, int padLeft, UnaryOp? activation, bool pools)
    {
        (_input, _output) = (ImageBatch.Of(x), ImageBatch.Of(y));
        (_channels, _height, _width) = (x.Shape[1], x.Shape[2], x.Shape[3]);
        (_outputs, _outHeight, _outWidth) = (y.Shape[1], y.Shape[2], y.Shape[3]);
        (_padTop, _padLeft, _activation, _pools, _bias) = (padTop, padLeft, activation, pools, bias);
        _kernels = kernels.Data;
        _tilesWide = pools ? _outWidth : (_outWidth + 1) / 2;
        _tiles = _tilesWide * (pools ? _outHeight : (_outHeight + 1) / 2);
        _blockTiles = TTile.Columns * Math.Clamp(BlockFloats / (Values * _channels * TTile.Columns), 1, MostPanels);

        // A rest of less than half a panel belongs to the block before it: kernels are read once for each block.
        int whole = Math.Max(1, _tiles / _blockTiles);
        _blocks = _tiles - (whole * _blockTiles) >= TTile.Columns / 2 ? whole + 1 : whole;
        int wanted = (FewestParts + (_blocks * x.Shape[0]) - 1) / (_blocks * x.Shape[0]), panels = (_outputs + TTile.Rows - 1) / TTile.Rows;
        _blockOutputs = (panels + wanted - 1) / wanted * TTile.Rows;
        _parts = x.Shape[0] * _blocks * BlocksO;
    }

    private int BlocksO => (_outputs + _blockOutputs - 1) / _blockOutputs;

    /// <summary>Computes all outputs.</summary>
    public void Run() => WorkerPool.Shared.Run(_parts, new Body(this));

    private readonly struct Body(Winograd<TTile, V> convolution) : IParallelBody
    {
        public void Invoke(int index) => convolution.Part(index);
    }

    private void Part(int index)
    {
        // Blocks of tiles first: a thread's run of parts then reads a share of the kernels, which are more than the tiles where outputs are cut.
        int block = index % _blocks;
        index /= _blocks;
        int firstOutput = index % BlocksO * _blockOutputs, image = index / BlocksO;
        int first = block * _blockTiles, count = block == _blocks - 1 ? _tiles - first : _blockTiles;
        int lanes = 0;
        for (int t = 0; t < count; t += TTile.Columns)
        {
            lanes += PanelWidth(count - t);
        }

        float* patches = ThreadScratch.Floats(ThreadScratch.Use.Right, (long)Values * _channels * lanes);
        TransformInput(_input.Data + (image * _input.Batch), first, count, lanes, patches);
        float* products = ThreadScratch.Floats(ThreadScratch.Use.Result, (long)Values * TTile.Rows * lanes);
        WinogradRows<V> rows = new(ThreadScratch.Floats(ThreadScratch.Use.Partial, WinogradRows<V>.ScratchFloats(lanes)), lanes, _pools);
        int end = Math.Min(firstOutput + _blockOutputs, _outputs);
        for (int o = firstOutput; o < end; o += TTile.Rows)
        {
            Multiply(o / TTile.Rows, count, lanes, patches, products);
            for (int i = 0; i < Math.Min(TTile.Rows, end - o); i++)
            {
                float bias = _bias.Exists ? _bias.Pointer<float>()[(o + i) * _bias.Strides[0]] : 0;
                rows.Transform(products + (i * lanes), (nint)TTile.Rows * lanes, bias);
                Write(rows, first, count, _output.Data + (image * _output.Batch) + ((o + i) * _output.Channel));
            }
        }
    }

    /// <summary>Lanes of the panel that holds the next of so many patches.</summary>
    private static int PanelWidth(int patches) => (Math.Min(patches, TTile.Columns) + TTile.Lanes - 1) / TTile.Lanes * TTile.Lanes;

    /// <summary>The patches of a block as right operands: per value xi and panel [channels][lanes of the panel], panel after panel.</summary>
    private void TransformInput(float* image, int first, int count, int lanes, float* patches)
    {
        int firstRow = first / _tilesWide, lastRow = (first + count - 1) / _tilesWide;
        WinogradPatches<V> source = new(_tilesWide, lastRow - firstRow + 1, lanes);
        for (int c = 0; c < _channels; c++)
        {
            source.Read(image + (c * _input.Channel), _input.Row, _input.Column, _height, _width, (2 * firstRow) - _padTop, _padLeft);
            source.Transform(first - (firstRow * _tilesWide), count);
            float* panel = patches;
            for (int t = 0; t < count; t += TTile.Columns)
            {
                int width = PanelWidth(count - t);
                for (int xi = 0; xi < Values; xi++)
                {
                    float* from = source.Result(xi) + t, to = panel + (((nint)xi * _channels) + c) * width;
                    for (int i = 0; i < width; i += V.Count)
                    {
                        V.Load(from + i).Store(to + i);
                    }
                }

                panel += (nint)Values * _channels * width;
            }
        }
    }

    /// <summary>The products of one panel of output channels with all patches, [value][Rows][lanes].</summary>
    private void Multiply(int panelO, int count, int lanes, float* patches, float* products)
    {
        nint value = (nint)_channels * TTile.Rows;
        float* kernels = _kernels + (panelO * Values * value);
        for (int xi = 0; xi < Values; xi++, kernels += value)
        {
            float* panel = patches, to = products + ((nint)xi * TTile.Rows * lanes);
            for (int t = 0; t < count; t += TTile.Columns)
            {
                int width = PanelWidth(count - t);
                TTile.Multiply(
                    _channels, kernels, panel + ((nint)xi * _channels * width), Panels.Rows(width), width, to + t, lanes, accumulate: false, new Ahead(kernels + value, TTile.Rows));
                panel += (nint)Values * _channels * width;
            }
        }
    }

    /// <summary>The results of a channel to their places, row by row.</summary>
    private void Write(WinogradRows<V> rows, int first, int count, float* channel)
    {
        for (int t = 0; t < count;)
        {
            int row = (first + t) / _tilesWide, column = (first + t) % _tilesWide, run = Math.Min(count - t, _tilesWide - column);
            if (_pools)
            {
                Epilogue.Write(_activation, rows.Even + t, channel + (row * _output.Row) + column, run);
            }
            else
            {
                float* to = channel + (2 * row * _output.Row) + (2 * column);
                int outputs = Math.Min(2 * run, _outWidth - (2 * column));
                Epilogue.Write(_activation, rows.Even + (2 * t), to, outputs);
                if ((2 * row) + 1 < _outHeight)
                {
                    Epilogue.Write(_activation, rows.Odd + (2 * t), to + _output.Row, outputs);
                }
            }

            t += run;
        }
    }
}
