using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <content>
/// One thread computes one counter, so four words: elements 16 w + lane of a block of 64, w = 0 to 3. The threads of a half warp
/// write neighbours, and the numbers are the host's to the bit where only bits and exact operations make them.
/// </content>
public sealed partial class CudaBackend
{
    private const int CountersPerGroup = 256;

    private static readonly Kernel<ArrayView<float>, RandomCounters, float, float> s_uniform = Kernel.Create<ArrayView<float>, RandomCounters, float, float>(Uniform);
    private static readonly Kernel<ArrayView<float>, RandomCounters, float, float> s_normal = Kernel.Create<ArrayView<float>, RandomCounters, float, float>(Normal);
    private static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<byte>, RandomCounters, uint, float> s_dropout = Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<byte>, RandomCounters, uint, float>(Dropout);

    private static readonly Kernel<ArrayView<byte>, RandomCounters, uint> s_dropoutMask = Kernel.Create<ArrayView<byte>, RandomCounters, uint>(DropoutMask);

    /// <inheritdoc/>
    public override void RandomUniform(View y, RandomSource source, double low, double high)
    {
        if (y.Count > 0)
        {
            s_uniform.Launch(Gpu, CounterShape(y.Count), y.Dense<float>(), Counters(source), (float)low, (float)(high - low));
        }
    }

    /// <inheritdoc/>
    public override void RandomNormal(View y, RandomSource source, double mean, double deviation)
    {
        if (y.Count > 0)
        {
            s_normal.Launch(Gpu, CounterShape(y.Count), y.Dense<float>(), Counters(source), (float)mean, (float)deviation);
        }
    }

    /// <inheritdoc/>
    public override void Dropout(View x, View y, View mask, RandomSource source, double p)
    {
        if (y.Count > 0)
        {
            s_dropout.Launch(
                Gpu, CounterShape(y.Count), x.Dense<float>(), y.Dense<float>(), mask.Dense<byte>(), Counters(source),
                RandomBlocks.Threshold(p), (float)(1 / (1 - p)));
        }
    }

    /// <inheritdoc/>
    public override void DropoutMask(View mask, RandomSource source, double p)
    {
        if (mask.Count > 0)
        {
            s_dropoutMask.Launch(Gpu, CounterShape(mask.Count), mask.Dense<byte>(), Counters(source), RandomBlocks.Threshold(p));
        }
    }

    /// <inheritdoc/>
    public override void MaskScale(View x, View mask, View y, double scale) =>
        new MapRunner(this).Map(new BinaryMap<MaskScaleOperator>(new((float)scale)), x, mask, y);

    private RandomCounters Counters(RandomSource source) => new(source, Scalars is null ? default : Scalars.RandomOffsetSlot);

    private static LaunchShape CounterShape(long elements) =>
        new(DeviceThreads.Blocks(Philox.BlockCount(elements) * Philox.BlockCounters, CountersPerGroup), CountersPerGroup);

    [Kernel(MaxThreadsPerGroup = CountersPerGroup)]
    private static void Uniform(ArrayView<float> y, RandomCounters counters, float low, float width)
    {
        counters.Words(Grid.GlobalIndex.X, out uint w0, out uint w1, out uint w2, out uint w3);
        long i = RandomCounters.FirstElement(Grid.GlobalIndex.X);
        StoreUniform(y, i, w0, low, width);
        StoreUniform(y, i + 16, w1, low, width);
        StoreUniform(y, i + 32, w2, low, width);
        StoreUniform(y, i + 48, w3, low, width);
    }

    [Kernel(MaxThreadsPerGroup = CountersPerGroup)]
    private static void Normal(ArrayView<float> y, RandomCounters counters, float mean, float deviation)
    {
        counters.Words(Grid.GlobalIndex.X, out uint w0, out uint w1, out uint w2, out uint w3);
        long i = RandomCounters.FirstElement(Grid.GlobalIndex.X);
        StoreNormal(y, i, w0, w2, mean, deviation);
        StoreNormal(y, i + 16, w1, w3, mean, deviation);
    }

