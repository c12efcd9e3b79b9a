using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// Kernels in the order in which the tiles of a convolution take them: (group, tap, channel, row), rows as neighbours, channels filled up with
/// zeros to whole steps of <see cref="TileProduct"/> and rows to multiples of four.
/// </summary>
internal readonly struct PackedKernels
{
    private static readonly Kernel<ArrayView<float>, ArrayView<float>, PackedKernels, int> s_pack =
        Kernel.Create<ArrayView<float>, ArrayView<float>, PackedKernels, int>(Pack);

    private readonly KernelStrides _strides;
    private readonly DeviceDivisor _rows;
    private readonly DeviceDivisor _channels;
    private readonly DeviceDivisor _taps;
    private readonly DeviceDivisor _tapColumns;
    private readonly SweepAxis _h;
    private readonly SweepAxis _w;
    private readonly int _filledRows;
    private readonly int _filledChannels;

    public PackedKernels(ConvSweep sweep, KernelStrides strides)
    {
        _strides = strides;
        (_h, _w, _filledRows, _filledChannels) = (sweep.H, sweep.W, sweep.Rows, sweep.Channels);
        _rows = new((sweep.Rows + 3) / 4 * 4);
        _channels = new((sweep.Channels + TileProduct.Depth - 1) / TileProduct.Depth * TileProduct.Depth);
        _taps = new(Math.Max(1, sweep.Taps));
        _tapColumns = new(Math.Max(1, sweep.W.Taps));
    }

    /// <summary>Rows with those that were filled in.</summary>
    public int Rows => _rows.Value;

    /// <summary>Channels with those that were filled in.</summary>
    public int Channels => _channels.Value;

    /// <summary>Length of the sums.</summary>
    public int Depth => _h.Taps * _w.Taps * Channels;

    /// <summary>Elements of a group.</summary>
    public int GroupLength => Depth * Rows;

    /// <summary>Packs the dense kernels of all groups.</summary>
    public void Fill(CudaBackend backend, ArrayView<float> kernels, ArrayView<float> packed)
    {
        if (packed.IntLength > 0)
        {
            s_pack.Launch(backend.Gpu, DeviceLines.Shape(packed.IntLength, warps: false), kernels, packed, this, packed.IntLength);
        }
    }

    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void Pack(ArrayView<float> kernels, ArrayView<float> packed, PackedKernels order, int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= count)
        {
            return;
        }

        int group = order._taps.Divide(order._channels.Divide(order._rows.Divide(i, out int row), out int channel), out int tap);
        float weight = 0;
        if (row < order._filledRows && channel < order._filledChannels)
        {
            int tapRow = order._tapColumns.Divide(tap, out int tapColumn);
            weight = kernels[order._strides.At(
                group, row, channel, order._h.FirstTap + (tapRow * order._h.TapStride), order._w.FirstTap + (tapColumn * order._w.TapStride))];
        }

        packed[i] = weight;
    }
}
