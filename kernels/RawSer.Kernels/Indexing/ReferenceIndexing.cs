namespace RawSer.Kernels;

public sealed unsafe partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void IndexSelect(View x, int dim, View index, View y)
    {
        for (long line = 0; line < Lines(y, dim); line++)
        {
            for (long i = 0; i < index.Count; i++)
            {
                long from = PlaceAlong(x.Shape, dim, line, IndexRange.Check("index_select", index.Pointer<long>()[i], x.Shape[dim]));
                long to = PlaceAlong(y.Shape, dim, line, i);
                int size = x.DType.Size();
                Buffer.MemoryCopy(Bytes(x, from), Bytes(y, to), size, size);
            }
        }
    }

    /// <inheritdoc/>
    public override void IndexAdd(View y, int dim, View index, View x)
    {
        for (long line = 0; line < Lines(x, dim); line++)
        {
            for (long i = 0; i < index.Count; i++)
            {
                long to = PlaceAlong(y.Shape, dim, line, IndexRange.Check("index_add", index.Pointer<long>()[i], y.Shape[dim]));
                StoreFloat(y, to, LoadFloat(y, to) + LoadAlong(x, dim, line, i));
            }
        }
    }

    /// <inheritdoc/>
    public override void Gather(View x, int dim, View index, View y)
    {
        for (long p = 0; p < y.Count; p++)
        {
            View line = LineOf(x, dim, index, p, "gather");
            StoreFloat(y, p, LoadFloat(line, 0));
        }
    }

    /// <inheritdoc/>
    public override void ScatterAdd(View y, int dim, View index, View source)
    {
        for (long p = 0; p < source.Count; p++)
        {
            View line = LineOf(y, dim, index, p, "scatter_add");
            StoreFloat(line, 0, LoadFloat(line, 0) + LoadFloat(source, p));
        }
    }

    /// <summary>The element of a view that an index names: as a view of that element.</summary>
    private static View LineOf(View x, int dim, View index, long place, string op)
    {
        long offset = x.Layout.Offset, rest = place;
        for (int d = index.Shape.Rank - 1; d >= 0; d--)
        {
            offset += d == dim ? 0 : rest % index.Shape[d] * x.Strides[d];
            rest /= index.Shape[d];
        }

        long i = IndexRange.Check(op, index.Pointer<long>()[ElementOffset(index, place)], x.Shape[dim]);
        return x.With(new Layout(Shape.Scalar, [], offset + (i * x.Strides[dim])));
    }

    private static byte* Bytes(View x, long place) => (byte*)x.Storage.Address + ((x.Layout.Offset + ElementOffset(x, place)) * x.DType.Size());
}
