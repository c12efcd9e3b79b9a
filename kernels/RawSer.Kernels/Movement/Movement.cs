namespace RawSer.Kernels;

public abstract partial class Backend
{
    /// <summary>
    /// <c>y = x</c> with both in any layout of the same shape, converting between element types: floats to integers truncate,
    /// to <see cref="DType.Bool"/> give x != 0; y must not hold one element twice.
    /// </summary>
    public abstract void Copy(View x, View y);

    /// <summary>Every element of y becomes <paramref name="value"/>, converted to its type; any layout, any type.</summary>
    public abstract void Fill(View y, double value);
}
