namespace RawSer.Kernels;

/// <summary>Functions of many elements.</summary>
public enum ReduceOp
{
    /// <summary>Sum; 0 of no elements.</summary>
    Sum,

    /// <summary>Arithmetic mean; NaN of no elements.</summary>
    Mean,

    /// <summary>Sum of squares.</summary>
    SumOfSquares,

    /// <summary>Sum of absolute values.</summary>
    SumOfAbs,

    /// <summary>Largest element; NaN if there is one, -infinity of no elements.</summary>
    Max,

    /// <summary>Smallest element; NaN if there is one, infinity of no elements.</summary>
    Min,
}

public abstract partial class Backend
{
    /// <summary>
    /// <c>y = op over the reduced dimensions of x</c>. y has the rank of x, with extent 1 in each reduced dimension.
    /// The order of summation depends on the shape and strides alone.
    /// </summary>
    public abstract void Reduce(ReduceOp op, View x, View y);

    /// <summary>
    /// Place of the largest (<see cref="ReduceOp.Max"/>) or smallest (<see cref="ReduceOp.Min"/>) element along a dimension: the first
    /// NaN if there is one, else the first of equals. Both outputs have the rank of x, with extent 1 in the dimension.
    /// </summary>
    /// <param name="op">Max or Min.</param>
    /// <param name="x">Elements; at least one along the dimension.</param>
    /// <param name="dim">The dimension, not negative.</param>
    /// <param name="values">The elements found, or default.</param>
    /// <param name="indices">Their places, I64.</param>
    public abstract void ArgReduce(ReduceOp op, View x, int dim, View values, View indices);

    /// <summary><c>y[i] = x[0] + ... + x[i]</c> along a dimension, from the end if <paramref name="reverse"/>.</summary>
    public abstract void CumulativeSum(View x, View y, int dim, bool reverse = false);
}
