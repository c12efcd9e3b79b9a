namespace RawSer.Kernels;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void Softmax(View x, View y, int dim, bool log)
    {
        for (long line = 0; line < Lines(x, dim); line++)
        {
            int extent = x.Shape[dim];
            double max = double.NegativeInfinity, sum = 0;
            for (int i = 0; i < extent; i++)
            {
                max = Math.Max(max, LoadAlong(x, dim, line, i));
            }

            for (int i = 0; i < extent; i++)
            {
                sum += Math.Exp(LoadAlong(x, dim, line, i) - max);
            }

            for (int i = 0; i < extent; i++)
            {
                double shifted = LoadAlong(x, dim, line, i) - max;
                StoreFloat(y, PlaceAlong(y.Shape, dim, line, i), log ? shifted - Math.Log(sum) : Math.Exp(shifted) / sum);
            }
        }
    }

    /// <inheritdoc/>
    public override void SoftmaxBackward(View y, View dy, View dx, int dim, bool log)
    {
        for (long line = 0; line < Lines(y, dim); line++)
        {
            int extent = y.Shape[dim];
            double sum = 0;
            for (int i = 0; i < extent; i++)
            {
                sum += LoadAlong(dy, dim, line, i) * (log ? 1 : LoadAlong(y, dim, line, i));
            }

            for (int i = 0; i < extent; i++)
            {
                double result = LoadAlong(y, dim, line, i), upstream = LoadAlong(dy, dim, line, i);
                StoreFloat(dx, PlaceAlong(dx.Shape, dim, line, i), log ? upstream - (Math.Exp(result) * sum) : result * (upstream - sum));
            }
        }
    }
}
