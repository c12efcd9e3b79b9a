using RawSer.Kernels;

namespace RawSer;

public sealed partial class Tensor
{
    /// <summary>Mask of this == other, broadcast.</summary>
    public Tensor Equal(Tensor other) => Compare(Comparison.Equal, other, "eq");

    /// <summary>Mask of this != other, broadcast.</summary>
    public Tensor NotEqual(Tensor other) => Compare(Comparison.NotEqual, other, "ne");

    /// <summary>Mask of this &lt; other, broadcast.</summary>
    public Tensor Less(Tensor other) => Compare(Comparison.Less, other, "lt");

    /// <summary>Mask of this &lt;= other, broadcast.</summary>
    public Tensor LessOrEqual(Tensor other) => Compare(Comparison.LessOrEqual, other, "le");

    /// <summary>Mask of this &gt; other, broadcast.</summary>
    public Tensor Greater(Tensor other) => Compare(Comparison.Greater, other, "gt");

    /// <summary>Mask of this &gt;= other, broadcast.</summary>
    public Tensor GreaterOrEqual(Tensor other) => Compare(Comparison.GreaterOrEqual, other, "ge");

    /// <summary>Both, of masks.</summary>
    public Tensor LogicalAnd(Tensor other) => Logical(BinaryOp.And, other, "logical_and");

    /// <summary>At least one, of masks.</summary>
    public Tensor LogicalOr(Tensor other) => Logical(BinaryOp.Or, other, "logical_or");

    /// <summary>Exactly one, of masks.</summary>
    public Tensor LogicalXor(Tensor other) => Logical(BinaryOp.Xor, other, "logical_xor");

    /// <summary>The opposite mask.</summary>
    public Tensor LogicalNot()
    {
        CheckMask("logical_not", this);
        Tensor y = Empty(Shape, DType.Bool, Device);
        Backend.Unary(UnaryOp.Not, View, y.View);
        return Autograd.Unrecorded(y, "logical_not", this);
    }

    /// <summary>condition ? a : b elementwise, all broadcast together; the condition is a mask (Bool or U8).</summary>
    public static Tensor Where(Tensor condition, Tensor a, Tensor b)
    {
        CheckMask("where", condition);
        CheckFloats("where", a, b);
        CheckSameDevice("where", condition, a);
        Shape shape = Shape.Broadcast(condition.Shape, BroadcastShape("where", a, b))
            ?? throw new ArgumentException($"where: condition {condition.Shape} does not broadcast with {a.Shape} and {b.Shape}");
        Tensor y = Empty(shape, a.DType, a.Device);
        y.Backend.Where(condition.ViewAs(shape), a.ViewAs(shape), b.ViewAs(shape), y.View);
        GC.KeepAlive(condition);
        return Autograd.Record(y, "where", [a, b], [condition], 0, static (g, _) =>
        {
            Tensor zero = Zeros(Shape.Scalar, g.Grad.DType, g.Grad.Device);
            if (g.Needs(0))
            {
                g.Set(0, Where(g.Saved(0), g.Grad, zero));
            }

            if (g.Needs(1))
            {
                g.Set(1, Where(g.Saved(0), zero, g.Grad));
            }
        });
    }

    /// <summary>value where the mask (Bool or U8, broadcast to this shape) is true, else this.</summary>
    public Tensor MaskedFill(Tensor mask, double value)
    {
        CheckMask("masked_fill", mask);
        CheckFloats("masked_fill", this);
        CheckSameDevice("masked_fill", mask, this);
        if (Shape.Broadcast(Shape, mask.Shape) != Shape)
        {
            throw new ArgumentException($"masked_fill: mask {mask.Shape} does not broadcast to {Shape}");
        }

        Tensor y = Empty(Shape, DType, Device);
        Backend.MaskedFill(View, mask.ViewAs(Shape), value, y.View);
        GC.KeepAlive(mask);
        return Autograd.Record(y, "masked_fill", [this], [mask], 0, static (g, _) => g.Set(0, g.Grad.MaskedFill(g.Saved(0), 0)));
    }

    /// <summary>Refuses what is no mask.</summary>
    internal static void CheckMask(string op, Tensor mask)
    {
        if (mask.DType is not (DType.Bool or DType.U8))
        {
            throw new ArgumentException($"{op}: mask {mask.Shape} of {mask.DType}, expected Bool or U8");
        }
    }

    /// <summary>Refuses operands on different devices.</summary>
    internal static void CheckSameDevice(string op, Tensor a, Tensor b)
    {
        if (a.Device != b.Device)
        {
            throw new ArgumentException($"{op}: operands on different devices, {a.Device} {a.Shape} and {b.Device} {b.Shape}; move one with To(device)");
        }
    }

    private Tensor Compare(Comparison relation, Tensor other, string name)
    {
        CheckSameDevice(name, this, other);
        if (DType != other.DType || (DType.IsFloat() && !Backend.Computes(DType)))
        {
            throw new ArgumentException($"{name}: operands of {DType} {Shape} and {other.DType} {other.Shape}; expected equal types that {Device} computes on");
        }

        Shape shape = BroadcastShape(name, this, other);
        Tensor y = Empty(shape, DType.Bool, Device);
        Backend.Compare(relation, ViewAs(shape), other.ViewAs(shape), y.View);
        return Autograd.Unrecorded(y, name, this, other);
    }

    private Tensor Logical(BinaryOp op, Tensor other, string name)
    {
        CheckMask(name, this);
        CheckMask(name, other);
        CheckSameDevice(name, this, other);
        Shape shape = BroadcastShape(name, this, other);
        Tensor y = Empty(shape, DType.Bool, Device);
        Backend.Binary(op, ViewAs(shape), other.ViewAs(shape), y.View);
        return Autograd.Unrecorded(y, name, this, other);
    }
}
