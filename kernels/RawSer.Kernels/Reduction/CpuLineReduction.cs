namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void ArgReduce(ReduceOp op, View x, int dim, View values, View indices)
    {
        float* found = values.Exists ? values.Pointer<float>() : null;
        if (op == ReduceOp.Max)
        {
            RunLines(x, dim, new ArgBody<MaxReduction>(x.Pointer<float>(), found, indices.Pointer<long>()));
        }
        else
        {
            RunLines(x, dim, new ArgBody<MinReduction>(x.Pointer<float>(), found, indices.Pointer<long>()));
        }
    }

    /// <inheritdoc/>
    public override void CumulativeSum(View x, View y, int dim, bool reverse = false) =>
        RunLines(x, dim, new CumulativeSumBody(x.Pointer<float>(), y.Pointer<float>(), new LineWalk(y.Layout, dim), reverse));

    private static void RunLines<TBody>(View x, int dim, TBody body) where TBody : struct, ILineBody
    {
        LineWalk walk = new(x.Layout, dim);
        if (walk.Extent > 0 && walk.Lines > 0)
        {
            long perPart = Math.Max(1, WorkerPool.Grain / walk.Extent);
            WorkerPool.Shared.Run(checked((int)((walk.Lines + perPart - 1) / perPart)), new LineParts<TBody>(walk, body, perPart));
        }
    }

    /// <summary>Work on one line along a dimension.</summary>
    private interface ILineBody
    {
        void Invoke(in LineWalk walk, long line);
    }

    /// <summary>The lines of a view along a dimension, numbered by the other dimensions in row-major order.</summary>
    private readonly struct LineWalk
    {
        private readonly DimWalk _others;

        public LineWalk(Layout layout, int dim)
        {
            _others = new DimWalk();
            for (int d = 0; d < layout.Shape.Rank; d++)
            {
                if (d != dim)
                {
                    _others.Add(layout.Shape[d], layout.Strides[d]);
                }
            }

            Extent = layout.Shape[dim];
            Stride = layout.Strides[dim];
        }

        public long Lines => _others.Count;

        public int Extent { get; }

        public long Stride { get; }

        public long Offset(long line) => _others.Offset(line);
    }

    private readonly struct LineParts<TBody>(LineWalk walk, TBody body, long perPart) : IParallelBody where TBody : struct, ILineBody
    {
        private readonly LineWalk _walk = walk;

        public void Invoke(int index)
        {
            long end = Math.Min((index + 1) * perPart, _walk.Lines);
            for (long line = index * perPart; line < end; line++)
            {
                body.Invoke(_walk, line);
            }
        }
    }

    private readonly struct ArgBody<TOp>(float* x, float* values, long* indices) : ILineBody where TOp : struct, IReduceOperator
    {
        public void Invoke(in LineWalk walk, long line)
        {
            float* p = x + walk.Offset(line);
            float best = walk.Stride == 1 ? (float)RowReduce.Run<TOp>(p, walk.Extent) : Strided(p, walk);
            long i = 0;
            while (p[i * walk.Stride] != best && !float.IsNaN(p[i * walk.Stride]))
            {
                i++; // ends: best is an element or the row holds a NaN
            }

            indices[line] = i;
            if (values is not null)
            {
                values[line] = best;
            }
        }

        private static float Strided(float* p, in LineWalk walk)
        {
            Simd1 best = new(*p);
            for (long i = 1; i < walk.Extent; i++)
            {
                best = TOp.Combine(best, new Simd1(p[i * walk.Stride]));
            }

            return best.Value;
        }
    }

    private readonly struct CumulativeSumBody(float* x, float* y, LineWalk walkY, bool reverse) : ILineBody
    {
        private readonly LineWalk _walkY = walkY;

        public void Invoke(in LineWalk walk, long line)
        {
            float* from = x + walk.Offset(line), to = y + _walkY.Offset(line);
            double sum = 0;
            for (long i = 0; i < walk.Extent; i++)
            {
                long at = reverse ? walk.Extent - 1 - i : i;
                sum += from[at * walk.Stride];
                to[at * _walkY.Stride] = (float)sum;
            }
        }
    }
}
