namespace RawSer.Kernels;

/// <summary>Functions of many elements.</summary>
public enum ReduceOp
{
    /// <summary>Sum.</summary>
    Sum,
}

public abstract partial class Backend
{
    /// <summary>
    /// <c>y = op over the reduced dimensions of x</c>. y has the rank of x, with extent 1 in each reduced dimension.
    /// The order of summation depends on the shape alone.
    /// </summary>
    public abstract void Reduce(ReduceOp op, View x, View y);
}
