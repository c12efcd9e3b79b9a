using RawSer.Kernels;

namespace RawSer;

// The arithmetic that a backward pass itself needs; none of it is recorded.
public sealed partial class Tensor
{
    /// <summary>this += other (broadcast to this), in place; not recorded.</summary>
    internal void AddInPlace(Tensor other)
    {
        CheckFloats("add", this, other);
        Backend.Binary(BinaryOp.Add, View, other.View.With(other.Layout.BroadcastTo(Shape)), View);
        Storage.MarkWritten();
        GC.KeepAlive(other);
    }

    /// <summary>Sums a tensor to the shape of an operand that was broadcast; itself if the shapes are equal.</summary>
    internal Tensor SumTo(Shape shape)
    {
        if (shape == Shape)
        {
            return this;
        }

        int[] keep = new int[Rank];
        for (int d = 0; d < Rank; d++)
        {
            int own = d - (Rank - shape.Rank);
            keep[d] = own < 0 ? 1 : shape[own];
        }

        Tensor sum = Empty(keep, DType, Device);
        Backend.Reduce(ReduceOp.Sum, View, sum.View);
        return sum.AliasAs(Layout.RowMajor(shape, sum.Layout.Offset));
    }
}
