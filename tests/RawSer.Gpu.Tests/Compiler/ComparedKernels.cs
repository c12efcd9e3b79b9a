using RawSer.Gpu.Dialect;

namespace RawSer.Gpu.Tests.Compiler;

/// <summary>Kernels in the dialect that stand in CUDA C too, line for line: Cuda/kernels.cu.</summary>
internal static class ComparedKernels
{
    /// <summary>y = a x + y, 128 bits at a time.</summary>
    [Kernel(MaxThreadsPerGroup = 256)]
    public static void Axpy(ArrayView<Float4> x, ArrayView<Float4> y, float a, int count)
    {
        int step = Grid.DimX * Group.DimX;
        for (int i = (Grid.IdxX * Group.DimX) + Group.IdxX; i < count; i += step)
        {
            Float4 u = x[i], v = y[i];
            y[i] = new Float4(
                MathF.FusedMultiplyAdd(a, u.X, v.X), MathF.FusedMultiplyAdd(a, u.Y, v.Y), MathF.FusedMultiplyAdd(a, u.Z, v.Z), MathF.FusedMultiplyAdd(a, u.W, v.W));
        }
    }

    /// <summary>Mean and variance of rows, a warp to each.</summary>
    [Kernel(MaxThreadsPerGroup = 256)]
    public static void Moments(ArrayView<Float4> x, ArrayView<float> mean, ArrayView<float> variance, int rows, int columns4)
    {
        int row = ((Grid.IdxX * Group.DimX) + Group.IdxX) / 32, lane = Group.IdxX % 32;
        if (row >= rows)
        {
            return;
        }

        float sum = 0, squares = 0;
        for (int i = lane; i < columns4; i += 32)
        {
            Float4 v = x[(row * columns4) + i];
            sum += v.X + v.Y + (v.Z + v.W);
            squares = MathF.FusedMultiplyAdd(v.X, v.X, MathF.FusedMultiplyAdd(v.Y, v.Y, MathF.FusedMultiplyAdd(v.Z, v.Z, MathF.FusedMultiplyAdd(v.W, v.W, squares))));
        }

        float count = columns4 * 4, average = WarpSum(sum) / count;
        float spread = (WarpSum(squares) / count) - (average * average);
        if (lane == 0)
        {
            mean[row] = average;
            variance[row] = spread;
        }
    }

    [Unroll]
    private static float WarpSum(float value)
    {
        for (int offset = 16; offset > 0; offset /= 2)
        {
            value += Warp.ShuffleXor(value, offset);
        }

        return value;
    }

    /// <summary>Nine taps over a signal.</summary>
    [Kernel(MaxThreadsPerGroup = 256)]
    public static void Filter(ArrayView<float> x, ArrayView<float> taps, ArrayView<float> y, int count)
    {
        ArrayView<float> t = LocalMemory.Allocate<float>(9);
        for (int k = 0; k < 9; k++)
        {
            t[k] = taps[k];
        }

        int step = Grid.DimX * Group.DimX;
        for (int i = (Grid.IdxX * Group.DimX) + Group.IdxX; i < count; i += step)
        {
            float sum = 0;
            for (int k = 0; k < 9; k++)
            {
                sum = MathF.FusedMultiplyAdd(t[k], x[i + k], sum);
            }

            y[i] = sum;
        }
    }

    /// <summary>Ten rounds of products of 64 bits: Philox.</summary>
    [Kernel(MaxThreadsPerGroup = 256)]
    [Unroll(RuntimeLoops = 1)]
    public static void Counters(ArrayView<UInt4> y, uint key0, uint key1, int count)
    {
        int step = Grid.DimX * Group.DimX;
        for (int i = (Grid.IdxX * Group.DimX) + Group.IdxX; i < count; i += step)
        {
            uint a = (uint)i, b = 0, c = 0, d = 0, k0 = key0, k1 = key1;
            for (int round = 0; round < 10; round++)
            {
                ulong left = (ulong)a * 0xD2511F53u, right = (ulong)c * 0xCD9E8D57u;
                a = (uint)(right >> 32) ^ b ^ k0;
                b = (uint)right;
                c = (uint)(left >> 32) ^ d ^ k1;
                d = (uint)left;
                k0 += 0x9E3779B9u;
                k1 += 0xBB67AE85u;
            }

            y[i] = new UInt4 { X = a, Y = b, Z = c, W = d };
        }
    }

    /// <summary>Tiles of 32 x 32 through shared memory.</summary>
    [Kernel(MaxThreadsPerGroup = 256)]
    public static void Transpose(ArrayView<float> x, ArrayView<float> y, int rows, int columns)
    {
        ArrayView<float> tile = SharedMemory.Allocate<float>(32 * 33);
        int tx = Group.IdxX % 32, ty = Group.IdxX / 32;
        for (int start = Grid.IdxX * 32; start < columns; start += Grid.DimX * 32)
        {
            int row = (Grid.IdxY * 32) + ty;
            for (int k = 0; k < 4; k++)
            {
                tile[((ty + (k * 8)) * 33) + tx] = x[((row + (k * 8)) * columns) + start + tx];
            }

            Group.Barrier();
            for (int k = 0; k < 4; k++)
            {
                y[((start + ty + (k * 8)) * rows) + (Grid.IdxY * 32) + tx] = tile[(tx * 33) + ty + (k * 8)];
            }

            Group.Barrier();
        }
    }

    /// <summary>Four words, stored by one instruction.</summary>
    internal struct UInt4
    {
        public uint X;
        public uint Y;
        public uint Z;
        public uint W;
    }
}
