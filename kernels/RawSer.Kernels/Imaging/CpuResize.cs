namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void ResizeBilinear(View x, View y, bool alignCorners)
    {
        if (y.Count > 0)
        {
            int planes = checked((int)(y.Count / ((long)y.Shape[-2] * y.Shape[-1])));
            WorkerPool.Shared.Run(planes, new ResizeBody(x.Pointer<float>(), y.Pointer<float>(), x.Shape, y.Shape, alignCorners, backward: false));
        }
    }

    /// <inheritdoc/>
    public override void ResizeBilinearBackward(View dy, View dx, bool alignCorners)
    {
        Fill(dx, 0);
        if (dy.Count > 0)
        {
            int planes = checked((int)(dy.Count / ((long)dy.Shape[-2] * dy.Shape[-1])));
            WorkerPool.Shared.Run(planes, new ResizeBody(dx.Pointer<float>(), dy.Pointer<float>(), dx.Shape, dy.Shape, alignCorners, backward: true));
        }
    }

    /// <summary>
    /// One plane: a row of the result mixes two rows of the source (vectorised), then the columns of that mixture; backward the same
    /// steps transposed and in the opposite order.
    /// </summary>
    private readonly struct ResizeBody(float* source, float* result, Shape sourceShape, Shape resultShape, bool alignCorners, bool backward) : IParallelBody
    {
        public void Invoke(int plane)
        {
            int sourceWidth = sourceShape[-1], width = resultShape[-1], height = resultShape[-2];
            float* planeSource = source + ((long)plane * sourceShape[-2] * sourceWidth);
            float* planeResult = result + ((long)plane * height * width);
            ResizeAxis rows = new(sourceShape[-2], height, alignCorners), columns = new(sourceWidth, width, alignCorners);
            Storage storage = HostMemoryPool.Shared.Allocate(sourceWidth * sizeof(float));
            float* mixed = (float*)storage.Address;
            for (int i = 0; i < height; i++)
            {
                (int top, int bottom, float down) = rows.At(i);
                float* upper = planeSource + ((long)top * sourceWidth), lower = planeSource + ((long)bottom * sourceWidth);
                float* row = planeResult + ((long)i * width);
                if (backward)
                {
                    new Span<float>(mixed, sourceWidth).Clear();
                    for (int j = 0; j < width; j++)
                    {
                        (int left, int right, float across) = columns.At(j);
                        mixed[left] += (1 - across) * row[j];
                        mixed[right] += across * row[j];
                    }

                    MapLoop.Run(new BinaryMap<AddScaled>(new(1 - down)), upper, mixed, null, upper, sourceWidth);
                    MapLoop.Run(new BinaryMap<AddScaled>(new(down)), lower, mixed, null, lower, sourceWidth);
                }
                else
                {
                    MapLoop.Run(new BinaryMap<Mix>(new(down)), upper, lower, null, mixed, sourceWidth);
                    for (int j = 0; j < width; j++)
                    {
                        (int left, int right, float across) = columns.At(j);
                        row[j] = ((1 - across) * mixed[left]) + (across * mixed[right]);
                    }
                }
            }

            storage.Release();
        }
    }

    /// <summary>(1 - share) a + share b.</summary>
    private readonly struct Mix(float share) : IBinaryOperator
    {
        public V Invoke<V>(V a, V b) where V : unmanaged, ISimd<V> => V.Fma(V.Create(share), b, V.Create(1 - share) * a);
    }

    /// <summary>a + factor b.</summary>
    private readonly struct AddScaled(float factor) : IBinaryOperator
    {
        public V Invoke<V>(V a, V b) where V : unmanaged, ISimd<V> => V.Fma(V.Create(factor), b, a);
    }
}
