using RawSer.Kernels;

namespace RawSer;

public sealed partial class Tensor
{
    /// <summary>The same elements under another shape; one extent may be -1 and is then computed. Shares storage where strides allow it.</summary>
    public Tensor Reshape(params ReadOnlySpan<int> extents)
    {
        Shape shape = InferExtent(extents);
        Tensor y;
        if (Layout.Reshape(shape) is { } layout)
        {
            y = AliasAs(layout);
        }
        else
        {
            using Tensor dense = ContiguousAlias();
            y = dense.AliasAs(Layout.RowMajor(shape, dense.Layout.Offset));
        }

        return Autograd.Record(y, "reshape", [this], [], 0, static (g, _) => g.Set(0, g.Grad.Reshape(g.InputShape(0).AsSpan())));
    }

    /// <summary>Dimensions reordered: dimension i of the result is dimension <c>dims[i]</c> of this tensor. A view.</summary>
    public Tensor Permute(params ReadOnlySpan<int> dims) =>
        Autograd.Record(AliasAs(Layout.Permute(dims)), "permute", [this], [], dims.ToArray(), static (g, forward) =>
        {
            int[] inverse = new int[forward.Length];
            for (int i = 0; i < forward.Length; i++)
            {
                inverse[g.InputShape(0).Dim(forward[i])] = i;
            }

            g.Set(0, g.Grad.Permute(inverse));
        });

    /// <summary>Two dimensions exchanged. A view.</summary>
    public Tensor Transpose(int dim0, int dim1)
    {
        int[] dims = [.. Enumerable.Range(0, Rank)];
        (dims[Shape.Dim(dim0)], dims[Shape.Dim(dim1)]) = (dims[Shape.Dim(dim1)], dims[Shape.Dim(dim0)]);
        return Permute(dims);
    }

    /// <summary>One dimension moved to another place; the others keep their order. A view.</summary>
    public Tensor MoveDim(int from, int to)
    {
        int source = Shape.Dim(from), target = Shape.Dim(to);
        List<int> dims = [.. Enumerable.Range(0, Rank).Where(d => d != source)];
        dims.Insert(target, source);
        return Permute([.. dims]);
    }

    /// <summary>Repeated to a larger shape by the broadcasting rule, without a copy.</summary>
    public Tensor BroadcastTo(Shape shape) =>
        Autograd.Record(AliasAs(Layout.BroadcastTo(shape)), "expand", [this], [], 0, static (g, _) => g.Set(0, g.Grad));

    /// <summary>This tensor if it is contiguous, else a dense copy.</summary>
    public Tensor Contiguous() => IsContiguous ? this : Clone();

    /// <summary>A dense copy.</summary>
    public Tensor Clone() => Autograd.Record(DenseCopy(), "clone", [this], [], 0, static (g, _) => g.Set(0, g.Grad));

    /// <summary>The elements converted to another type. Gradients flow between float types.</summary>
    public Tensor To(DType type)
    {
        if (type == DType)
        {
            return this;
        }

        Tensor y = Empty(Shape, type, Device);
        Backend.Copy(View, y.View);
        return type.IsFloat() ? Autograd.Record(y, "to", [this], [], DType, static (g, original) => g.Set(0, g.Grad.To(original))) : y;
    }

    /// <summary>The tensor copied to another device; itself if it is there already.</summary>
    public Tensor To(Device device)
    {
        if (device == Device)
        {
            return this;
        }

        using Tensor dense = ContiguousAlias();
        byte[] bytes = new byte[ElementCount * DType.Size()];
        Backend.Download(dense.Storage, dense.Layout.Offset * DType.Size(), bytes);
        Tensor y = Empty(Shape, DType, device);
        device.Backend.Upload(bytes, y.Storage, 0);
        return Autograd.Record(y, "to", [this], [], Device, static (g, original) => g.Set(0, g.Grad.To(original)));
    }

    private Shape InferExtent(ReadOnlySpan<int> extents)
    {
        int[] result = extents.ToArray();
        int unknown = Array.IndexOf(result, -1);
        if (unknown >= 0)
        {
            long known = 1;
            for (int d = 0; d < result.Length; d++)
            {
                known *= d == unknown ? 1 : result[d];
            }

            if (known <= 0 || ElementCount % known != 0)
            {
                throw new ArgumentException($"reshape: shape {Shape} with {ElementCount} elements does not divide into ({string.Join(", ", result)})");
            }

            result[unknown] = (int)(ElementCount / known);
        }

        Shape shape = result;
        return shape.ElementCount == ElementCount
            ? shape
            : throw new ArgumentException($"reshape: shape {Shape} has {ElementCount} elements, {shape} has {shape.ElementCount}");
    }
}
