using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// Reductions in an order that the shape alone decides. Where neighbours in memory are reduced, a block takes one result: its threads
/// walk through the elements side by side and meet in a tree. Where neighbours are kept, each thread takes one result. When that
/// leaves a device idle, the elements of a result are cut into parts, whose results a second launch reduces.
/// </summary>
/// <typeparam name="TOp">Reduction of the elements.</typeparam>
/// <typeparam name="TParts">Reduction of the results of parts.</typeparam>
internal static class ReduceKernels<TOp, TParts>
    where TOp : struct, IReduceOperator
    where TParts : struct, IReduceOperator
{
    private const int BlockSize = 256;
    private const int ElementsPerPart = 4096;
    private const int MaxParts = 256;
    private const int EnoughThreads = 1 << 16;

    private static readonly Kernel<ArrayView<float>, ArrayView<float>, DeviceWalk, DeviceWalk, int, float> s_inBlock =
        Kernel.Create<ArrayView<float>, ArrayView<float>, DeviceWalk, DeviceWalk, int, float>(InBlock);

    private static readonly Kernel<ArrayView<float>, ArrayView<float>, DeviceWalk, DeviceWalk, int, float> s_inThread =
        Kernel.Create<ArrayView<float>, ArrayView<float>, DeviceWalk, DeviceWalk, int, float>(InThread);

    public static void Run(CudaBackend backend, View x, View y, double scale)
    {
        if (y.Count == 0)
        {
            return;
        }

        if (x.Count == 0)
        {
            backend.Fill(y, TOp.Identity * scale); // infinity of extrema, 0 of sums, NaN of means: 0 times infinity
            return;
        }

        (View keptX, View reduced, bool innerReduced) = Split(x, y);
        long elements = reduced.Count;
        long threads = innerReduced ? y.Count * BlockSize : y.Count;
        int parts = threads >= EnoughThreads ? 1 : (int)Math.Min(MaxParts, (elements + ElementsPerPart - 1) / ElementsPerPart);
        if (parts == 1)
        {
            Launch(backend, keptX, reduced, y, 1, innerReduced, (float)scale);
            return;
        }

        // Parts lie one after the other: (parts, results).
        int results = checked((int)y.Count);
        using Scratch scratch = new(backend.Memory, (long)parts * results * sizeof(float));
        View partial = scratch.Dense([parts, results]);
        Launch(backend, keptX, reduced, scratch.Dense(y.Shape.AsSpan()), parts, innerReduced, 1);
        ReduceKernels<TParts, TParts>.Run(backend, partial, y.With(LayoutTable.RowMajor([1, results], y.Layout.Offset)), scale); // y is dense
    }

    private static void Launch(CudaBackend backend, View keptX, View reduced, View y, int parts, bool innerReduced, float scale)
    {
        DeviceWalk kept = new(keptX, y), places = new(reduced);
        int perPart = (places.Count + parts - 1) / parts;
        int blocks = innerReduced ? kept.Count : DeviceThreads.Blocks(kept.Count, BlockSize);
        (innerReduced ? s_inBlock : s_inThread).Launch(
            backend.Gpu, new LaunchShape((blocks, parts), BlockSize), keptX.Whole<float>(), y.Whole<float>(), kept, places, perPart, scale);
    }

    /// <summary>x without the reduced dimensions, the reduced dimensions alone (counted from 0), and which of them is innermost in memory.</summary>
    private static (View Kept, View Reduced, bool InnerReduced) Split(View x, View y)
    {
        int rank = x.Shape.Rank;
        Span<int> reduced = stackalloc int[rank];
        Span<long> keptStrides = stackalloc long[rank], reducedStrides = stackalloc long[rank];
        long smallest = long.MaxValue;
        bool innerReduced = true;
        for (int d = 0; d < rank; d++)
        {
            bool isReduced = y.Shape[d] == 1;
            reduced[d] = isReduced ? x.Shape[d] : 1;
            (keptStrides[d], reducedStrides[d]) = isReduced ? (0L, x.Strides[d]) : (x.Strides[d], 0L);
            if (x.Shape[d] > 1 && Math.Abs(x.Strides[d]) < smallest)
            {
                (smallest, innerReduced) = (Math.Abs(x.Strides[d]), isReduced);
            }
        }

        Layout kept = LayoutTable.Get(y.Shape.AsSpan(), keptStrides, x.Layout.Offset);
        return (x.With(kept), x.With(LayoutTable.Get(reduced, reducedStrides, 0)), innerReduced);
    }

    [Kernel(MaxThreadsPerGroup = BlockSize)]
    private static void InBlock(ArrayView<float> x, ArrayView<float> y, DeviceWalk kept, DeviceWalk reduced, int perPart, float scale)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(BlockSize);
        kept.Locate(Grid.IdxX, out int ix, out int iy, out _, out _);
        int end = IntrinsicMath.Min((Grid.IdxY + 1) * perPart, reduced.Count);
        Simd1 result = new(TOp.Identity);
        for (int i = (Grid.IdxY * perPart) + Group.IdxX; i < end; i += BlockSize)
        {
            reduced.Locate(i, out int step, out _, out _, out _);
            result = TOp.Combine(result, TOp.Map(new Simd1(x[ix + step])));
        }

        shared[Group.IdxX] = result.Value;
        Group.Barrier();
        for (int half = BlockSize / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
            {
                shared[Group.IdxX] = TOp.Combine(new Simd1(shared[Group.IdxX]), new Simd1(shared[Group.IdxX + half])).Value;
            }

            Group.Barrier();
        }

        if (Group.IdxX == 0)
        {
            y[iy + (Grid.IdxY * kept.Count)] = shared[0] * scale;
        }
    }

    [Kernel(MaxThreadsPerGroup = BlockSize)]
    private static void InThread(ArrayView<float> x, ArrayView<float> y, DeviceWalk kept, DeviceWalk reduced, int perPart, float scale)
    {
        int place = Grid.GlobalIndex.X;
        if (place >= kept.Count)
        {
            return;
        }

        kept.Locate(place, out int ix, out int iy, out _, out _);
        int end = IntrinsicMath.Min((Grid.IdxY + 1) * perPart, reduced.Count);
        Simd1 result = new(TOp.Identity);
        for (int i = Grid.IdxY * perPart; i < end; i++)
        {
            reduced.Locate(i, out int step, out _, out _, out _);
            result = TOp.Combine(result, TOp.Map(new Simd1(x[ix + step])));
        }

        y[iy + (Grid.IdxY * kept.Count)] = result.Value * scale;
    }
}
