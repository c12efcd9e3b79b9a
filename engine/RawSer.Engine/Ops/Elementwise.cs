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
    public static Tensor operator *(Tensor a, double b) => a.Affine(b, 0);

    /// <summary>A number times every element.</summary>
    public static Tensor operator *(double a, Tensor b) => b.Affine(a, 0);

    /// <summary>Every element divided by a number.</summary>
    public static Tensor operator /(Tensor a, double b) => a.Affine(1 / b, 0);

    /// <summary>A number less every element.</summary>
    public static Tensor operator -(double a, Tensor b) => b.Affine(-1, a);

    /// <summary>Negation.</summary>
    public static Tensor operator -(Tensor a) => a.Affine(-1, 0);

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
                // a / b / b, not a / b^2: the square may overflow where the quotients do not.
                g.Set(1, -(g.Grad * (g.Saved(0) / g.Saved(1) / g.Saved(1))));
            }
        });

    /// <summary>alpha * x + beta.</summary>
    public Tensor Affine(double alpha, double beta) => Unary(UnaryOp.Affine, "affine", alpha, beta);

    /// <summary>|x|; its derivative at 0 is 0.</summary>
    public Tensor Abs() => Unary(UnaryOp.Abs, "abs");

    /// <summary>e^x.</summary>
    public Tensor Exp() => Unary(UnaryOp.Exp, "exp");

    /// <summary>Natural logarithm.</summary>
    public Tensor Log() => Unary(UnaryOp.Log, "log");

    /// <summary>Square root.</summary>
    public Tensor Sqrt() => Unary(UnaryOp.Sqrt, "sqrt");

    /// <summary>1 / x.</summary>
    public Tensor Reciprocal() => Unary(UnaryOp.Reciprocal, "reciprocal");

    /// <summary>x * x.</summary>
    public Tensor Square() => Unary(UnaryOp.Square, "square");

    /// <summary>1 / (1 + e^-x).</summary>
    public Tensor Sigmoid() => Unary(UnaryOp.Sigmoid, "sigmoid");

    /// <summary>max(x, 0); its derivative at 0 is 0.</summary>
    public Tensor Relu() => Unary(UnaryOp.Relu, "relu");

    private Tensor Binary(BinaryOp op, Tensor other, string name)
    {
        CheckFloats(name, this, other);
        Shape shape = Shape.Broadcast(Shape, other.Shape)
            ?? throw new ArgumentException($"{name}: shapes {Shape} and {other.Shape} do not broadcast; aligned from the right, extents must be equal or 1");
        Tensor y = Empty(shape, DType, Device);
        Backend.Binary(op, View.With(Layout.BroadcastTo(shape)), other.View.With(other.Layout.BroadcastTo(shape)), y.View);
        return y;
    }

    private Tensor Unary(UnaryOp op, string name, double alpha = 0, double beta = 0)
    {
        CheckFloats(name, this);
        Tensor y = Empty(Shape, DType, Device);
        Backend.Unary(op, View, y.View, alpha, beta);
        return Autograd.Record(y, name, [this], [op.GradientUsesOutput() ? y : this], (op, alpha, beta), static (g, s) =>
        {
            Tensor dx = Empty(g.Grad.Shape, g.Grad.DType, g.Grad.Device);
            dx.Backend.UnaryBackward(s.op, g.Saved(0).View, g.Grad.View, dx.View, s.alpha, s.beta);
            g.Set(0, dx);
        });
    }
}
