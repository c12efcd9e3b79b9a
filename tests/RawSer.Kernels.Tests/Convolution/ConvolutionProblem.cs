using RawSer.Kernels;

namespace RawSer.Kernels.Tests.Convolution;

/// <summary>The operands of a convolution and of its gradients.</summary>
internal sealed record ConvolutionProblem(View X, View W, View Y, View Dy, View Dx, View Dw, View Db, ConvGeometry Geometry)
{
    /// <summary>With operands of which some have gaps.</summary>
    public static ConvolutionProblem Of(Random random, GuardedViews views, Shape x, Shape w, int outH, int outW, ConvGeometry geometry)
    {
        Shape y = [x[0], w[0], outH, outW];
        return new(
            views.Random(random, x, Strides(random, x)), views.Random(random, w, Strides(random, w)), views.Random(random, y),
            views.Random(random, y, Strides(random, y)), views.Random(random, x), views.Random(random, w), views.Random(random, [w[0]]), geometry);
    }

    /// <summary>With dense operands.</summary>
    public static ConvolutionProblem Dense(Random random, GuardedViews views, Shape x, Shape w, int outH, int outW, ConvGeometry geometry)
    {
        Shape y = [x[0], w[0], outH, outW];
        return new(
            views.Random(random, x), views.Random(random, w), views.Random(random, y), views.Random(random, y), views.Random(random, x), views.Random(random, w),
            views.Random(random, [w[0]]), geometry);
    }

    /// <summary>Of any geometry, some of its operands with gaps.</summary>
    public static ConvolutionProblem Random(Random random, GuardedViews views)
    {
        int groups = random.Next(3) == 0 ? random.Next(2, 5) : 1;
        int groupChannels = random.Next(4) == 0 ? 1 : random.Next(1, 20), groupOutputs = random.Next(4) == 0 ? 1 : random.Next(1, 20);
        (int kernelH, int strideH, int dilationH, int padH, int height, int outH) = Axis(random, random.Next(3) == 0);
        (int kernelW, int strideW, int dilationW, int padW, int width, int outW) = Axis(random, false);
        return Of(
            random, views, [random.Next(1, 4), groups * groupChannels, height, width], [groups * groupOutputs, groupChannels, kernelH, kernelW], outH, outW,
            new(strideH, strideW, padH, padW, dilationH, dilationW, groups));
    }

    private static (int Kernel, int Stride, int Dilation, int Pad, int Extent, int Out) Axis(Random random, bool flat)
    {
        if (flat)
        {
            return (1, 1, 1, 0, 1, 1);
        }

        int kernel = random.Next(1, 6), stride = random.Next(1, 4), dilation = random.Next(1, 4), extent = random.Next(1, 40);
        int reach = (kernel - 1) * dilation;
        int padStart = random.Next(0, reach + 2), padEnd = random.Next(0, reach + 2);
        padEnd += Math.Max(0, reach + 1 - extent - padStart - padEnd);
        return (kernel, stride, dilation, padStart, extent, ((extent + padStart + padEnd - reach - 1) / stride) + 1);
    }

    /// <summary>Dense, or every second element with gaps between rows.</summary>
    private static long[] Strides(Random random, Shape shape)
    {
        long step = random.Next(4) == 0 ? 2 : 1, gap = random.Next(3) == 0 ? 3 : 0;
        long[] strides = new long[shape.Rank];
        for (int d = shape.Rank - 1; d >= 0; d--)
        {
            strides[d] = step;
            step = (step * shape[d]) + gap;
        }

        return strides;
    }
}
