namespace RawSer.Kernels;

public abstract partial class Backend
{
    /// <summary><c>y = op(x)</c>, elementwise; x and y have the same shape and type.</summary>
    public abstract void Unary(UnaryOp op, View x, View y, double alpha = 0, double beta = 0);

    /// <summary>
    /// <c>dx = dy * op'(.)</c>, elementwise. <paramref name="saved"/> is the forward result y where
    /// <see cref="UnaryOps.GradientUsesOutput"/> says so, else the argument x.
    /// </summary>
    public abstract void UnaryBackward(UnaryOp op, View saved, View dy, View dx, double alpha = 0, double beta = 0);

    /// <summary><c>y = op(a, b)</c>, elementwise; a, b and y have the same shape (the engine broadcasts by strides of 0) and type.</summary>
    public abstract void Binary(BinaryOp op, View a, View b, View y);
}
