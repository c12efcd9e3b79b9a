namespace RawSer.Kernels;

/// <content>Elementwise operations. All operands have the same shape (the engine broadcasts by strides of 0); outputs may be strided.</content>
public abstract partial class Backend
{
    /// <summary><c>y = op(x)</c>; x and y have the same type, <see cref="DType.Bool"/> for <see cref="UnaryOp.Not"/>.</summary>
    public abstract void Unary(UnaryOp op, View x, View y, double alpha = 0, double beta = 0);

    /// <summary>
    /// <c>dx = dy * op'(.)</c>. <paramref name="saved"/> is the forward result y where <see cref="UnaryOps.GradientUsesOutput"/> says
    /// so, else the argument x.
    /// </summary>
    public abstract void UnaryBackward(UnaryOp op, View saved, View dy, View dx, double alpha = 0, double beta = 0);

    /// <summary><c>y = op(a, b)</c>; a, b and y have the same type, <see cref="DType.Bool"/> for the logical ones.</summary>
    public abstract void Binary(BinaryOp op, View a, View b, View y);

    /// <summary>Gradient of one operand of <see cref="BinaryOp.Power"/>, <see cref="BinaryOp.Maximum"/> or <see cref="BinaryOp.Minimum"/>.</summary>
    /// <param name="op">The operation; the others have gradients that are elementwise operations themselves.</param>
    /// <param name="ofFirst">Whether dx is the gradient of a or of b.</param>
    /// <param name="a">First operand.</param>
    /// <param name="b">Second operand.</param>
    /// <param name="dy">Gradient of the result.</param>
    /// <param name="dx">Gradient of the operand.</param>
    public abstract void BinaryBackward(BinaryOp op, bool ofFirst, View a, View b, View dy, View dx);

    /// <summary><c>y = a (relation) b</c> as <see cref="DType.Bool"/>; a and b are both floats of a computing type or both I64, I32, U8 or Bool.</summary>
    public abstract void Compare(Comparison relation, View a, View b, View y);

    /// <summary><c>y = condition ? a : b</c>; the condition is <see cref="DType.Bool"/> or <see cref="DType.U8"/>.</summary>
    public abstract void Where(View condition, View a, View b, View y);

    /// <summary><c>y = mask ? value : x</c>; the mask is <see cref="DType.Bool"/> or <see cref="DType.U8"/>.</summary>
    public abstract void MaskedFill(View x, View mask, double value, View y);
}
