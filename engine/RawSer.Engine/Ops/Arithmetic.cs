using RawSer.Kernels;

namespace RawSer;

public sealed partial class Tensor
{
    /// <summary>a + b, broadcast.</summary>
    public static Tensor operator +(Tensor a, Tensor b) => a.Add(b);

    /// <summary>a - b, broadcast.</summary>
    public static Tensor operator -(Tensor a, Tensor b) => a.Subtract(b);

    /// <summary>a * b elementwise, broadcast.</summary>
    public static Tensor operator *(Tensor a, Tensor b) => a.Multiply(b);

    /// <summary>a / b elementwise, broadcast.</summary>
    public static Tensor operator /(Tensor a, Tensor b) => a.Divide(b);

    /// <summary>Every element plus a number.</summary>
    public static Tensor operator +(Tensor a, double b) => a.Affine(1, b);

    /// <summary>Every element less a number.</summary>
    public static Tensor operator -(Tensor a, double b) => a.Affine(1, -b);

    /// <summary>Every element times a number.</summary>
    public static Tensor operator *(Tensor a, double b) => a.Affine(b, -0.0);

    /// <summary>A number times every element.</summary>
    public static Tensor operator *(double a, Tensor b) => b.Affine(a, -0.0);

    /// <summary>Every element divided by a number.</summary>
    public static Tensor operator /(Tensor a, double b) => a.Affine(1 / b, -0.0);

    /// <summary>A number less every element.</summary>
    public static Tensor operator -(double a, Tensor b) => b.Affine(-1, a);

    /// <summary>Negation.</summary>
    public static Tensor operator -(Tensor a) => a.Negate();

    /// <summary>this + other, broadcast.</summary>
    public Tensor Add(Tensor other) =>
        Autograd.Record(Binary(BinaryOp.Add, other, "add"), "add", [this, other], [], 0, static (g, _) =>
        {
            g.Set(0, g.Grad);
            g.Set(1, g.Grad);
        });

    /// <summary>this - other, broadcast.</summary>
    public Tensor Subtract(Tensor other) =>
        Autograd.Record(Binary(BinaryOp.Subtract, other, "sub"), "sub", [this, other], [], 0, static (g, _) =>
        {
            g.Set(0, g.Grad);
            if (g.Needs(1))
            {
                g.Set(1, -g.Grad);
            }
        });

    /// <summary>this * other elementwise, broadcast.</summary>
    public Tensor Multiply(Tensor other) =>
        Autograd.Record(Binary(BinaryOp.Multiply, other, "mul"), "mul", [this, other], [this, other], 0, static (g, _) =>
        {
            if (g.Needs(0))
            {
                g.Set(0, g.Grad * g.Saved(1));
            }

            if (g.Needs(1))
            {
                g.Set(1, g.Grad * g.Saved(0));
            }
        });

    /// <summary>this / other elementwise, broadcast.</summary>
    public Tensor Divide(Tensor other) =>
        Autograd.Record(Binary(BinaryOp.Divide, other, "div"), "div", [this, other], [this, other], 0, static (g, _) =>
        {
            if (g.Needs(0))
            {
                g.Set(0, g.Grad / g.Saved(1));
            }

            if (g.Needs(1))
            {
                g.Set(1, -g.Grad * (g.Saved(0) / g.Saved(1) / g.Saved(1))); // in this order b^2 cannot overflow
            }
        });

    /// <summary>this to the power of the exponent elementwise, broadcast.</summary>
    public Tensor Pow(Tensor exponent) => BinaryWithKernelGradient(BinaryOp.Power, exponent, "pow");

    /// <summary>The larger of each pair, broadcast; NaN wins, and at a tie each side gets half of the gradient.</summary>
    public Tensor Maximum(Tensor other) => BinaryWithKernelGradient(BinaryOp.Maximum, other, "maximum");

    /// <summary>The smaller of each pair, broadcast; NaN wins, and at a tie each side gets half of the gradient.</summary>
    public Tensor Minimum(Tensor other) => BinaryWithKernelGradient(BinaryOp.Minimum, other, "minimum");

    /// <summary>The shape that operands broadcast to.</summary>
    internal static Shape BroadcastShape(string op, Tensor a, Tensor b) => Shape.Broadcast(a.Shape, b.Shape)
        ?? throw new ArgumentException($"{op}: shapes {a.Shape} and {b.Shape} do not broadcast; aligned from the right, extents must be equal or 1");

    /// <summary>The view of a tensor repeated to a larger shape.</summary>
    private View ViewAs(Shape shape) => View.With(Layout.BroadcastTo(shape));

    private Tensor BinaryWithKernelGradient(BinaryOp op, Tensor other, string name) =>
        Autograd.Record(Binary(op, other, name), name, [this, other], [this, other], op, static (g, op) =>
        {
            View a = g.Saved(0).ViewAs(g.Grad.Shape), b = g.Saved(1).ViewAs(g.Grad.Shape);
            for (int i = 0; i < 2; i++)
            {
                if (g.Needs(i))
                {
                    Tensor gradient = Empty(g.Grad.Shape, g.Grad.DType, g.Grad.Device);
                    gradient.Backend.BinaryBackward(op, i == 0, a, b, g.Grad.View, gradient.View);
                    g.Set(i, gradient);
                }
            }
        });

    private Tensor Binary(BinaryOp op, Tensor other, string name)
    {
        CheckFloats(name, this, other);
        Shape shape = BroadcastShape(name, this, other);
        Tensor y = Empty(shape, DType, Device);
        Backend.Binary(op, ViewAs(shape), other.ViewAs(shape), y.View);
        return y;
    }
}
