using RawSer.Kernels;

namespace RawSer;

public sealed partial class Tensor
{
    /// <summary>Tensors one after the other along a dimension; their other extents must be equal.</summary>
    public static Tensor Concat(IReadOnlyList<Tensor> tensors, int dim)
    {
        if (tensors.Count == 0)
        {
            throw new ArgumentException("concat: no tensors given");
        }

        Tensor first = tensors[0];
        int d = first.Shape.Dim(dim);
        long total = 0;
        foreach (Tensor tensor in tensors)
        {
            if (tensor.Device != first.Device || tensor.DType != first.DType || tensor.Rank != first.Rank || tensor.Shape.With(d, first.Shape[d]) != first.Shape)
            {
                throw new ArgumentException(
                    $"concat: {tensor} does not fit {first}; devices, types and all extents but that of dimension {dim} must be equal");
            }

            total += tensor.Shape[d];
        }

        Tensor y = Empty(first.Shape.With(d, checked((int)total)), first.DType, first.Device);
        int start = 0;
        foreach (Tensor tensor in tensors)
        {
            y.Backend.Copy(tensor.View, y.View.With(y.Layout.Slice(d, start, tensor.Shape[d])));
            start += tensor.Shape[d];
        }

        return Autograd.Record(y, "concat", [.. tensors], [], (d, tensors.Count), static (g, s) =>
        {
            int start = 0;
            for (int i = 0; i < s.Count; i++)
            {
                int length = g.InputShape(i)[s.d];
                g.Set(i, g.Grad.AliasAs(g.Grad.Layout.Slice(s.d, start, length)));
                start += length;
            }
        });
    }

    /// <summary>Tensors of one shape side by side along a new dimension.</summary>
    public static Tensor Stack(IReadOnlyList<Tensor> tensors, int dim)
    {
        Tensor[] expanded = new Tensor[tensors.Count];
        for (int i = 0; i < expanded.Length; i++)
        {
            if (tensors[i].Shape != tensors[0].Shape)
            {
                throw new ArgumentException($"stack: shapes {tensors[0].Shape} and {tensors[i].Shape} differ");
            }

            expanded[i] = tensors[i].Unsqueeze(dim);
        }

        return Concat(expanded, dim);
    }

    /// <summary>A dimension of extent 1 inserted before <paramref name="dim"/> (-1: at the end). A view.</summary>
    public Tensor Unsqueeze(int dim) => Reshape(Shape.Insert(dim, 1).AsSpan());

    /// <summary>Without a dimension, whose extent must be 1. A view.</summary>
    public Tensor Squeeze(int dim) => Shape[dim] == 1
        ? Reshape(Shape.Without(dim).AsSpan())
        : throw new ArgumentException($"squeeze: dimension {dim} of shape {Shape} has extent {Shape[dim]}, expected 1");

    /// <summary>Dimensions from <paramref name="start"/> to <paramref name="end"/> merged into one.</summary>
    public Tensor Flatten(int start = 0, int end = -1)
    {
        if (Rank == 0)
        {
            return Reshape(1);
        }

        int first = Shape.Dim(start), last = Shape.Dim(end);
        if (first > last)
        {
            throw new ArgumentException($"flatten: dimensions {start} to {end} of shape {Shape} are not in order");
        }

        long merged = 1;
        for (int d = first; d <= last; d++)
        {
            merged *= Shape[d];
        }

        return Reshape([.. Shape.AsSpan()[..first], checked((int)merged), .. Shape.AsSpan()[(last + 1)..]]);
    }

    /// <summary>Repeated to this shape, -1 keeping an extent; without a copy.</summary>
    public Tensor Expand(params ReadOnlySpan<int> extents)
    {
        int[] shape = extents.ToArray();
        for (int i = 1; i <= shape.Length; i++)
        {
            if (shape[^i] == -1)
            {
                shape[^i] = i <= Rank ? Shape[-i] : throw new ArgumentException($"expand: -1 for a new dimension in ({string.Join(", ", shape)}) of shape {Shape}");
            }
        }

        return BroadcastTo(shape);
    }

    /// <summary>Copies side by side, <c>repeats[i]</c> times along dimension i; more repeats than dimensions add dimensions in front.</summary>
    public Tensor Repeat(params ReadOnlySpan<int> repeats)
    {
        if (repeats.Length < Rank)
        {
            throw new ArgumentException($"repeat: {repeats.Length} repeats for the {Rank} dimensions of shape {Shape}");
        }

        // (d0, d1) repeated (r0, r1) times is (r0, d0, r1, d1) with strides 0 for r, merged in pairs.
        int lead = repeats.Length - Rank;
        List<int> split = [], spread = [], merged = [];
        for (int i = 0; i < repeats.Length; i++)
        {
            int extent = i < lead ? 1 : Shape[i - lead];
            if (repeats[i] != 1)
            {
                split.Add(1);
                spread.Add(repeats[i]);
            }

            split.Add(extent);
            spread.Add(extent);
            merged.Add(checked(extent * repeats[i]));
        }

        return Reshape([.. split]).BroadcastTo(spread.ToArray()).Reshape([.. merged]);
    }

    /// <summary>The order of dimensions reversed in place: entry i becomes entry extent - 1 - i.</summary>
    public Tensor Flip(params ReadOnlySpan<int> dims)
    {
        Layout reversed = Layout;
        foreach (int dim in dims)
        {
            int d = Shape.Dim(dim);
            long[] strides = [.. reversed.Strides];
            long last = Math.Max(0, Shape[d] - 1) * strides[d];
            strides[d] = -strides[d];
            reversed = new Layout(Shape, strides, reversed.Offset + last);
        }

        Tensor y = Empty(Shape, DType, Device);
        Backend.Copy(View.With(reversed), y.View);
        return Autograd.Record(y, "flip", [this], [], dims.ToArray(), static (g, dims) => g.Set(0, g.Grad.Flip(dims)));
    }

    /// <summary>Entries moved on by <paramref name="shift"/> along a dimension; those pushed out at the end come in at the start.</summary>
    public Tensor Roll(int shift, int dim)
    {
        int extent = Shape[dim];
        int start = extent == 0 ? 0 : (((-shift % extent) + extent) % extent);
        return start == 0 ? Clone() : Concat([Slice(dim, start), Slice(dim, 0, start)], dim);
    }
}
