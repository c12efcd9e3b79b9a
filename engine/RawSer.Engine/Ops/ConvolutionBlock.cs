using RawSer.Kernels;

namespace RawSer;

public sealed partial class Tensor
{
    /// <summary>A convolution with up to so many products for a value, as of few input channels, takes little more time than reading its result.</summary>
    private const int RecomputedProducts = 16;

    /// <summary>Results up to here are kept all the same: only larger ones are worth that time.</summary>
    private const long KeptBytes = 32 << 20;

    /// <summary>
    /// <c>maxpool2d(relu(batch_norm(conv2d(this))))</c> with the statistics of the batch, the block of a convolutional network in training. Values are those of
    /// <see cref="Conv2d(Tensor, Tensor, ConvWindow, ConvWindow, int, bool)"/> and <see cref="BatchNormReluMaxPool2d"/>; less memory is held until the backward
    /// pass: nobody else sees the convolution's result, so its gradient takes its place, and where it is large and cheap (few input channels) it is computed
    /// again instead of kept, and with it what the pooling's gradient needs.
    /// </summary>
    /// <param name="kernel">Weight of the convolution (O, C / groups, KH, KW).</param>
    /// <param name="shift">Bias of the convolution (O), or none.</param>
    /// <param name="height">Stride, padding and dilation of rows.</param>
    /// <param name="width">Stride, padding and dilation of columns.</param>
    /// <param name="groups">Divides C and O.</param>
    /// <param name="weight">Of the norm (channels), or 1.</param>
    /// <param name="bias">Of the norm (channels), or 0.</param>
    /// <param name="runningMean">(channels), moves towards the batch's mean; with <paramref name="runningVariance"/> or not at all.</param>
    /// <param name="runningVariance">(channels).</param>
    /// <param name="pool">Windows of the pooling.</param>
    /// <param name="options">Axis, epsilon, momentum of the norm; PyTorch's if left out.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public Tensor Conv2dBatchNormReluMaxPool2d(
        Tensor kernel, Tensor? shift, ConvWindow height, ConvWindow width, int groups,
        Tensor? weight, Tensor? bias, Tensor? runningMean, Tensor? runningVariance, PoolOptions pool, BatchNormOptions? options = null)
    {
        const string Op = "conv2d_batch_norm_relu_max_pool2d";
        options ??= BatchNormOptions.PyTorch;
        Convolving c = PlanConvolution(Op, 4, kernel, shift, height, width, groups);
        using Tensor x = Empty(c.Output, DType, Device);
        x.CheckBatchNorm(Op, weight, bias, runningMean, runningVariance, options.Axis);
        (PoolWindows windows, Shape pooled) = pool.Windows(Op, c.Output);
        Convolve(c.X, kernel.View, shift, x, c.Geometry);
        (Tensor mean, Tensor variance) = x.BatchStatistics(runningMean, runningVariance, options);
        bool recomputes = kernel.ElementCount / kernel.Shape[0] <= RecomputedProducts && x.ElementCount * DType.Size() > KeptBytes;
        bool keeps = !recomputes && Autograd.IsNeeded(this, kernel, shift, weight, bias);
        Tensor y = Empty(pooled, DType, Device);
        using Tensor? place = keeps ? Empty(pooled, windows.PlaceType, Device) : null, saved = keeps ? Empty(pooled, DType, Device) : null;
        Backend.BatchNormReluMaxPool(
            x.View, options.Axis, mean.View, variance.View, ViewOf(weight), ViewOf(bias), options.Epsilon, windows, y.View, ViewOf(place), ViewOf(saved));
        Autograd.Record(
            y, Op, [this, kernel, shift, weight, bias], [this, kernel, shift, recomputes ? null : x, place, saved, mean, variance, weight, recomputes ? bias : null],
            (options, windows, c.Geometry, c.Output), static (g, s) =>
            {
                Tensor mean = g.Saved(6), variance = g.Saved(7), dy = g.Grad.ContiguousAlias();
                View weight = g.HasSaved(8) ? g.Saved(8).View : default;
                Tensor x, place, saved;
                if (g.HasSaved(3))
                {
                    (x, place, saved) = (g.Saved(3), g.Saved(4), g.Saved(5));
                }
                else
                {
                    (x, place, saved) = (Empty(s.Output, dy.DType, dy.Device), Empty(dy.Shape, s.windows.PlaceType, dy.Device), Empty(dy.Shape, dy.DType, dy.Device));
                    Convolve(AsImages(g.Saved(0).View), AsImages(g.Saved(1).View), g.HasSaved(2) ? g.Saved(2) : null, x, s.Geometry);
                    x.Backend.BatchNormReluMaxPool(
                        x.View, s.options.Axis, mean.View, variance.View, weight, g.HasSaved(9) ? g.Saved(9).View : default, s.options.Epsilon, s.windows,
                        saved.View, place.View, saved.View);
                }

                Tensor dx = g.HasSaved(3) && !g.MayOverwriteSaved ? Empty(x.Shape, x.DType, x.Device) : x;
                Tensor dweight = Empty(mean.Shape, x.DType, x.Device), dbias = Empty(mean.Shape, x.DType, x.Device);
                x.Backend.BatchNormReluMaxPoolBackward(
                    x.View, dy.View, place.View, saved.View, s.options.Axis, mean.View, variance.View, weight, s.options.Epsilon, s.windows,
                    dx.View, dweight.View, dbias.View);
                g.Set(3, dweight);
                g.Set(4, dbias);
                SetConvolutionGradients(g, dx, s.Geometry);
            });
        mean.Dispose();
        variance.Dispose();
        return y;
    }

    private static void Convolve(View x, View w, Tensor? bias, Tensor y, ConvGeometry geometry)
    {
        if (bias is not null)
        {
            y.Backend.ConvolutionBias(x, w, bias.View, AsImages(y.View), geometry);
        }
        else
        {
            y.Backend.Convolution(x, w, AsImages(y.View), geometry);
        }
    }
}
