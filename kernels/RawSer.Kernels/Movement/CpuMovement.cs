namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void Copy(View x, View y)
    {
        if (x.DType != y.DType)
        {
            RowLoop.Run(new StridedLoop(x.Layout, y.Layout), new ConvertKernel(x, y));
            return;
        }

        switch (y.DType.Size())
        {
            case 1: CopySame<byte>(x, y); break;
            case 2: CopySame<ushort>(x, y); break;
            case 4: CopySame<uint>(x, y); break;
            default: CopySame<ulong>(x, y); break;
        }
    }

    /// <inheritdoc/>
    public override void Fill(View y, double value)
    {
        ulong bits = 0;
        ElementConversion.Store(y.DType, &bits, 0, value);
        switch (y.DType.Size())
        {
            case 1: FillBits(y, (byte)bits); break;
            case 2: FillBits(y, (ushort)bits); break;
            case 4: FillBits(y, (uint)bits); break;
            default: FillBits(y, bits); break;
        }
    }

    private static void CopySame<T>(View x, View y) where T : unmanaged
    {
        StridedLoop loop = new(x.Layout, y.Layout);
        T* px = (T*)x.Storage.Address + x.Layout.Offset, py = (T*)y.Storage.Address + y.Layout.Offset;
        if (TransposePlan.Find(loop) is { } plan)
        {
            WorkerPool.Shared.Run(plan.Parts, new TransposeBody<T>(plan, px, py));
        }
        else
        {
            RowLoop.Run(loop, new CopyKernel<T>(px, py));
        }
    }

    private static void FillBits<T>(View y, T value) where T : unmanaged =>
        RowLoop.Run(new StridedLoop(y.Layout), new FillKernel<T>((T*)y.Storage.Address + y.Layout.Offset, value));

    private readonly struct CopyKernel<T>(T* x, T* y) : IRowKernel where T : unmanaged
    {
        public void Invoke(in StridedLoop loop, long row, long start, long length)
        {
            long strideX = loop.RowStride(0), strideY = loop.RowStride(1);
            T* px = x + loop.RowOffset(0, row) + (start * strideX);
            T* py = y + loop.RowOffset(1, row) + (start * strideY);
            if (strideX == 1 && strideY == 1)
            {
                Buffer.MemoryCopy(px, py, length * sizeof(T), length * sizeof(T));
            }
            else
            {
                for (long i = 0; i < length; i++)
                {
                    py[i * strideY] = px[i * strideX];
                }
            }
        }
    }

    private readonly struct FillKernel<T>(T* y, T value) : IRowKernel where T : unmanaged
    {
        public void Invoke(in StridedLoop loop, long row, long start, long length)
        {
            long stride = loop.RowStride(0);
            T* py = y + loop.RowOffset(0, row) + (start * stride);
            if (stride == 1)
            {
                new Span<T>(py, (int)length).Fill(value);
            }
            else
            {
                for (long i = 0; i < length; i++)
                {
                    py[i * stride] = value;
                }
            }
        }
    }

    private readonly struct ConvertKernel(View x, View y) : IRowKernel
    {
        private readonly DType _from = x.DType;
        private readonly DType _to = y.DType;
        private readonly void* _x = (void*)x.Storage.Address;
        private readonly void* _y = (void*)y.Storage.Address;
        private readonly long _offsetX = x.Layout.Offset;
        private readonly long _offsetY = y.Layout.Offset;

        public void Invoke(in StridedLoop loop, long row, long start, long length)
        {
            long strideX = loop.RowStride(0), strideY = loop.RowStride(1);
            long fromX = _offsetX + loop.RowOffset(0, row) + (start * strideX);
            long toY = _offsetY + loop.RowOffset(1, row) + (start * strideY);
            if (strideX == 1 && strideY == 1 && DenseConversion.TryConvert(_from, _x, fromX, _to, _y, toY, (int)length))
            {
                return;
            }

            bool viaInteger = !_from.IsFloat() && !_to.IsFloat(); // a double does not hold every long
            for (long i = 0; i < length; i++)
            {
                if (viaInteger)
                {
                    ElementConversion.StoreInteger(_to, _y, toY + (i * strideY), ElementConversion.LoadInteger(_from, _x, fromX + (i * strideX)));
                }
                else
                {
                    ElementConversion.Store(_to, _y, toY + (i * strideY), ElementConversion.LoadDouble(_from, _x, fromX + (i * strideX)));
                }
            }
        }
    }
}
