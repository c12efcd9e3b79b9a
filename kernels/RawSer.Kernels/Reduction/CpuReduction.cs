namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void Reduce(ReduceOp op, View x, View y)
    {
        switch (op)
        {
            case ReduceOp.Sum: Reduce<SumReduction>(x, y, 1); break;
            case ReduceOp.Mean: Reduce<SumReduction>(x, y, (double)y.Count / x.Count); break;
            case ReduceOp.SumOfSquares: Reduce<SumOfSquaresReduction>(x, y, 1); break;
            case ReduceOp.SumOfAbs: Reduce<SumOfAbsReduction>(x, y, 1); break;
            case ReduceOp.Max: Reduce<MaxReduction>(x, y, 1); break;
            case ReduceOp.Min: Reduce<MinReduction>(x, y, 1); break;
            default: throw new ArgumentOutOfRangeException(nameof(op), op, "unknown reduction");
        }
    }

    private void Reduce<TOp>(View x, View y, double scale) where TOp : struct, IReduceOperator
    {
        if (x.Count == 0)
        {
            Fill(y, TOp.Identity * scale); // the scale of an empty mean is infinite: 0 * infinity = NaN
            return;
        }

        ReducePlan plan = new(x.Layout, y.Layout);
        if (plan.InnerReduced)
        {
            ReduceRows<TOp>.Run(plan, x.Pointer<float>(), y.Pointer<float>(), scale);
        }
        else
        {
            ReduceColumns<TOp>.Run(plan, x.Pointer<float>(), y.Pointer<float>(), scale);
        }
    }

    /// <summary>
    /// The inner dimension is reduced: a result is the reduction of rows. Long ones are cut into segments of fixed length, whose results
    /// are combined in order.
    /// </summary>
    private readonly struct ReduceRows<TOp>(ReducePlan plan, float* x, float* y, double* partial, double scale) : IParallelBody
        where TOp : struct, IReduceOperator
    {
        private const long Segment = WorkerPool.Grain;
        private const int GatherChunk = 512;

        private readonly ReducePlan _plan = plan;
        private readonly int _segments = WorkerPool.PartCount(plan.Reduced);
        private readonly long _resultsPerPart = Math.Max(1, Segment / plan.Reduced);

        public static void Run(ReducePlan plan, float* x, float* y, double scale)
        {
            int segments = WorkerPool.PartCount(plan.Reduced);
            if (segments == 1)
            {
                ReduceRows<TOp> whole = new(plan, x, y, null, scale);
                WorkerPool.Shared.Run(checked((int)((plan.OuterKept + whole._resultsPerPart - 1) / whole._resultsPerPart)), whole);
                return;
            }

            Storage storage = HostMemoryPool.Shared.Allocate(plan.OuterKept * segments * sizeof(double));
            double* partial = (double*)storage.Address;
            WorkerPool.Shared.Run(checked((int)(plan.OuterKept * segments)), new ReduceRows<TOp>(plan, x, y, partial, scale));
            for (long i = 0; i < plan.OuterKept; i++)
            {
                double result = TOp.Identity;
                for (int s = 0; s < segments; s++)
                {
                    result = TOp.Combine(result, partial[(i * segments) + s]);
                }

                y[plan.KeptOffsetY(i)] = (float)(result * scale);
            }

            storage.Release();
        }

        public void Invoke(int index)
        {
            if (_segments > 1)
            {
                long result = index / _segments, begin = index % _segments * Segment;
                partial[index] = Range(x + _plan.KeptOffsetX(result), begin, Math.Min(begin + Segment, _plan.Reduced));
                return;
            }

            long first = index * _resultsPerPart, last = Math.Min(first + _resultsPerPart, _plan.OuterKept);
            for (long i = first; i < last; i++)
            {
                y[_plan.KeptOffsetY(i)] = (float)(Range(x + _plan.KeptOffsetX(i), 0, _plan.Reduced) * scale);
            }
        }

        /// <summary>Elements [begin, end) of one result, counted row after row.</summary>
        private double Range(float* p, long begin, long end)
        {
            long row = begin / _plan.InnerLength, start = begin % _plan.InnerLength;
            double result = TOp.Identity;
            while (begin < end)
            {
                long length = Math.Min(_plan.InnerLength - start, end - begin);
                float* from = p + _plan.ReducedOffset(row) + (start * _plan.InnerStride);
                result = TOp.Combine(result, _plan.InnerStride == 1 ? RowReduce.Run<TOp>(from, length) : Gathered(from, length));
                begin += length;
                start = 0;
                row++;
            }

            return result;
        }

        private double Gathered(float* p, long length)
        {
            float* buffer = stackalloc float[GatherChunk];
            double result = TOp.Identity;
            for (long i = 0; i < length; i += GatherChunk)
            {
                int count = (int)Math.Min(GatherChunk, length - i);
                for (int j = 0; j < count; j++)
                {
                    buffer[j] = p[(i + j) * _plan.InnerStride];
                }

                result = TOp.Combine(result, RowReduce.Run<TOp>(buffer, count));
            }

            return result;
        }
    }
}
