using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <summary>
    /// The inner dimension is kept: neighbouring results are reduced side by side, a strip of columns at a time. Many
    /// rows are cut into segments of fixed length, whose results are combined in order.
    /// </summary>
    private readonly struct ReduceColumns<TOp>(ReducePlan plan, float* x, float* y, double* partial, double scale) : IParallelBody
        where TOp : struct, IReduceOperator
    {
        private const int Strip = 256;
        private const int SegmentRows = 512;

        /// <summary>Rows that are summed in float before the results go on in double.</summary>
        private const int Block = 64;

        private readonly ReducePlan _plan = plan;
        private readonly long _strips = (plan.InnerLength + Strip - 1) / Strip;
        private readonly int _segments = Segments(plan);
        private readonly long _stripsPerPart = Math.Max(1, WorkerPool.Grain / (plan.Reduced * Strip));

        public static void Run(ReducePlan plan, float* x, float* y, double scale)
        {
            ReduceColumns<TOp> whole = new(plan, x, y, null, scale);
            long units = plan.OuterKept * whole._strips;
            if (whole._segments == 1)
            {
                WorkerPool.Shared.Run(checked((int)((units + whole._stripsPerPart - 1) / whole._stripsPerPart)), whole);
                return;
            }

            int segments = whole._segments;
            Storage storage = HostMemoryPool.Shared.Allocate(units * segments * Strip * sizeof(double));
            double* partial = (double*)storage.Address;
            WorkerPool.Shared.Run(checked((int)(units * segments)), new ReduceColumns<TOp>(plan, x, y, partial, scale));
            for (long unit = 0; unit < units; unit++)
            {
                double* sums = partial + (unit * segments * Strip);
                for (int s = 1; s < segments; s++)
                {
                    for (int j = 0; j < Strip; j++)
                    {
                        sums[j] = TOp.Combine(sums[j], sums[(s * Strip) + j]);
                    }
                }

                whole.Write(unit, sums);
            }

            storage.Release();
        }

        public void Invoke(int index)
        {
            double* sums = stackalloc double[Strip];
            if (_segments > 1)
            {
                long first = index % _segments * SegmentRows;
                Reduce(index / _segments, first, Math.Min(first + SegmentRows, _plan.Reduced), partial + ((long)index * Strip));
                return;
            }

            long begin = index * _stripsPerPart, end = Math.Min(begin + _stripsPerPart, _plan.OuterKept * _strips);
            for (long unit = begin; unit < end; unit++)
            {
                Reduce(unit, 0, _plan.Reduced, sums);
                Write(unit, sums);
            }
        }

        private static int Segments(ReducePlan plan) => plan.Reduced <= 2 * SegmentRows ? 1 : WorkerPool.PartCount(plan.Reduced, SegmentRows);

        private int Columns(long unit) => (int)Math.Min(Strip, _plan.InnerLength - (unit % _strips * Strip));

        private void Write(long unit, double* sums)
        {
            float* to = y + _plan.KeptOffsetY(unit / _strips) + (unit % _strips * Strip * _plan.InnerStrideY);
            for (int j = 0; j < Columns(unit); j++)
            {
                to[j * _plan.InnerStrideY] = (float)(sums[j] * scale);
            }
        }

        /// <summary>Rows [first, last) of a strip.</summary>
        [SkipLocalsInit]
        private void Reduce(long unit, long first, long last, double* sums)
        {
            float* block = stackalloc float[Strip];
            new Span<double>(sums, Strip).Fill(TOp.Identity);
            float* p = x + _plan.KeptOffsetX(unit / _strips) + (unit % _strips * Strip * _plan.InnerStride);
            int columns = Columns(unit);
            while (first < last)
            {
                long end = Math.Min(first + Block, last);
                new Span<float>(block, columns).Fill(TOp.Identity);
                for (; first <= end - 4; first += 4)
                {
                    AddFourRows(
                        p + _plan.ReducedOffset(first), p + _plan.ReducedOffset(first + 1), p + _plan.ReducedOffset(first + 2), p + _plan.ReducedOffset(first + 3), block, columns);
                }

                for (; first < end; first++)
                {
                    AddRow(p + _plan.ReducedOffset(first), block, columns);
                }

                for (int j = 0; j < columns; j++)
                {
                    sums[j] = TOp.Combine(sums[j], block[j]);
                }
            }
        }

        private void AddFourRows(float* a, float* b, float* c, float* d, float* block, int columns)
        {
            int j = 0;
            if (_plan.InnerStride == 1)
            {
                j = Vector512.IsHardwareAccelerated ? FourRows<Simd512>(a, b, c, d, block, columns)
                    : Vector256.IsHardwareAccelerated ? FourRows<Simd256>(a, b, c, d, block, columns)
                    : Vector128.IsHardwareAccelerated ? FourRows<Simd128>(a, b, c, d, block, columns)
                    : 0;
            }

            for (; j < columns; j++)
            {
                long at = j * _plan.InnerStride;
                Simd1 sum = Four<Simd1>(a + at, b + at, c + at, d + at);
                TOp.Combine(new Simd1(block[j]), sum).Store(block + j);
            }
        }

        private static int FourRows<V>(float* a, float* b, float* c, float* d, float* block, int columns) where V : unmanaged, ISimd<V>
        {
            int j = 0;
            for (; j <= columns - V.Count; j += V.Count)
            {
                TOp.Combine(V.Load(block + j), Four<V>(a + j, b + j, c + j, d + j)).Store(block + j);
            }

            return j;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static V Four<V>(float* a, float* b, float* c, float* d) where V : unmanaged, ISimd<V> =>
            TOp.Combine(TOp.Combine(TOp.Map(V.Load(a)), TOp.Map(V.Load(b))), TOp.Combine(TOp.Map(V.Load(c)), TOp.Map(V.Load(d))));

        private void AddRow(float* row, float* block, int columns)
        {
            if (_plan.InnerStride == 1)
            {
                MapLoop.Run(default(BinaryMap<Accumulate>), block, row, null, block, columns);
                return;
            }

            for (int j = 0; j < columns; j++)
            {
                TOp.Combine(new Simd1(block[j]), TOp.Map(new Simd1(row[j * _plan.InnerStride]))).Store(block + j);
            }
        }

        private readonly struct Accumulate : IBinaryOperator
        {
            public V Invoke<V>(V sum, V x) where V : unmanaged, ISimd<V> => TOp.Combine(sum, TOp.Map(x));
        }
    }
}
