using RawSer.Kernels;

namespace RawSer;

/// <summary>Two numbers for the rows and the columns of an image; one number stands for both.</summary>
/// <param name="Rows">For the last but one dimension.</param>
/// <param name="Columns">For the last dimension.</param>
public readonly record struct Pair(int Rows, int Columns)
{
    /// <summary>The same number for both.</summary>
    public static implicit operator Pair(int both) => new(both, both);

    /// <summary>Rows, then columns.</summary>
    public static implicit operator Pair((int Rows, int Columns) pair) => new(pair.Rows, pair.Columns);
}

/// <summary>The windows of a pooling over the last two dimensions.</summary>
/// <param name="Kernel">Extent of a window.</param>
public sealed record PoolOptions(Pair Kernel)
{
    /// <summary>Distance between windows; that of the kernel if left out.</summary>
    public Pair? Stride { get; init; }

    /// <summary>Padding on each side, at most half the kernel.</summary>
    public Pair Padding { get; init; }

    /// <summary>Distance between the cells of a window; max pooling only.</summary>
    public Pair Dilation { get; init; } = 1;

    /// <summary>Whether a last window may reach beyond the input (PyTorch's ceil_mode).</summary>
    public bool Ceiling { get; init; }

    /// <summary>TensorFlow's padding 'same': as many windows as the stride fits into the input, rounded up; the odd cell of padding goes behind.</summary>
    public bool Same { get; init; }

    /// <summary>Windows that follow each other.</summary>
    public static implicit operator PoolOptions(int kernel) => new(new Pair(kernel, kernel));

    /// <summary>Windows that follow each other.</summary>
    public static implicit operator PoolOptions((int Rows, int Columns) kernel) => new(new Pair(kernel.Rows, kernel.Columns));

    /// <summary>The windows on an input, and the shape they give.</summary>
    internal (PoolWindows Windows, Shape Output) Windows(string op, Shape input)
    {
        if (input.Rank < 2)
        {
            throw new ArgumentException($"{op}: input {input}; expected at least two dimensions (..., H, W)");
        }

        if (Same && (Padding != 0 || Dilation != 1 || Ceiling))
        {
            throw new ArgumentException($"{op}: padding 'same' goes with neither padding, dilation nor ceiling");
        }

        try
        {
            Pair stride = Stride ?? Kernel;
            PoolWindows windows = new(
                Axis(input[-2], Kernel.Rows, stride.Rows, Padding.Rows, Dilation.Rows), Axis(input[-1], Kernel.Columns, stride.Columns, Padding.Columns, Dilation.Columns));
            return (windows, input.With(-2, windows.Rows.Output).With(-1, windows.Columns.Output));
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"{op}: input {input}: {e.Message}", e);
        }
    }

    private PoolAxis Axis(int input, int kernel, int stride, int padding, int dilation) =>
        Same ? PoolAxis.Same(input, kernel, stride) : PoolAxis.Windows(input, kernel, stride, padding, dilation, Ceiling);
}

public sealed partial class Tensor
{
    /// <summary>
    /// The largest element of each window over the last two dimensions (..., H, W). NaN wins; padding never does. The gradient goes to the first
    /// maximum in row-major order.
    /// </summary>
    /// <exception cref="ArgumentException">A window does not fit the input.</exception>
    public Tensor MaxPool2d(PoolOptions pool)
    {
        (PoolWindows windows, Shape shape) = pool.Windows("max_pool2d", Shape);
        return MaxPool("max_pool2d", windows, shape, wantIndex: false, out _);
    }

    /// <summary><see cref="MaxPool2d"/> together with the winner's number in its plane, <c>row * W + column</c>, as I64.</summary>
    public (Tensor Values, Tensor Index) MaxPool2dWithIndex(PoolOptions pool)
    {
        (PoolWindows windows, Shape shape) = pool.Windows("max_pool2d", Shape);
        Tensor values = MaxPool("max_pool2d", windows, shape, wantIndex: true, out Tensor? index);
        return (values, index!);
    }

    /// <summary>The largest element of each window over the last dimension; see <see cref="MaxPool2d"/>.</summary>
    public Tensor MaxPool1d(PoolOptions pool)
    {
        (PoolWindows windows, Shape shape) = OneDimensional("max_pool1d", pool);
        return MaxPool("max_pool1d", windows, shape, wantIndex: false, out _);
    }

    /// <summary><see cref="MaxPool1d"/> together with the winner's place in its row, as I64.</summary>
    public (Tensor Values, Tensor Index) MaxPool1dWithIndex(PoolOptions pool)
    {
        (PoolWindows windows, Shape shape) = OneDimensional("max_pool1d", pool);
        Tensor values = MaxPool("max_pool1d", windows, shape, wantIndex: true, out Tensor? index);
        return (values, index!);
    }

    /// <summary>
    /// The mean of each window over the last two dimensions. A window counts its cells inside the input, with
    /// <paramref name="countPadding"/> (PyTorch's default) also those in the padding, but never cells beyond it; a
    /// <paramref name="divisor"/> takes the place of the count.
    /// </summary>
    /// <exception cref="ArgumentException">A window does not fit the input.</exception>
    public Tensor AvgPool2d(PoolOptions pool, bool countPadding = true, double? divisor = null)
    {
        (PoolWindows windows, Shape shape) = pool.Windows("avg_pool2d", Shape);
        return AveragePool("avg_pool2d", windows, shape, countPadding, divisor);
    }

