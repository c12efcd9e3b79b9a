namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void Softmax(View x, View y, int dim, bool log)
    {
        if (x.Count == 0)
        {
            return;
        }

        if (!x.IsContiguous)
        {
            Copy(x, y);
            x = y; // in place from here
        }

        DenseLines lines = new(y.Shape, dim);
        SoftmaxBody body = new(lines, x.Pointer<float>(), null, y.Pointer<float>(), log);
        WorkerPool.Shared.Run(lines.Parts, body);
    }

    /// <inheritdoc/>
    public override void SoftmaxBackward(View y, View dy, View dx, int dim, bool log)
    {
        if (y.Count == 0)
        {
            return;
        }

        if (!dy.IsContiguous)
        {
            Copy(dy, dx);
            dy = dx;
        }

        DenseLines lines = new(y.Shape, dim);
        SoftmaxBody body = new(lines, y.Pointer<float>(), dy.Pointer<float>(), dx.Pointer<float>(), log);
        WorkerPool.Shared.Run(lines.Parts, body);
    }

    /// <summary>
    /// The lines of a dense tensor along a dimension, as (outer, extent, inner): a unit of work is one row if inner is 1, else a strip of
    /// neighbouring lines.
    /// </summary>
    private readonly struct DenseLines
    {
        public const int Strip = 256;

        public DenseLines(Shape shape, int dim)
        {
            Extent = shape[dim];
            Inner = 1;
            for (int d = dim + 1; d < shape.Rank; d++)
            {
                Inner *= shape[d];
            }

            Outer = shape.ElementCount / (Extent * Inner);
            StripsPerOuter = Inner == 1 ? 1 : (Inner + Strip - 1) / Strip;
            UnitsPerPart = Math.Max(1, WorkerPool.Grain / 4 / (Extent * Math.Min(Inner, Strip)));
        }

        public long Outer { get; }

        public long Extent { get; }

        public long Inner { get; }

        public long StripsPerOuter { get; }

        public long UnitsPerPart { get; }

        public long Units => Outer * StripsPerOuter;

        public int Parts => checked((int)((Units + UnitsPerPart - 1) / UnitsPerPart));

        /// <summary>Offset of the first element of a unit.</summary>
        public long Offset(long unit) => (unit / StripsPerOuter * Extent * Inner) + (unit % StripsPerOuter * Strip);

        /// <summary>Neighbouring lines in a unit.</summary>
        public long Width(long unit) => Math.Min(Strip, Inner - (unit % StripsPerOuter * Strip));
    }

    /// <summary>Forward without dy: a is x. Backward with it: a is y.</summary>
    private readonly struct SoftmaxBody(DenseLines lines, float* a, float* dy, float* to, bool log) : IParallelBody
    {
        private readonly DenseLines _lines = lines;

        public void Invoke(int index)
        {
            long end = Math.Min((index + 1) * _lines.UnitsPerPart, _lines.Units);
            for (long unit = index * _lines.UnitsPerPart; unit < end; unit++)
            {
                long offset = _lines.Offset(unit);
                if (_lines.Inner == 1)
                {
                    if (dy is null)
                    {
                        RowSoftmax.Forward(a + offset, to + offset, _lines.Extent, log);
                    }
                    else
                    {
                        RowSoftmax.Backward(a + offset, dy + offset, to + offset, _lines.Extent, log);
                    }
                }
                else if (dy is null)
                {
                    ForwardStrip(a + offset, to + offset, _lines.Width(unit));
                }
                else
                {
                    BackwardStrip(a + offset, dy + offset, to + offset, _lines.Width(unit));
                }
            }
        }

        private void ForwardStrip(float* x, float* y, long width)
        {
            float* max = stackalloc float[DenseLines.Strip], sum = stackalloc float[DenseLines.Strip];
            new Span<float>(max, DenseLines.Strip).Fill(float.NegativeInfinity);
            new Span<float>(sum, DenseLines.Strip).Clear();
            long end = _lines.Extent * _lines.Inner;
            for (long i = 0; i < end; i += _lines.Inner)
            {
                MapLoop.Run(default(BinaryMap<MaximumOperator>), max, x + i, null, max, width);
            }

            if (log)
            {
                for (long i = 0; i < end; i += _lines.Inner)
                {
                    MapLoop.Run(default(TernaryMap<AddExpOfDifference>), sum, x + i, max, sum, width);
                }

                MapLoop.Run(default(UnaryMap<LogOperator>), sum, null, null, sum, width);
                for (long i = 0; i < end; i += _lines.Inner)
                {
                    MapLoop.Run(default(TernaryMap<SubtractBoth>), x + i, max, sum, y + i, width);
                }
            }
            else
            {
                for (long i = 0; i < end; i += _lines.Inner)
                {
                    MapLoop.Run(default(BinaryMap<ExpOfDifference>), x + i, max, null, y + i, width);
                    MapLoop.Run(default(BinaryMap<AddOperator>), sum, y + i, null, sum, width);
                }

                for (long i = 0; i < end; i += _lines.Inner)
                {
                    MapLoop.Run(default(BinaryMap<DivideOperator>), y + i, sum, null, y + i, width);
                }
            }
        }

        private void BackwardStrip(float* y, float* upstream, float* dx, long width)
        {
            float* sum = stackalloc float[DenseLines.Strip];
            new Span<float>(sum, DenseLines.Strip).Clear();
            long end = _lines.Extent * _lines.Inner;
            for (long i = 0; i < end; i += _lines.Inner)
            {
                if (log)
                {
                    MapLoop.Run(default(BinaryMap<AddOperator>), sum, upstream + i, null, sum, width);
                }
                else
                {
                    MapLoop.Run(default(TernaryMap<MultiplyAdd>), y + i, upstream + i, sum, sum, width);
                }
            }

            for (long i = 0; i < end; i += _lines.Inner)
            {
                if (log)
                {
                    MapLoop.Run(default(TernaryMap<LogSoftmaxColumnGradient>), y + i, upstream + i, sum, dx + i, width);
                }
                else
                {
                    MapLoop.Run(default(TernaryMap<SoftmaxColumnGradient>), y + i, upstream + i, sum, dx + i, width);
                }
            }
        }
    }

    private readonly struct ExpOfDifference : IBinaryOperator
    {
        public V Invoke<V>(V x, V max) where V : unmanaged, ISimd<V> => MathX.Exp(x - max);
    }

    private readonly struct AddExpOfDifference : ITernaryOperator
    {
        public V Invoke<V>(V sum, V x, V max) where V : unmanaged, ISimd<V> => sum + MathX.Exp(x - max);
    }

    private readonly struct SubtractBoth : ITernaryOperator
    {
        public V Invoke<V>(V x, V max, V logSum) where V : unmanaged, ISimd<V> => x - max - logSum;
    }

    private readonly struct MultiplyAdd : ITernaryOperator
    {
        public V Invoke<V>(V a, V b, V c) where V : unmanaged, ISimd<V> => V.Fma(a, b, c);
    }

    private readonly struct SoftmaxColumnGradient : ITernaryOperator
    {
        public V Invoke<V>(V y, V dy, V sum) where V : unmanaged, ISimd<V> => y * (dy - sum);
    }

    private readonly struct LogSoftmaxColumnGradient : ITernaryOperator
    {
        public V Invoke<V>(V y, V dy, V sum) where V : unmanaged, ISimd<V> => dy - (MathX.Exp(y) * sum);
    }
}
