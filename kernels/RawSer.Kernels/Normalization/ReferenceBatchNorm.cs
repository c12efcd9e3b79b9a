using System.Numerics;

namespace RawSer.Kernels;

public sealed unsafe partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void BatchStatistics(View x, int axis, View mean, View variance)
    {
        if (x.DType == DType.F64)
        {
            BatchStatistics<double>(x, axis, mean, variance);
        }
        else
        {
            BatchStatistics<float>(x, axis, mean, variance);
        }
    }

    /// <inheritdoc/>
    public override void BatchNorm(View x, int axis, View mean, View variance, View weight, View bias, double epsilon, View y)
    {
        if (x.DType == DType.F64)
        {
            BatchNorm<double>(x, axis, mean, variance, weight, bias, epsilon, y);
        }
        else
        {
            BatchNorm<float>(x, axis, mean, variance, weight, bias, epsilon, y);
        }
    }

    /// <inheritdoc/>
    public override void BatchNormParameterGradients(View x, View dy, int axis, View mean, View variance, double epsilon, View dweight, View dbias)
    {
        if (x.DType == DType.F64)
        {
            BatchNormParameterGradients<double>(x, dy, axis, mean, variance, epsilon, dweight, dbias);
        }
        else
        {
            BatchNormParameterGradients<float>(x, dy, axis, mean, variance, epsilon, dweight, dbias);
        }
    }

    /// <inheritdoc/>
    public override void BatchNormBackward(
        View x, View dy, int axis, View mean, View variance, View weight, View dweight, View dbias, double epsilon, View dx)
    {
        if (x.DType == DType.F64)
        {
            BatchNormBackward<double>(x, dy, axis, mean, variance, weight, dweight, dbias, epsilon, dx);
        }
        else
        {
            BatchNormBackward<float>(x, dy, axis, mean, variance, weight, dweight, dbias, epsilon, dx);
        }
    }

    private static void BatchStatistics<T>(View x, int axis, View mean, View variance) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ChannelSplit split = ChannelSplit.Of(x.Shape, axis);
        T* px = x.Pointer<T>(), pm = mean.Pointer<T>(), pv = variance.Pointer<T>();
        for (int c = 0; c < split.Channels; c++)
        {
            // In double for floats too: beside a large offset, a sum in float would lose the digits of the deviations.
            double sum = 0, squares = 0;
            for (long i = 0; i < split.PerChannel; i++)
            {
                sum += double.CreateChecked(px[ChannelElement(split, c, i)]);
            }

            double center = sum / split.PerChannel;
            for (long i = 0; i < split.PerChannel; i++)
            {
                double d = double.CreateChecked(px[ChannelElement(split, c, i)]) - center;
                squares += d * d;
            }

            pm[c] = T.CreateChecked(center);
            pv[c] = T.CreateChecked(squares / split.PerChannel);
        }
    }

    private static void BatchNorm<T>(View x, int axis, View mean, View variance, View weight, View bias, double epsilon, View y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ChannelSplit split = ChannelSplit.Of(x.Shape, axis);
        T* px = x.Pointer<T>(), pm = mean.Pointer<T>(), pv = variance.Pointer<T>(), py = y.Pointer<T>();
        for (int c = 0; c < split.Channels; c++)
        {
            T scale = Parameter(weight, c, T.One) / T.Sqrt(pv[c] + T.CreateChecked(epsilon));
            T shift = Parameter(bias, c, T.Zero);
            for (long i = 0; i < split.PerChannel; i++)
            {
                long at = ChannelElement(split, c, i);
                py[at] = ((px[at] - pm[c]) * scale) + shift;
            }
        }
    }

    private static void BatchNormParameterGradients<T>(
        View x, View dy, int axis, View mean, View variance, double epsilon, View dweight, View dbias) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ChannelSplit split = ChannelSplit.Of(x.Shape, axis);
        T* px = x.Pointer<T>(), pdy = dy.Pointer<T>(), pm = mean.Pointer<T>(), pv = variance.Pointer<T>();
        for (int c = 0; c < split.Channels; c++)
        {
            T sum = T.Zero, products = T.Zero;
            for (long i = 0; i < split.PerChannel; i++)
            {
                long at = ChannelElement(split, c, i);
                sum += pdy[at];
                products += pdy[at] * (px[at] - pm[c]);
            }

            dweight.Pointer<T>()[c] = products / T.Sqrt(pv[c] + T.CreateChecked(epsilon));
            dbias.Pointer<T>()[c] = sum;
        }
    }

    private static void BatchNormBackward<T>(
        View x, View dy, int axis, View mean, View variance, View weight, View dweight, View dbias, double epsilon, View dx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ChannelSplit split = ChannelSplit.Of(x.Shape, axis);
        T* px = x.Pointer<T>(), pdy = dy.Pointer<T>(), pm = mean.Pointer<T>(), pv = variance.Pointer<T>(), pdx = dx.Pointer<T>();
        T n = T.CreateChecked(split.PerChannel);
        for (int c = 0; c < split.Channels; c++)
        {
            T inverse = T.One / T.Sqrt(pv[c] + T.CreateChecked(epsilon));
            T meanGradient = Parameter(dbias, c, T.Zero) / n, meanProduct = Parameter(dweight, c, T.Zero) / n;
            for (long i = 0; i < split.PerChannel; i++)
            {
                long at = ChannelElement(split, c, i);
                T normalised = (px[at] - pm[c]) * inverse;
                pdx[at] = Parameter(weight, c, T.One) * inverse * (pdy[at] - meanGradient - (normalised * meanProduct));
            }
        }
    }

    private static long ChannelElement(ChannelSplit split, int channel, long i) =>
        ((((i / split.Inner) * split.Channels) + channel) * split.Inner) + (i % split.Inner);

    private static T Parameter<T>(View parameter, long index, T absent) where T : unmanaged => parameter.Exists ? parameter.Pointer<T>()[index] : absent;
}
