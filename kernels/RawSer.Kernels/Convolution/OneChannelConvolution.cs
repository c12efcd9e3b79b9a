using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// Convolution of images of one channel with many kernels: a thread keeps the windows of four neighbouring outputs in registers and goes through
/// the kernels, which the block has in shared memory. The input is read once for <see cref="KernelsPerBlock"/> channels of the output.
/// </summary>
internal static class OneChannelConvolution<TTaps> where TTaps : struct, ITaps
{
    /// <summary>Output channels of a block.</summary>
    public const int KernelsPerBlock = 64;

    /// <summary>Outputs of a thread.</summary>
    public const int Outputs = 4;

    /// <summary>Floats of a kernel in shared memory: a multiple of four, so that it is read 128 bits at a time.</summary>
    private static int KernelLength => (TTaps.Count + 3) / 4 * 4;

    public static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ConvSweep, ChannelEpilogue, int> Forward =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, ConvSweep, ChannelEpilogue, int>(Convolve);

    /// <param name="input">From the first element of the first image on.</param>
    /// <param name="kernels">Dense kernels.</param>
    /// <param name="output">From the first element on, dense.</param>
    /// <param name="sweep">The windows. The grid is (outputs of an image, kernels, images).</param>
    /// <param name="epilogue">What follows.</param>
    /// <param name="vectors">Whether four outputs are one aligned store: their number in a channel is a multiple of four.</param>
    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    [Unroll]
    private static void Convolve(ArrayView<float> input, ArrayView<float> kernels, ArrayView<float> output, ConvSweep sweep, ChannelEpilogue epilogue, int vectors)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(KernelsPerBlock * KernelLength);
        ArrayView<float> biases = SharedMemory.Allocate<float>(KernelsPerBlock);
        int firstKernel = Grid.IdxY * KernelsPerBlock, count = IntrinsicMath.Min(KernelsPerBlock, sweep.Rows - firstKernel);
        LoadKernels(kernels, shared, biases, firstKernel, count, sweep.Taps, epilogue);
        Group.Barrier();

        int perImage = sweep.H.Outputs * sweep.W.Outputs;
        int first = Grid.GlobalIndex.X * Outputs;
        if (first >= perImage)
        {
            return;
        }

        ArrayView<float> windows = LocalMemory.Allocate<float>(Outputs * TTaps.Count);
        ArrayView<float> sums = LocalMemory.Allocate<float>(Outputs);
        int image = Grid.IdxZ * sweep.In.Batch;
        for (int o = 0; o < Outputs; o++)
        {
            sweep.Locate(IntrinsicMath.Min(first + o, perImage - 1), out int h, out int w);
            TapWindow<TTaps>.Load(input, windows.SubView(o * TTaps.Count, TTaps.Count), sweep, image + sweep.Input(h, w), sweep.InputRow(h), sweep.InputColumn(w));
        }

        int to = (Grid.IdxZ * sweep.Out.Batch) + (firstKernel * sweep.Out.Channel) + first;
        AllKernels(windows, sums, shared, biases, output, sweep.Out.Channel, epilogue, count, to, vectors, perImage - first);
    }

    private static void LoadKernels(
        ArrayView<float> kernels, ArrayView<float> shared, ArrayView<float> biases, int firstKernel, int count, int taps, ChannelEpilogue epilogue)
    {
        for (int i = Group.IdxX; i < KernelsPerBlock * KernelLength; i += DeviceLines.BlockSize)
        {
            int kernel = (int)((uint)i / (uint)KernelLength), tap = i - (kernel * KernelLength);
            float weight = 0;
            if (kernel < count && tap < taps)
            {
                weight = kernels[((firstKernel + kernel) * taps) + tap];
            }

            shared[i] = weight;
        }

        if (Group.IdxX < count)
        {
            biases[Group.IdxX] = epilogue.Bias(firstKernel + Group.IdxX);
        }
    }

    private static void AllKernels(
        ArrayView<float> windows, ArrayView<float> sums, ArrayView<float> shared, ArrayView<float> biases, ArrayView<float> output, int channel,
        ChannelEpilogue epilogue, int count, int to, int vectors, int left)
    {
        for (int k = 0; k < count; k++)
        {
            OneKernel(windows, sums, shared.SubView(k * KernelLength, KernelLength), biases[k]);
            if (vectors != 0)
            {
                output.AsAligned16().Cast<Float4>()[to >> 2] = new(epilogue.Finish(sums[0]), epilogue.Finish(sums[1]), epilogue.Finish(sums[2]), epilogue.Finish(sums[3]));
            }
            else
            {
                Store(output, to, epilogue.Finish(sums[0]), 0, left);
                Store(output, to, epilogue.Finish(sums[1]), 1, left);
                Store(output, to, epilogue.Finish(sums[2]), 2, left);
                Store(output, to, epilogue.Finish(sums[3]), 3, left);
            }

            to += channel;
        }
    }

    [Unroll]
    private static void OneKernel(ArrayView<float> windows, ArrayView<float> sums, ArrayView<float> kernel, float bias)
    {
        for (int o = 0; o < Outputs; o++)
        {
            sums[o] = bias;
        }

        for (int t = 0; t < TTaps.Count; t++)
        {
            for (int o = 0; o < Outputs; o++)
            {
                sums[o] = MathF.FusedMultiplyAdd(windows[(o * TTaps.Count) + t], kernel[t], sums[o]);
            }
        }
    }

    private static void Store(ArrayView<float> output, int to, float result, int i, int left)
    {
        if (i < left)
        {
            output[to + i] = result;
        }
    }
}
