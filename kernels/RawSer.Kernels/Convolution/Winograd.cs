namespace RawSer.Kernels;

/// <summary>
/// Convolution of 3 x 3 kernels with stride 1 by Winograd's minimal filtering F(2 x 2, 3 x 3) (A. Lavin, S. Gray, "Fast Algorithms for Convolutional
/// Neural Networks", 2016): <c>Y = A^T ((G g G^T) * (B^T d B)) A</c> gives 2 x 2 results from a patch d of 4 x 4 inputs with 16 instead of 36
/// multiplications for each pair of channels. All factors are 0, 1, -1 and 1/2, so that rounding errors stay those of the direct sum.
/// <para>
/// A part takes a block of patches, transforms them into 16 right operands (channels x patches), and for each group of output channels multiplies the 16
/// left operands with them and transforms the products back. One right operand meets all left ones of a group before the next, so that it comes from
/// the second-level cache, and the products of a group stay there.
/// </para>
/// </summary>
internal sealed unsafe class Winograd<TTile, V>
    where TTile : ITile
    where V : unmanaged, ISimd<V>
{
    private const int Values = WinogradKernels.Values;

    // Transformed patches of a part, and products of a group of output channels, in floats: shares of a second-level cache of 1 MB.
    private const int BlockFloats = 200 * 1024;
    private const int ProductFloats = 48 * 1024;

    // Most panels of patches of a part: more do not make better use of a kernel.
    private const int MostPanels = 2;

    private const int FewestParts = 4;

    private readonly ImageBatch _input;
    private readonly ImageBatch _output;
    private readonly int _channels;
    private readonly int _outputs;
    private readonly int _outHeight;
    private readonly int _outWidth;
    private readonly WinogradPatches<V> _patches;
    private readonly bool _pools;
    private readonly float* _kernels;
    private readonly View _bias;
    private readonly UnaryOp? _activation;
    private readonly int _tilesWide;
    private readonly int _tiles;
    private readonly int _blockTiles;
    private readonly int _blocks;
    private readonly int _panels;
    private readonly int _blockOutputs;
    private readonly int _parts;

    /// <param name="x">Images (B, C, H, W); columns are neighbours.</param>
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
        (_channels, _outputs, _outHeight, _outWidth) = (x.Shape[1], y.Shape[1], y.Shape[2], y.Shape[3]);
        (_activation, _pools, _bias) = (activation, pools, bias);
        _patches = new(_input.Row, x.Shape[2], x.Shape[3], padTop, padLeft);
        _kernels = kernels.Data;
        _tilesWide = pools ? _outWidth : (_outWidth + 1) / 2;
        _tiles = _tilesWide * (pools ? _outHeight : (_outHeight + 1) / 2);
        _blockTiles = TTile.Columns * Math.Clamp(BlockFloats / (Values * _channels * TTile.Columns), 1, MostPanels);

        // A rest of less than half a panel belongs to the block before it: kernels are read once for each block.
        int whole = Math.Max(1, _tiles / _blockTiles);
        _blocks = _tiles - (whole * _blockTiles) >= TTile.Columns / 2 ? whole + 1 : whole;
        int wanted = (FewestParts + (_blocks * x.Shape[0]) - 1) / (_blocks * x.Shape[0]);
        _panels = (_outputs + TTile.Rows - 1) / TTile.Rows;
        _blockOutputs = (_panels + wanted - 1) / wanted * TTile.Rows;
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
        long operands = 0;
        for (int t = 0; t < count; t += TTile.Columns)
        {
            int width = PanelWidth(count - t);
            lanes += width;
            operands += Values * OperandPitch(width);
        }

        float* patches = ThreadScratch.Floats(ThreadScratch.Use.Right, operands);
        TransformInput(_input.Data + (image * _input.Batch), first, count, patches);
        int end = Math.Min(firstOutput + _blockOutputs, _outputs);
        int group = Math.Clamp(ProductFloats / (Values * TTile.Rows * lanes), 1, (end - firstOutput + TTile.Rows - 1) / TTile.Rows) * TTile.Rows;
        nint pitch = ((nint)group * lanes) + V.Count; // no multiple of the size of a cache's way
        float* products = ThreadScratch.Floats(ThreadScratch.Use.Result, Values * pitch);
        WinogradRows<V> rows = new(ThreadScratch.Floats(ThreadScratch.Use.Partial, WinogradRows<V>.ScratchFloats(lanes)), lanes, _pools);
        for (int o = firstOutput; o < end; o += group)
        {
            int outputs = Math.Min(group, end - o);
            Multiply(o / TTile.Rows, (outputs + TTile.Rows - 1) / TTile.Rows, count, lanes, patches, products, pitch);
            for (int i = 0; i < outputs; i++)
            {
                float bias = _bias.Exists ? _bias.Pointer<float>()[(o + i) * _bias.Strides[0]] : 0;
                rows.Transform(products + (i * lanes), pitch, bias);
                Write(rows, first, count, _output.Data + (image * _output.Batch) + ((o + i) * _output.Channel));
            }
        }
    }

    /// <summary>Lanes of the panel that holds the next of so many patches.</summary>
    private static int PanelWidth(int patches) => (Math.Min(patches, TTile.Columns) + TTile.Lanes - 1) / TTile.Lanes * TTile.Lanes;

    /// <summary>Distance of the 16 right operands [channels][width] of a panel: a register written for the last patches may reach beyond the last row.</summary>
    private nint OperandPitch(int width) => ((nint)_channels * width) + V.Count;

    /// <summary>The patches of a block as right operands, panel after panel.</summary>
    private void TransformInput(float* image, int first, int count, float* patches)
    {
        for (int t = 0; t < count; t += TTile.Columns)
        {
            int width = PanelWidth(count - t), tiles = Math.Min(count - t, TTile.Columns);
            nint pitch = OperandPitch(width);
            for (int c = 0; c < _channels; c++)
            {
                float* to = patches + (c * width);
                if (tiles < width)
                {
                    ClearLastRegister(to + width - V.Count, pitch);
                }

                for (int done = 0; done < tiles;)
                {
                    int row = (first + t + done) / _tilesWide, column = (first + t + done) % _tilesWide, run = Math.Min(tiles - done, _tilesWide - column);
                    _patches.Transform(image + (c * _input.Channel), row, column, run, to + done, pitch);
                    done += run;
                }
            }

            patches += Values * pitch;
        }
    }

    /// <summary>Lanes without a patch are multiplied too: not with what happens to be in memory, which may be slow to compute with.</summary>
    private static void ClearLastRegister(float* to, nint pitch)
    {
        for (int xi = 0; xi < Values; xi++)
        {
            V.Create(0).Store(to + (xi * pitch));
        }
    }

    /// <summary>The products of a group of panels of output channels with all patches, [value][outputs][lanes].</summary>
    private void Multiply(int firstPanel, int panels, int count, int lanes, float* patches, float* products, nint pitch)
    {
        nint size = (nint)_channels * TTile.Rows;
        for (int xi = 0; xi < Values; xi++)
        {
            float* kernels = _kernels + (((nint)xi * _panels) + firstPanel) * size;
            float* panel = patches, to = products + (xi * pitch);
            for (int t = 0; t < count; t += TTile.Columns)
            {
                int width = PanelWidth(count - t);
                for (int p = 0; p < panels; p++)
                {
                    float* left = kernels + (p * size), next = p < panels - 1 ? left + size : kernels + (_panels * size);
                    TTile.Multiply(
                        _channels, left, panel + (xi * OperandPitch(width)), Panels.Rows(width), width, to + ((nint)p * TTile.Rows * lanes) + t, lanes, accumulate: false, new Ahead(next, TTile.Rows));
                }

                panel += Values * OperandPitch(width);
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
