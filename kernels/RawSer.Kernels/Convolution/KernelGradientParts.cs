using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// The second stage of the gradients of kernels, whose sums blocks have cut into parts: each warp of a block adds up every eighth part for 32 neighbouring results, and the
/// first adds what the warps have. The order depends on the number of parts alone.
/// </summary>
internal static class KernelGradientParts
{
    private const int Columns = 32;
    private const int Warps = 8;

    private static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, int> s_add =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, int>(Add);

    /// <summary>Adds parts of a.Length + b.Length results each: the first of them go to a, those behind to b.</summary>
    public static void Add(CudaBackend backend, ArrayView<float> parts, int count, ArrayView<float> a, ArrayView<float> b)
    {
        int results = a.IntLength + b.IntLength;
        s_add.Launch(backend.Gpu, new LaunchShape((results + Columns - 1) / Columns, Columns * Warps), parts, a, b, a.IntLength, results, count);
    }

    [Kernel(MaxThreadsPerGroup = Columns * Warps)]
    private static void Add(ArrayView<float> parts, ArrayView<float> a, ArrayView<float> b, int lengthOfA, int results, int count)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Columns * Warps);
        int result = (Grid.IdxX * Columns) + Warp.LaneIdx;
        float sum = 0;
        for (int part = Group.IdxX / Columns; part < count && result < results; part += Warps)
        {
            sum += parts[(part * results) + result];
        }

        shared[Group.IdxX] = sum;
        Group.Barrier();
        if (Group.IdxX < Columns && result < results)
        {
            for (int warp = 1; warp < Warps; warp++)
            {
                sum += shared[(warp * Columns) + Group.IdxX];
            }

            if (result < lengthOfA)
            {
                a[result] = sum;
            }
            else
            {
                b[result - lengthOfA] = sum;
            }
        }
    }
}
