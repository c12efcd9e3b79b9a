using System.Numerics;

namespace RawSer.Kernels;

public sealed unsafe partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void MatMul(View a, View b, View y, bool accumulate = false)
    {
        if (y.DType == DType.F64)
        {
            MatMul<double>(a, b, y, accumulate);
        }
        else
        {
            MatMul<float>(a, b, y, accumulate);
        }
    }

    /// <summary>Sums are kept in double, so that float results are rounded once.</summary>
    private static void MatMul<T>(View a, View b, View y, bool accumulate) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = y.Shape[-2], columns = y.Shape[-1], depth = a.Shape[-1];
        T* pa = a.Pointer<T>(), pb = b.Pointer<T>(), py = y.Pointer<T>();
        nint rowA = (nint)a.Strides[^2], depthA = (nint)a.Strides[^1], depthB = (nint)b.Strides[^2], columnB = (nint)b.Strides[^1];
        long batches = rows == 0 || columns == 0 ? 0 : y.Count / ((long)rows * columns);
        for (long batch = 0; batch < batches; batch++)
        {
            T* baseA = pa + BatchOffset(a, batch), baseB = pb + BatchOffset(b, batch), baseY = py + BatchOffset(y, batch);
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    T* to = baseY + (i * y.Strides[^2]) + (j * y.Strides[^1]);
                    double sum = accumulate ? double.CreateChecked(*to) : 0;
                    for (int k = 0; k < depth; k++)
                    {
                        T va = baseA[(i * rowA) + (k * depthA)], vb = baseB[(k * depthB) + (j * columnB)];
                        sum += double.CreateChecked(va) * double.CreateChecked(vb);
                    }

                    *to = T.CreateChecked(sum);
                }
            }
        }
    }

    /// <summary>Offset of the matrix (the last two dimensions) at place <paramref name="batch"/> of the leading dimensions.</summary>
    private static long BatchOffset(View view, long batch)
    {
        long offset = 0;
        for (int d = view.Shape.Rank - 3; d >= 0; d--)
        {
            offset += batch % view.Shape[d] * view.Strides[d];
            batch /= view.Shape[d];
        }

        return offset;
    }
}
