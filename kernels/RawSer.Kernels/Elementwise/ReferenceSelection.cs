using System.Numerics;

namespace RawSer.Kernels;

public sealed unsafe partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void Compare(Comparison relation, View a, View b, View y)
    {
        byte* py = Bytes(y);
        for (long i = 0; i < y.Count; i++)
        {
            long from = a.Layout.Offset + ElementOffset(a, i), other = b.Layout.Offset + ElementOffset(b, i);
            bool holds = a.DType.IsFloat()
                ? Holds(relation, ElementConversion.LoadDouble(a.DType, (void*)a.Storage.Address, from), ElementConversion.LoadDouble(b.DType, (void*)b.Storage.Address, other))
                : Holds(relation, ElementConversion.LoadInteger(a.DType, (void*)a.Storage.Address, from), ElementConversion.LoadInteger(b.DType, (void*)b.Storage.Address, other));
            py[ElementOffset(y, i)] = holds ? (byte)1 : (byte)0;
        }
    }

    /// <inheritdoc/>
    public override void Where(View condition, View a, View b, View y)
    {
        byte* pc = Bytes(condition);
        for (long i = 0; i < y.Count; i++)
        {
            View from = pc[ElementOffset(condition, i)] != 0 ? a : b;
            StoreFloat(y, i, LoadFloat(from, i));
        }
    }

    /// <inheritdoc/>
    public override void MaskedFill(View x, View mask, double value, View y)
    {
        byte* pm = Bytes(mask);
        for (long i = 0; i < y.Count; i++)
        {
            StoreFloat(y, i, pm[ElementOffset(mask, i)] != 0 ? value : LoadFloat(x, i));
        }
    }

    private static bool Holds<T>(Comparison relation, T a, T b) where T : INumber<T> => relation switch
    {
        Comparison.Equal => a == b,
        Comparison.NotEqual => a != b,
        Comparison.Less => a < b,
        Comparison.LessOrEqual => a <= b,
        Comparison.Greater => a > b,
        Comparison.GreaterOrEqual => a >= b,
        _ => throw new ArgumentOutOfRangeException(nameof(relation), relation, "unknown comparison"),
    };
}
