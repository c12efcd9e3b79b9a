namespace RawSer.Kernels;

public abstract partial class Backend
{
    /// <summary>
    /// Along a dimension, with m its largest element: <c>y = e^(x - m) / sum e^(x - m)</c>, or its logarithm <c>(x - m) - log sum e^(x - m)</c>
    /// (in this order, which keeps the digits of large x). y is dense; a line of -infinity gives NaN.
    /// </summary>
    public abstract void Softmax(View x, View y, int dim, bool log);

    /// <summary>
    /// From the forward result y: <c>dx = y (dy - sum(dy y))</c>, or for the logarithm <c>dx = dy - e^y sum(dy)</c>. y and dx are dense.
    /// </summary>
    public abstract void SoftmaxBackward(View y, View dy, View dx, int dim, bool log);
}
