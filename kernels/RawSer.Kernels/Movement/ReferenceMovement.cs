namespace RawSer.Kernels;

public sealed unsafe partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void Copy(View x, View y)
    {
        void* px = (void*)x.Storage.Address, py = (void*)y.Storage.Address;
        bool viaInteger = !x.DType.IsFloat() && !y.DType.IsFloat(); // a double does not hold every long
        for (long i = 0; i < y.Count; i++)
        {
            long from = x.Layout.Offset + ElementOffset(x, i), to = y.Layout.Offset + ElementOffset(y, i);
            if (viaInteger)
            {
                ElementConversion.StoreInteger(y.DType, py, to, ElementConversion.LoadInteger(x.DType, px, from));
            }
            else
            {
                ElementConversion.Store(y.DType, py, to, ElementConversion.LoadDouble(x.DType, px, from));
            }
        }
    }

    /// <inheritdoc/>
    public override void Fill(View y, double value)
    {
        void* py = (void*)y.Storage.Address;
        for (long i = 0; i < y.Count; i++)
        {
            ElementConversion.Store(y.DType, py, y.Layout.Offset + ElementOffset(y, i), value);
        }
    }
}
