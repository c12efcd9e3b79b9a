using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>How many output channels of a group a block serves at once.</summary>
internal interface IChannelCount
{
    static abstract int Count { get; }
}

/// <summary>One: depthwise layers.</summary>
internal readonly struct OneOutputChannel : IChannelCount
{
    public static int Count => 1;
}

/// <summary>Four, which share the inputs that they read.</summary>
internal readonly struct FourOutputChannels : IChannelCount
{
    public static int Count => 4;
}

/// <summary>
/// Gradients of kernels of one channel (the first layer, depthwise layers) and of the biases: a block takes some output channels and a part of the
/// positions, each of its threads keeps all sums in registers, and they meet in a fixed order. <see cref="KernelGradientParts"/> adds the parts.
/// </summary>
internal static class DirectKernelGradient<TTaps, TChannels>
    where TTaps : struct, ITaps
    where TChannels : struct, IChannelCount
{
    private const int Warps = DeviceLines.BlockSize / 32;

    private const int EnoughBlocks = 512;
    private const int MostParts = 64;
    private const int FewestPositions = 1024;

    private static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ConvSweep, int, int> s_sum =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, ConvSweep, int, int>(Sum);

    private static int Sums => TTaps.Count + 1; // and the bias

    /// <param name="backend">The device.</param>
    /// <param name="x">The images.</param>
    /// <param name="dy">Gradients of the results.</param>
    /// <param name="dw">Gradients of the kernels.</param>
    /// <param name="db">Gradients of the biases, or left out.</param>
    /// <param name="sweep">The windows of the forward pass.</param>
    /// <param name="groups">Number of groups.</param>
    public static void Run(CudaBackend backend, View x, View dy, View dw, View db, ConvSweep sweep, int groups)
    {
        int slices = (sweep.Rows + TChannels.Count - 1) / TChannels.Count, length = dw.IntCount() + (db.Exists ? db.IntCount() : 0);
        long blocks = (long)slices * groups;
        int wanted = (int)Math.Clamp((EnoughBlocks + blocks - 1) / blocks, 1, Math.Clamp(sweep.Positions / FewestPositions, 1, MostParts));
        int perPart = (sweep.Positions + wanted - 1) / wanted, parts = (sweep.Positions + perPart - 1) / perPart;
        using Scratch scratch = new(backend.Memory, (long)parts * length * sizeof(float));
        ArrayView<float> sums = scratch.Storage.View<float>(0, (long)parts * length);
        s_sum.Launch(
            backend.Gpu, new LaunchShape((parts, slices, groups), DeviceLines.BlockSize), x.From<float>(), dy.From<float>(), sums, sweep, perPart, length);
        KernelGradientParts.Add(backend, sums, parts, dw.Dense<float>(), db.Dense<float>());
    }

    /// <param name="input">From the first element of the first image on.</param>
    /// <param name="gradients">From the first element of the first image on.</param>
    /// <param name="parts">Sums of the parts, (part, kernels then biases).</param>
    /// <param name="sweep">The windows of the forward pass. The grid is (parts, channels of a group by <typeparamref name="TChannels"/>, groups).</param>
    /// <param name="perPart">Positions of a part.</param>
    /// <param name="partLength">Results of a part.</param>
    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    [Unroll]
    private static void Sum(ArrayView<float> input, ArrayView<float> gradients, ArrayView<float> parts, ConvSweep sweep, int perPart, int partLength)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(TChannels.Count * (TTaps.Count + 1) * Warps);
        ArrayView<float> sums = LocalMemory.Allocate<float>(TChannels.Count * (TTaps.Count + 1));
        for (int i = 0; i < TChannels.Count * Sums; i++)
        {
            sums[i] = 0;
        }

        int row = Grid.IdxY * TChannels.Count, channels = sweep.Rows - row, first = (Grid.IdxZ * sweep.Rows) + row;
        int end = IntrinsicMath.Min((Grid.IdxX + 1) * perPart, sweep.Positions);
        Positions(input.SubView(Grid.IdxZ * sweep.In.Channel), gradients.SubView(first * sweep.Out.Channel), sums, sweep, (Grid.IdxX * perPart) + Group.IdxX, end, channels);

        for (int i = 0; i < TChannels.Count * Sums; i++)
        {
            float sum = InWarp.Sum(sums[i]);
            if (Warp.IsFirstLane)
            {
                shared[(i * Warps) + (Group.IdxX / 32)] = sum;
            }
        }

        Group.Barrier();
        if (Group.IdxX < TChannels.Count * Sums)
        {
            float sum = 0;
            for (int warp = 0; warp < Warps; warp++)
            {
                sum += shared[(Group.IdxX * Warps) + warp];
            }

            int channel = (int)((uint)Group.IdxX / (uint)Sums), tap = Group.IdxX - (channel * Sums), to = Grid.IdxX * partLength;
            int kernels = Grid.DimZ * sweep.Rows * sweep.Taps;
            if (channel < channels && tap < sweep.Taps)
            {
                parts[to + ((first + channel) * sweep.Taps) + tap] = sum;
            }

            if (channel < channels && tap == TTaps.Count && partLength > kernels)
            {
                parts[to + kernels + first + channel] = sum;
            }
        }
    }

    private static void Positions(
        ArrayView<float> input, ArrayView<float> gradients, ArrayView<float> sums, ConvSweep sweep, int start, int end, int channels)
    {
        ArrayView<float> window = LocalMemory.Allocate<float>(TTaps.Count);
        for (int position = start; position < end; position += DeviceLines.BlockSize)
        {
            int image = sweep.Locate(position, out int h, out int w);
            TapWindow<TTaps>.Load(input, window, sweep, (image * sweep.In.Batch) + sweep.Input(h, w), sweep.InputRow(h), sweep.InputColumn(w));
            Position(gradients, window, sums, sweep.Place(position), sweep.Out.Channel, channels);
        }
    }

    [Unroll]
    private static void Position(ArrayView<float> gradients, ArrayView<float> window, ArrayView<float> sums, int at, int channelStride, int channels)
    {
        for (int c = 0; c < TChannels.Count; c++)
        {
            float gradient = 0;
            if (c < channels)
            {
                gradient = gradients[at + (c * channelStride)];
            }

            for (int t = 0; t < TTaps.Count; t++)
            {
                sums[(c * Sums) + t] = MathF.FusedMultiplyAdd(gradient, window[t], sums[(c * Sums) + t]);
            }

            sums[(c * Sums) + TTaps.Count] += gradient;
        }
    }
}