    /// <summary>The mean of each window over the last dimension; see <see cref="AvgPool2d"/>.</summary>
    public Tensor AvgPool1d(PoolOptions pool, bool countPadding = true)
    {
        (PoolWindows windows, Shape shape) = OneDimensional("avg_pool1d", pool);
        return AveragePool("avg_pool1d", windows, shape, countPadding, null);
    }

    /// <summary>
    /// The mean over as many windows as the output has cells: window i of n covers floor(i*in/n) up to ceil((i+1)*in/n), over the last two dimensions.
    /// </summary>
    public Tensor AdaptiveAvgPool2d(Pair output)
    {
        if (Rank < 2)
        {
            throw new ArgumentException($"adaptive_avg_pool2d: input {Shape}; expected at least two dimensions (..., H, W)");
        }

        PoolWindows windows = new(PoolAxis.Adaptive(Shape[-2], output.Rows), PoolAxis.Adaptive(Shape[-1], output.Columns));
        return AveragePool("adaptive_avg_pool2d", windows, Shape.With(-2, output.Rows).With(-1, output.Columns), countPadding: false, null);
    }

    /// <summary><see cref="AdaptiveAvgPool2d"/> over the last dimension.</summary>
    public Tensor AdaptiveAvgPool1d(int output)
    {
        if (Rank < 1)
        {
            throw new ArgumentException($"adaptive_avg_pool1d: input {Shape}; expected at least one dimension (..., L)");
        }

        return AveragePool("adaptive_avg_pool1d", new(PoolAxis.None(1), PoolAxis.Adaptive(Shape[-1], output)), Shape.With(-1, output), countPadding: false, null);
    }

    /// <summary>The windows of a one-dimensional pooling: rows of one cell. The columns' numbers of the options count.</summary>
    private (PoolWindows Windows, Shape Output) OneDimensional(string op, PoolOptions pool)
    {
        if (Rank < 1)
        {
            throw new ArgumentException($"{op}: input {Shape}; expected at least one dimension (..., L)");
        }

        PoolOptions flat = pool with
        {
            Kernel = (1, pool.Kernel.Columns),
            Stride = (1, (pool.Stride ?? pool.Kernel).Columns),
            Padding = (0, pool.Padding.Columns),
            Dilation = (1, pool.Dilation.Columns),
        };
        (PoolWindows windows, _) = flat.Windows(op, Shape.Insert(-2, 1));
        return (windows, Shape.With(-1, windows.Columns.Output));
    }

    private Tensor MaxPool(string op, PoolWindows windows, Shape shape, bool wantIndex, out Tensor? index)
    {
        CheckFloats(op, this);
        Tensor y = Empty(shape, DType, Device);
        using Tensor x = ContiguousAlias();
        using Tensor? place = wantIndex || Autograd.IsNeeded(this) ? Empty(shape, windows.PlaceType, Device) : null;
        Backend.MaxPool(Planes(x, windows), windows, Planes(y, windows), place is null ? default : Planes(place, windows));
        index = wantIndex ? Empty(shape, DType.I64, Device) : null;
        if (index is not null)
        {
            Backend.MaxPoolIndex(Planes(place!, windows), windows, Planes(index, windows));
        }

        return Autograd.Record(y, op, [this], [place], windows, static (g, windows) =>
        {
            Tensor dy = g.Grad.ContiguousAlias(), dx = Empty(g.InputShape(0), dy.DType, dy.Device);
            dy.Backend.MaxPoolBackward(Planes(dy, windows), Planes(g.Saved(0), windows), windows, Planes(dx, windows));
            g.Set(0, dx);
        });
    }

    private Tensor AveragePool(string op, PoolWindows windows, Shape shape, bool countPadding, double? divisor)
    {
        CheckFloats(op, this);
        if (divisor is <= 0 or double.NaN)
        {
            throw new ArgumentException(FormattableString.Invariant($"{op}: divisor {divisor}; must be positive"));
        }

        if (windows.Rows.Dilation != 1 || windows.Columns.Dilation != 1)
        {
            throw new ArgumentException($"{op}: dilation is for max pooling only");
        }

        Tensor y = Empty(shape, DType, Device);
        using Tensor x = ContiguousAlias();
        Backend.AveragePool(Planes(x, windows), windows, countPadding, divisor ?? 0, Planes(y, windows));
        return Autograd.Record(y, op, [this], [], (windows, countPadding, divisor), static (g, s) =>
        {
            Tensor dy = g.Grad.ContiguousAlias(), dx = Empty(g.InputShape(0), dy.DType, dy.Device);
            dy.Backend.AveragePoolBackward(Planes(dy, s.windows), s.windows, s.countPadding, s.divisor ?? 0, Planes(dx, s.windows));
            g.Set(0, dx);
        });
    }

    /// <summary>A dense tensor as planes: with the rows that a one-dimensional pooling lacks.</summary>
    private static View Planes(Tensor dense, PoolWindows windows) =>
        dense.Rank == 1 || (windows.Rows == PoolAxis.None(1) && dense.Shape[-2] != 1)
            ? dense.View.With(Layout.RowMajor(dense.Shape.Insert(-2, 1), dense.Layout.Offset))
            : dense.View;
}
