namespace RawSer.Kernels;

/// <summary>
/// Random numbers on the host. They are bits, not approximations, so both host backends run the same code: the reference one after the other, the cpu
/// backend in parts of whole blocks on all threads.
/// </summary>
internal static unsafe class HostRandom
{
    private const int BlocksPerPart = WorkerPool.Grain / Philox.BlockWords;

    public static void Uniform(View y, RandomSource source, double low, double high, bool parallel) =>
        Run(new UniformKernel(y.Pointer<float>(), y.Count, source, (float)low, (float)(high - low)), y.Count, parallel);

    public static void Normal(View y, RandomSource source, double mean, double deviation, bool parallel) =>
        Run(new NormalKernel(y.Pointer<float>(), y.Count, source, (float)mean, (float)deviation), y.Count, parallel);

    public static void Dropout(View x, View y, View mask, RandomSource source, double p, bool parallel) =>
        Run(new DropoutKernel(x.Pointer<float>(), y.Pointer<float>(), (byte*)mask.Pointer<bool>(), y.Count, source, p), y.Count, parallel);

    public static void DropoutMask(View mask, RandomSource source, double p) =>
        Run(new DropoutMaskKernel((byte*)mask.Pointer<bool>(), mask.Count, source, p), mask.Count, parallel: true);

    private static void Run<TKernel>(TKernel kernel, long count, bool parallel) where TKernel : struct, IBlockKernel
    {
        long blocks = Philox.BlockCount(count);
        if (parallel)
        {
            WorkerPool.Shared.Run(WorkerPool.PartCount(blocks, BlocksPerPart), new Body<TKernel>(kernel, blocks));
        }
        else
        {
            new Body<TKernel>(kernel, blocks).Blocks(0, blocks);
        }
    }

    private interface IBlockKernel
    {
        void Block(long block);
    }

    private readonly struct Body<TKernel>(TKernel kernel, long blocks) : IParallelBody where TKernel : struct, IBlockKernel
    {
        public void Invoke(int index) => Blocks((long)index * BlocksPerPart, Math.Min((index + 1L) * BlocksPerPart, blocks));

        public void Blocks(long first, long last)
        {
            TKernel k = kernel;
            for (long block = first; block < last; block++)
            {
                k.Block(block);
            }
        }
    }

    private readonly struct UniformKernel(float* y, long count, RandomSource source, float low, float width) : IBlockKernel
    {
        public void Block(long block)
        {
            uint* words = stackalloc uint[Philox.BlockWords];
            Philox.FillBlock(source.Seed, source.Block + (ulong)block, source.Stream, words);
            long start = block * Philox.BlockWords;
            if (count - start >= Philox.BlockWords)
            {
                RandomBlocks.Uniform(words, y + start, low, width);
                return;
            }

            float* last = stackalloc float[Philox.BlockWords];
            RandomBlocks.Uniform(words, last, low, width);
            new ReadOnlySpan<float>(last, (int)(count - start)).CopyTo(new Span<float>(y + start, (int)(count - start)));
        }
    }

    private readonly struct NormalKernel(float* y, long count, RandomSource source, float mean, float deviation) : IBlockKernel
    {
        public void Block(long block)
        {
            uint* words = stackalloc uint[Philox.BlockWords];
            float* values = stackalloc float[Philox.BlockWords];
            Philox.FillBlock(source.Seed, source.Block + (ulong)block, source.Stream, words);
            RandomBlocks.Normal(words, values, mean, deviation);
            long start = block * Philox.BlockWords;
            int length = (int)Math.Min(Philox.BlockWords, count - start);
            new ReadOnlySpan<float>(values, length).CopyTo(new Span<float>(y + start, length));
        }
    }

    private readonly struct DropoutKernel(float* x, float* y, byte* mask, long count, RandomSource source, double p) : IBlockKernel
    {
        private readonly uint _threshold = RandomBlocks.Threshold(p);
        private readonly float _scale = (float)(1 / (1 - p));

        public void Block(long block)
        {
            uint* words = stackalloc uint[Philox.BlockWords];
            Philox.FillBlock(source.Seed, source.Block + (ulong)block, source.Stream, words);
            long start = block * Philox.BlockWords;
            if (count - start >= Philox.BlockWords)
            {
                RandomBlocks.Dropout(words, x + start, y + start, mask + start, _threshold, _scale);
                return;
            }

            for (long i = start; i < count; i++)
            {
                bool kept = words[i - start] >= _threshold;
                mask[i] = kept ? (byte)1 : (byte)0;
                y[i] = kept ? x[i] * _scale : 0;
            }
        }
    }

    private readonly struct DropoutMaskKernel(byte* mask, long count, RandomSource source, double p) : IBlockKernel
    {
        private readonly uint _threshold = RandomBlocks.Threshold(p);

        public void Block(long block)
        {
            uint* words = stackalloc uint[Philox.BlockWords];
            Philox.FillBlock(source.Seed, source.Block + (ulong)block, source.Stream, words);
            long start = block * Philox.BlockWords;
            if (count - start >= Philox.BlockWords)
            {
                RandomBlocks.DropoutMask(words, mask + start, _threshold);
                return;
            }

            for (long i = start; i < count; i++)
            {
                mask[i] = words[i - start] >= _threshold ? (byte)1 : (byte)0;
            }
        }
    }
}
