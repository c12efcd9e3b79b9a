namespace RawSer.Kernels;

/// <summary>
/// Windows over the last two dimensions of a view; all dimensions before them are independent planes. Poolings over one dimension have
/// <see cref="PoolAxis.None"/> for the rows.
/// </summary>
/// <param name="Rows">Along the last but one dimension.</param>
/// <param name="Columns">Along the last dimension.</param>
public readonly record struct PoolWindows(PoolAxis Rows, PoolAxis Columns)
{
    /// <summary>Cells of the largest window.</summary>
    public int Cells => Rows.Kernel * Columns.Kernel;

    /// <summary>
    /// Type that holds the place of a maximum: <see cref="DType.U8"/> while one byte can number the cells of a window (with one value to
    /// spare), else <see cref="DType.I32"/>.
    /// </summary>
    public DType PlaceType => Cells < byte.MaxValue ? DType.U8 : DType.I32;
}

public abstract partial class Backend
{
    /// <summary>
    /// The largest element of each window; padding never wins; NaN does. x (..., H, W) is dense, y is (..., rows.Output, columns.Output).
    /// </summary>
    /// <param name="x">Input.</param>
    /// <param name="windows">Not adaptive.</param>
    /// <param name="y">Output.</param>
    /// <param name="place">
    /// Where the maximum stands in its window, as <c>row * columns.Kernel + column</c>, in <see cref="PoolWindows.PlaceType"/>; may be left
    /// out. The first of equal elements in row-major order; the last NaN (PyTorch's rule).
    /// </param>
    public abstract void MaxPool(View x, PoolWindows windows, View y, View place);

    /// <summary><c>dx = 0</c>, then every dy is added where the maximum of its window stood. dy and place are dense.</summary>
    public abstract void MaxPoolBackward(View dy, View place, PoolWindows windows, View dx);

    /// <summary>The number of the winning cell in its plane, <c>row * W + column</c>, as I64, from its place in the window.</summary>
    public abstract void MaxPoolIndex(View place, PoolWindows windows, View index);

    /// <summary>
    /// Sum of each window over a divisor: <paramref name="divisor"/>, or if that is 0 the number of the window's cells inside the input,
    /// with <paramref name="countPadding"/> inside the padded input. x is dense; the windows may be adaptive; dilation is 1.
    /// </summary>
    public abstract void AveragePool(View x, PoolWindows windows, bool countPadding, double divisor, View y);

    /// <summary><c>dx = 0</c>, then every dy over its divisor is added to all cells of its window. dy is dense.</summary>
    public abstract void AveragePoolBackward(View dy, PoolWindows windows, bool countPadding, double divisor, View dx);
}
