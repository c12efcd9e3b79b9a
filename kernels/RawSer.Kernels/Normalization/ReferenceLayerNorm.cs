using System.Numerics;

namespace RawSer.Kernels;

public sealed unsafe partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void LayerNorm(View x, View weight, View bias, double epsilon, View y, View mean, View inverse)
    {
        RowParameters each = new(x.Count / Math.Max(1, mean.Count), 1);
        if (x.DType == DType.F64)
        {
            NormaliseRows<double>(x, each, weight, bias, epsilon, y, mean, inverse);
        }
        else
        {
            NormaliseRows<float>(x, each, weight, bias, epsilon, y, mean, inverse);
        }
    }

    /// <inheritdoc/>
    public override void LayerNormBackward(View x, View dy, View weight, View mean, View inverse, View dx, View dweight, View dbias)
    {
        RowParameters each = new(x.Count / Math.Max(1, mean.Count), 1);
        if (x.DType == DType.F64)
        {
            NormaliseRowsBackward<double>(x, dy, each, weight, mean, inverse, dx, dweight, dbias);
        }
        else
        {
            NormaliseRowsBackward<float>(x, dy, each, weight, mean, inverse, dx, dweight, dbias);
        }
    }

    /// <inheritdoc/>
    public override void GroupNorm(View x, int groups, View weight, View bias, double epsilon, View y, View mean, View inverse)
    {
        ChannelSplit split = ChannelSplit.Of(x.Shape, 1);
        RowParameters channels = new(split.Channels, split.Inner);
        if (x.DType == DType.F64)
        {
            NormaliseRows<double>(x, channels, weight, bias, epsilon, y, mean, inverse);
        }
        else
        {
            NormaliseRows<float>(x, channels, weight, bias, epsilon, y, mean, inverse);
        }
    }

    /// <inheritdoc/>
    public override void GroupNormBackward(View x, View dy, int groups, View weight, View mean, View inverse, View dx, View dweight, View dbias)
    {
        ChannelSplit split = ChannelSplit.Of(x.Shape, 1);
        RowParameters channels = new(split.Channels, split.Inner);
        if (x.DType == DType.F64)
        {
            NormaliseRowsBackward<double>(x, dy, channels, weight, mean, inverse, dx, dweight, dbias);
        }
        else
        {
            NormaliseRowsBackward<float>(x, dy, channels, weight, mean, inverse, dx, dweight, dbias);
        }
    }

    private static void NormaliseRows<T>(View x, RowParameters parameters, View weight, View bias, double epsilon, View y, View mean, View inverse)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* px = x.Pointer<T>(), py = y.Pointer<T>();
        long length = x.Count / Math.Max(1, mean.Count);
        for (long row = 0; row < mean.Count; row++)
        {
            // In double for floats too: over the frames of a clip, or beside an offset, a sum in float loses digits.
            double sum = 0, squares = 0;
            for (long i = row * length; i < (row + 1) * length; i++)
            {
                sum += double.CreateChecked(px[i]);
            }

            double exact = sum / length;
            for (long i = row * length; i < (row + 1) * length; i++)
            {
                double d = double.CreateChecked(px[i]) - exact;
                squares += d * d;
            }

            T center = T.CreateChecked(exact), scale = T.CreateChecked(1 / Math.Sqrt((squares / length) + epsilon));
            mean.Pointer<T>()[row] = center;
            inverse.Pointer<T>()[row] = scale;
            for (long i = row * length; i < (row + 1) * length; i++)
            {
                long p = parameters.Index(i);
                py[i] = ((px[i] - center) * scale * Parameter(weight, p, T.One)) + Parameter(bias, p, T.Zero);
            }
        }
    }

    private static void NormaliseRowsBackward<T>(
        View x, View dy, RowParameters parameters, View weight, View mean, View inverse, View dx, View dweight, View dbias)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* px = x.Pointer<T>(), pdy = dy.Pointer<T>();
        Clear<T>(dweight);
        Clear<T>(dbias);
        long length = x.Count / Math.Max(1, mean.Count);
        T n = T.CreateChecked(length);
        for (long row = 0; row < mean.Count; row++)
        {
            T center = mean.Pointer<T>()[row], scale = inverse.Pointer<T>()[row];
            double sums = 0, productSums = 0;
            for (long i = row * length; i < (row + 1) * length; i++)
            {
                long p = parameters.Index(i);
                T normalised = (px[i] - center) * scale, gradient = pdy[i] * Parameter(weight, p, T.One);
                sums += double.CreateChecked(gradient);
                productSums += double.CreateChecked(gradient) * double.CreateChecked(normalised);
                AddTo(dweight, p, pdy[i] * normalised);
                AddTo(dbias, p, pdy[i]);
            }

            T sum = T.CreateChecked(sums), products = T.CreateChecked(productSums);
            for (long i = row * length; i < (row + 1) * length && dx.Exists; i++)
            {
                T normalised = (px[i] - center) * scale, gradient = pdy[i] * Parameter(weight, parameters.Index(i), T.One);
                dx.Pointer<T>()[i] = scale * (gradient - (sum / n) - (normalised * (products / n)));
            }
        }
    }

    private static void Clear<T>(View view) where T : unmanaged
    {
        if (view.Exists)
        {
            new Span<T>(view.Pointer<T>(), checked((int)view.Count)).Clear();
        }
    }

    private static void AddTo<T>(View view, long index, T value) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (view.Exists)
        {
            view.Pointer<T>()[index] += value;
        }
    }

    /// <summary>Which weight and bias an element takes: each stretch of <paramref name="Repeat"/> elements has one, in turn.</summary>
    private readonly record struct RowParameters(long Count, long Repeat)
    {
        public long Index(long element) => element / Repeat % Count;
    }
}
