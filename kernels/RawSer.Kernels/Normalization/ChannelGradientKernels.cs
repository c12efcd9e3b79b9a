using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// The gradients of weight and bias of a normalisation: sums of <c>dy * xhat</c> and of <c>dy</c> over each channel, by parts
/// (<see cref="DeviceChannels"/>) that meet in double.
/// </summary>
internal static class ChannelGradientKernels
{
    /// <summary>Numbers of a part: the two sums.</summary>
    public const int Sums = 2;

    public static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, DeviceChannels, StatisticsOf> InFours =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, DeviceChannels, StatisticsOf>(OfChannel<FourFloats>);

    public static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, DeviceChannels, StatisticsOf> InOnes =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, DeviceChannels, StatisticsOf>(OfChannel<OneFloat>);

    public static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, DeviceChannels, StatisticsOf> ByColumns =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, DeviceChannels, StatisticsOf>(OfColumns);

    public static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, DeviceChannels> Meet =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, DeviceChannels>(MeetParts);

    [Kernel(MaxThreadsPerGroup = DeviceChannels.BlockSize)]
    private static void OfChannel<TPack>(ArrayView<float> x, ArrayView<float> dy, ArrayView<float> parts, DeviceChannels channels, StatisticsOf statistics)
        where TPack : struct, IFloatPack
    {
        int channel = channels.Target(Grid.IdxX, out int slice);
        int start = slice * DeviceChannels.PerPart;
        int count = IntrinsicMath.Min(DeviceChannels.PerPart, channels.PerChannel - start);
        ArrayView<float> values = LocalMemory.Allocate<float>(TPack.Width);
        ArrayView<float> upstream = LocalMemory.Allocate<float>(TPack.Width);
        float products = 0;
        float sum = 0;
        for (int i = Group.IdxX * TPack.Width; i < count; i += DeviceChannels.BlockSize * TPack.Width)
        {
            int place = channels.Place(channel, start + i, out int outer);
            statistics.Load(outer, channel, out float mean, out float inverse);
            TPack.Load(x, place, values, 0);
            TPack.Load(dy, place, upstream, 0);
            for (int k = 0; k < TPack.Width; k++)
            {
                products += upstream[k] * ((values[k] - mean) * inverse);
                sum += upstream[k];
            }
        }

        products = InBlock.Sum(products);
        sum = InBlock.Sum(sum);
        if (Group.IdxX == 0)
        {
            parts[Grid.IdxX * Sums] = products;
            parts[(Grid.IdxX * Sums) + 1] = sum;
        }
    }

    [Kernel(MaxThreadsPerGroup = DeviceChannels.BlockSize)]
    private static void OfColumns(ArrayView<float> x, ArrayView<float> dy, ArrayView<float> parts, DeviceChannels channels, StatisticsOf statistics)
    {
        ArrayView<float> meeting = SharedMemory.Allocate<float>(DeviceChannels.BlockSize);
        int tile = channels.Target(Grid.IdxX, out int slice);
        int column = (tile * DeviceChannels.ColumnsPerBlock) + (Group.IdxX % DeviceChannels.ColumnsPerBlock);
        int row = Group.IdxX / DeviceChannels.ColumnsPerBlock;
        int channel = channels.Channel(column, slice, out int part);
        int end = IntrinsicMath.Min((slice + 1) * DeviceChannels.RowsPerPart, channels.Outer);
        float products = 0;
        float sum = 0;
        if (column < channels.Columns)
        {
            for (int outer = (slice * DeviceChannels.RowsPerPart) + row; outer < end; outer += DeviceChannels.RowThreads)
            {
                int place = (outer * channels.Columns) + column;
                statistics.Load(outer, channel, out float mean, out float inverse);
                products += dy[place] * ((x[place] - mean) * inverse);
                sum += dy[place];
            }
        }

        products = ChannelMomentKernels.SumOfColumn(meeting, products);
        sum = ChannelMomentKernels.SumOfColumn(meeting, sum);
        if (row == 0 && column < channels.Columns)
        {
            parts[part * Sums] = products;
            parts[(part * Sums) + 1] = sum;
        }
    }

    /// <summary>A warp to a channel. A gradient that is not asked for has a view of no elements.</summary>
    [Kernel(MaxThreadsPerGroup = DeviceChannels.BlockSize)]
    private static void MeetParts(ArrayView<float> parts, ArrayView<float> dweight, ArrayView<float> dbias, DeviceChannels channels)
    {
        int channel = InWarp.Line;
        if (channel >= channels.Channels)
        {
            return;
        }

        int first = channel * channels.Parts;
        double products = 0;
        double sum = 0;
        for (int part = Warp.LaneIdx; part < channels.Parts; part += 32)
        {
            products += parts[(first + part) * Sums];
            sum += parts[((first + part) * Sums) + 1];
        }

        products = ChannelMomentKernels.WarpSum(products);
        sum = ChannelMomentKernels.WarpSum(sum);
        if (Warp.IsFirstLane)
        {
            if (dweight.Length > 0)
            {
                dweight[channel] = (float)products;
            }

            if (dbias.Length > 0)
            {
                dbias[channel] = (float)sum;
            }
        }
    }
}
