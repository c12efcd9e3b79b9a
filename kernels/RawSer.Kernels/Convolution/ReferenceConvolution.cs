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
        double[] sums = new double[y.Count];
        fixed (double* to = sums)
        {
            ForEachProduct(x, w, y, geometry, new OutputSums<T>(to, x.Pointer<T>(), w.Pointer<T>()));
        }

        StoreSums(sums, y.Pointer<T>());
    }

    private static void ConvolutionBackwardData<T>(View dy, View w, View dx, ConvGeometry geometry) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double[] sums = new double[dx.Count];
        fixed (double* to = sums)
        {
            ForEachProduct(dx, w, dy, geometry, new InputSums<T>(to, w.Pointer<T>(), dy.Pointer<T>()));
        }

        StoreSums(sums, dx.Pointer<T>());
    }

    private static void ConvolutionBackwardWeight<T>(View x, View dy, View dw, View db, ConvGeometry geometry) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double[] sums = new double[dw.Count];
        fixed (double* to = sums)
        {
            ForEachProduct(x, dw, dy, geometry, new KernelSums<T>(to, x.Pointer<T>(), dy.Pointer<T>()));
        }

        StoreSums(sums, dw.Pointer<T>());
        if (db.Exists)
        {
            T* pdy = dy.Pointer<T>();
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
    /// All products of a convolution: the offsets of the input, the kernel element and the output that belong together, by output and then by
    /// kernel element. The forward pass sums them by output, the gradients by input or by kernel element; what is summed is dense.
    /// </summary>
    private static void ForEachProduct<TSums>(View x, View w, View y, ConvGeometry g, TSums sums) where TSums : struct, IProductSums
    {
        int height = x.Shape[2], width = x.Shape[3], outH = y.Shape[2], outW = y.Shape[3];
        int outputs = w.Shape[0], groupChannels = w.Shape[1], kernelH = w.Shape[2], kernelW = w.Shape[3];
        (long xc, long xh, long xw) = (x.Strides[1], x.Strides[2], x.Strides[3]);
        (long wo, long wc, long wh, long ww) = (w.Strides[0], w.Strides[1], w.Strides[2], w.Strides[3]);
        for (int b = 0; b < y.Shape[0]; b++)
        {
            for (int o = 0; o < outputs; o++)
            {
                int firstChannel = o / (outputs / g.Groups) * groupChannels;
                for (int oh = 0; oh < outH; oh++)
                {
                    for (int ow = 0; ow < outW; ow++)
                    {
                        long atY = (b * y.Strides[0]) + (o * y.Strides[1]) + (oh * y.Strides[2]) + (ow * y.Strides[3]);
                        int top = (oh * g.StrideH) - g.PadTop, left = (ow * g.StrideW) - g.PadLeft;
                        for (int c = 0; c < groupChannels; c++)
                        {
                            long channel = (b * x.Strides[0]) + ((firstChannel + c) * xc);
                            for (int kh = 0; kh < kernelH; kh++)
                            {
                                int ih = top + (kh * g.DilationH);
                                for (int kw = 0; kw < kernelW; kw++)
                                {
                                    int iw = left + (kw * g.DilationW);
                                    if (ih >= 0 && ih < height && iw >= 0 && iw < width)
                                    {
                                        sums.Add(channel + (ih * xh) + (iw * xw), (o * wo) + (c * wc) + (kh * wh) + (kw * ww), atY);
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// <summary>Which sum a product goes to.</summary>
    private interface IProductSums
    {
        void Add(long atX, long atW, long atY);
    }

    private readonly struct OutputSums<T>(double* sums, T* x, T* w) : IProductSums where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Add(long atX, long atW, long atY) => sums[atY] += double.CreateChecked(x[atX]) * double.CreateChecked(w[atW]);
    }

    private readonly struct InputSums<T>(double* sums, T* w, T* dy) : IProductSums where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Add(long atX, long atW, long atY) => sums[atX] += double.CreateChecked(dy[atY]) * double.CreateChecked(w[atW]);
    }

    private readonly struct KernelSums<T>(double* sums, T* x, T* dy) : IProductSums where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Add(long atX, long atW, long atY) => sums[atW] += double.CreateChecked(x[atX]) * double.CreateChecked(dy[atY]);
    }

    private static void StoreSums<T>(double[] sums, T* to) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < sums.Length; i++)
        {
            to[i] = T.CreateChecked(sums[i]);
        }
    }
}
