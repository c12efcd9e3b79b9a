using System.Numerics;

namespace RawSer.Kernels;

public sealed unsafe partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void Reduce(ReduceOp op, View x, View y)
    {
        if (y.DType == DType.F64)
        {
            Reduce<double>(x, y);
        }
        else
        {
            Reduce<float>(x, y);
        }
    }

    private static void Reduce<T>(View x, View y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* px = x.Pointer<T>(), py = y.Pointer<T>();
        View target = y.With(y.Layout.BroadcastTo(x.Shape)); // reduced dimensions get stride 0: many places of x meet in one of y
        for (long i = 0; i < y.Count; i++)
        {
            py[i] = T.Zero;
        }

        for (long i = 0; i < x.Count; i++)
        {
            py[ElementOffset(target, i)] += px[ElementOffset(x, i)];
        }
    }
}