    [Kernel(MaxThreadsPerGroup = CountersPerGroup)]
    private static void Dropout(ArrayView<float> x, ArrayView<float> y, ArrayView<byte> mask, RandomCounters counters, uint threshold, float scale)
    {
        counters.Words(Grid.GlobalIndex.X, out uint w0, out uint w1, out uint w2, out uint w3);
        long i = RandomCounters.FirstElement(Grid.GlobalIndex.X);
        StoreKept(x, y, mask, i, w0, threshold, scale);
        StoreKept(x, y, mask, i + 16, w1, threshold, scale);
        StoreKept(x, y, mask, i + 32, w2, threshold, scale);
        StoreKept(x, y, mask, i + 48, w3, threshold, scale);
    }

    [Kernel(MaxThreadsPerGroup = CountersPerGroup)]
    private static void DropoutMask(ArrayView<byte> mask, RandomCounters counters, uint threshold)
    {
        counters.Words(Grid.GlobalIndex.X, out uint w0, out uint w1, out uint w2, out uint w3);
        long i = RandomCounters.FirstElement(Grid.GlobalIndex.X);
        StoreFlag(mask, i, w0, threshold);
        StoreFlag(mask, i + 16, w1, threshold);
        StoreFlag(mask, i + 32, w2, threshold);
        StoreFlag(mask, i + 48, w3, threshold);
    }

    private static void StoreUniform(ArrayView<float> y, long i, uint word, float low, float width)
    {
        if (i < y.Length)
        {
            y[i] = RandomBlocks.Uniform(Simd1.Bits(word), low, width).Value;
        }
    }

    private static void StoreNormal(ArrayView<float> y, long i, uint radiusWord, uint angleWord, float mean, float deviation)
    {
        RandomBlocks.Normal(Simd1.Bits(radiusWord), Simd1.Bits(angleWord), mean, deviation, out Simd1 first, out Simd1 second);
        if (i < y.Length)
        {
            y[i] = first.Value;
        }

        if (i + 32 < y.Length)
        {
            y[i + 32] = second.Value;
        }
    }

    private static void StoreKept(ArrayView<float> x, ArrayView<float> y, ArrayView<byte> mask, long i, uint word, uint threshold, float scale)
    {
        if (i < y.Length)
        {
            bool kept = word >= threshold;
            mask[i] = kept ? (byte)1 : (byte)0;
            y[i] = kept ? x[i] * scale : 0;
        }
    }

    private static void StoreFlag(ArrayView<byte> mask, long i, uint word, uint threshold)
    {
        if (i < mask.Length)
        {
            mask[i] = word >= threshold ? (byte)1 : (byte)0;
        }
    }

    /// <summary>
    /// A <see cref="RandomSource"/> as kernels take it. In a captured step the counters also move by a number in device memory, so that each
    /// launch of the graph draws anew.
    /// </summary>
    internal readonly struct RandomCounters(RandomSource source, ArrayView<ulong> moved)
    {
        private readonly ulong _seed = source.Seed;
        private readonly ulong _stream = source.Stream;
        private readonly ulong _first = source.Block * Philox.BlockCounters;
        private readonly ArrayView<ulong> _moved = moved;

        public void Words(int thread, out uint w0, out uint w1, out uint w2, out uint w3)
        {
            ulong first = _moved.Length > 0 ? _first + _moved[0] : _first;
            Philox.Words(_seed, first + (uint)thread, _stream, out w0, out w1, out w2, out w3);
        }

        /// <summary>The element of a thread's first word.</summary>
        public static long FirstElement(int thread) => ((long)(thread / Philox.BlockCounters) * Philox.BlockWords) + (thread % Philox.BlockCounters);
    }
}

/// <summary>scale * x where the mask is ones, else 0.</summary>
internal readonly struct MaskScaleOperator(float scale) : IBinaryOperator
{
    public V Invoke<V>(V a, V b) where V : unmanaged, ISimd<V> => (V.Create(scale) * a) & b;
}
