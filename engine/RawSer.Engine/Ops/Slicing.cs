using RawSer.Kernels;

namespace RawSer;

public sealed partial class Tensor
{
    /// <summary>
    /// Entries start, start + step, ... before stop of a dimension, as in Python: negative bounds count from the end, bounds beyond the ends are
    /// clamped, bounds left out are the ends. A view.
    /// </summary>
    public Tensor Slice(int dim, int? start = null, int? stop = null, int step = 1)
    {
        int d = Shape.Dim(dim), extent = Shape[d];
        if (step < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(step), $"slice: step {step}, expected 1 or more (Flip reverses)");
        }

        int first = Bound(start ?? 0), end = Bound(stop ?? extent);
        int length = Math.Max(0, (end - first + step - 1) / step);
        return Part(new PartOfDim(d, first, length, step), "slice");

        int Bound(int bound) => Math.Clamp(bound < 0 ? bound + extent : bound, 0, extent);
    }

    /// <summary>Entry <paramref name="index"/> (negative: from the end) of a dimension, which disappears. A view.</summary>
    public Tensor Select(int dim, int index)
    {
        int d = Shape.Dim(dim), at = index < 0 ? index + Shape[d] : index;
        if ((uint)at >= (uint)Shape[d])
        {
            throw new ArgumentOutOfRangeException(nameof(index), $"select: index {index} into dimension {dim} of shape {Shape}, expected {-Shape[d]} to {Shape[d] - 1}");
        }

        return Part(new PartOfDim(d, at, 1, 1, Dropped: true), "select");
    }

    /// <summary>Consecutive parts of a dimension with these lengths, which must add up to its extent. Views.</summary>
    public IReadOnlyList<Tensor> Split(IReadOnlyList<int> lengths, int dim = 0)
    {
        int d = Shape.Dim(dim);
        if (lengths.Any(length => length < 0) || lengths.Sum(length => (long)length) != Shape[d])
        {
            throw new ArgumentException($"split: lengths ({string.Join(", ", lengths)}) must be 0 or more and add up to the {Shape[d]} entries of dimension {dim} of shape {Shape}");
        }

        Tensor[] parts = new Tensor[lengths.Count];
        int start = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = Part(new PartOfDim(d, start, lengths[i], 1), "split");
            start += lengths[i];
        }

        return parts;
    }

    /// <summary>Consecutive parts of a dimension with this length, the last perhaps shorter. Views.</summary>
    public IReadOnlyList<Tensor> Split(int length, int dim = 0)
    {
        int extent = Shape[dim];
        if (length < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(length), $"split: length {length}, expected 1 or more");
        }

        return Split([.. Enumerable.Range(0, Math.Max(1, (extent + length - 1) / length)).Select(i => Math.Min(length, extent - (i * length)))], dim);
    }

    /// <summary>
    /// Windows of <paramref name="size"/> entries of a dimension, one every <paramref name="step"/>: the dimension becomes the number of windows, and
    /// a last dimension of the size is added. A view; overlapping windows share elements, and their gradients add up.
    /// </summary>
    public Tensor Unfold(int dim, int size, int step)
    {
        int d = Shape.Dim(dim);
        if (size < 1 || step < 1 || size > Shape[d])
        {
            throw new ArgumentException($"unfold: size {size}, step {step} in dimension {dim} of shape {Shape}; expected size 1 to {Shape[d]} and step 1 or more");
        }

        long[] strides = [.. Layout.Strides, Layout.Strides[d]];
        strides[d] *= step;
        int windows = ((Shape[d] - size) / step) + 1;
        Layout layout = new([.. Shape.With(d, windows).AsSpan(), size], strides, Layout.Offset);
        return Autograd.Record(AliasAs(layout), "unfold", [this], [], (d, size, step, windows), static (g, s) =>
        {
            Tensor dx = Zeros(g.InputShape(0), g.Grad.DType, g.Grad.Device);
            for (int i = 0; i < s.size; i++)
            {
                // Entry i of all windows: no element twice, so they can be added in one step.
                View target = dx.View.With(dx.Layout.Slice(s.d, i, s.windows, s.step));
                dx.Backend.Binary(BinaryOp.Add, target, g.Grad.View.With(g.Grad.Layout.Select(-1, i)), target);
            }

            g.Set(0, dx);
        });
    }

    /// <summary>A view of a part. On the way back its gradient is written into zeros.</summary>
    private Tensor Part(PartOfDim part, string op) =>
        Autograd.Record(AliasAs(part.Of(Layout)), op, [this], [], part, static (g, part) =>
        {
            Tensor dx = Zeros(g.InputShape(0), g.Grad.DType, g.Grad.Device);
            dx.Backend.Copy(g.Grad.View, dx.View.With(part.Of(dx.Layout)));
            g.Set(0, dx);
        });

    /// <summary>Entries start, start + step, ... of a dimension, which is dropped if there is just one and no range was asked for.</summary>
    private readonly record struct PartOfDim(int Dim, int Start, int Length, int Step, bool Dropped = false)
    {
        public Layout Of(Layout layout) => Dropped ? layout.Select(Dim, Start) : layout.Slice(Dim, Start, Length, Step);
    }
}
