using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <summary>
    /// The inner dimension is kept: neighbouring results are reduced side by side in registers, a strip of columns at a time. Many
    /// rows are cut into segments of fixed length, whose results are combined in order.
    /// </summary>
    private readonly struct ReduceColumns<TOp>(ReducePlan plan, float* x, float* y, double* partial, double scale) : IParallelBody
        where TOp : struct, IReduceOperator
    {
        private const int Strip = 64;
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
        private void Reduce(long unit, long first, long last, double* sums)
        {
            new Span<double>(sums, Strip).Fill(TOp.Identity);
            float* p = x + _plan.KeptOffsetX(unit / _strips) + (unit % _strips * Strip * _plan.InnerStride);
            int columns = Columns(unit), j = 0;
            if (_plan.InnerStride == 1)
            {
                if (Vector512.IsHardwareAccelerated)
                {
                    j = Registers<Simd512>(p, j, columns, first, last, sums);
                }

                if (Vector256.IsHardwareAccelerated)
                {
                    j = Registers<Simd256>(p, j, columns, first, last, sums);
                }

                if (Vector128.IsHardwareAccelerated)
                {
                    j = Registers<Simd128>(p, j, columns, first, last, sums);
                }
            }

            for (; j < columns; j++)
            {
                One<Simd1>(p + (j * _plan.InnerStride), first, last, sums + j);
            }
        }

        private int Registers<V>(float* p, int j, int columns, long first, long last, double* sums) where V : unmanaged, ISimd<V>
        {
            for (; j <= columns - (4 * V.Count); j += 4 * V.Count)
            {
                Four<V>(p + j, first, last, sums + j);
            }

            for (; j <= columns - V.Count; j += V.Count)
            {
                One<V>(p + j, first, last, sums + j);
            }

            return j;
        }

        private void Four<V>(float* p, long first, long last, double* sums) where V : unmanaged, ISimd<V>
        {
            while (first < last)
            {
                long end = Math.Min(first + Block, last);
                V a = V.Create(TOp.Identity), b = a, c = a, d = a;
                for (; first < end; first++)
                {
                    float* row = p + _plan.ReducedOffset(first);
                    a = TOp.Combine(a, TOp.Map(V.Load(row)));
                    b = TOp.Combine(b, TOp.Map(V.Load(row + V.Count)));
                    c = TOp.Combine(c, TOp.Map(V.Load(row + (2 * V.Count))));
                    d = TOp.Combine(d, TOp.Map(V.Load(row + (3 * V.Count))));
                }

                Flush(a, sums);
                Flush(b, sums + V.Count);
                Flush(c, sums + (2 * V.Count));
                Flush(d, sums + (3 * V.Count));
            }
        }

        private void One<V>(float* p, long first, long last, double* sums) where V : unmanaged, ISimd<V>
        {
            while (first < last)
            {
                long end = Math.Min(first + Block, last);
                V a = V.Create(TOp.Identity);
                for (; first < end; first++)
                {
                    a = TOp.Combine(a, TOp.Map(V.Load(p + _plan.ReducedOffset(first))));
                }

                Flush(a, sums);
            }
        }

        [SkipLocalsInit]
        private static void Flush<V>(V a, double* sums) where V : unmanaged, ISimd<V>
        {
            float* lanes = stackalloc float[16];
            a.Store(lanes);
            for (int i = 0; i < V.Count; i++)
            {
                sums[i] = TOp.Combine(sums[i], lanes[i]);
            }
        }
    }
}
