using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// Convolution where a group has too few output channels for tiles of a matrix product (depthwise layers above all), and its gradient for the
/// input: a thread to an output, neighbours along the columns.
/// </summary>
internal static class DirectConvolution
{
    public static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ConvSweep, KernelStrides, ChannelEpilogue, DeviceDivisor> Sweep =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, ConvSweep, KernelStrides, ChannelEpilogue, DeviceDivisor>(Convolve);

    /// <summary>For depthwise layers of 3 x 3 taps.</summary>
    public static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ConvSweep, KernelStrides, ChannelEpilogue> SweepNineTaps =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, ConvSweep, KernelStrides, ChannelEpilogue>(ConvolveNineTaps);

    /// <param name="input">From the first element of the first image on.</param>
    /// <param name="kernels">From the first kernel element on.</param>
    /// <param name="output">From the first element of the first image on.</param>
    /// <param name="sweep">The windows. The grid is (positions, output channels of all groups).</param>
    /// <param name="strides">Strides of the kernels.</param>
    /// <param name="epilogue">What follows.</param>
    /// <param name="rows">Divides by the output channels of a group.</param>
    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void Convolve(
        ArrayView<float> input, ArrayView<float> kernels, ArrayView<float> output, ConvSweep sweep, KernelStrides strides, ChannelEpilogue epilogue, DeviceDivisor rows)
    {
        int position = Grid.GlobalIndex.X;
        if (position >= sweep.Positions)
        {
            return;
        }

        int image = sweep.Locate(position, out int h, out int w);
        int channel = Grid.IdxY, group = rows.Divide(channel, out int row);
        int from = (image * sweep.In.Batch) + (group * sweep.Channels * sweep.In.Channel) + sweep.Input(h, w);
        int kernel = strides.At(group, row, 0, sweep.H.FirstTap, sweep.W.FirstTap);
        int inputRow = sweep.InputRow(h), inputColumn = sweep.InputColumn(w);
        float sum = epilogue.Bias(channel);
        for (int c = 0; c < sweep.Channels; c++)
        {
            for (int i = 0; i < sweep.H.Taps; i++)
            {
                int tapRow = inputRow + (i * sweep.H.TapStep);
                int at = from + (i * sweep.H.TapStep * sweep.In.Row);
                int weight = kernel + (i * sweep.H.TapStride * strides.Row);
                for (int j = 0; j < sweep.W.Taps; j++)
                {
                    int tapColumn = inputColumn + (j * sweep.W.TapStep);
                    if ((uint)tapRow < (uint)sweep.H.Inputs && (uint)tapColumn < (uint)sweep.W.Inputs)
                    {
                        sum = MathF.FusedMultiplyAdd(input[at + (j * sweep.W.TapStep * sweep.In.Column)], kernels[weight + (j * sweep.W.TapStride)], sum);
                    }
                }
            }

            from += sweep.In.Channel;
            kernel += strides.Channel;
        }

        output[sweep.Place(position) + (channel * sweep.Out.Channel)] = epilogue.Finish(sum);
    }

    /// <summary>One input and one output channel of a group: the window and the kernel in registers.</summary>
    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    [Unroll]
    private static void ConvolveNineTaps(
        ArrayView<float> input, ArrayView<float> kernels, ArrayView<float> output, ConvSweep sweep, KernelStrides strides, ChannelEpilogue epilogue)
    {
        int position = Grid.GlobalIndex.X;
        if (position >= sweep.Positions)
        {
            return;
        }

        ArrayView<float> window = LocalMemory.Allocate<float>(NineTaps.Count);
        int image = sweep.Locate(position, out int h, out int w), channel = Grid.IdxY;
        int from = (image * sweep.In.Batch) + (channel * sweep.In.Channel) + sweep.Input(h, w);
        TapWindow<NineTaps>.Load(input, window, sweep, from, sweep.InputRow(h), sweep.InputColumn(w));
        int kernel = strides.At(channel, 0, 0, sweep.H.FirstTap, sweep.W.FirstTap);
        float sum = epilogue.Bias(channel);
        for (int i = 0; i < NineTaps.Count / NineTaps.Columns; i++)
        {
            for (int j = 0; j < NineTaps.Columns; j++)
            {
                float weight = kernels[kernel + (i * sweep.H.TapStride * strides.Row) + (j * sweep.W.TapStride)];
                sum = MathF.FusedMultiplyAdd(window[(i * NineTaps.Columns) + j], weight, sum);
            }
        }

        output[sweep.Place(position) + (channel * sweep.Out.Channel)] = epilogue.Finish(sum);
    }
}

/// <summary>
/// Strides of dense kernels (O, C / groups, KH, KW) in the roles that a sweep gives to their dimensions: rows are what its outputs are numbered
/// by, channels what is summed.
/// </summary>
internal readonly struct KernelStrides
{
    public readonly int Group;
    public readonly int Line;
    public readonly int Channel;
    public readonly int Row;

    private KernelStrides(int group, int line, int channel, int row) => (Group, Line, Channel, Row) = (group, line, channel, row);

    /// <summary>Rows are output channels.</summary>
    public static KernelStrides Forward(Shape w, int groups)
    {
        int cells = w[2] * w[3];
        return new(w[0] / groups * w[1] * cells, w[1] * cells, cells, w[3]);
    }

    /// <summary>Rows are input channels, output channels are summed.</summary>
    public static KernelStrides Transposed(Shape w, int groups)
    {
        int cells = w[2] * w[3];
        return new(w[0] / groups * w[1] * cells, cells, w[1] * cells, w[3]);
    }

    /// <summary>Inside a kernel: where an element stands.</summary>
    public int At(int group, int line, int channel, int row, int column) => (group * Group) + (line * Line) + (channel * Channel) + (row * Row) + column;
}
