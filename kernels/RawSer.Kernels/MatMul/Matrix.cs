namespace RawSer.Kernels;

/// <summary>A matrix in memory: element (i, j) is at <c>Data[i * RowStride + j * ColumnStride]</c>.</summary>
internal readonly unsafe struct Matrix(float* data, nint rowStride, nint columnStride)
{
    public float* Data { get; } = data;

    public nint RowStride { get; } = rowStride;

    public nint ColumnStride { get; } = columnStride;

    public Matrix Transposed => new(Data, ColumnStride, RowStride);

    /// <summary>The part that starts at an element.</summary>
    public Matrix At(nint row, nint column) => new(Data + (row * RowStride) + (column * ColumnStride), RowStride, ColumnStride);
}
