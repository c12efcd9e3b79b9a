namespace RawSer.Kernels;

public sealed unsafe partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void Reduce(ReduceOp op, View x, View y)
    {
        View target = y.With(y.Layout.BroadcastTo(x.Shape)); // reduced dimensions get stride 0: many places of x meet in one of y
        double[] results = new double[y.Count];
        Array.Fill(results, op switch { ReduceOp.Max => double.NegativeInfinity, ReduceOp.Min => double.PositiveInfinity, _ => 0 });
        for (long i = 0; i < x.Count; i++)
        {
            ref double result = ref results[ElementOffset(target, i)];
            double value = LoadFloat(x, i);
            result = op switch
            {
                ReduceOp.SumOfSquares => result + (value * value),
                ReduceOp.SumOfAbs => result + Math.Abs(value),
                ReduceOp.Max => Math.Max(result, value), // NaN wins
                ReduceOp.Min => Math.Min(result, value),
                _ => result + value,
            };
        }

        for (long i = 0; i < y.Count; i++)
        {
            StoreFloat(y, i, op == ReduceOp.Mean ? results[i] / (x.Count / y.Count) : results[i]);
        }
    }

    /// <inheritdoc/>
    public override void ArgReduce(ReduceOp op, View x, int dim, View values, View indices)
    {
        for (long line = 0; line < indices.Count; line++)
        {
            long best = 0;
            double found = LoadAlong(x, dim, line, 0);
            for (long i = 1; i < x.Shape[dim] && !double.IsNaN(found); i++)
            {
                double value = LoadAlong(x, dim, line, i);
                if (double.IsNaN(value) || (op == ReduceOp.Max ? value > found : value < found))
                {
                    (best, found) = (i, value);
                }
            }

            indices.Pointer<long>()[ElementOffset(indices, line)] = best;
            if (values.Exists)
            {
                StoreFloat(values, line, found);
            }
        }
    }

    /// <inheritdoc/>
    public override void CumulativeSum(View x, View y, int dim, bool reverse = false)
    {
        int extent = x.Shape[dim];
        for (long line = 0; line < Lines(x, dim); line++)
        {
            double sum = 0;
            for (int i = 0; i < extent; i++)
            {
                int at = reverse ? extent - 1 - i : i;
                sum += LoadAlong(x, dim, line, at);
                StoreFloat(y, PlaceAlong(x.Shape, dim, line, at), sum);
            }
        }
    }
}
