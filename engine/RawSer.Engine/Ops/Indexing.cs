using RawSer.Kernels;

namespace RawSer;

public sealed partial class Tensor
{
    /// <summary>Entries <c>index[i]</c> (a vector of I64) of a dimension, in this order; indices may repeat.</summary>
    public Tensor IndexSelect(int dim, Tensor index)
    {
        int d = CheckIndexVector("index_select", dim, index);
        using Tensor dense = ContiguousAlias();
        using Tensor places = index.ContiguousAlias();
        Tensor y = Empty(Shape.With(d, checked((int)index.ElementCount)), DType, Device);
        Backend.IndexSelect(dense.View, d, places.View, y.View);
        return Autograd.Record(y, "index_select", [this], [places], d, static (g, d) =>
        {
            Tensor dx = Zeros(g.InputShape(0), g.Grad.DType, g.Grad.Device);
            dx.Backend.IndexAdd(dx.View, d, g.Saved(0).View, g.Grad.ContiguousAlias().View);
            g.Set(0, dx);
        });
    }

    /// <summary>This plus <paramref name="source"/>, whose entry i along a dimension is added to entry <c>index[i]</c>; in the order of i.</summary>
    public Tensor IndexAdd(int dim, Tensor index, Tensor source)
    {
        CheckFloats("index_add", this, source);
        int d = CheckIndexVector("index_add", dim, index);
        Shape expected = Shape.With(d, checked((int)index.ElementCount));
        if (source.Shape != expected)
        {
            throw new ArgumentException($"index_add: source {source.Shape} for shape {Shape} and {index.ElementCount} indices into dimension {dim}, expected {expected}");
        }

        using Tensor places = index.ContiguousAlias();
        using Tensor added = source.ContiguousAlias();
        Tensor y = DenseCopy();
        Backend.IndexAdd(y.View, d, places.View, added.View);
        return Autograd.Record(y, "index_add", [this, source], [places], d, static (g, d) =>
        {
            g.Set(0, g.Grad);
            if (g.Needs(1))
            {
                g.Set(1, g.Grad.IndexSelect(d, g.Saved(0)));
            }
        });
    }

    /// <summary>
    /// Rows of this table (entries, features) for indices (I64) of any shape: (index shape, features). The row of
    /// <paramref name="paddingIndex"/> gets no gradient.
    /// </summary>
    public Tensor Embedding(Tensor index, int? paddingIndex = null)
    {
        CheckFloats("embedding", this);
        CheckIndex("embedding", index);
        if (Rank != 2)
        {
            throw new ArgumentException($"embedding: table of shape {Shape}, expected (entries, features)");
        }

        if (paddingIndex is { } unused && (uint)unused >= (uint)Shape[0])
        {
            throw new ArgumentOutOfRangeException(nameof(paddingIndex), $"embedding: padding index {unused} of a table with {Shape[0]} entries");
        }

        using Tensor table = ContiguousAlias();
        using Tensor dense = index.ContiguousAlias();
        using Tensor places = dense.AliasAs(Layout.RowMajor([checked((int)index.ElementCount)], dense.Layout.Offset));
        Tensor y = Empty([.. index.Shape.AsSpan(), Shape[1]], DType, Device);
        Shape rows = [(int)places.ElementCount, Shape[1]];
        Backend.IndexSelect(table.View, 0, places.View, y.View.With(Layout.RowMajor(rows)));
        return Autograd.Record(y, "embedding", [this], [places], (paddingIndex, rows), static (g, s) =>
        {
            Tensor dw = Zeros(g.InputShape(0), g.Grad.DType, g.Grad.Device), dy = g.Grad.ContiguousAlias();
            dw.Backend.IndexAdd(dw.View, 0, g.Saved(0).View, dy.View.With(Layout.RowMajor(s.rows, dy.Layout.Offset)));
            if (s.paddingIndex is { } row)
            {
                dw.Backend.Fill(dw.View.With(dw.Layout.Select(0, row)), 0);
            }

            g.Set(0, dw);
        });
    }

    /// <summary>
    /// Elements at given places: for each place p of the index (I64), the element of this at p, but at <c>index[p]</c> in dimension dim. In the other
    /// dimensions the index may be smaller.
    /// </summary>
    public Tensor Gather(int dim, Tensor index)
    {
        CheckFloats("gather", this);
        int d = CheckPlaces("gather", dim, index, this);
        Tensor y = Empty(index.Shape, DType, Device);
        Backend.Gather(View, d, index.View, y.View);
        return Autograd.Record(y, "gather", [this], [index], d, static (g, d) =>
        {
            Tensor dx = Zeros(g.InputShape(0), g.Grad.DType, g.Grad.Device);
            dx.Backend.ScatterAdd(dx.View, d, g.Saved(0).View, g.Grad.View);
            g.Set(0, dx);
        });
    }

    /// <summary>This plus the elements of <paramref name="source"/>, each added where <see cref="Gather"/> would read it; in a fixed order.</summary>
    public Tensor ScatterAdd(int dim, Tensor index, Tensor source)
    {
        CheckFloats("scatter_add", this, source);
        int d = CheckPlaces("scatter_add", dim, index, this);
        if (source.Rank != index.Rank || !Contains(source.Shape, index.Shape, except: -1))
        {
            throw new ArgumentException($"scatter_add: source {source.Shape} for an index of shape {index.Shape}; it must not be smaller in any dimension");
        }

        Tensor y = DenseCopy();
        View used = source.View.With(new Layout(index.Shape, source.Layout.Strides, source.Layout.Offset));
        Backend.ScatterAdd(y.View, d, index.View, used);
        return Autograd.Record(y, "scatter_add", [this, source], [index], d, static (g, d) =>
        {
            g.Set(0, g.Grad);
            if (g.Needs(1))
            {
                Tensor read = g.Grad.Gather(d, g.Saved(0));
                Tensor ds = Zeros(g.InputShape(1), g.Grad.DType, g.Grad.Device);
                ds.Backend.Copy(read.View, ds.View.With(new Layout(read.Shape, ds.Layout.Strides, ds.Layout.Offset)));
                g.Set(1, ds);
            }
        });
    }

    private static void CheckIndex(string op, Tensor index)
    {
        if (index.DType != DType.I64)
        {
            throw new ArgumentException($"{op}: index {index.Shape} of {index.DType}, expected I64");
        }
    }

    private int CheckIndexVector(string op, int dim, Tensor index)
    {
        CheckIndex(op, index);
        CheckSameDevice(op, this, index);
        if (index.Rank != 1)
        {
            throw new ArgumentException($"{op}: index of shape {index.Shape}, expected a vector");
        }

        return Shape.Dim(dim);
    }

    private static int CheckPlaces(string op, int dim, Tensor index, Tensor x)
    {
        CheckIndex(op, index);
        CheckSameDevice(op, x, index);
        int d = x.Shape.Dim(dim);
        if (index.Rank != x.Rank || !Contains(x.Shape, index.Shape, except: d))
        {
            throw new ArgumentException(
                $"{op}: index {index.Shape} into dimension {dim} of shape {x.Shape}; the ranks must be equal and the index not larger in the other dimensions");
        }

        return d;
    }

    private static bool Contains(Shape large, Shape small, int except)
    {
        for (int d = 0; d < small.Rank; d++)
        {
            if (d != except && small[d] > large[d])
            {
                return false;
            }
        }

        return true;
    }
}
