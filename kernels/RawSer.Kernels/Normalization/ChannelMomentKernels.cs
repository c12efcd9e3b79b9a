using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// Mean and variance of channels. A part is read once and kept in registers: its mean first, then the sums of the deviations and of
/// their squares around it, so an offset of the data costs no digits. The parts meet in double:
/// <c>M2 = sum of (M2_p + n_p (mean_p - mean)^2)</c> (Chan, Golub and LeVeque 1979).
/// </summary>
internal static class ChannelMomentKernels
{
    /// <summary>Numbers of a part: a centre, the mean deviation from it, and the sum of squares around their sum.</summary>
    public const int Moments = 3;

    public static readonly Kernel<ArrayView<float>, ArrayView<float>, DeviceChannels> InFours =
        Kernel.Create<ArrayView<float>, ArrayView<float>, DeviceChannels>(OfChannel<FourFloats>);

    public static readonly Kernel<ArrayView<float>, ArrayView<float>, DeviceChannels> InOnes =
        Kernel.Create<ArrayView<float>, ArrayView<float>, DeviceChannels>(OfChannel<OneFloat>);

    public static readonly Kernel<ArrayView<float>, ArrayView<float>, DeviceChannels> ByColumns =
        Kernel.Create<ArrayView<float>, ArrayView<float>, DeviceChannels>(OfColumns);

    public static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, DeviceChannels> Meet =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, DeviceChannels>(MeetParts);

    [Kernel(MaxThreadsPerGroup = DeviceChannels.BlockSize)]
    [Unroll]
    private static void OfChannel<TPack>(ArrayView<float> x, ArrayView<float> parts, DeviceChannels channels) where TPack : struct, IFloatPack
    {
        int channel = channels.Target(Grid.IdxX, out int slice);
        int start = slice * DeviceChannels.PerPart;
        int count = IntrinsicMath.Min(DeviceChannels.PerPart, channels.PerChannel - start);
        ArrayView<float> values = LocalMemory.Allocate<float>(DeviceChannels.PerThread);
        for (int j = 0; j < DeviceChannels.PerThread; j++)
        {
            values[j] = 0;
        }

        for (int j = 0; j < DeviceChannels.PerThread; j += TPack.Width)
        {
            int i = (j * DeviceChannels.BlockSize) + (Group.IdxX * TPack.Width);
            if (i < count)
            {
                TPack.Load(x, channels.Place(channel, start + i, out _), values, j);
            }
        }

        float sum = 0;
        for (int j = 0; j < DeviceChannels.PerThread; j++)
        {
            sum += values[j];
        }

        float center = InBlock.Sum(sum) / count;
        float deviations = 0;
        float squares = 0;
        for (int j = 0; j < DeviceChannels.PerThread; j++)
        {
            int i = (j / TPack.Width * TPack.Width * DeviceChannels.BlockSize) + (Group.IdxX * TPack.Width);
            float deviation = i < count ? values[j] - center : 0;
            deviations += deviation;
            squares += deviation * deviation;
        }

        deviations = InBlock.Sum(deviations);
        squares = InBlock.Sum(squares);
        if (Group.IdxX == 0)
        {
            StorePart(parts, Grid.IdxX, center, deviations, squares, count);
        }
    }

    [Kernel(MaxThreadsPerGroup = DeviceChannels.BlockSize)]
    [Unroll]
    private static void OfColumns(ArrayView<float> x, ArrayView<float> parts, DeviceChannels channels)
    {
        ArrayView<float> meeting = SharedMemory.Allocate<float>(DeviceChannels.BlockSize);
        int tile = channels.Target(Grid.IdxX, out int slice);
        int column = (tile * DeviceChannels.ColumnsPerBlock) + (Group.IdxX % DeviceChannels.ColumnsPerBlock);
        int row = Group.IdxX / DeviceChannels.ColumnsPerBlock;
        int start = slice * DeviceChannels.RowsPerPart;
        int count = IntrinsicMath.Min(DeviceChannels.RowsPerPart, channels.Outer - start);
        int rows = column < channels.Columns ? count : 0;
        ArrayView<float> values = LocalMemory.Allocate<float>(DeviceChannels.PerThread);
        float sum = 0;
        for (int j = 0; j < DeviceChannels.PerThread; j++)
        {
            int r = (j * DeviceChannels.RowThreads) + row;
            values[j] = r < rows ? x[((start + r) * channels.Columns) + column] : 0;
            sum += values[j];
        }

        float center = SumOfColumn(meeting, sum) / count;
        float deviations = 0;
        float squares = 0;
        for (int j = 0; j < DeviceChannels.PerThread; j++)
        {
            int r = (j * DeviceChannels.RowThreads) + row;
            float deviation = r < rows ? values[j] - center : 0;
            deviations += deviation;
            squares += deviation * deviation;
        }

        deviations = SumOfColumn(meeting, deviations);
        squares = SumOfColumn(meeting, squares);
        if (row == 0 && column < channels.Columns)
        {
            channels.Channel(column, slice, out int part);
            StorePart(parts, part, center, deviations, squares, count);
        }
    }

    /// <summary>The sum over the threads of a column, in all of them. A row of threads is a warp, so no two lanes meet in a bank.</summary>
    [Unroll]
    public static float SumOfColumn(ArrayView<float> meeting, float value)
    {
        meeting[Group.IdxX] = value;
        Group.Barrier();
        float sum = 0;
        for (int row = 0; row < DeviceChannels.RowThreads; row++)
        {
            sum += meeting[(row * DeviceChannels.ColumnsPerBlock) + (Group.IdxX % DeviceChannels.ColumnsPerBlock)];
        }

        Group.Barrier();
        return sum;
    }

    private static void StorePart(ArrayView<float> parts, int part, float center, float deviations, float squares, int count)
    {
        parts[part * Moments] = center;
        parts[(part * Moments) + 1] = deviations / count;
        parts[(part * Moments) + 2] = squares - (deviations / count * deviations);
    }

    /// <summary>A warp to a channel.</summary>
    [Kernel(MaxThreadsPerGroup = DeviceChannels.BlockSize)]
    private static void MeetParts(ArrayView<float> parts, ArrayView<float> mean, ArrayView<float> variance, DeviceChannels channels)
    {
        int channel = InWarp.Line;
        if (channel >= channels.Channels)
        {
            return;
        }

        int first = channel * channels.Parts;
        double total = 0;
        for (int part = Warp.LaneIdx; part < channels.Parts; part += 32)
        {
            total += MeanOf(parts, first + part) * channels.PartCount(part);
        }

        double center = WarpSum(total) / channels.PerChannel;
        double squares = 0;
        for (int part = Warp.LaneIdx; part < channels.Parts; part += 32)
        {
            double distance = MeanOf(parts, first + part) - center;
            squares += parts[((first + part) * Moments) + 2] + (distance * distance * channels.PartCount(part));
        }

        squares = WarpSum(squares);
        if (Warp.IsFirstLane)
        {
            mean[channel] = (float)center;
            variance[channel] = IntrinsicMath.Max((float)(squares / channels.PerChannel), 0);
        }
    }

    /// <summary>The sum over the lanes of a warp, in all of them.</summary>
    [Unroll]
    public static double WarpSum(double value)
    {
        for (int offset = 16; offset > 0; offset /= 2)
        {
            value += Warp.ShuffleXor(value, offset);
        }

        return value;
    }

    private static double MeanOf(ArrayView<float> parts, int part) => (double)parts[part * Moments] + parts[(part * Moments) + 1];
}
