using System.Numerics;

namespace RawSer.Kernels;

public sealed unsafe partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void Convolution(View x, View w, View y, ConvGeometry geometry)
    {
        if (y.DType == DType.F64)
        {
            Convolution<double>(x, w, y, geometry);
        }
        else
        {
            Convolution<float>(x, w, y, geometry);
        }
    }

    /// <inheritdoc/>
    public override void ConvolutionBackwardData(View dy, View w, View dx, ConvGeometry geometry)
    {
        if (dx.DType == DType.F64)
        {
            ConvolutionBackwardData<double>(dy, w, dx, geometry);
        }
        else
        {
            ConvolutionBackwardData<float>(dy, w, dx, geometry);
        }
    }

    /// <inheritdoc/>
    public override void ConvolutionBackwardWeight(View x, View dy, View dw, View db, ConvGeometry geometry)
    {
        if (dw.DType == DType.F64)
        {
            ConvolutionBackwardWeight<double>(x, dy, dw, db, geometry);
        }
        else
        {
            ConvolutionBackwardWeight<float>(x, dy, dw, db, geometry);
        }
    }

    private static void Convolution<T>(View x, View w, View y, ConvGeometry geometry) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* px = x.Pointer<T>(), pw = w.Pointer<T>(), py = y.Pointer<T>();
        double[] sums = new double[y.Count];
        foreach ((long atX, long atW, long atY) in Products(x, w, y, geometry))
        {
            sums[atY] += double.CreateChecked(px[ElementOffset(x, atX)]) * double.CreateChecked(pw[ElementOffset(w, atW)]);
        }

        StoreSums(sums, py);
    }

    private static void ConvolutionBackwardData<T>(View dy, View w, View dx, ConvGeometry geometry) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* pdy = dy.Pointer<T>(), pw = w.Pointer<T>(), pdx = dx.Pointer<T>();
        double[] sums = new double[dx.Count];
        foreach ((long atX, long atW, long atY) in Products(dx, w, dy, geometry))
        {
            sums[atX] += double.CreateChecked(pdy[ElementOffset(dy, atY)]) * double.CreateChecked(pw[ElementOffset(w, atW)]);
        }

        StoreSums(sums, pdx);
    }

    private static void ConvolutionBackwardWeight<T>(View x, View dy, View dw, View db, ConvGeometry geometry) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* px = x.Pointer<T>(), pdy = dy.Pointer<T>(), pdw = dw.Pointer<T>();
        double[] sums = new double[dw.Count];
        foreach ((long atX, long atW, long atY) in Products(x, dw, dy, geometry))
        {
            sums[atW] += double.CreateChecked(px[ElementOffset(x, atX)]) * double.CreateChecked(pdy[ElementOffset(dy, atY)]);
        }

        StoreSums(sums, pdw);
        if (db.Exists)
        {
            double[] channelSums = new double[db.Count];
            int pixels = dy.Shape[2] * dy.Shape[3];
            for (long i = 0; i < dy.Count; i++)
            {
                channelSums[i / pixels % dy.Shape[1]] += double.CreateChecked(pdy[ElementOffset(dy, i)]);
            }

            StoreSums(channelSums, db.Pointer<T>());
        }
    }

    /// <summary>
    /// All products of a convolution: the places, in row-major order, of the input, the kernel element and the output that belong
    /// together. The forward pass sums them by output, the gradients by input or by kernel element.
    /// </summary>
    private static IEnumerable<(long X, long W, long Y)> Products(View x, View w, View y, ConvGeometry g)
    {
        int channels = x.Shape[1], height = x.Shape[2], width = x.Shape[3];
        int outputs = w.Shape[0], groupChannels = w.Shape[1], kernelH = w.Shape[2], kernelW = w.Shape[3];
        int outH = y.Shape[2], outW = y.Shape[3];
        long kernelSize = (long)groupChannels * kernelH * kernelW;
        for (long atY = 0; atY < y.Count; atY++)
        {
            long ow = atY % outW, oh = atY / outW % outH, o = atY / outW / outH % outputs, b = atY / outW / outH / outputs;
            for (long k = 0; k < kernelSize; k++)
            {
                long kw = k % kernelW, kh = k / kernelW % kernelH, c = k / kernelW / kernelH;
                long ih = (oh * g.StrideH) + (kh * g.DilationH) - g.PadTop, iw = (ow * g.StrideW) + (kw * g.DilationW) - g.PadLeft;
                if (ih >= 0 && ih < height && iw >= 0 && iw < width)
                {
                    long channel = (o / (outputs / g.Groups) * groupChannels) + c;
                    yield return ((((((b * channels) + channel) * height) + ih) * width) + iw, (o * kernelSize) + k, atY);
                }
            }
        }
    }

    private static void StoreSums<T>(double[] sums, T* to) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < sums.Length; i++)
        {
            to[i] = T.CreateChecked(sums[i]);
        }
    }
}
