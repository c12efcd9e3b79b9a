using RawSer.Kernels;

namespace RawSer;

public sealed partial class Tensor
{
    /// <summary>Tensors one after the other along a dimension; all other extents are equal.</summary>
    /// <exception cref="ArgumentException">There are none, or shapes, types or devices do not fit.</exception>
    public static Tensor Concat(IReadOnlyList<Tensor> tensors, int dim)
    {
        if (tensors.Count == 0)
        {
            throw new ArgumentException("concat: no tensors given");
        }

        Tensor first = tensors[0];
        int d = first.Shape.Dim(dim);
        int[] starts = new int[tensors.Count + 1];
        for (int i = 0; i < tensors.Count; i++)
        {
            Tensor t = tensors[i];
            if (t.Rank != first.Rank || t.Shape.With(d, 0) != first.Shape.With(d, 0) || t.DType != first.DType || t.Device != first.Device)
            {
                throw new ArgumentException($"concat along dimension {dim}: tensor {i} is {t}, the first is {first}; type, device and all other extents must be equal");
            }

            starts[i + 1] = checked(starts[i] + t.Shape[d]);
        }

        Tensor y = Empty(first.Shape.With(d, starts[^1]), first.DType, first.Device);
        for (int i = 0; i < tensors.Count; i++)
        {
            y.Backend.Copy(tensors[i].View, y.View.With(y.Layout.Slice(d, starts[i], starts[i + 1] - starts[i])));
        }

        return Autograd.Record(y, "concat", [.. tensors], [], (d, starts), static (g, s) =>
        {
            for (int i = 0; i + 1 < s.starts.Length; i++)
            {
                if (g.Needs(i))
                {
                    g.Set(i, g.Grad.Slice(s.d, s.starts[i], s.starts[i + 1]));
                }
            }
        });
    }

    /// <summary>Tensors of one shape side by side along a new dimension, inserted before <paramref name="dim"/>.</summary>
    /// <exception cref="ArgumentException">There are none, or they do not fit.</exception>
    public static Tensor Stack(IReadOnlyList<Tensor> tensors, int dim)
    {
        if (tensors.Count == 0)
        {
            throw new ArgumentException("stack: no tensors given");
        }

        return Concat([.. tensors.Select(t => t.Reshape(tensors[0].Shape.Rank == t.Rank ? t.Shape.Insert(dim, 1).AsSpan() : throw Unequal(tensors[0], t)))], dim < 0 ? dim + tensors[0].Rank + 1 : dim);

        static ArgumentException Unequal(Tensor a, Tensor b) => new($"stack: tensors of shapes {a.Shape} and {b.Shape}; all must be equal");
    }

    /// <summary>Elements [start, stop) of a dimension, every <paramref name="step"/>-th of them. Negative numbers count from the end. A view.</summary>
    /// <exception cref="ArgumentException">The range does not lie in the dimension.</exception>
    public Tensor Slice(int dim, int start, int stop, int step = 1)
    {
        int d = Shape.Dim(dim);
        int extent = Shape[d];
        int from = start < 0 ? start + extent : start, to = stop < 0 ? stop + extent : Math.Min(stop, extent);
        if (step < 1 || from < 0 || from > to)
        {
            throw new ArgumentException($"slice of dimension {dim} of tensor {Shape}: {start} to {stop} in steps of {step}; expected 0 <= start <= stop and a step of at least 1");
        }

        int length = (to - from + step - 1) / step;
        return Autograd.Record(AliasAs(Layout.Slice(d, from, length, step)), "slice", [this], [], (d, from, length, step), static (g, s) =>
        {
            Tensor dx = Zeros(g.InputShape(0), g.Grad.DType, g.Grad.Device);
            dx.Backend.Copy(g.Grad.View, dx.View.With(dx.Layout.Slice(s.d, s.from, s.length, s.step)));
            g.Set(0, dx);
        });
    }

    /// <summary>Index <paramref name="index"/> of a dimension, which goes away. A view.</summary>
    public Tensor Select(int dim, int index)
    {
        int d = Shape.Dim(dim);
        int i = index < 0 ? index + Shape[d] : index;
        return Slice(d, i, i + 1).Reshape(Shape.Without(d).AsSpan());
    }

    /// <summary>Parts of <paramref name="size"/> along a dimension, the last perhaps smaller. Views.</summary>
    public IReadOnlyList<Tensor> Split(int size, int dim = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        int extent = Shape[dim];
        int[] sizes = [.. Enumerable.Range(0, Math.Max(1, (extent + size - 1) / size)).Select(i => Math.Min(size, extent - (i * size)))];
        return Split(sizes, dim);
    }

    /// <summary>Parts of these sizes along a dimension; they must add up to its extent. Views.</summary>
    /// <exception cref="ArgumentException">They do not.</exception>
    public IReadOnlyList<Tensor> Split(IReadOnlyList<int> sizes, int dim = 0)
    {
        if (sizes.Sum() != Shape[dim] || sizes.Any(s => s < 0))
        {
            throw new ArgumentException($"split of dimension {dim} of tensor {Shape}: sizes {string.Join(", ", sizes)} do not add up to {Shape[dim]}");
        }

        List<Tensor> parts = [];
        int start = 0;
        foreach (int size in sizes)
        {
            parts.Add(Slice(dim, start, start + size));
            start += size;
        }

        return parts;
    }
}
