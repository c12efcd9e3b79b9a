namespace RawSer.Kernels;

/// <summary>
/// Plain scalar loops in float or double, one thread, never optimised: the oracle of every test and the page that says what an
/// operation means. Each family's folder holds its part.
/// </summary>
public sealed unsafe partial class ReferenceBackend : HostBackend
{
    private ReferenceBackend()
    {
    }

    /// <summary>The backend.</summary>
    public static ReferenceBackend Instance { get; } = new();

    /// <inheritdoc/>
    public override string Name => "reference";

    /// <inheritdoc/>
    public override bool Computes(DType type) => type is DType.F32 or DType.F64;

    /// <summary>The element at place <paramref name="index"/> in row-major order.</summary>
    private static double LoadFloat(View x, long index) =>
        ElementConversion.LoadDouble(x.DType, (void*)x.Storage.Address, x.Layout.Offset + ElementOffset(x, index));

    private static void StoreFloat(View y, long index, double value) =>
        ElementConversion.Store(y.DType, (void*)y.Storage.Address, y.Layout.Offset + ElementOffset(y, index), value);

    /// <summary>Element <paramref name="i"/> along a dimension of the line numbered by the other dimensions in row-major order.</summary>
    private static double LoadAlong(View x, int dim, long line, long i) => LoadFloat(x, PlaceAlong(x.Shape, dim, line, i));

    /// <summary>The row-major place of that element.</summary>
    private static long PlaceAlong(Shape shape, int dim, long line, long i)
    {
        long inner = 1;
        for (int d = dim + 1; d < shape.Rank; d++)
        {
            inner *= shape[d];
        }

        return (((line / inner * shape[dim]) + i) * inner) + (line % inner);
    }

    /// <summary>Number of lines along a dimension.</summary>
    private static long Lines(View x, int dim) => x.Shape[dim] == 0 ? 0 : x.Count / x.Shape[dim];

    private static byte* Bytes(View mask) => (byte*)mask.Storage.Address + mask.Layout.Offset;

    /// <summary>Offset, from the view's first element, of the element that stands at place <paramref name="index"/> in row-major order.</summary>
    private static long ElementOffset(View view, long index)
    {
        ReadOnlySpan<int> extents = view.Shape.AsSpan();
        long offset = 0;
        for (int d = extents.Length - 1; d >= 0; d--)
        {
            offset += index % extents[d] * view.Strides[d];
            index /= extents[d];
        }

        return offset;
    }
}
